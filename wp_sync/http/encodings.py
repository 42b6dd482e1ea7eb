"""Bodies decoded in bounded steps: a small compressed answer can hold a very large one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

from wp_sync.errors import Place
from wp_sync.http.failures import Cause, Trouble

_PIECE = 4 * 65536  # bytes of a decoded piece, at most


def decoder(encoding: str, place: Place) -> Callable[[bytes], Iterator[bytes]]:
    """A function from wire bytes to decoded pieces; called with b"" at the end."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return lambda data: iter((data,) if data else ())
    if name not in ("gzip", "x-gzip", "deflate"):
        raise Trouble(
            f"the answer comes in an encoding that was not asked for ({encoding[:40]})",
            cause=Cause.GARBLED,
            place=place,
        )
    return _Inflate(place, gzip=name != "deflate")


class _Inflate:
    """gzip (several members too) and deflate (with and without its zlib wrapper)."""

    def __init__(self, place: Place, *, gzip: bool) -> None:
        self._place = place
        self._gzip = gzip
        self._engine = zlib.decompressobj(31 if gzip else 15)
        self._started = False
        self._complete = False

    def __call__(self, data: bytes) -> Iterator[bytes]:
        if not data:
            if self._started and not self._complete:
                raise self._bad("it ends in the middle")
            return
        while data:
            if self._complete:
                if not self._gzip or not data.strip(b"\0"):
                    return
                self._engine = zlib.decompressobj(31)
                self._complete = False
            try:
                piece = self._engine.decompress(data, _PIECE)
            except zlib.error as error:
                if self._gzip or self._started:
                    raise self._bad(str(error)) from None
                self._engine = zlib.decompressobj(-15)
                self._started = True
                continue
            self._started = True
            if piece:
                yield piece
            if self._engine.eof:
                self._complete = True
                data = self._engine.unused_data
            else:
                data = self._engine.unconsumed_tail

    def _bad(self, why: str) -> Trouble:
        return Trouble(
            f"the compressed answer is damaged: {why}", cause=Cause.GARBLED, place=self._place
        )
