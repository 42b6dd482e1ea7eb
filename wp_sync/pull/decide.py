"""What a listing means, held against what the archive remembers. Decides; touches nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from wp_sync.model import Bookmark, Collection, Known, Sighting, State

# The server's clock and ours may run apart by so much between two pulls: an hour's lag would still
# be covered by the overlap (`wp_sync.pull.options.OVERLAP`).
SLACK = timedelta(minutes=15)


class Path(StrEnum):
    """How to follow a collection, cheapest last."""

    WHOLE = "whole"  # every record; for kinds whose change only the whole record shows
    FIRST = "first"  # every record; nothing is archived yet, or all of it is wanted again
    CENSUS = "census"  # every id and stamp, then what differs
    FAST = "fast"  # what is new or modified since the watermark, and the total


class Verdict(StrEnum):
    """What one id's line in a listing means."""

    NEW = "new"
    CHANGED = "changed"
    BACK = "back"
    SAME = "same"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    id: int
    verdict: Verdict


def choose(
    collection: Collection,
    mark: Bookmark,
    *,
    empty: bool,
    full: bool,
    refetch: bool = False,
    every: timedelta,
    now: datetime,
    clock: datetime | None = None,
) -> tuple[Path, str]:
    """The path for a collection, and why, for the log.

    ``empty``: the archive holds nothing of this kind. ``refetch``: what it holds was fetched by
    somebody who saw less, or a person wants all of it again. ``now`` is the server's clock,
    ``clock`` our own, both UTC.
    """
    if not collection.stamp_fields:
        return Path.WHOLE, "no cheap sign of change"
    if empty and mark.watermark is None:
        return Path.FIRST, "nothing archived yet"
    if refetch:
        return Path.FIRST, "everything anew"
    if full:
        return Path.CENSUS, "asked for"
    if mark.watermark is None or mark.census_at is None:
        return Path.CENSUS, "the last pull did not see everything"
    if mark.watermark > now or set_back(mark, now, clock) > SLACK:
        return Path.CENSUS, "the server's clock went back"
    if now - mark.census_at >= every:
        return Path.CENSUS, f"the last census is {(now - mark.census_at).days} days old"
    return Path.FAST, ""


def set_back(mark: Bookmark, now: datetime, clock: datetime | None) -> timedelta:
    """By how much the server's clock was set back since the watermark; zero where nothing says so.

    It may have passed the watermark again by now: that ours went further in the meantime tells.
    Ours can be wrong too, which costs a census and decides nothing else.
    """
    if mark.watermark is None:
        return timedelta()
    lag = mark.watermark - now
    if mark.clock is not None and clock is not None:
        lag = max(lag, (clock - mark.clock) - (now - mark.watermark))
    return max(lag, timedelta())


def doubtful_since(mark: Bookmark, now: datetime, clock: datetime | None) -> str:
    """The modification time from which an equal stamp proves nothing; empty where all do.

    Seconds that a clock went through twice may have seen two edits of one record.
    """
    back = set_back(mark, now, clock)
    if mark.watermark is None or not back or (back <= SLACK and mark.watermark <= now):
        return ""
    return isoformat(mark.watermark - back - timedelta(seconds=2))


def compare(known: Known | None, sighting: Sighting, doubtful: str = "") -> Verdict:
    """What a sighting means for one record; ``doubtful`` as `doubtful_since` says."""
    if known is None:
        return Verdict.NEW
    if known.state is not State.LIVE:
        return Verdict.BACK
    if known.stamp != sighting.stamp or known.racy:
        return Verdict.CHANGED
    if doubtful and known.modified >= doubtful:
        return Verdict.CHANGED
    return Verdict.SAME


def merge(
    known: Iterable[Known], sighted: Iterable[Sighting], doubtful: str = ""
) -> Iterator[Finding]:
    """Walk archive and census side by side; both must be in rising order of id.

    Records that were already known to be away and still are give no finding.
    """
    archived = iter(known)
    ours = next(archived, None)
    for sighting in sighted:
        while ours is not None and ours.id < sighting.id:
            if ours.state is State.LIVE:
                yield Finding(ours.id, Verdict.ABSENT)
            ours = next(archived, None)
        if ours is not None and ours.id == sighting.id:
            yield Finding(sighting.id, compare(ours, sighting, doubtful))
            ours = next(archived, None)
        else:
            yield Finding(sighting.id, Verdict.NEW)
    while ours is not None:
        if ours.state is State.LIVE:
            yield Finding(ours.id, Verdict.ABSENT)
        ours = next(archived, None)


def goes_backward(known: Known | None, modified: object) -> bool:
    """Whether an answer shows an older modification than the archive: a stale cache, perhaps."""
    if known is None or not isinstance(modified, str) or known.state is not State.LIVE:
        return False
    return bool(modified) and modified < known.modified


def newest_reach(newest: Iterable[Sighting], total: int | None, moment: datetime) -> bool:
    """Whether the newest page reaches back to a moment, so that nothing dated later is hidden."""
    dates = [sighting.date for sighting in newest]
    if not dates or (total is not None and len(dates) >= total):
        return True
    return min(dates) <= isoformat(moment)


def totals_agree(mark: Bookmark, total: int | None, appeared: int) -> bool:
    """Whether the source counts what the archive expects: the last total and what appeared since.

    Totals count items that the listing then hides, so totals are compared with totals, never with
    the archive's own count. Without a total nothing can be said, and nothing is.
    """
    if total is None or mark.total is None:
        return True
    return total == mark.total + appeared


def total_next(mark: Bookmark, total: int | None, appeared: int) -> int | None:
    """The total to hold the next one against: the source's, or what it would be without a word.

    What appeared in a run without totals must be counted: one that went afterwards would else make
    the next total agree with the one before that run.
    """
    if total is not None or mark.total is None:
        return total
    return mark.total + appeared


def unexplained(shifts: Mapping[int, int], explained: Mapping[int, int]) -> frozenset[int]:
    """Terms whose count moved by another number than the posts we saw change explain.

    Filing a post under another term on its own leaves the post's `modified` alone; the terms'
    counts are the only trace.
    """
    return frozenset(term for term, shift in shifts.items() if shift != explained.get(term, 0))


def isoformat(moment: datetime) -> str:
    """As WordPress writes `*_gmt`: UTC, seconds, no zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
