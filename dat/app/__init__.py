"""What a treasurer touches: the treasury file, the composition root and the command line."""
