"""Following one collection along the cheapest path that misses nothing (see `decide.choose`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wp_sync.model import Bookmark, Collection, Known, Sighting, Tally, Walked
from wp_sync.pull import decide, ranges, refiled, vanish
from wp_sync.pull.context import Pull
from wp_sync.pull.decide import Path, Verdict
from wp_sync.pull.ids import Ids
from wp_sync.pull.options import OVERLAP
from wp_sync.pull.sifting import Sifted, Walk


def collection(pull: Pull, wanted: Collection, *, full: bool = False) -> None:
    """Bring the archive up to date with one collection."""
    mark = pull.mark(wanted.kind)
    path, why = decide.choose(
        wanted,
        mark,
        empty=not pull.archive.count(wanted.kind),
        full=full or pull.options.full,
        refetch=pull.refetch,
        every=pull.options.full_every,
        now=pull.identity.server_time,
        clock=pull.clock,
    )
    pull.progress.stage(wanted.name, mark.total, "records")
    if path is Path.WHOLE:
        _whole(pull, wanted)
    elif path is Path.FIRST and pull.options.dry_run:
        _rehearse(pull, wanted)
    elif path is Path.FIRST:
        _first(pull, wanted)
    elif path is Path.CENSUS or not _fast(pull, wanted, mark):
        if why:
            pull.progress.note(f"census of {wanted.name}: {why}")
        _census(pull, wanted, mark)


def _rehearse(pull: Pull, wanted: Collection) -> None:
    """What a first pull would bring, for one request instead of all."""
    total, _ = pull.source.total(wanted)
    pull.count(wanted, Tally(new=total or 0))


def _first(pull: Pull, wanted: Collection) -> None:
    """Every record of a collection of which nothing is archived."""
    walk = Walk(pull.source.walk(wanted))
    for records in walk:
        pull.append(wanted, records)
        pull.progress.advance(len(records))
        pull.stop.check()
    pull.broken(wanted, walk.proved.broken)
    _bookmark(pull, wanted, walk.proved, reliable=walk.proved.complete)
    if not walk.proved.complete:
        pull.problem(wanted, f"the listing may lack some: {walk.proved.why}")


def _whole(pull: Pull, wanted: Collection) -> None:
    """Every record of a collection that has no cheaper sign of change (terms, users)."""
    walk = Walk(pull.source.walk(wanted))
    seen = Ids()
    first = not pull.archive.count(wanted.kind)
    for records in walk:
        if wanted.family == "terms" and not first:
            _moved(pull, wanted, refiled.shifts(pull.archive, wanted.kind, records))
        pull.append(wanted, records)
        seen.update(record.id for record in records)
        pull.progress.advance(len(records))
        pull.stop.check()
    pull.broken(wanted, walk.proved.broken)
    seen.update(walk.proved.broken)
    absent = [
        known.id
        for known in pull.archive.known(wanted.kind)
        if known.state == "live" and known.id not in seen
    ]
    reliable = vanish.settle(pull, wanted, absent, walk.proved)
    _bookmark(pull, wanted, walk.proved, reliable=reliable)
    if not walk.proved.complete and not absent:
        pull.problem(wanted, f"the listing may lack some: {walk.proved.why}")


def _moved(pull: Pull, taxonomy: Collection, shifts: Counter[int]) -> None:
    """Counts that moved are seen once, since they are saved: a kill must not lose what they say."""
    pull.shifts[taxonomy.kind].update(shifts)
    if shifts:
        for one in pull.listed:
            if taxonomy.kind in one.taxonomies:
                pull.unsettle(one.kind)


def _fast(pull: Pull, wanted: Collection, mark: Bookmark) -> bool:
    """What is new or modified since the watermark, and what the totals then lead to.

    False where the totals disagree and counts over ranges do not explain it: a census must.
    """
    assert mark.watermark is not None
    since = mark.watermark - OVERLAP
    total, newest = pull.source.total(wanted)
    done = Sifted(pull, wanted)
    done.sift(newest)
    if "modified_after" in wanted.filters:
        done.sift_all(pull.source.modified_since(wanted, since))
    if not decide.newest_reach(newest, total, since):
        done.sift_all(pull.source.newest_since(wanted, since, beyond=len(newest)))
    done.add(
        pull.archive.due(
            wanted.kind, field="status", value="future", before=pull.identity.server_time
        )
    )
    done.add(pull.archive.quarantined(wanted.kind))
    done.flush()
    settled: Bookmark | None = Bookmark(
        watermark=pull.identity.server_time,
        census_at=mark.census_at,
        total=decide.total_next(mark, total, _appeared(done)),
        clock=pull.clock,
    )
    if total is not None and not decide.totals_agree(mark, total, _appeared(done)):
        pull.progress.note(
            f"{wanted.name}: the site counts {total:,}, "
            f"expected {(mark.total or 0) + _appeared(done):,}"
        )
        settled = ranges.settle(pull, wanted, mark, total, done)
    if settled is None:
        pull.progress.note(f"census of {wanted.name}: the totals do not add up")
        return False
    if any(pull.shifts[kind] for kind in wanted.taxonomies if kind in pull.shifts):
        pull.settled_later[wanted.kind] = settled  # `refiled_since` has the last word
    else:
        pull.settle(wanted.kind, settled)
    return True


def _appeared(done: Sifted) -> int:
    return done.tally.new + done.tally.restored


def _census(pull: Pull, wanted: Collection, mark: Bookmark) -> None:
    """Every id with its stamp, then whole records of those that differ."""
    pull.censused.add(wanted.kind)
    walk = Walk(pull.source.census(wanted))
    done = Sifted(pull, wanted)
    absent: list[int] = []
    known: Iterator[Known] = pull.archive.known(wanted.kind)
    doubtful = decide.doubtful_since(mark, pull.identity.server_time, pull.clock)
    for finding in decide.merge(known, _flat(walk), doubtful):
        if finding.verdict is Verdict.ABSENT:
            absent.append(finding.id)
        elif finding.verdict is not Verdict.SAME:
            done.add([finding.id])
        if finding.verdict in (Verdict.SAME, Verdict.ABSENT):
            pull.progress.advance()
        pull.stop.check()
    done.add(pull.archive.quarantined(wanted.kind))
    done.flush()
    reliable = vanish.settle(pull, wanted, absent, walk.proved)
    _bookmark(pull, wanted, walk.proved, reliable=reliable, before=mark)
    if not walk.proved.complete and not absent:
        pull.problem(wanted, f"the listing may lack some: {walk.proved.why}")


def _bookmark(
    pull: Pull,
    wanted: Collection,
    walked: Walked,
    *,
    reliable: bool,
    before: Bookmark | None = None,
) -> None:
    """Remember how far we got; an unreliable listing moves nothing, so the next run looks again."""
    if reliable:
        now = pull.identity.server_time
        # Seen more than are counted now: some went while we walked. Remembering what we saw makes
        # the next run's total disagree, and a census then finds out which.
        total = None if walked.total is None else max(walked.total, walked.seen)
        pull.settle(wanted.kind, Bookmark(now, now, total, pull.clock))
    elif before is not None and before.watermark is not None:
        pull.settle(wanted.kind, replace(before, census_at=None))


def _flat(batches: Iterable[Sequence[Sighting]]) -> Iterator[Sighting]:
    for batch in batches:
        yield from batch


def refiled_since(pull: Pull, collections: Sequence[Collection]) -> None:
    """A census of the types in whose taxonomies counts moved that nothing we saw explains."""
    for wanted in collections:
        if wanted.kind not in pull.censused and any(
            decide.unexplained(pull.shifts[kind], pull.explained[kind])
            for kind in wanted.taxonomies
            if kind in pull.shifts
        ):
            collection(pull, wanted, full=True)
        elif wanted.kind in pull.settled_later:
            pull.settle(wanted.kind, pull.settled_later[wanted.kind])
