"""What became of a run as it trained."""
