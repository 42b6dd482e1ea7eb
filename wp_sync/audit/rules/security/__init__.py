"""What should not be public, and what should not be in a text at all."""
