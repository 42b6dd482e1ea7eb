"""What an audit found, for people and programs: one module a format. Nothing here judges."""
