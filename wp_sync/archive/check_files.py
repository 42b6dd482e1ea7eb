"""The media folder against the table of files: missing, changed and extra ones, broken parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from wp_sync.archive.base import Damage
from wp_sync.archive.blobs import Blobs, digest_of
from wp_sync.archive.database import Database
from wp_sync.archive.schema import FILES

_PAGE = 500
_AGAIN = "`check --repair` marks it, and the next pull fetches it again"
_DELETE = "it costs space and nothing else: delete it if you don't know it"


def check_files(
    database: Database, blobs: Blobs, progress: Callable[[str, int, int], None], *, read_data: bool
) -> Iterator[Damage]:
    with database.read() as connection:
        distinct = select(func.count(func.distinct(FILES.c.sha256))).where(FILES.c.sha256 != "")
        total = connection.execute(distinct).scalar_one()
    for done, row in enumerate(_contents(database), 1):
        yield from _content(blobs, row, read_data=read_data)
        progress("media files", done, total)
    yield from _unknown(database, blobs)
    yield from _parts(database, blobs)


def _contents(database: Database) -> Iterator[Any]:
    """Each stored content once, with an address it came from."""
    last = ""
    while True:
        statement = (
            select(
                FILES.c.sha256,
                func.max(FILES.c.size).label("size"),
                func.min(FILES.c.site).label("site"),
                func.min(FILES.c.url).label("url"),
                func.min(FILES.c.attachment).label("attachment"),
            )
            .where(FILES.c.sha256 > last)
            .group_by(FILES.c.sha256)
            .order_by(FILES.c.sha256)
            .limit(_PAGE)
        )
        with database.read() as connection:
            page = connection.execute(statement).all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1].sha256


def _content(blobs: Blobs, row: Any, *, read_data: bool) -> Iterator[Damage]:
    item = f"{row.site}: file {row.url}"
    shown = f"; it is of attachment {row.attachment}" if row.attachment else ""
    try:
        size = blobs.size(row.sha256)
        if size is None:
            yield Damage(item, f"{blobs.path(row.sha256)} is missing{shown}", _AGAIN)
        elif row.size is not None and size != row.size:
            words = f"{size:,} bytes are there, {row.size:,} were stored{shown}"
            yield Damage(item, words, _AGAIN)
        elif read_data and digest_of(blobs.path(row.sha256))[0] != row.sha256:
            words = f"{blobs.path(row.sha256)} has other content (SHA-256){shown}"
            yield Damage(item, words, _AGAIN)
    except (OSError, ValueError) as error:
        yield Damage(item, f"can't be read: {error}", _AGAIN)


def _unknown(database: Database, blobs: Blobs) -> Iterator[Damage]:
    entries = blobs.stored()
    while page := list(islice(entries, _PAGE)):
        named = [digest for _, digest in page if digest]
        statement = select(FILES.c.sha256).where(FILES.c.sha256.in_(named)).distinct()
        with database.read() as connection:
            known = set(connection.execute(statement).scalars())
        for path, digest in page:
            if digest not in known:
                yield Damage(str(path), "no row of the table files names it", _DELETE, "notice")


def _parts(database: Database, blobs: Blobs) -> Iterator[Damage]:
    """Parts of downloads: those of a wanted file are resumed, the others belong to nothing."""
    for part in blobs.parts():
        key = part.name.removesuffix(".part")
        statement = select(FILES.c.url).where(FILES.c.key == key)
        with database.read() as connection:
            url = connection.execute(statement).scalar()
        if url is None:
            yield Damage(
                str(part), "a part of a download that nothing waits for", _DELETE, "notice"
            )
        else:
            yield Damage(
                str(part),
                f"the download of {url} was broken off",
                "the next pull resumes it",
                "notice",
            )
