"""The content audit: what is broken, doubled, orphaned, badly filed or stale, by the archive alone.

Nothing here loads the site. `base` holds what rules are written with, `rules` the rules, `engine`
runs them over an archive.
"""
