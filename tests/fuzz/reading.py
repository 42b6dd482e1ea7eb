"""Feeds for what a site answers: JSON, refusals, headers, pages, compressed bodies, whole sites.

A feed takes bytes and asserts what must hold of them; which errors it may raise stands with its
target in `tests.fuzz.targets`.
"""

# ruff: noqa: PT017 (a feed judges errors and passes them on)
from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from wp_sync.archive import codec
from wp_sync.errors import Place, WpSyncError
from wp_sync.http import answers, client, discover, encodings, retry, statuses
from wp_sync.http.identity import offset, site_key
from wp_sync.http.pace import Pace
from wp_sync.model import Collection, MediaFile
from wp_sync.source import doctor, pages, shape
from wp_sync.source.magic import mismatch
from wp_sync.source.media import Downloader
from wp_sync.source.wordpress import WordPressSource

NOW = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)
DATE = {"Date": "Wed, 01 May 2024 12:00:00 GMT"}
URL = "https://blog.example.com/wp-json/wp/v2/posts"
NO_WAITS = retry.Waits(pause=0.0, longest_pause=0.0, asked=0.0)
POSTS = Collection("posts/post", "wp/v2/posts", stamp_fields=("modified_gmt", "slug", "categories"))
TERMS = Collection("terms/category", "wp/v2/categories")


def no_sleep(_seconds: float) -> None:
    """Retries wait for nobody here."""


