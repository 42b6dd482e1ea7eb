"""How values stand in a row: times, text, JSON and the row's own checksum. No SQL here.

Every row carries ``checksum``, 64 bits of BLAKE2b over its other columns in the table's order, so
that `check` finds a flipped bit in any column, and an unchanged derived row is known by one number.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
_INT64 = 2**63 - 1
_PLAIN = frozenset((str, int, bool, type(None)))


@lru_cache(maxsize=64)  # the records of one answer share their moment
def iso(moment: datetime) -> str:
    """A moment as ISO 8601 UTC text with ``Z``, in whole seconds (WordPress's own resolution)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str | None) -> datetime | None:
    """The moment that `iso` wrote; None for nothing."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z") if text else None


def a_moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def now() -> str:
    return iso(datetime.now(UTC))


def clean(text: object) -> str:
    """Text that every database takes: no NUL (PostgreSQL) and no lone surrogate (UTF-8).

    Anything but text becomes the empty string: a site can send a list where a slug belongs. The
    verbatim form stays in the version's raw bytes.
    """
    if not isinstance(text, str):
        return ""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").replace("\0", "\ufffd")


def fit(number: int) -> int:
    """An integer that 64 bits can hold: a hostile item's ``menu_order`` need not be one."""
    return max(-_INT64, min(_INT64, number))


def tidy(value: object) -> Any:
    """A derived value as a column holds it: clean text, 64-bit integers, JSON for the rest."""
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return fit(value)
    return dump(value)


def dump(value: object) -> str:
    """A small structure as JSON text with sorted keys: equal values, equal text."""
    try:
        written = _encode_sorted(value)
        if b"\\u0000" not in written:  # what is to be tidied would show: most have nothing of it
            return written.decode()
    except (UnicodeEncodeError, TypeError):  # a lone surrogate; a key that is no text
        pass
    return clean(_encode_sorted(_tidied(value)).decode())


def _tidied(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _tidied(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_tidied(part) for part in value]
    return value


def load(text: str) -> Any:
    return msgspec.json.decode(text)


def checksum(values: Iterable[object]) -> int:
    """64 bits (signed, as databases want them) over a row's values; bytes count by their CRC-32."""
    plain = list(values)
    if bytes in map(type, plain):
        plain = [zlib.crc32(value) if isinstance(value, bytes) else value for value in plain]
    return _sum(_encode(plain))


def whole(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Derived values in the table's order as columns hold them (`tidy`), the checksum last."""
    try:
        written = _encode(values) if _PLAIN.issuperset(map(type, values)) else b""
    except UnicodeEncodeError:  # a lone surrogate
        written = b""
    large = [one for one in values if type(one) is int and not -_INT64 <= one <= _INT64]
    # What is to be tidied would show: most rows have nothing of it, and are written out once.
    if not written or large or b"\\u0000" in written:
        values = tuple([tidy(value) for value in values])
        written = _encode(values)
    return (*values, _sum(written))


def _sum(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)


def sealed(row: dict[str, Any]) -> dict[str, Any]:
    """The row (its values in the table's order) with its checksum."""
    row["checksum"] = checksum(row.values())
    return row
