"""The archives that the contract is run against: SQLite in a folder, PostgreSQL on a socket.

What many tests begin with is made once for each database, and every test gets a copy of its own: a
new archive in PostgreSQL, and one with something in every table.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from wp_sync.archive import open_archive
from wp_sync.archive.archive import SqlArchive
from wp_sync.archive.base import Archive

Reopen = Callable[..., Archive]
Fill = Callable[[Archive], None]


class Store:
    """Where the archives of one kind of database are, and what they are copied from."""

    def __init__(self, folder: Path, server: Any = None) -> None:
        self._folder = folder
        self._server = server
        self._made: dict[str, str] = {}
        self._numbers = count(1)

    def new(self, folder: Path) -> str | Path:
        """An archive with nothing in it; in a folder it need not be there yet."""
        return folder / "archive" if self._server is None else self._copy("empty", _nothing, folder)

    def filled(self, fill: Fill, folder: Path) -> str | Path:
        """A copy of one that was filled before, or is now."""
        return self._copy(fill.__qualname__, fill, folder)

    def _copy(self, name: str, fill: Fill, folder: Path) -> str | Path:
        first = self._folder / name
        if name not in self._made:
            self._made[name] = f"t{os.getpid()}_{name}_first"
            location: str | Path = first
            if self._server is not None:
                location = self._address(self._server.create(self._made[name]), first)
            with open_archive(location) as archive:
                fill(archive)
        if first.exists():
            shutil.copytree(first, folder / "archive")
        if self._server is None:
            return folder / "archive"
        database = f"t{os.getpid()}_{next(self._numbers)}"
        return self._address(
            self._server.create(database, like=self._made[name]), folder / "archive"
        )

    def _address(self, url: str, folder: Path) -> str:
        return f"{url}&media={folder / 'media'}"


def _nothing(_archive: Archive) -> None:
    return None


@pytest.fixture(scope="session")
def stores() -> dict[str, Store]:
    return {}


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def store(
    request: Any, stores: dict[str, Store], tmp_path_factory: pytest.TempPathFactory
) -> Store:
    if request.param not in stores:
        server = None
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql")
        stores[request.param] = Store(tmp_path_factory.mktemp(request.param), server)
    return stores[request.param]


def opener(location: str | Path) -> Iterator[Reopen]:
    """Opens the same archive each time it is called, and closes them all."""
    opened: list[Archive] = []

    def open_again(**options: Any) -> Archive:
        opened.append(open_archive(location, **options))
        return opened[-1]

    yield open_again
    for archive in opened:
        archive.close()


@pytest.fixture
def reopen(store: Store, tmp_path: Path) -> Iterator[Reopen]:
    """Opens the same archive each time it is called; it begins empty."""
    yield from opener(store.new(tmp_path))


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
