"""A treasury stepped through time: decide at a close, trade at the next open, record everything."""
