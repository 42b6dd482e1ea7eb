"""Files written whole or not at all: an editor or a backup may read them at any moment."""

from __future__ import annotations

import os
from pathlib import Path

from wp_sync.errors import Place, WpSyncError


def write_whole(path: Path, data: bytes, *, hint: str = "") -> Path:
    """Put bytes in a file's place, making its folder where there is none; gives the path back.

    Raises:
        WpSyncError: it can't be written; what stood there still does.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        place = Place(file=str(path))
        raise WpSyncError(f"can't be written: {reason}", place=place, hint=hint) from None
    return path
