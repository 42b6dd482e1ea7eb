"""Keeping the copy: the only place that stores. `open_archive` is the way in."""

from wp_sync.archive.archive import open_archive

__all__ = ["open_archive"]
