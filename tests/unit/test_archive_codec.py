"""Compression that gives back every byte, and reading whatever a site called JSON."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.archive.codec import AMPLE, ENOUGH, Codec, Samples, parse, train

SAMPLES = [
    json.dumps({"id": n, "slug": f"post-{n}", "content": {"rendered": f"<p>{n * 7919}</p>" * 20}})
    for n in range(ENOUGH)
]
TRAINED = Codec(1, train([one.encode() for one in SAMPLES]))


@given(raw=st.binary(max_size=2000), trained=st.booleans())
def test_every_byte_comes_back(raw: bytes, trained: bool) -> None:
    codec = TRAINED if trained else Codec()
    assert codec.restore(codec.compress(raw), len(raw)) == raw


def test_a_dictionary_pays_for_records_alike() -> None:
    raw = SAMPLES[7].replace("7", "8").encode()
    assert len(TRAINED.compress(raw)) < 0.6 * len(Codec().compress(raw))
    assert train([one.encode() for one in SAMPLES[:-1]]) == b""


def test_many_records_get_a_dictionary_that_knows_their_words() -> None:
    chance = random.Random(3)
    words = [f"{chance.getrandbits(40):x}" for _ in range(8_000)]

    def text() -> bytes:
        return " ".join(chance.choices(words, k=700)).encode()

    first = [text() for _ in range(100)]
    small, samples, grown, seen = Codec(1, train(first)), Samples("posts/post"), b"", 0
    while not grown and seen < 2 * AMPLE:
        batch = [text() for _ in range(100)]
        seen += sum(map(len, batch))
        grown = samples.add(batch)
    assert AMPLE <= seen < AMPLE + 10**6  # not before it pays
    large = Codec(2, grown)
    assert large.grown
    assert not small.grown
    others = [text() for _ in range(50)]
    packed = [large.compress(raw) for raw in others]
    assert sum(map(len, packed)) < 0.9 * sum(len(small.compress(raw)) for raw in others)
    assert [
        large.restore(data, len(raw)) for data, raw in zip(packed, others, strict=True)
    ] == others


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_is_an_error_or_other_bytes_never_a_crash(position: int, bit: int) -> None:
    raw = SAMPLES[3].encode()
    data = bytearray(TRAINED.compress(raw))
    data[position % len(data)] ^= 1 << bit
    try:
        TRAINED.restore(bytes(data), len(raw))
    except ValueError:
        return


def test_a_claim_of_gigabytes_is_refused_before_memory_is_taken() -> None:
    bomb = Codec().compress(b"\0" * 10_000_000)
    with pytest.raises(ValueError, match="another size"):
        Codec().restore(bomb, 100)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'["\\ud800", "\\ud83d\\ude00", "\\u0000"]', ["\ufffd", "😀", "\0"]),
        (b"[1e400]", ["1e400"]),
        (b"[" + b"9" * 30 + b"]", [int("9" * 30)]),
        (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
        (b'["\xff"]', ["\ufffd"]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_strict_json_refuses_is_read_all_the_same(raw: bytes, value: object) -> None:
    assert parse(raw) == value


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[" * 100_000])
def test_what_is_no_json_is_an_error(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parse(raw)
