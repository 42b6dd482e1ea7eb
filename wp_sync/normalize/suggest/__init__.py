"""Proposals to the content team, drawn from a whole archive."""
