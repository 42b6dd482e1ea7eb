"""Fetching the files of the media library that are due."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from threading import Semaphore

from wp_sync.errors import Place, Problem, TryLater
from wp_sync.model import MEDIA_KIND, MediaFile, Tally
from wp_sync.pull.context import Pull

KIND = "files"


def download(pull: Pull) -> None:
    """Fetch every file that is due, a few at a time, and have the archive keep each at once.

    A file that can't be had never stops the run: missing at the source is a note, anything else a
    problem, tried again by the next run.
    """
    # A file that the site had lost may be back: a look at every full run is enough.
    states = ("due", "failed", "missing") if pull.options.full else ("due", "failed")
    due = pull.archive.files(states=states)
    counts = pull.archive.query(_COUNT, site=pull.identity.key)
    total = sum(int(str(row["n"])) for row in counts if row["state"] in states)
    if not total:
        return
    pull.progress.stage("media files", total, "files")
    # While the disk takes a file in, its connection fetches the next: more threads than turns.
    threads = 3 * pull.options.connections
    turns = Semaphore(pull.options.connections)
    with ThreadPoolExecutor(threads, "media") as pool:
        under_way: dict[Future[MediaFile], MediaFile] = {}
        try:
            for file in due:
                path = pull.archive.incoming(file)
                under_way[pool.submit(_fetch, pull, turns, file, path)] = file
                while len(under_way) >= 2 * threads:
                    _finish_some(pull, under_way)
            while under_way:
                _finish_some(pull, under_way)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _fetch(pull: Pull, turns: Semaphore, file: MediaFile, path: Path) -> MediaFile:
    """Download one file and have it kept, in a thread of its own: syncs of several go together."""
    if not file.sha256 and (file.etag or file.last_modified):
        # A part is resumed. What a power cut leaves of it then is not what these words vouch for.
        pull.archive.mark_file(pull.run, replace(file, state="due", etag="", last_modified=""))
    try:
        with turns:
            got = pull.source.download(file, path)
    except TryLater as error:
        got = replace(file, state="failed", reason=error.message)
    if got.state == "stored":
        return pull.archive.adopt_file(pull.run, got, path)
    pull.archive.mark_file(pull.run, replace(got, state="stored") if got.state == "same" else got)
    return got


def _finish_some(pull: Pull, under_way: dict[Future[MediaFile], MediaFile]) -> None:
    done, _ = wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED)
    for future in done:
        _count(pull, under_way.pop(future), future.result())
        pull.progress.advance()
    pull.stop.check()


def _count(pull: Pull, file: MediaFile, got: MediaFile) -> None:
    if got.state == "stored":
        changed = bool(file.sha256)
        pull.tallies[KIND] += Tally(new=int(not changed), changed=int(changed))
    elif got.state == "same":
        pull.tallies[KIND] += Tally(unchanged=1)
    else:
        place = Place(site=pull.identity.key, kind=MEDIA_KIND, id=file.attachment, url=file.url)
        if got.state == "missing":
            pull.notes.append(f"{place}: the file is missing at the site ({got.reason})")
        else:
            pull.problems.append(Problem(got.reason or "could not be fetched", place))
        pull.tallies[KIND] += Tally(broken=1)


_COUNT = "SELECT state, count(*) AS n FROM files WHERE site = :site GROUP BY state"
