"""What a strategy asks for and what is proposed: the words between a decision and a trade."""
