"""Time, money and ids: the words that every other room uses. Standard library only."""
