"""Where an archive and its site count differently, by ranges of dates. Decides; touches nothing.

A total that does not add up says that something came or went, not where. Counts over ranges of
dates do: a range in which both count the same is left alone, one in which they differ is cut
further, and what is small enough is listed. The counts are believed only as far as they agree with
one another.

The site counts by its wall clock (`wp_sync.model.Span`), the archive by ``date_gmt``. A *cut* is
one record's date on both clocks, so that neither a zone nor its history need be known. Where the
two orders disagree (the hour that a change of clocks repeats, a site that changed its zone), two
neighbouring ranges seem to differ, and are listed both: that costs requests and nothing else, since
a record is missed only when no listed range shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wp_sync.model import Bookmark, Collection, Span
from wp_sync.pull.options import Narrowing

_WINDOW = 98  # what a window of a hundred adds to the listing, less the overlap


@dataclass(frozen=True, slots=True)
class Cut:
    """One record's date: ``gmt`` on our side, ``local`` by the site's wall clock."""

    gmt: str
    local: str


@dataclass(frozen=True, slots=True)
class Part:
    """What is dated after one cut up to another (None: open), and how many each side counts."""

    start: Cut | None
    end: Cut | None
    ours: int
    theirs: int | None = None

    @property
    def span(self) -> Span:
        """The same range as the site is asked for it: up to a second means before the next."""
        return Span(
            self.start.local if self.start else None,
            next_second(self.end.local) if self.end else None,
        )

    @property
    def differs(self) -> bool:
        return self.ours != self.theirs


def possible(collection: Collection, total: int, how: Narrowing) -> bool:
    """Whether ranges can be counted here, and a census costs enough that it may pay."""
    return {"after", "before"} <= collection.filters and budget(total, how) >= 2 * how.ways


def budget(total: int, how: Narrowing) -> int:
    """How many requests narrowing may take, counting and listing together."""
    return int(total / _WINDOW * how.share)


def listing_cost(parts: Iterable[Part]) -> int:
    """How many requests it takes to list these parts."""
    return sum(1 + (part.theirs or 0) // _WINDOW for part in parts)


def cut(part: Part, cuts: Sequence[tuple[Cut, int]]) -> list[Part]:
    """A part in pieces, each cut with how many of ours lie before or at it.

    Cuts that don't rise on both clocks are left out. One piece means that it can't be cut.
    """
    pieces: list[Part] = []
    start, counted = part.start, 0
    for place, upto in cuts:
        if start is not None and not (start.gmt < place.gmt and start.local < place.local):
            continue
        if part.end is not None and not (place.gmt < part.end.gmt and place.local < part.end.local):
            continue
        pieces.append(Part(start, place, upto - counted))
        start, counted = place, upto
    pieces.append(Part(start, part.end, part.ours - counted))
    return pieces


def doubt(whole: Part, pieces: Sequence[Part]) -> str:
    """Why these counts can't be relied on; empty where they can."""
    theirs = [piece.theirs for piece in pieces]
    known = [count for count in theirs if count is not None]
    if len(known) < len(theirs):
        return "the site does not count ranges of dates"
    if sum(known) != whole.theirs:
        return f"its counts over ranges come to {sum(known):,}, not {whole.theirs:,}"
    return ""


def small(part: Part, how: Narrowing) -> bool:
    """Whether a part is listed rather than cut further."""
    return max(part.ours, part.theirs or 0) <= how.leaf


def adds_up(mark: Bookmark, total: int, appeared: int, absent: int) -> bool:
    """Whether what was found explains the total, so that nothing is left to look for."""
    return mark.total is not None and total == mark.total + appeared - absent


def next_second(local: str) -> str:
    """The second after one, on a clock without a zone."""
    moment = datetime.fromisoformat(local).replace(tzinfo=None) + timedelta(seconds=1)
    return moment.isoformat(timespec="seconds")


def local_of(date: object) -> str | None:
    """An item's ``date`` as a cut may use it: the seconds of the site's own clock, or None."""
    if not isinstance(date, str):
        return None
    try:
        moment = datetime.fromisoformat(date)
    except ValueError:
        return None
    # Year 1 and its like stand for "none" in old imports; before 1000, text no longer sorts.
    return date if moment.tzinfo is None and moment.year >= 1000 and len(date) == 19 else None
