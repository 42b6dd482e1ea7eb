"""An archive to damage: a site's story of edits, moves and deletions, pulled and put in order.

What an archive says (`content`) is compared before damage and after a repair and a pull.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive, Damage
from wp_sync.archive.schema import DERIVED
from wp_sync.demo import DemoServer
from wp_sync.model import Outcome
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

POSTS = "/wp/v2/posts"
_KEPT = {POSTS: 18, "/wp/v2/media": 4, "/wp/v2/pages": 3, "/wp/v2/comments": 6}
_TABLES = {
    "records": "kind, id, state, version, digest, stamp, slug, link, address, date, status",
    "versions": "kind, id, number, digest, sha256, size",
    "old_addresses": "kind, id, version, slug, link, address",
    "files": "url, attachment, state, sha256, size, mime",
    "quarantine": "kind, id, reason",
    "sites": "site, home, api, view, name",
}
Content = Mapping[str, list[tuple[Any, ...]]]


@dataclass
class Story:
    """A served site and the archive of its story, which nobody damages: copies are."""

    site: DemoServer
    folder: Path
    edited: int
    moved: int
    gone: int

    @property
    def key(self) -> str:
        return self.site.host

    def copy(self, place: Path) -> Path:
        target = place / "archive"
        shutil.copytree(self.folder, target)
        return target

    def link(self, id: int) -> str:
        with opened(self.folder) as archive:
            rows = archive.of(self.key).query("SELECT link FROM records WHERE id = :id", id=id)
        return str(rows[0]["link"])

    def pull(self, folder: Path, **options: Any) -> None:
        """A pull and a normalization, as a cron job does them."""
        with open_archive(folder) as archive, archive.lock():
            part = archive.of(self.key)
            with WordPressSource(self.site.url) as source:
                result = pull(source, part, PullOptions(**options))
            assert result.outcome is Outcome.DONE, result.problems
            normalize_site(part, Rules())


def begin(site: DemoServer, folder: Path) -> Story:
    """Pull the whole story."""
    for route, count in _KEPT.items():
        items = site.site.listings[route].items
        for id in sorted(items)[count:]:
            del items[id]
    edited, moved, gone = sorted(site.site.listings[POSTS].items)[:3]
    story = Story(site, folder, edited, moved, gone)
    # A site this small would have no dictionary.
    with (
        patch("wp_sync.archive.codec.ENOUGH", 12),
        patch("wp_sync.archive.dictionaries.ENOUGH", 12),
    ):
        story.pull(folder)
    slug = {"slug": "moved", "link": f"{site.url}/moved/"}
    for number in (2, 3):
        content = {"rendered": f"<p>Version {number}.</p>" * 40, "protected": False}
        site.edit(POSTS, edited, modified=f"2031-01-0{number}T10:00:00", content=content)
        site.edit(POSTS, moved, modified=f"2031-01-0{number}T10:00:00", **slug)
        if number == 3:
            site.delete(POSTS, gone)
        story.pull(folder, full=True)
    with opened(folder) as archive:
        assert list(archive.check(read_data=True)) == []
    return story


@contextmanager
def opened(folder: Path) -> Iterator[Archive]:
    with open_archive(folder, read_only=True, create=False) as archive:
        yield archive


def checked(folder: Path) -> list[Damage]:
    with opened(folder) as archive:
        return list(archive.check(read_data=True))


def errors(folder: Path) -> list[str]:
    return [f"{one.item}: {one.message}" for one in checked(folder) if one.severity == "error"]


def notices(folder: Path) -> list[str]:
    return [f"{one.item}: {one.message}" for one in checked(folder) if one.severity != "error"]


def content(folder: Path, key: str) -> Content:
    """What an archive says of its site, without when and in which run it learned it."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with opened(folder) as archive:
        site = archive.of(key)
        tables = _TABLES | {
            str(table.name): ", ".join(column.name for column in table.c) for table in DERIVED
        }
        for table, columns in tables.items():
            rows = site.query(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            found[table] = [tuple(row.values()) for row in rows]
        found["texts"] = [
            (kind, one.id, version.number, version.raw)
            for kind in site.kinds()
            for one in site.known(kind)
            for version in site.versions(kind, one.id)
        ]
        for file in site.files(states=("stored",)):
            found.setdefault("bytes", []).append(
                (file.url, site.file_path(file.sha256).read_bytes())
            )
    return found


def tamper(folder: Path, sql: str, *values: Any) -> int:
    """Change rows as a careless hand does, past the archive; returns how many."""
    with closing(sqlite3.connect(folder / "archive.db")) as database, database:
        changed = database.execute(sql, values).rowcount
    assert changed > 0, f"nothing was damaged by {sql}"
    return changed


def whole(folder: Path) -> list[tuple[Any, ...]]:
    """Every value of every table and the text of every view, as SQLite gives them."""
    found: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)) as database:
        for kind, name in database.execute("SELECT type, name FROM sqlite_schema ORDER BY name"):
            if kind in ("table", "view"):
                rows = database.execute(f"SELECT * FROM {name}").fetchall()
                found += sorted((name, *map(repr, row)) for row in rows)
    return found
