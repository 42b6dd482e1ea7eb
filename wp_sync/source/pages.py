"""One page of a listing: what to ask, and reading the answer into entries with its totals.

A page knows nothing of its neighbours; `wp_sync.source.listing` joins pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec

from wp_sync import digest
from wp_sync.http import answers
from wp_sync.http.api import Api
from wp_sync.http.client import Answer
from wp_sync.http.failures import Cause, Trouble
from wp_sync.http.retry import STEADY, Patience
from wp_sync.model import Collection, Item, Record, Sighting
from wp_sync.source import shape


class Numbered(Protocol):
    """Anything known by an id."""

    @property
    def id(self) -> int: ...


E = TypeVar("E", bound=Numbered)
# From an item's (id, raw JSON, data) and the server's time to what the caller wants of it.
Make = Callable[[int, bytes, Item, datetime], E]


def record_maker(collection: Collection, lacking: tuple[str, ...] = ()) -> Make[Record]:
    """Items as whole records of a collection."""
    kind, stamp_fields = collection.kind, collection.stamp_fields

    def make(number: int, raw: bytes, data: Item, seen_at: datetime) -> Record:
        stamp = digest.stamp(data, stamp_fields) if stamp_fields else digest.content_digest(data)
        return Record(kind, number, raw, data, stamp, seen_at, lacking)

    return make


def sighting_maker(collection: Collection) -> Make[Sighting]:
    """Items as ids with their stamps and dates."""
    stamp_fields = collection.stamp_fields

    def make(number: int, raw: bytes, data: Item, seen_at: datetime) -> Sighting:
        del raw, seen_at
        stamp = digest.stamp(data, stamp_fields) if stamp_fields else digest.content_digest(data)
        date = data.get("date_gmt")
        return Sighting(number, stamp, date if isinstance(date, str) else "")

    return make


@dataclass(frozen=True, slots=True)
class Page(Generic[E]):
    """An answered page. ``total`` and ``pages`` are the server's counts, None where unstated.

    ``aged``: seconds that a cache says it has kept this answer. ``nameless`` items had no usable
    id; ``repeated`` ids stood twice in the answer.
    """

    entries: Sequence[E]
    total: int | None = None
    pages: int | None = None
    aged: int = 0
    nameless: int = 0
    repeated: tuple[int, ...] = ()
    broken: Mapping[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    size_bytes: int = 0


class _Envelope(msgspec.Struct):
    body: list[msgspec.Raw]
    status: int = 200
    headers: dict[str, Any] | list[Any] = msgspec.field(default_factory=dict)


_open = msgspec.json.Decoder(_Envelope).decode


def parser(make: Make[E], now: Callable[[], datetime]) -> Callable[[Answer], Page[E]]:
    """A function from a listing's answer to its page."""

    def parse(answer: Answer) -> Page[E]:
        return _page(answers.read_items(answer), answer.headers, answer, make, now)

    return parse


def envelope_parser(make: Make[E], now: Callable[[], datetime]) -> Callable[[Answer], Page[E]]:
    """The same for answers to ``_envelope``, whose totals stand in the body."""

    def parse(answer: Answer) -> Page[E]:
        try:
            envelope = _open(answer.body)
            cut = answers.cut_items([bytes(raw) for raw in envelope.body])
            status, headers = envelope.status, envelope.headers
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            _, data = answers.read_object(answer)
            body, status = data.get("body"), data.get("status", 200)
            if not isinstance(body, list):
                raise Trouble(
                    "the answer's envelope holds no list", cause=Cause.GARBLED, place=answer.place
                ) from None
            cut = answers.cut_items([msgspec.json.encode(item) for item in body])
            headers = data.get("headers") or {}
        if status != 200:
            raise Trouble(
                f"the answer's envelope says {status}",
                cause=Cause.SERVER,
                status=500,
                place=answer.place,
            )
        stated = (
            {str(key): str(value) for key, value in headers.items()}
            if isinstance(headers, dict)
            else {}
        )
        return _page(cut, {**answer.headers, **stated}, answer, make, now)

    return parse


