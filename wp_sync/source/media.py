"""One media file from a site to a given path: resumed, conditional, checked; keeps no books.

What a site's content names is hostile: an address may point into the private network that this
program runs in, a file may be endless, and what calls itself a picture may be an error page.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from wp_sync.errors import ArchiveError, Place, SourceError
from wp_sync.http.client import Http, Limits, origin_of, redirect_of
from wp_sync.http.discover import is_loopback_host
from wp_sync.http.failures import Cause, Trouble
from wp_sync.http.pace import Closed, Pace
from wp_sync.http.retry import STEADY, USUAL, Waits, persist, retry_after
from wp_sync.http.wire import is_public
from wp_sync.model import MediaFile
from wp_sync.source.magic import mismatch

_HOPS = 5
_HEAD = 4096
# A file may take long, but not for ever.
SECONDS_AT_LEAST = 600.0
_SLOWEST_BYTES_A_SECOND = 16 << 10
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
SAME, STORED, MISSING, FAILED = "same", "stored", "missing", "failed"


class _Final(Exception):
    """What became of the file, decided from an answer that needs no second try."""

    def __init__(self, state: str, reason: str = "") -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


class Downloader:
    """Downloads over the source's connections and paces.

    Args:
        own: origins of the site itself; these alone may lie in a private network.
        most_bytes: larger files are refused.
        seconds: what any file may take; large ones get more.
    """

    def __init__(
        self,
        http: Http,
        pace: Callable[[str], Pace],
        own: set[str],
        most_bytes: int,
        *,
        sleep: Callable[[float], None],
        waits: Waits = USUAL,
        seconds: float = SECONDS_AT_LEAST,
    ) -> None:
        self.http = http
        self.pace = pace
        self.own = own
        self.most_bytes = most_bytes
        self.seconds = seconds
        self._sleep = sleep
        self._waits = waits

    def download(self, file: MediaFile, into: Path) -> MediaFile:
        """Bytes of ``file.url`` into ``into``; the returned state says what became of it.

        ``stored``: all bytes are in ``into``. ``same``: the server's file is the one known.
        ``missing``: 404 or 410. ``failed``: see ``reason``; a part in ``into`` is resumed next
        time when the returned ``etag`` or ``last_modified`` is passed in again.
        """
        try:
            origin_of(file.url)
            scheme = urlsplit(file.url).scheme
        except ValueError:
            return replace(file, state=FAILED, reason="not a web address")
        if scheme not in ("http", "https"):
            return replace(
                file, state=FAILED, reason=f"not a web address ({scheme or 'no'} scheme)"
            )
        task = _Task(self, file, into)
        try:
            return persist(task.attempt, STEADY, sleep=self._sleep, waits=self._waits)
        except Trouble as trouble:
            return task.ended(FAILED, trouble.message)
        except SourceError as error:
            return task.ended(FAILED, error.message)
        except Closed:
            return task.ended(FAILED, "the source was closed")


class _Task:
    """One file's download; remembers between tries what the part at hand belongs to."""

    def __init__(self, owner: Downloader, file: MediaFile, into: Path) -> None:
        self._owner = owner
        self._file = file
        self._into = into
        stored = bool(file.sha256)
        # Of a stored copy the validator asks "changed?"; of a part it guards its continuation.
        self._ask_if_changed = stored
        self._etag = file.etag
        self._last_modified = file.last_modified
        self._mime = file.mime
        self._size: int | None = None
        if stored or not (file.etag or file.last_modified):
            self._drop()

    def ended(self, state: str, reason: str = "") -> MediaFile:
        return replace(
            self._file,
            state=state,
            reason=reason,
            etag=self._etag,
            last_modified=self._last_modified,
            mime=self._mime,
            size=self._size if self._size is not None else self._file.size,
        )

    def attempt(self) -> MediaFile:
        try:
            self._fetch(self._have())
        except _Final as final:
            return self.ended(final.state, final.reason)
        self._size = self._have()
        with _our_disk(self._into), self._into.open("rb") as stream:
            head = stream.read(_HEAD)
        wrong = mismatch(head, self._file.url, self._mime or self._file.mime)
        if wrong:
            self._drop()
            self._etag = self._last_modified = ""
            return self.ended(FAILED, wrong)
        # The digest of what was known before is not that of these bytes; the archive finds theirs.
        return replace(self.ended(STORED), sha256="")

    def _have(self) -> int:
        """How many bytes of the file are at hand."""
        with _our_disk(self._into):
            return self._into.stat().st_size if self._into.exists() else 0

    def _drop(self) -> None:
        with _our_disk(self._into):
            self._into.unlink(missing_ok=True)

    def _fetch(self, have: int) -> None:
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if have and not self._ask_if_changed:
            headers["Range"] = f"bytes={have}-"
            # A weak ETag can't guard a range (RFC 9110, 13.1.5).
            guard = self._etag if self._etag and not self._etag.startswith("W/") else ""
            headers["If-Range"] = guard or self._last_modified
            if not headers["If-Range"]:
                del headers["Range"], headers["If-Range"]
        elif self._ask_if_changed:
            if self._etag:
                headers["If-None-Match"] = self._etag
            if self._last_modified:
                headers["If-Modified-Since"] = self._last_modified
        url = self._file.url
        for _ in range(_HOPS):
            target = self._get(url, headers)
            if not target:
                return
            if urlsplit(url).scheme == "https" and not target.startswith("https:"):
                raise _Final(FAILED, f"it redirects from https to {target[:200]}")
            url = target
        raise _Final(FAILED, "it redirects in circles")

    def _get(self, url: str, headers: Mapping[str, str]) -> str:
        """Fetch into the file; a redirect's target instead where there is one."""
        owner = self._owner
        redirect: list[str] = []
        waited: float | None = None

        def each(response: requests.Response, chunks: Iterator[bytes]) -> None:
            nonlocal waited
            waited = time.monotonic() - began
            target = redirect_of(response.status_code, response.headers, url)
            if target:
                redirect.append(target)
                return
            self._receive(response, chunks)

        public_only = origin_of(url) not in owner.own
        if public_only and _literal_private(url):
            raise _Final(FAILED, "refused: the address lies in a private network")
        size = self._file.size or 0
        limits = Limits(
            seconds=max(owner.seconds, size / _SLOWEST_BYTES_A_SECOND),
            wire_bytes=owner.most_bytes,
            body_bytes=owner.most_bytes,
        )
        pace = owner.pace(origin_of(url))
        pace.acquire()
        began = time.monotonic()
        overloaded, wait, answered = False, None, True
        try:
            owner.http.stream(
                url, headers=headers, limits=limits, public_only=public_only, each=each
            )
        except SourceError as error:
            answered = False
            if isinstance(error, Trouble):
                overloaded, wait = error.cause in (Cause.BUSY, Cause.GATEWAY), error.wait
            raise
        finally:
            if answered and waited is not None:
                # Until the first byte: files are of any size, and their bytes cost a server little.
                pace.release("file", waited)
            else:
                pace.release_failed(overloaded=overloaded, wait=wait)
        return redirect[0] if redirect else ""

    def _receive(self, response: requests.Response, chunks: Iterator[bytes]) -> None:
        status = response.status_code
        place = Place(url=self._file.url)
        if status == 304 and self._ask_if_changed:
            raise _Final(SAME)
        if status in (404, 410):
            raise _Final(MISSING, f"answer {status}")
        if status == 416:
            self._drop()
            raise Trouble("the part at hand does not fit", cause=Cause.GARBLED, place=place)
        if status in (429, 503):
            asked = retry_after(response.headers.get("Retry-After"), server_time=datetime.now(UTC))
            raise Trouble(
                f"the server has too much to do (answer {status})",
                cause=Cause.BUSY,
                status=status,
                place=place,
                wait=asked,
            )
        if status >= 500:
            cause = Cause.GATEWAY if status in (502, 504) else Cause.SERVER
            raise Trouble(f"the server failed (answer {status})", cause=cause, place=place)
        if status not in (200, 206):
            raise _Final(FAILED, f"answer {status}")
        offset = self._continues_at(response) if status == 206 else 0
        self._ask_if_changed = False
        self._etag = response.headers.get("ETag", "")
        self._last_modified = response.headers.get("Last-Modified", "")
        self._mime = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        with _writing(self._into, offset) as write:
            for chunk in chunks:
                if write(chunk) > self._owner.most_bytes:
                    raise _Final(FAILED, f"larger than {self._owner.most_bytes} bytes")
        length = self._stated_length(response)
        if length is not None and self._have() != length:
            self._drop()
            raise Trouble(
                f"the file has another length than stated ({length} bytes)",
                cause=Cause.GARBLED,
                place=place,
            )
        if length is None:
            self._ends_too_soon(response)

    def _ends_too_soon(self, response: requests.Response) -> None:
        """An answer without length ends where the connection does: the library's word decides."""
        chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        have, listed = self._have(), self._file.size
        if chunked or self._file.sha256 or listed is None or have >= listed:
            return
        self._drop()
        raise Trouble(
            f"the file ended at {have} of {listed} bytes that the media library states",
            cause=Cause.GARBLED,
            place=Place(url=self._file.url),
        )

    def _continues_at(self, response: requests.Response) -> int:
        have = self._have()
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if not match or int(match[1]) != have:
            self._drop()
            raise Trouble(
                "the server continues at another place than asked",
                cause=Cause.GARBLED,
                place=Place(url=self._file.url),
            )
        return have

    @staticmethod
    def _stated_length(response: requests.Response) -> int | None:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if match:
            return int(match[3]) if match[3] != "*" else int(match[2]) + 1
        stated = response.headers.get("Content-Length", "")
        plain = response.headers.get("Content-Encoding", "identity").lower() in ("", "identity")
        return int(stated) if plain and stated.isdigit() else None


@contextmanager
def _our_disk(path: Path) -> Iterator[None]:
    """A failure of our disk is said as one: taken for the network's, it would be tried again,
    and blamed on the site."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(
            f"{path.parent}: the download can't be written ({error.strerror or error})",
            hint="free some space or check the disk, then run again; what is archived is safe",
        ) from error


@contextmanager
def _writing(path: Path, offset: int) -> Iterator[Callable[[bytes], int]]:
    """A function that puts bytes into the file from ``offset`` on, and returns where they end."""
    with _our_disk(path):
        stream = path.open("r+b" if offset else "wb")
        stream.seek(offset)

    def write(chunk: bytes) -> int:
        with _our_disk(path):
            stream.write(chunk)
            return stream.tell()

    try:
        yield write
    finally:
        with _our_disk(path):
            stream.close()


def _literal_private(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if is_loopback_host(host):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(host)
