"""A small site's story in acts, each pulled once, by the same system calls in the same order.

The site is in memory (`tests.fake_source`), its files come through the real downloader, and what is
due is downloaded by one worker in the same thread: the product's calls, in one possible order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.fake_source import MEDIA, FakeSite, FakeSource
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.archive.rows import iso
from wp_sync.errors import WpSyncError
from wp_sync.http.pace import Pace
from wp_sync.model import MediaFile, Outcome, RunResult
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.media import Downloader

KEY = "blog.example"
HOME = f"https://{KEY}"
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK = 10_000  # larger than Python's buffer: each piece that arrives is one write

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """``posts`` and ``files`` at the beginning; then as many of `_ACTS` as make ``acts`` pulls."""

    posts: int
    files: int
    pieces: int
    acts: int
    batch: int

    def world(self, act: int) -> FakeSite:
        """The site as it is after so many acts; the same at every call."""
        site = FakeSite()
        for id in (1, 2):
            site.add("terms/category", id=id, name=f"Category {id}", count=0)
        for id in range(10, 10 + self.posts):
            site.add(id=id, categories=[1 + id % 2])
            site.tick(hours=1)
        for id in range(60, 60 + self.files):
            url = f"{HOME}/uploads/{id}.png"
            site.add(MEDIA.kind, id=id, source_url=url, mime_type="image/png", media_details={})
            site.files[url] = _PNG + f"{id}".encode() * (_CHUNK * self.pieces // 2)
        site.tick(days=1)
        for change in _ACTS[:act]:
            change(site)
            site.tick(days=1)
        site.recount()
        return site


def _edited(site: FakeSite) -> None:
    site.edit(10, title={"rendered": "Edited"}, slug="moved", link=f"{HOME}/moved/")
    site.add(id=100, categories=[2])
    site.remove(11)
    site.silently(14, categories=[2])  # filed anew: only the terms' counts tell
    site.edit(1, "terms/category", name="Renamed")
    url = f"{HOME}/uploads/60.png"
    site.files[url] = _PNG + b"replaced" * _CHUNK
    site.edit(60, MEDIA.kind)


def _restored(site: FakeSite) -> None:
    site.restore(11)
    site.edit(10, title={"rendered": "Edited again"})
    site.remove(12, answer="trash")
    site.remove(13, answer=401)
    # The same bytes under a second address, and a file that is gone from the server.
    url = f"{HOME}/uploads/twin.png"
    site.add(MEDIA.kind, id=70, source_url=url, mime_type="image/png", media_details={})
    site.files[url] = site.files[f"{HOME}/uploads/61.png"]
    lost = f"{HOME}/uploads/lost.png"
    site.add(MEDIA.kind, id=71, source_url=lost, mime_type="image/png", media_details={})


_ACTS: tuple[Callable[[FakeSite], None], ...] = (_edited, _restored)

SMALL = Story(posts=6, files=3, pieces=1, acts=2, batch=6)
LARGE = Story(posts=40, files=6, pieces=4, acts=3, batch=7)


class _Answer:
    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.headers = headers


class _Http:
    """What the downloader needs of its connections: the site's files, with ETags, in pieces."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def stream(
        self, url: str, *, headers: Mapping[str, str], each: Callable[..., None], **_: object
    ) -> None:
        body = self._files.get(url)
        if body is None:
            each(_Answer(404, {}), iter(()))
            return
        sent = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "Content-Type": "image/png"}
        if headers.get("If-None-Match") == sent["ETag"]:
            each(_Answer(304, sent), iter(()))
            return
        sent["Content-Length"] = str(len(body))
        pieces = (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
        each(_Answer(200, sent), pieces)


class _Site(FakeSource):
    """The site in memory, its files through the real downloader."""

    def download(self, file: MediaFile, into: Path) -> MediaFile:
        pace = Pace(1)
        down = Downloader(
            _Http(self.world.files),  # type: ignore[arg-type]
            lambda _: pace,
            {HOME},
            1 << 30,
            sleep=lambda _: None,
        )
        return down.download(file, into)


class _Inline(Executor):
    """An executor whose one worker is the caller: nothing depends on which thread is faster."""

    def __init__(self, *_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*given, **named))
        except BaseException as error:  # noqa: BLE001 - as executors do
            future.set_exception(error)
        return future


