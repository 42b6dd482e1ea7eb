"""What is measured, and against what: each module prints its figures; none asserts a time."""
