"""Proving an archive against its own digests: finds damage, names it, changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wp_sync.archive.base import Damage
from wp_sync.archive.blobs import Blobs
from wp_sync.archive.database import Database


def check(
    database: Database,
    blobs: Blobs,
    *,
    read_data: bool,
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[Damage]:
    raise NotImplementedError("comes with the next change")
