"""How a version's bytes are kept: Zstandard with a dictionary trained on the site's own records.

Knows bytes and dictionaries, no tables. A dictionary is trained for each kind from the first batch
that is large enough; records of one kind share keys, markup and boilerplate, and a record on its
own is too short for a compressor to find that out. A kind of many records gets a larger one later,
which knows the site's words as well (`Samples`).
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
import zstandard

LEVEL = 3
ENOUGH = 64  # records in a batch to train a dictionary from
_SHARE = 8  # a dictionary is at most this part of its samples …
_MOST = 64 * 1024  # … and this many bytes
_LEAST = 1024
GROWN = 256 * 1024  # bytes of the larger dictionary: a twelfth less for each record …
AMPLE = 32 * GROWN  # … which pays for it some time after so many bytes of records
_EVERY = 2  # each second record is a sample: what is at hand stays below AMPLE / 2
_DIGITS = 400  # from so many on, an integer is kept as text: as a source reads it


class Codec:
    """Compresses and restores raw bytes under one dictionary (none: ``number`` 0)."""

    def __init__(self, number: int = 0, dictionary: bytes = b"") -> None:
        self.number = number
        self.grown = len(dictionary) > _MOST
        known = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        if known is not None:
            known.precompute_compress(level=LEVEL)
        # A Zstandard context is not for several threads at once.
        self._turn = threading.Lock()
        self._compress = zstandard.ZstdCompressor(level=LEVEL, dict_data=known).compress
        self._decompress = zstandard.ZstdDecompressor(dict_data=known).decompress

    def compress(self, raw: bytes) -> bytes:
        with self._turn:
            return self._compress(raw)

    def restore(self, data: bytes, size: int) -> bytes:
        """The raw bytes.

        Raises:
            ValueError: the data is damaged (also when it claims another size: a flipped bit must
                not make us allocate gigabytes).
        """
        try:
            if zstandard.frame_content_size(data) != size:
                raise ValueError("the compressed data states another size than its row")
            with self._turn:
                return self._decompress(data, max_output_size=size) if size else b""
        except zstandard.ZstdError as error:
            raise ValueError(f"the compressed data is damaged: {error}") from error


class Samples:
    """Records of one kind as they come, until there are enough for the larger dictionary."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._seen = self._bytes = 0
        self._kept: list[bytes] = []

    def add(self, raws: Sequence[bytes]) -> bytes:
        """The larger dictionary once there is enough to train it from; nothing before."""
        for raw in raws:
            self._bytes += len(raw)
            if self._seen % _EVERY == 0 and len(raw) <= GROWN:
                self._kept.append(raw)
            self._seen += 1
        if self._bytes < AMPLE:
            return b""
        kept, self._kept, self._bytes = self._kept, [], 0
        # Segments of 256 bytes gave the best ratio on posts; without a search for it the training
        # takes 0.1 s.
        return train(kept, most=GROWN, k=256, d=8)


def train(samples: Sequence[bytes], *, most: int = _MOST, **how: int) -> bytes:
    """A dictionary of at most so many bytes from these records; nothing when there is none."""
    size = min(most, sum(map(len, samples)) // _SHARE)
    if len(samples) < ENOUGH or size < _LEAST:
        return b""
    try:
        # Without a fixed dict_id zstandard draws one at random; 0 would say "none".
        chosen = int.from_bytes(hashlib.sha256(samples[0]).digest()[:3], "big") | 1 << 24
        return zstandard.train_dictionary(size, list(samples), dict_id=chosen, **how).as_bytes()
    except zstandard.ZstdError:
        return b""  # too much alike, or nothing in common: the next batch may do better


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parse(raw: bytes) -> Any:
    """The raw bytes of an item as values.

    What strict JSON refuses is read as a source reads it: NaN as None, numbers out of range as
    their own digits, lone surrogates as U+FFFD.

    Raises:
        ValueError: not JSON, or nested too deep to be read.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    try:
        return _storable(
            json.loads(
                raw.decode("utf-8", "replace"),
                strict=False,
                parse_constant=lambda _name: None,
                parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else digits,
                parse_float=lambda text: found if math.isfinite(found := float(text)) else text,
            )
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(part) for name, part in value.items()}
    return value
