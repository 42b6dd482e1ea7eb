"""The stages of a run, each on one screen; they read like the picture in docs/architecture.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, Interrupted
from wp_sync.model import Collection, Outcome, RunResult, Tally, View
from wp_sync.progress import Progress, Silent, Stop
from wp_sync.pull import follow, followed, guard, media, pages, redirects
from wp_sync.pull.context import Pull
from wp_sync.pull.options import PullOptions
from wp_sync.pull.rehearsal import Rehearsal
from wp_sync.source.base import Source

Clock = Callable[[], datetime]
_utc_now: Clock = partial(datetime.now, UTC)

# Terms first: their counts tell whether posts were filed anew behind WordPress's back.
# Media last of the posts, since posts are what a kill should leave behind.
_ORDER = {"terms": 0, "users": 1, "posts": 2, "comments": 3}


def pull(
    source: Source,
    archive: SiteArchive,
    options: PullOptions | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    *,
    clock: Clock = _utc_now,
) -> RunResult:
    """Bring an archive up to date with its site; nothing is deleted that is not proven gone.

    The archive must be locked by the caller. ``clock`` tells our own time. Killed anywhere and run
    again, the result is that of a run that was never killed.

    Raises:
        GuardRefused: the site or our login there is not the archive's; nothing was changed.
        SourceError: the site can't be read at all.
        ArchiveError: the archive can't be written.
        Interrupted: a stop was asked for; what was acknowledged so far is kept.
    """
    options = options or PullOptions()
    archive = Rehearsal.of(archive) if options.dry_run else archive
    identity = source.identify()
    moment = clock()
    before = archive.site()
    guard.same_site(before, identity, options)
    same_view = before is None or (before.key, before.view) == (identity.key, identity.view)
    if before is None:  # before its first run, which would belong to nothing after a kill
        archive.set_site(identity)
    work = Pull(
        source,
        archive,
        options,
        progress or Silent(),
        stop or Stop(),
        identity,
        moment,
        run=archive.begin_run("pull", identity.view),
        deletions=same_view,
        refetch=options.refetch or not same_view,
    )
    with _recorded(work) as result:
        archive.save(work.run, [source.site()])
        listed, unseen = source.collections()
        work.listed = listed
        work.view = View.of(identity.login, listed)
        work.unseen.extend(unseen)
        wanted = sorted(
            (one for one in listed if options.wants(one.kind)),
            key=lambda one: (_ORDER.get(one.family, 9), one.kind),
        )
        for one in wanted:
            follow.collection(work, one)
        follow.refiled_since(work, wanted)
        redirects.fetch(work)
        if options.pages and not options.dry_run:
            pages.fetch(work, wanted)
        if options.media != "none" and not options.dry_run:
            media.download(work)
        if options.follow_links and not options.dry_run:
            followed.fetch(work)
        # Last: a pull under a new login that was killed half-way has not seen all of it yet.
        if same_view or not options.only:
            archive.set_site(identity)
        work.notes.extend(_no_longer_listed(work, listed))
    return result[0]


def follow_links(
    source: Source,
    archive: SiteArchive,
    options: PullOptions | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    *,
    clock: Clock = _utc_now,
) -> RunResult | None:
    """Ask a site where its own links lead that the last normalization found missing.

    None where none is due; then the site is asked nothing. The archive must be locked by the
    caller. A pull with ``follow_links`` does the same at its end.

    Raises:
        GuardRefused: the site or our login there is not the archive's; nothing was changed.
        SourceError: the site can't be read at all.
        ArchiveError: the archive can't be written.
        Interrupted: a stop was asked for; what was answered so far is kept.
    """
    options = options or PullOptions()
    site, kept = archive.site(), followed.answers(archive)
    if not site or not followed.due_of(archive, kept, site.home, clock()):
        return None
    before = source.requests_made()
    identity = source.identify()
    guard.same_site(archive.site(), identity, options)
    work = Pull(
        source,
        archive,
        options,
        progress or Silent(),
        stop or Stop(),
        identity,
        clock(),
        run=archive.begin_run("links", identity.view),
    )
    with _recorded(work, before) as result:
        followed.fetch(work)
    return result[0]


def together(first: RunResult, then: RunResult) -> RunResult:
    """Two runs on one site as one: what both did, and how the first one ended."""
    tallies = {
        kind: first.tallies.get(kind, Tally()) + then.tallies.get(kind, Tally())
        for kind in first.tallies.keys() | then.tallies.keys()
    }
    return replace(
        first,
        tallies=tallies,
        problems=[*first.problems, *then.problems],
        requests=first.requests + then.requests,
        seconds=first.seconds + then.seconds,
        notes=[*first.notes, *then.notes],
    )


def _no_longer_listed(work: Pull, listed: Sequence[Collection]) -> Iterator[str]:
    """Kinds that the site once listed; a plugin that is switched off takes its types along."""
    now = {one.kind for one in listed}
    unseen = {problem.place.kind for problem in work.unseen}
    for kind in work.archive.kinds():
        known = kind.partition("/")[0] in _ORDER and kind not in now | unseen
        if known and (count := work.archive.count(kind)):
            yield f"{kind}: the site does not list this kind any more; {count:,} kept as they were"


@contextmanager
def _recorded(work: Pull, before: int = 0) -> Iterator[list[RunResult]]:
    """Whatever happens, the archive's table of runs says how the run ended.

    ``before``: requests that the source had made for earlier runs.
    """
    began = time.monotonic()
    result: list[RunResult] = []
    outcome = Outcome.FAILED
    try:
        yield result
        outcome = _outcome(work)
    except Interrupted:
        outcome = Outcome.INTERRUPTED
        raise
    except GuardRefused:
        outcome = Outcome.REFUSED
        raise
    finally:
        problems = [*work.refusals, *work.problems]
        requests = work.source.requests_made() - before
        work.archive.finish_run(work.run, outcome, work.tallies, problems, requests)
        seconds = time.monotonic() - began
        result.append(
            RunResult(
                work.identity.key,
                outcome,
                work.view,
                dict(work.tallies),
                problems,
                requests,
                seconds,
                work.unseen,
                work.notes,
            )
        )


def _outcome(work: Pull) -> Outcome:
    if work.refusals:
        return Outcome.REFUSED
    return Outcome.PARTIAL if work.problems else Outcome.DONE