def _all_done(futures: Iterable[Future[Any]], **_: object) -> tuple[list[Future[Any]], list[Any]]:
    """`wait` answers with a set, whose order is another in each process."""
    return list(futures), []


_WRITES = (
    *("set_site", "begin_run", "finish_run", "save", "vanish", "quarantine", "set_bookmark"),
    *("want_files", "adopt_file", "mark_file"),
)


@contextmanager
def inline() -> Iterator[None]:
    """Media downloads one after the other, by the caller."""
    with (
        patch("wp_sync.pull.media.ThreadPoolExecutor", _Inline),
        patch("wp_sync.pull.media.wait", _all_done),
    ):
        yield


class Acknowledging:
    """A site's archive that tells of every call that made something durable, once it returned."""

    def __init__(self, archive: SiteArchive, told: Callable[[str], None]) -> None:
        self._archive = archive
        self._told = told

    def __getattr__(self, name: str) -> Any:
        wrapped = getattr(self._archive, name)
        if name not in _WRITES:
            return wrapped

        def call(*args: Any, **more: Any) -> Any:
            answer = wrapped(*args, **more)
            self._told(f"ack {name}")
            return answer

        return call


def pull_act(
    folder: Path | str, story: Story, act: int, told: Callable[[str], None], *, again: bool = False
) -> RunResult:
    """Pull the site as it is after an act; ``again``: a while later, nothing changed since.

    By our clock it is what it is by the site's: the same pull writes the same bytes.
    """
    source = _Site(story.world(act))
    source.batch = story.batch
    source.world.tick(minutes=20 if again else 10)
    hour = source.world.now
    with (
        inline(),
        patch("wp_sync.archive.rows.now", lambda: iso(hour)),
        open_archive(folder) as archive,
        archive.lock(),
    ):
        site = Acknowledging(archive.of(KEY), told)
        return pull(source, site, PullOptions(), clock=lambda: hour)  # type: ignore[arg-type]


def tell_of_act(folder: Path, story: Story, act: int) -> Callable[[Callable[[str], None]], None]:
    """The same for a child process, which tells how it ended as the command line would."""

    def work(tell: Callable[[str], None]) -> None:
        try:
            result = pull_act(folder, story, act, tell)
        except WpSyncError as error:
            end = {"error": type(error).__name__, "message": str(error), "hint": error.hint}
        else:
            end = {"outcome": result.outcome.value, "problems": [str(p) for p in result.problems]}
            end["done"] = result.outcome is Outcome.DONE
        tell(f"end {json.dumps(end)}")

    return work


_TABLES = {
    "records": "kind, id, state, version, changes, digest, stamp, slug, link, lacking",
    "versions": "kind, id, number, sha256, digest",
    "changes": "kind, id, number, change, state, version",
    "old_addresses": "kind, id, version, slug, link",
    "quarantine": "kind, id, reason",
    "files": "url, attachment, state, sha256, size, etag",
    "bookmarks": "kind, total",
    "sites": "site, home, view",
}


def content(site: SiteArchive) -> Content:
    """What an archive says of a site, without when and in which run it learned it."""
    found: dict[str, Any] = {}
    for table, columns in _TABLES.items():
        rows = site.query(f"SELECT {columns} FROM {table} ORDER BY {columns}")
        found[table] = [tuple(row.values()) for row in rows]
    found["texts"] = {
        (one.kind, one.id): json.dumps(one.data, sort_keys=True)
        for kind in site.kinds()
        for one in site.current(kind)
    }
    return found


def recorded(folder: Path | str, story: Story, act: int) -> list[Content]:
    """Pull an act undisturbed; the content before it and after each acknowledged write."""
    with open_archive(folder) as archive:
        states = [content(archive.of(KEY))]

    def look(_: str) -> None:
        with open_archive(folder, read_only=True, create=False) as archive:
            states.append(content(archive.of(KEY)))

    result = pull_act(folder, story, act, look)
    assert result.outcome is Outcome.DONE, result
    return states


@contextmanager
def opened(folder: Path | str, *, read_only: bool = False) -> Iterator[tuple[Any, SiteArchive]]:
    with open_archive(folder, read_only=read_only, create=not read_only) as archive:
        yield archive, archive.of(KEY)


def stored_wrong(folder: Path) -> Sequence[str]:
    """Files of the media folder whose bytes are not what their name promises."""
    return [
        path.name
        for path in sorted((folder / "media").glob("??/*"))
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.name
    ]
