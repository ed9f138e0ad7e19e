"""What a strategy is, how one is found, when it is asked, and what becomes of its answer."""
