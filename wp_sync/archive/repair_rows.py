"""Rows that are not what was written: turned back where one bit flipped, else taken out.

What is taken out is written down first (`wp_sync.archive.aside`); what can be made again of other
rows is made by `wp_sync.archive.repair_ties` and `repair_records`. Runs in a transaction of the
caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Boolean, LargeBinary, cast, delete, or_, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.sql.schema import Table

from wp_sync.archive import losses, rows, schema
from wp_sync.archive.aside import Aside
from wp_sync.archive.base import Repair
from wp_sync.archive.codec import Codec, parse, sha256
from wp_sync.archive.database import Database
from wp_sync.archive.losses import Loss
from wp_sync.archive.unflip import unflipped
from wp_sync.digest import VERSION, content_digest

Row = dict[str, Any]
_DERIVED = frozenset(str(table.name) for table in schema.DERIVED)
_CHILDREN = tuple(table for table in schema.DERIVED if "post_type" in table.c)
_TURNED = "one bit had flipped and was turned back; its checksum agrees"


@dataclass
class Work:
    """One repair under way: what it reads and writes, and what it has to tell.

    ``deleted``: tables out of which a damaged row was taken, by site. ``texts``: versions whose
    text is lost, for marking.
    """

    database: Database
    connection: Connection
    aside: Aside
    told: list[Repair] = field(default_factory=list)
    deleted: set[tuple[str, str]] = field(default_factory=set)

    def tell(self, item: str, message: str, end: str) -> None:
        self.told.append(Repair(item, message, end))

    def lose(self, loss: Loss, *, end: str = "lost") -> None:
        losses.remember(self.database, self.connection, [loss])
        self.tell(f"{loss.site}: {loss.item}", loss.reason, end)

    def put(self, table: Table, row: Row) -> None:
        """Write a row, its checksum made anew, in place of what stands under its key."""
        plain = {c.name: row[c.name] for c in table.c if c.name != "checksum"}
        self.database.upsert(self.connection, table, [rows.sealed(plain)])


def mend_rows(work: Work) -> None:
    """Look at every row of every table."""
    for table in schema.METADATA.sorted_tables:
        if table is schema.TALLIES:
            continue  # counted anew at the end
        # Read to the end before any of them is changed.
        for row in list(_damaged(work, table)):
            _mend(work, table, row)


def read(work: Work, table: Table) -> Iterator[Row]:
    """Every row as it stands: text that is no UTF-8 as bytes, a flag that is neither as a number.

    In no order: an index that is broken leads nowhere.
    """
    if not work.database.sqlite:
        statement = select(table).execution_options(stream_results=True, yield_per=500)
        for found in work.connection.execute(statement).mappings():
            yield dict(found)
        return
    driver: Any = work.connection.connection.driver_connection
    before = driver.text_factory
    driver.text_factory = _text_or_bytes
    try:
        names = [column.name for column in table.c]
        flags = {column.name for column in table.c if isinstance(column.type, Boolean)}
        listed = ", ".join(f'"{name}"' for name in names)
        cursor = driver.execute(f'SELECT {listed} FROM "{table.name}" NOT INDEXED')  # noqa: S608
        while page := cursor.fetchmany(500):
            for values in page:
                row = dict(zip(names, values, strict=True))
                for name in flags:
                    if row[name] in (0, 1):
                        row[name] = bool(row[name])
                yield row
    finally:
        driver.text_factory = before


def whole(table: Table, row: Row) -> bool:
    values = [row[c.name] for c in table.c if c.name != "checksum"]
    try:
        return bool(rows.checksum(values) == row["checksum"])
    except (TypeError, ValueError):
        return False


def called(table: Table, row: Row) -> str:
    """``versions: blog.example.com posts/post 42 3``, as the check calls it."""
    return f"{table.name}: {' '.join(str(row[c.name]) for c in table.primary_key)}"


def _damaged(work: Work, table: Table) -> Iterator[Row]:
    return (row for row in read(work, table) if not whole(table, row))


def _mend(work: Work, table: Table, row: Row) -> None:
    item = called(table, row)
    work.aside.row(str(table.name), "its checksum does not agree", row)
    names = [column.name for column in table.c if column.name != "checksum"]
    derived = table.name in _DERIVED
    turned = None if derived else unflipped([row[name] for name in names], row["checksum"])
    _remove(work, table, row)
    if turned is not None:
        values = dict(zip(names, turned[0], strict=True))
        if not _stands(work, table, values):
            work.database.insert(work.connection, table, [values | {"checksum": turned[1]}])
        work.tell(item, _TURNED, "mended")
    elif derived:
        _remove_post(work, table, row)
        work.tell(item, "the damaged row was removed; normalize makes it anew", "normalize")
    elif table is schema.VERSIONS and (kept := _proven(work, row)) is not None:
        if not _stands(work, table, kept):
            work.put(table, kept)
        work.tell(item, "its text is whole; when it was seen may be wrong", "mended")
    elif table is schema.VERSIONS and _sane(row) and _expected(work, row):
        if not _stands(work, table, row):
            work.put(table, row)  # emptied, or given its text, with the others whose text is wrong
    else:  # of an audit's, too: what still holds the next one finds again
        site = str(row["site"])
        work.deleted.add((site, str(table.name)))


def _remove(work: Work, table: Table, row: Row) -> None:
    """Delete one row by its key, whatever its key has become."""
    same = []
    for column in table.primary_key:
        value = row[column.name]
        plain = type_coerce(column, LargeBinary) if isinstance(value, bytes) else column
        if isinstance(value, bytes):  # text that is no UTF-8, or bytes where text was
            same.append(or_(plain == value, cast(column, LargeBinary) == value))
        else:
            same.append(column == value)
    work.connection.execute(delete(table).where(*same))


def _stands(work: Work, table: Table, row: Row) -> bool:
    """Whether a whole row stands under a key."""
    same = (column == row[column.name] for column in table.primary_key)
    return work.connection.execute(select(table.c.checksum).where(*same)).first() is not None


def _remove_post(work: Work, table: Table, row: Row) -> None:
    """A post's rows are made together: one that is damaged takes the others along."""
    if table not in (schema.POSTS, *_CHILDREN):
        return
    id, type = ("id", "type") if table is schema.POSTS else ("post", "post_type")
    forget_post(work, row["site"], row[id], row[type])


