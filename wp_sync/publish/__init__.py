"""Mirroring an archive into a target: planned before, verified after, safe to repeat."""
