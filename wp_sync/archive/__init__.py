"""Keeping the copy: the only place that stores. `open_archive` is the way in."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wp_sync.archive.archive import open_archive

__all__ = ["open_archive"]


def __getattr__(name: str) -> Any:
    # Loaded when used: most of the command line needs the port alone, not the databases behind it.
    if name == "open_archive":
        from wp_sync.archive.archive import open_archive

        return open_archive
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
