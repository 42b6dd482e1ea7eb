"""The files of the media library: which ones a record names, and fetching those that are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from wp_sync.errors import Place, Problem, TryLater
from wp_sync.model import MEDIA_KIND, Item, MediaFile, Record, Tally

if TYPE_CHECKING:
    from wp_sync.pull.context import Pull
    from wp_sync.pull.options import MediaMode

KIND = "files"


def files_of(records: Iterable[Record], mode: MediaMode) -> list[MediaFile]:
    """The files that attachments name: the originals, or every size as well."""
    return [file for record in records for file in _files(record, mode)]


def _files(record: Record, mode: MediaMode) -> Iterator[MediaFile]:
    source = _text(record.data, "source_url")
    if not source:
        return
    details = record.data.get("media_details")
    details = details if isinstance(details, dict) else {}
    mime = _text(record.data, "mime_type")
    size = details.get("filesize")
    yield MediaFile(source, record.id, mime=mime, size=size if isinstance(size, int) else None)
    # Above 2,560 pixels WordPress serves a `-scaled` copy and keeps the upload beside it.
    if original := _text(details, "original_image"):
        yield MediaFile(urljoin(source, original), record.id, mime=mime)
    sizes = details.get("sizes")
    if mode == "all" and isinstance(sizes, dict):
        for one in sizes.values():
            url = _text(one, "source_url") if isinstance(one, dict) else ""
            if url and url != source:
                yield MediaFile(url, record.id, mime=_text(one, "mime_type"))


def _text(data: Item, name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def download(pull: Pull) -> None:
    """Fetch every file that is due, a few at a time; each is in the archive before the next waits.

    A file that can't be had never stops the run: missing at the source is a note, anything else a
    problem, tried again by the next run.
    """
    due = pull.archive.files(states=("due", "failed"))
    total = int(str(pull.archive.query(_COUNT, site=pull.identity.key)[0]["n"]))
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


_COUNT = "SELECT count(*) AS n FROM files WHERE site = :site AND state IN ('due', 'failed')"
