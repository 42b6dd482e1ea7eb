"""Fetching the files of the media library that are due."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from wp_sync.errors import Place, Problem, TryLater
from wp_sync.model import MEDIA_KIND, MediaFile, Tally
from wp_sync.pull.context import Pull

KIND = "files"


def download(pull: Pull) -> None:
    """Fetch every file that is due, a few at a time; each is in the archive before the next waits.

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
    with ThreadPoolExecutor(pull.options.connections, "media") as pool:
        under_way: dict[Future[MediaFile], tuple[MediaFile, Path]] = {}
        try:
            for file in due:
                path = pull.archive.incoming(file)
                under_way[pool.submit(pull.source.download, file, path)] = (file, path)
                while len(under_way) >= 2 * pull.options.connections:
                    _finish_some(pull, under_way)
            while under_way:
                _finish_some(pull, under_way)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _finish_some(pull: Pull, under_way: dict[Future[MediaFile], tuple[MediaFile, Path]]) -> None:
    done, _ = wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED)
    for future in done:
        file, path = under_way.pop(future)
        _finish(pull, file, path, future)
        pull.progress.advance()
    pull.stop.check()


def _finish(pull: Pull, file: MediaFile, path: Path, future: Future[MediaFile]) -> None:
    try:
        got = future.result()
    except TryLater as error:
        got = replace(file, state="failed", reason=error.message)
    place = Place(site=pull.identity.key, kind=MEDIA_KIND, id=file.attachment, url=file.url)
    if got.state == "stored":
        pull.archive.adopt_file(pull.run, got, path)
        changed = bool(file.sha256)
        pull.tallies[KIND] += Tally(new=int(not changed), changed=int(changed))
    elif got.state == "same":
        pull.archive.mark_file(pull.run, replace(got, state="stored"))
        pull.tallies[KIND] += Tally(unchanged=1)
    else:
        pull.archive.mark_file(pull.run, got)
        if got.state == "missing":
            pull.notes.append(f"{place}: the file is missing at the site ({got.reason})")
        else:
            pull.problems.append(Problem(got.reason or "could not be fetched", place))
        pull.tallies[KIND] += Tally(broken=1)


_COUNT = "SELECT state, count(*) AS n FROM files WHERE site = :site GROUP BY state"
