"""Turning one flipped bit of a row back: every bit is tried until the row's checksum agrees.

The checksum has 64 bits, and a row is at most a few hundred thousand bits long: what agrees is what
was written. Damage of more than one bit is left to others. No SQL here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from wp_sync.archive import rows

_MOST_BITS = 1 << 19  # per row: some seconds of trying
_INT64 = 64

Values = list[Any]


def unflipped(values: Sequence[Any], checksum: Any) -> tuple[Values, int] | None:
    """The values and checksum as they were before one bit was flipped; None if that is not it.

    ``values``: all but the checksum, in the table's order; text that is no UTF-8 as its bytes. A
    value that was text and is bytes now, or the other way round, counts as the same bits.
    """
    if isinstance(checksum, int):
        for one in _as_text(list(values)):
            computed = rows.checksum(one)
            if computed == checksum:
                return one, checksum
            if ((computed ^ checksum) & (2**64 - 1)).bit_count() == 1:
                return one, computed  # the bit was the checksum's own
        for one in _trials(list(values)):
            if rows.checksum(one) == checksum:
                return one, checksum
    return None


def _as_text(values: Values) -> Iterator[Values]:
    """The values as they are, and with one that was read as bytes taken as text."""
    if not any(isinstance(value, bytes) and _text(value) is None for value in values[:-1]):
        yield values
    for at, value in enumerate(values):
        if isinstance(value, bytes) and (text := _text(value)) is not None:
            yield [*values[:at], text, *values[at + 1 :]]


def _trials(values: Values) -> Iterator[Values]:
    left = _MOST_BITS
    broken = [at for at, value in enumerate(values) if isinstance(value, bytes)]
    broken = [at for at in broken if _text(values[at]) is None and len(values[at]) < 4096]
    # Text that is no UTF-8 holds the flipped bit itself.
    order = sorted(range(len(values)), key=lambda at: (at not in broken, _length(values[at])))
    for at in order:
        value = values[at]
        left -= _length(value) * 8
        if left < 0:
            return
        for other in _flips(value):
            yield [*values[:at], other, *values[at + 1 :]]


def _flips(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        for bit in range(_INT64):
            number = _wrapped(value ^ (1 << bit))
            yield number
            if number in (0, 1):
                yield bool(number)  # a flag
    elif isinstance(value, float):
        # SQLite reads the eight bytes of an integer as a real number after a flip of their type.
        yield struct.unpack(">q", struct.pack(">d", value))[0]
    elif isinstance(value, str):
        for data in _bits(value.encode()):
            if (text := _text(data)) is not None:
                yield text
    elif isinstance(value, bytes):
        for data in _bits(value):
            yield data
            if (text := _text(data)) is not None:
                yield text


def _bits(data: bytes) -> Iterator[bytes]:
    work = bytearray(data)
    for at in range(len(work)):
        for bit in range(8):
            work[at] ^= 1 << bit
            yield bytes(work)
            work[at] ^= 1 << bit


def _wrapped(number: int) -> int:
    number &= 2**64 - 1
    return number - 2**64 if number >= 2**63 else number


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes)) else 8
