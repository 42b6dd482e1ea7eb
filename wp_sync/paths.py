"""Paths as people type them. Looks at no file."""

from __future__ import annotations

from pathlib import Path


def typed(named: str | Path) -> Path:
    """A path with ``~`` for the home folder; ``~name`` of nobody stays, as it does in a shell."""
    path = Path(named)
    try:
        return path.expanduser()
    except RuntimeError:
        return path
