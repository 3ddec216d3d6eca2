"""What a recipe can never reach, and what became of it."""