def _page(
    cut: answers.Cut,
    headers: Mapping[str, str],
    answer: Answer,
    make: Make[E],
    now: Callable[[], datetime],
) -> Page[E]:
    seen_at = answer.server_time or now()
    entries = [make(number, raw, data, seen_at) for number, raw, data in cut.items]
    broken = dict(cut.broken)
    records = [entry for entry in entries if isinstance(entry, Record)]
    if records:
        judged, odd = shape.judged(records)
        entries = cast(list[E], judged)
        broken |= {**cut.mended, **odd}
    return Page(
        entries=entries,
        total=_count(headers.get("X-WP-Total")),
        pages=_count(headers.get("X-WP-TotalPages")),
        aged=_count(answer.headers.get("Age")) or 0,
        nameless=cut.nameless,
        repeated=cut.repeated,
        broken=broken,
        seconds=answer.seconds,
        size_bytes=len(answer.body),
    )


def _count(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


class Pager(Generic[E]):
    """Pages of one collection, all asked with the same fields and filters. Thread-safe."""

    def __init__(
        self,
        api: Api,
        collection: Collection,
        *,
        fields: Sequence[str],
        make: Make[E],
        filters: Mapping[str, str] | None = None,
        order: Mapping[str, str] | None = None,
    ) -> None:
        self.api = api
        self.collection = collection
        self.fields = tuple(fields)
        self.make = make
        self.envelope = False
        self._words = {**collection.query, **(order or {"orderby": "id", "order": "asc"})}
        self._filters = dict(filters or {})
        self._what = f"{collection.route}?{'+'.join(self.fields)[:80]}"

    def window(
        self, offset: int, size: int, *, patience: Patience = STEADY, fresh: bool = False
    ) -> Page[E]:
        """``size`` items from ``offset`` on (both counted in the server's own, hidden ones too).

        Raises:
            Trouble and other `SourceError`.
        """
        words = {**self._words, **self._filters, "per_page": str(size)}
        if offset:
            words["offset"] = str(offset)
        return self._ask(words, self.fields, self.make, size, patience, fresh)

    def ids(self, offset: int, size: int) -> Page[Sighting]:
        """The ids alone of the same window."""
        words = {**self._words, **self._filters, "per_page": str(size), "offset": str(offset)}
        return self._ask(words, ("id",), _bare, size, STEADY, False)

    def include(
        self,
        ids: Sequence[int],
        *,
        patience: Patience,
        fields: Sequence[str] | None = None,
        make: Make[E] | None = None,
    ) -> Page[E]:
        """These items, as far as they are listed."""
        words = {
            **self._words,
            "include": ",".join(map(str, ids)),
            "per_page": str(len(ids)),
        }
        return self._ask(
            words,
            self.fields if fields is None else tuple(fields),
            make or self.make,
            len(ids),
            patience,
            False,
        )

    def listed(self, ids: Sequence[int]) -> set[int]:
        """Which of these ids the server lists now, asking for nothing but the ids."""
        words = {**self._words, "include": ",".join(map(str, ids)), "per_page": str(len(ids))}
        page = self._ask(words, ("id",), _bare, len(ids), STEADY, False)
        return {entry.id for entry in page.entries}

    def _ask(
        self,
        words: dict[str, str],
        fields: tuple[str, ...],
        make: Make[Any],
        size: int,
        patience: Patience,
        fresh: bool,
    ) -> Page[Any]:
        if fields:
            words["_fields"] = ",".join(dict.fromkeys(("id", *fields)))
        if self.envelope:
            words["_envelope"] = "1"
        parse = envelope_parser if self.envelope else parser
        return self.api.ask(
            self.collection.route,
            words,
            parse=parse(make, self.api.now),
            patience=patience,
            # Powers of two, so that a page of 100 is not compared with a page of 5.
            cost=f"{self._what} {size.bit_length()}" if fields != ("id",) else "ids",
            fresh=fresh,
        )


def _bare(number: int, raw: bytes, data: Item, seen_at: datetime) -> Sighting:
    del raw, data, seen_at
    return Sighting(number, "")
