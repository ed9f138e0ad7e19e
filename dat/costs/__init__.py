"""What trading and running a treasury costs; one object serves simulator, optimiser and books."""
