"""Use cases: they speak to ports only, so that a test and the product run the same code."""