def answer_of(data: bytes, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Any:
    named: Any = CaseInsensitiveDict(headers)
    return client.Answer(URL, status, named, data, 0.01, client.server_time(named))


def parsed(data: bytes) -> Any:
    """An HTTP answer from lines: status, headers, an empty line, the body."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    status = int(first) if first.isascii() and first.isdigit() and len(first) == 3 else 200
    pairs = [line.partition(":") for line in lines]
    # What no header can hold never gets past the HTTP library.
    return answer_of(body, status, [(n.strip(), v.strip(" \t\r\0")) for n, _, v in pairs])


# -- JSON ------------------------------------------------------------------------------------


def items(data: bytes) -> None:
    """Whatever is taken for an item can be kept, and is read back from the archive the same."""
    for collection in (POSTS, TERMS):
        page = pages.parser(pages.record_maker(collection), lambda: NOW)(answer_of(data))
        for record in page.entries:
            assert 0 < record.id < 1 << 63
            assert codec.parse(record.raw) == record.data
        for reason in page.broken.values():
            reason.encode()


def json_object(data: bytes) -> None:
    raw, value = answers.read_object(answer_of(data))
    assert isinstance(value, dict)
    assert codec.parse(raw) == value
    offset(value.get("gmt_offset"))
    site_key(str(value.get("home")))


def envelope(data: bytes) -> None:
    page = pages.envelope_parser(pages.record_maker(POSTS), lambda: NOW)(answer_of(data))
    shape.judged(list(page.entries))


# -- refusals, headers, bodies ---------------------------------------------------------------


def refusal(data: bytes) -> None:
    try:
        statuses.check(parsed(data))
    except WpSyncError as error:
        assert error.message
        assert len(error.message) < 2000
        raise


def headers(data: bytes) -> None:
    answer = parsed(data)
    wait = retry.retry_after(answer.headers.get("Retry-After"), server_time=NOW)
    assert wait is None or (wait >= 0 and math.isfinite(wait))
    assert answer.server_time is None or answer.server_time.tzinfo is UTC
    assert pages._count(answer.headers.get("X-WP-Total")) is not False
    client.redirect_of(301, answer.headers, URL)


def inflate(data: bytes) -> None:
    encoding = ("gzip", "deflate", "x-gzip")[data[0] % 3] if data else "gzip"
    decode = encodings.decoder(encoding, Place(url=URL))
    total = 0
    for start in range(1, len(data), 1000):
        for piece in decode(data[start : start + 1000]):
            assert len(piece) <= 1 << 18  # the caller's caps count between pieces
            total += len(piece)
            if total > 1 << 22:
                return
    list(decode(b""))


# -- discovery and files ---------------------------------------------------------------------


class Web:
    """Stands for `Http`: gives the same answer to everything."""

    def __init__(self, give: Callable[[str], Any]) -> None:
        self.give = give
        self.limits = client.Limits()
        self.requests_made = 0

    def get(self, url: str, **_: object) -> Any:
        self.requests_made += 1
        assert self.requests_made < 5000, "it asks without end"
        client.origin_of(url)  # every address that is asked is one
        return self.give(url)

    def stream(self, url: str, *, each: Callable[..., None], **_: object) -> None:
        answer = self.get(url)
        response = SimpleNamespace(status_code=answer.status, headers=answer.headers)
        each(response, iter((answer.body,)))

    def login(self, origin: str, user: str, password: str) -> None:
        assert origin == "https://blog.example.com:443", "the password was meant for one origin"

    def redact(self, text: str) -> str:
        """No password was given, so there is none to take out."""
        return text

    def close(self) -> None:
        """Nothing is open."""


class NoNetwork(HTTPAdapter):
    """Everything up to the connection, with the libraries' own reading of addresses."""

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        self.get_connection_with_tls_context(request, True)
        self.request_url(request, {})
        raise requests.ConnectionError("no network")


@cache
def _no_network() -> client.Http:
    made = client.Http(connections=1)
    for scheme in ("http://", "https://"):
        made._session.mount(scheme, NoNetwork())
    return made


def request(data: bytes) -> None:
    """An address of the site's that is followed: a redirect's, a file's, a page's."""
    for url in data.decode("utf-8", "replace").split("\n"):
        try:
            client.origin_of(url)
        except ValueError:
            continue  # which everyone asks first
        _no_network().get(url, public_only=True)


def discovery(data: bytes) -> None:
    answer = parsed(data)
    typed = answer.headers.get("Url") or "https://blog.example.com/a/page/"
    web: Any = Web(lambda _url: answer)
    discover.discover(web, discover.clean_address(typed), sleep=no_sleep, waits=NO_WAITS)


@cache
def _into() -> Path:
    return Path(tempfile.mkdtemp(prefix="wp-sync-fuzz-")) / "part"


def media(data: bytes) -> None:
    answer = parsed(data)
    url = answer.headers.get("Url", "https://blog.example.com/wp-content/a.jpg")
    mismatch(answer.body[:4096], "https://blog.example.com/a.pdf", answer.headers.get("ETag", ""))
    web: Any = Web(lambda _url: answer)
    pace = Pace(4)
    loader = Downloader(web, lambda _: pace, set(), 1 << 20, sleep=no_sleep, waits=NO_WAITS)
    size = len(answer.body) if answer.status == 206 else None
    file = MediaFile(url, 1, size=size, etag=answer.headers.get("ETag", ""))
    got = loader.download(file, _into())
    assert got.state in ("stored", "missing", "failed")


# -- whole sites -----------------------------------------------------------------------------


class Direct(Executor):
    """Threads would hide where an input's time goes."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001
            future.set_exception(error)
        return future


_ROUTES = (("users/me", "me"), ("wp/v2/types", "types"), ("wp/v2/taxonomies", "taxonomies"),
           ("wp/v2/settings", "settings"), ("wp/v2/", "items"))  # fmt: skip


def site(data: bytes) -> None:
    """Everything that a pull asks of a site, with each answer made up by the site."""
    try:
        told = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return
    if not isinstance(told, dict):
        return

    def give(url: str) -> Any:
        name = next((name for route, name in _ROUTES if route in url), "index")
        total = told.get("total")
        stated = {"X-WP-Total": str(total)} if isinstance(total, int) else {}
        body = json.dumps(told.get(name)).encode("utf-8", "replace")
        return answer_of(body, 200, {**DATE, **stated}.items())

    with WordPressSource(
        "https://blog.example.com", user="ed", password="secret", waits=NO_WAITS
    ) as source:
        source._threads.shutdown()
        hidden: Any = source
        hidden._http, hidden._threads, hidden._sleep = Web(give), Direct(), no_sleep
        _ask_all(source)


def _ask_all(source: WordPressSource) -> None:
    source.identify()
    source.site()
    doctor.doctor(source)
    listed, _ = source.collections()
    for each in listed[:2]:
        for question in (source.walk, source.census):
            try:
                _exhaust(question(each))
            except WpSyncError:
                continue
        for question in (source.modified_since, source.newest_since):
            moment = {"beyond": 0} if question == source.newest_since else {}
            try:
                _exhaust(question(each, NOW, **moment))
            except WpSyncError:
                continue
        for got in source.fetch(each, [1, 2]):
            for record in got.records:
                link = record.data.get("link")
                if isinstance(link, str):
                    source.page(link)
        source.fate(each, 1)


def _exhaust(walk: Iterator[Any]) -> None:
    for number, _ in enumerate(walk):
        assert number < 1000, "a listing without end"
