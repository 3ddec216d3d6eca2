"""Functions that return a Matplotlib figure."""
