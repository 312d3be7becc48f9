"""Printing in bulk: which files, and making them in processes."""
