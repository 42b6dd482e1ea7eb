"""Mutations of inputs: bits, tokens, spans, splices, numbers, and repetition for slow parsers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.grammar import NUMBERS, TOKENS

LONGEST = 8192  # bytes of a usual input
LARGE = 65536  # bytes of one made to be slow


@dataclass(frozen=True)
class Repeated:
    """An input that repeats one part, to tell linear work from what grows faster."""

    before: bytes
    unit: bytes
    after: bytes
    times: int

    def data(self, times: float = 1) -> bytes:
        return self.before + self.unit * int(self.times * times) + self.after


def mutated(chance: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The input with one to five changes."""
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        data = _one(chance, data, others)
    return data[:LONGEST]


def repeated(chance: Random, data: bytes) -> Repeated:
    """A part of the input, or a few tokens, again and again."""
    if chance.random() < 0.5:
        unit = b"".join(chance.choice(TOKENS) for _ in range(chance.randrange(1, 4)))
    else:
        start, end = _span(chance, data, 200)
        unit = data[start:end]
    unit = unit[:400] or b"<"
    at = chance.randrange(len(data) + 1)
    times = max(1, chance.choice((LARGE // 4, LARGE)) // len(unit))
    return Repeated(data[:at], unit, data[at:], times)


def _span(chance: Random, data: bytes, most: int) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randrange(1, most))


def _one(chance: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    pick = chance.randrange(10)
    start, end = _span(chance, data, 64)
    if pick == 0 and data:
        at = chance.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if pick in (1, 2):
        return data[:start] + chance.choice(TOKENS) + data[start:]
    if pick == 3:
        return data[:start] + chance.choice(TOKENS) + data[end:]
    if pick == 4:
        return data[:start] + data[end:]
    if pick == 5:
        return data[:end] + data[start:end] * chance.randrange(1, 9) + data[end:]
    if pick == 6 and others:
        other = chance.choice(others)
        first, last = _span(chance, other, 400)
        return data[:start] + other[first:last] + data[end:]
    if pick == 7:
        number = chance.choice(NUMBERS).encode()
        digits = next((at for at in range(start, len(data)) if data[at : at + 1].isdigit()), start)
        return data[:digits] + number + data[digits + 1 :]
    if pick == 8:
        return data[:start]
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<div>", b"</div>")))
    deep = chance.choice((1, 3, 40, 400))
    return (data[:start] + opening * deep + data[start:end] + closing * deep + data[end:])[:LONGEST]
