"""Parity: whether two sides hold the same, thing by thing and field by field."""
