"""Keeping the copy: the only place that stores."""
