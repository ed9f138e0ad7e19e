"""One frozen record of a run, its drawings, and its assembly into HTML and PDF."""
