"""Reading rows off the pages of an SQLite file, without the trees that lead to them.

For a file whose structure is broken: every leaf is read for itself, and a row is believed when its
own checksum agrees, or agrees once one flipped bit is turned back. Which table a row is of, its
number of columns and its checksum tell. The format: https://www.sqlite.org/fileformat2.html

Writes nothing. Derived rows are left out: they are made of the others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Boolean, LargeBinary
from sqlalchemy.sql.schema import Table

from wp_sync.archive import rows, schema
from wp_sync.archive.unflip import unflipped

_MAGIC = b"SQLite format 3\x00"
_USUAL_PAGE = 4096
_LEAF, _KEY_LEAF, _KEY_INNER = 13, 10, 2
_MOST_COLUMNS = 60
_MOST_PAYLOAD = 1 << 30
# Entries of indexes have fewer columns than the rows of these tables: they are not tried for long.
_LEAST_COLUMNS = 6
_TABLES: dict[int, list[Table]] = {}
for _table in schema.METADATA.sorted_tables:
    _TABLES.setdefault(len(_table.c), []).append(_table)


@dataclass(frozen=True, slots=True)
class Carved:
    """A row with its table; ``turned``: one bit of it was turned back."""

    table: Table
    row: dict[str, Any]
    turned: bool


class Pages:
    """The pages of one file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        head = self._at(0, 100)
        said = int.from_bytes(head[16:18], "big")
        said = 65536 if said == 1 else said
        sound = head[:16] == _MAGIC and said >= 512 and said & (said - 1) == 0
        self.page_size = said if sound else _USUAL_PAGE
        self.usable = self.page_size
        self.count = size // self.page_size
        self.free = self._free(head) if sound else set()

    def page(self, number: int) -> bytes:
        """A page by its number, from 1; empty past the end."""
        if not 1 <= number <= self.count:
            return b""
        return self._at((number - 1) * self.page_size, self.page_size)

    def _at(self, offset: int, length: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError:  # a part of the disk that can't be read any more
            return b""

    def _free(self, head: bytes) -> set[int]:
        """Pages in no use: what stands there is of an earlier time."""
        found: set[int] = set()
        trunk = int.from_bytes(head[32:36], "big")
        while 1 < trunk <= self.count and trunk not in found:
            found.add(trunk)
            page = self.page(trunk)
            if len(page) < 8:
                break
            count = min(int.from_bytes(page[4:8], "big"), self.page_size // 4 - 2)
            found.update(struct.unpack(f">{count}I", page[8 : 8 + 4 * count]))
            trunk = int.from_bytes(page[:4], "big")
        return found


def carve(path: Path) -> Iterator[Carved]:
    """Every row that proves itself; those on pages in use first."""
    with path.open("rb") as file:
        pages = Pages(file, path.stat().st_size)
        for free in (False, True):
            for number in range(1, pages.count + 1):
                if (number in pages.free) is free:
                    for values in _rows(pages, number):
                        if (found := _believed(values, free=free)) is not None:
                            yield found


def _rows(pages: Pages, number: int) -> Iterator[list[Any]]:
    page = pages.page(number)
    start = 100 if number == 1 else 0
    if len(page) < start + 8:
        return
    kind = page[start]
    kinds = [kind] if kind in (_LEAF, _KEY_LEAF, _KEY_INNER) else [_LEAF, _KEY_LEAF, _KEY_INNER]
    count = min(int.from_bytes(page[start + 3 : start + 5], "big"), pages.page_size // 4)
    for tried in kinds:
        pointers = start + (12 if tried == _KEY_INNER else 8)
        for at in range(count):
            place = page[pointers + 2 * at : pointers + 2 * at + 2]
            try:
                payload = _payload(pages, page, tried, int.from_bytes(place, "big"))
                values = _values(payload)
            except (IndexError, ValueError, struct.error):
                continue
            yield values


def _payload(pages: Pages, page: bytes, kind: int, at: int) -> bytes:
    if at < 8:
        raise ValueError("not in the page's content")
    at += 4 if kind == _KEY_INNER else 0
    length, at = _varint(page, at)
    if kind == _LEAF:
        _, at = _varint(page, at)
    if not 0 < length <= _MOST_PAYLOAD:
        raise ValueError("too long")
    usable = pages.usable
    most = usable - 35 if kind == _LEAF else (usable - 12) * 64 // 255 - 23
    if length <= most:
        return _exactly(page[at : at + length], length)
    least = (usable - 12) * 32 // 255 - 23
    local = least + (length - least) % (usable - 4)
    local = local if local <= most else least
    parts = [_exactly(page[at : at + local], local)]
    left = length - local
    following = int.from_bytes(page[at + local : at + local + 4], "big")
    seen: set[int] = set()
    while left > 0:
        more = pages.page(following)
        if not more or following in seen:
            raise ValueError("its chain of pages is broken")
        seen.add(following)
        parts.append(more[4 : 4 + min(left, usable - 4)])
        left -= len(parts[-1])
        following = int.from_bytes(more[:4], "big")
    return b"".join(parts)


def _values(payload: bytes) -> list[Any]:
    """The values of a record."""
    head, at = _varint(payload, 0)
    types: list[int] = []
    while at < head:
        one, at = _varint(payload, at)
        types.append(one)
        if len(types) > _MOST_COLUMNS:
            raise ValueError("too many columns")
    if at != head:
        raise ValueError("its head is broken")
    values: list[Any] = []
    for one in types:
        value, at = _value(payload, at, one)
        values.append(value)
    return values


_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind == 0:
        return None, at
    if kind in _SIZES:
        end = at + _SIZES[kind]
        return int.from_bytes(_exactly(payload[at:end], end - at), "big", signed=True), end
    if kind == 7:
        return struct.unpack(">d", payload[at : at + 8])[0], at + 8
    if kind in (8, 9):
        return kind - 8, at
    if kind < 12:
        raise ValueError("no such type")
    end = at + (kind - 12) // 2
    data = _exactly(payload[at:end], end - at)
    if kind % 2 == 0:
        return data, end
    try:
        return data.decode(), end
    except UnicodeDecodeError:
        return data, end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at
    return number << 8 | data[at], at + 1


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ValueError("it goes past the end")
    return data


def _believed(values: list[Any], *, free: bool) -> Carved | None:
    """The row that these values are; None for what proves nothing, or is not wanted."""
    tables = _TABLES.get(len(values), [])
    for table in tables:
        row = _row(table, values)
        try:
            right = rows.checksum(list(row.values())[:-1]) == row["checksum"]
        except (TypeError, ValueError):
            right = False
        # A checksum is over values alone: tables of as many columns are told apart by their types.
        if right and _odd(table, row) == 0:
            return None if _unwanted(table, free=free) else Carved(table, row, turned=False)
    if free or len(values) < _LEAST_COLUMNS:
        return None
    for table in tables:
        row = _row(table, values)
        if _unwanted(table, free=free) or _odd(table, row) > 1:
            continue
        turned = unflipped(list(row.values())[:-1], row["checksum"])
        if turned is not None:
            found = dict(zip(row, [*turned[0], turned[1]], strict=True))
            return Carved(table, found, turned=True)
    return None


def _row(table: Table, values: list[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column, value in zip(table.c, values, strict=True):
        flag = isinstance(column.type, Boolean) and value in (0, 1)
        row[column.name] = bool(value) if flag else value
    return row


def _unwanted(table: Table, *, free: bool) -> bool:
    """Derived rows, marks that a pull makes anew, and what was removed on purpose."""
    passing = (schema.BOOKMARKS, schema.DERIVATIONS, schema.AUDIT_FACTS)
    old = (schema.QUARANTINE, schema.TALLIES)
    return table in schema.DERIVED or table in passing or (free and table in old)


def _odd(table: Table, row: dict[str, Any]) -> int:
    """How many values are of another type than their columns."""
    odd = 0
    for column in table.c:
        value = row[column.name]
        if isinstance(column.type, LargeBinary):
            right = isinstance(value, bytes)
        elif column.type.python_type is str:
            right = isinstance(value, str)
        else:
            right = isinstance(value, int)
        odd += not (right or (value is None and bool(column.nullable)))
    return odd