def forget_post(work: Work, site: Any, id: Any, type: Any) -> None:
    """Remove a post's derived rows; the next normalization makes them."""
    if not (isinstance(site, str) and isinstance(id, int) and isinstance(type, str)):
        return
    posts = schema.POSTS
    work.connection.execute(
        delete(posts).where(posts.c.site == site, posts.c.id == id, posts.c.type == type)
    )
    for child in _CHILDREN:
        work.connection.execute(
            delete(child).where(child.c.site == site, child.c.post == id, child.c.post_type == type)
        )


def _proven(work: Work, row: Row) -> Row | None:
    """A version whose bytes are proven by a digest of theirs, with what else can be made right."""
    if not _sane(row):
        return None
    raw = restored(work, row)
    if raw is None:
        return None
    right = {"sha256": sha256(raw), "digest": digest_of(raw), "lacking": _lacking(row["lacking"])}
    if row["sha256"] != right["sha256"] and row["digest"] != right["digest"]:
        return None
    said = _parsed(raw)
    id = said.get("id") if isinstance(said, dict) else None
    found = row | right | ({"id": id} if isinstance(id, int) and 0 <= id < 2**63 else {})
    return found if _expected(work, found) else None


def _sane(row: Row) -> bool:
    """Whether a version's values are of the types that they are to be."""
    texts = ("site", "kind", "sha256", "digest", "seen_at", "lacking")
    numbers = ("id", "number", "run", "size", "dictionary")
    return (
        all(isinstance(row[name], str) for name in texts)
        and all(isinstance(row[name], int) for name in numbers)
        and isinstance(row["data"], bytes)
    )


def _expected(work: Work, row: Row) -> bool:
    """Whether its record has so many versions; a row under a foreign key is no version of it."""
    table = schema.RECORDS
    same = (table.c[name] == row[name] for name in ("site", "kind", "id"))
    most = work.connection.execute(select(table.c.version).where(*same)).scalar()
    return most is None or 1 <= row["number"] <= most


def restored(work: Work, row: Row) -> bytes | None:
    """A version's bytes; None where they can't be had."""
    try:
        codec = codec_of(work, row["site"], row["dictionary"])
        return codec.restore(row["data"], row["size"]) if codec else None
    except (ValueError, TypeError, OverflowError, MemoryError):
        return None


def codec_of(work: Work, site: str, number: int) -> Codec | None:
    if number == 0:
        return Codec()
    table = schema.DICTIONARIES
    which = select(table).where(table.c.site == site, table.c.number == number)
    row = work.connection.execute(which).mappings().first()
    if row is None or sha256(row["data"]) != row["sha256"]:
        return None
    return Codec(number, row["data"])


def digest_of(raw: bytes) -> str:
    """The content digest of a version's bytes, as saving makes it."""
    try:
        return content_digest(parse(raw))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return f"{VERSION}:"


def _parsed(raw: bytes) -> Any:
    try:
        return parse(raw)
    except ValueError:
        return None


def _lacking(text: Any) -> str:
    try:
        found = rows.load(text)
    except (ValueError, TypeError):
        return "[]"
    return rows.dump(found) if isinstance(found, list) else "[]"


def _text_or_bytes(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
