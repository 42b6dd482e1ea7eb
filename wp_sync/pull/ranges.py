"""Narrowing carried out: counts the ranges that `narrow` names, then lists those that differ.

Leads to the same verdicts as a census, by the same ways: what differs is fetched, what is not
listed goes to `vanish`. Where anything is in doubt the answer is False, and a census follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wp_sync.model import Bookmark, Collection, Walked
from wp_sync.pull import narrow, vanish
from wp_sync.pull.context import Pull
from wp_sync.pull.narrow import Cut, Part
from wp_sync.pull.sifting import Sifted, Walk


def settle(
    pull: Pull, wanted: Collection, mark: Bookmark, total: int, done: Sifted
) -> Bookmark | None:
    """Find by counts what a fast pass missed; the bookmark that then holds, None for "census".

    ``done``: what the fast pass sifted; it goes on counting here.
    """
    how = pull.options.narrowing
    if not narrow.possible(wanted, total, how):
        return None
    found = _search(pull, wanted, total)
    if isinstance(found, _GivenUp) and found.moved:
        # On a busy site something was published since the total was stated: once more from there.
        now, newest = pull.source.total(wanted)
        total = total if now is None else now
        done.sift(newest)
        done.flush()
        found = _search(pull, wanted, total)
    if isinstance(found, _GivenUp):
        pull.progress.note(f"{wanted.name}: counts over ranges of dates lead nowhere: {found.why}")
        return None
    # Before anything is fetched: a fetched record's date may be another one.
    ours = {id for part in found for id in _ids(pull, wanted, part)}
    for part in found:
        walk = Walk(pull.source.census(wanted, part.span))
        for sightings in walk:
            done.sift(sightings)
            ours.difference_update(one.id for one in sightings)
            pull.stop.check()
        if not walk.proved.complete or walk.proved.total != part.theirs:
            return None
    done.flush()
    appeared = done.tally.new + done.tally.restored
    if not narrow.adds_up(mark, total, appeared, len(ours)):
        return None
    if ours:
        pull.unsettle(wanted.kind)
    pull.progress.note(
        f"{wanted.name}: counts over ranges of dates led to {len(ours) + appeared:,} "
        f"among {total:,}"
    )
    walked = Walked(complete=True, total=total, seen=total)
    if vanish.settle(pull, wanted, sorted(ours), walked):
        return Bookmark(pull.identity.server_time, mark.census_at, total, pull.clock)
    # As after a census that can't be relied on: the next run takes one, this one asks no more. What
    # was refused once must not be believed on a second look.
    pull.censused.add(wanted.kind)
    return replace(mark, census_at=None)


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """Why counting led nowhere. ``moved``: the counts did not agree with one another."""

    why: str
    moved: bool = False


def _search(pull: Pull, wanted: Collection, total: int) -> list[Part] | _GivenUp:
    """The small parts whose counts differ, or why they can't be had."""
    how = pull.options.narrowing
    whole = Part(None, None, pull.archive.count(wanted.kind), total)
    rough, fine, spent = [whole] if whole.differs else [], list[Part](), 0
    while rough:
        families = [(part, _cut(pull, wanted, part)) for part in rough]
        spans = [piece.span for _, pieces in families for piece in pieces if len(pieces) > 1]
        spent += len(spans)
        if spent + narrow.listing_cost(fine) > narrow.budget(total, how):
            return _GivenUp(f"{len(rough) + len(fine):,} ranges differ, and a census is cheaper")
        counts = iter(pull.source.counted(wanted, spans))
        rough = []
        for part, pieces in families:
            if len(pieces) == 1:
                fine.append(part)
                continue
            counted = [replace(piece, theirs=next(counts)) for piece in pieces]
            if why := narrow.doubt(part, counted):
                return _GivenUp(why, moved=True)
            for piece in counted:
                if piece.differs:
                    (fine if narrow.small(piece, how) else rough).append(piece)
        pull.stop.check()
    if spent + narrow.listing_cost(fine) > narrow.budget(total, how):
        return _GivenUp(f"{len(fine):,} ranges differ, and a census is cheaper")
    return fine or _GivenUp("all of it counts the same")


def _cut(pull: Pull, wanted: Collection, part: Part) -> list[Part]:
    start, end = _bounds(part)
    places = pull.archive.cuts(
        wanted.kind, after=start, until=end, parts=pull.options.narrowing.ways
    )
    local = {
        current.id: narrow.local_of(current.data.get("date"))
        for current in pull.archive.current(wanted.kind, ids=[place.id for place in places])
    }
    cuts = [
        (Cut(place.date, here), place.upto)
        for place in places
        if place.date and (here := local.get(place.id))
    ]
    return narrow.cut(part, cuts)


def _ids(pull: Pull, wanted: Collection, part: Part) -> list[int]:
    start, end = _bounds(part)
    return list(pull.archive.dated(wanted.kind, after=start, until=end))


def _bounds(part: Part) -> tuple[str | None, str | None]:
    return part.start.gmt if part.start else None, part.end.gmt if part.end else None
