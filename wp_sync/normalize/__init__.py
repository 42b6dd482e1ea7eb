"""Putting records in order: pure functions, values in, values out."""
