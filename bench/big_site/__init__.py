"""A fake WordPress for scale: a million posts over HTTP, in processes of their own.

It answers what the pull asks, in WordPress's words, at a cost far below the client's; it renders no
themes and knows no logins. `bench.calibrate` holds it against a real WordPress.
"""

from bench.big_site.handle import BigSite

__all__ = ["BigSite"]
