"""A sample site that ships with the package, replayed on loopback."""
