"""The archives that the contract is run against: SQLite in a folder, PostgreSQL on a socket."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.base import Archive

Reopen = Callable[..., Archive]


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def reopen(request: Any, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the same archive each time it is called; the first call makes it."""
    opened: list[Archive] = []
    location: str | Path = tmp_path / "archive"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"t{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
        location = f"{server.create(name)}&media={tmp_path / 'archive' / 'media'}"

    def open_again(**options: Any) -> Archive:
        opened.append(open_archive(location, **options))
        return opened[-1]

    yield open_again
    for archive in opened:
        archive.close()


@pytest.fixture
def archive(reopen: Reopen) -> Archive:
    return reopen()


def tamper(archive: Archive, sql: str, **parameters: object) -> None:
    """Change rows behind the archive's back, as a broken disk or a careless hand does."""
    from sqlalchemy import text

    assert isinstance(archive, SqlArchive)
    with archive._database.write() as connection:
        found = connection.execute(text(sql), parameters)
        assert found.rowcount > 0, "nothing was tampered with"


@pytest.fixture(name="tamper")
def _tamper() -> Callable[..., None]:
    return tamper
