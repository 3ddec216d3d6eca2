"""What stands in a recipe's way on a dataset, known before the first epoch."""
