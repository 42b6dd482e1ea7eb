"""Writes over HTTP: sent once, told apart by whether they may have taken place, never repeated
blindly; over a server that answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wp_sync.errors import RestClosed, SourceError
from wp_sync.http.answers import json_object
from wp_sync.http.api import Api, ApiRoot
from wp_sync.http.client import Http, Limits, origin_of
from wp_sync.http.failures import (
    AnswerLost,
    BadRequest,
    Denied,
    NotFound,
    Redirected,
    Rejected,
    Trouble,
)
from wp_sync.http.pace import Pace
from wp_sync.http.retry import Waits

SECRET = "abcd efgh ijkl mnop"


@dataclass
class Site:
    """What came, and what is answered, one after the other (the last one stays)."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    came: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def says(self, status: int, data: object = None, **headers: str) -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, body))


CUT = "X-Cut"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            site.came.append((self.command, self.path, dict(self.headers), body))
            status, headers, answer = site.answers[0]
            if len(site.answers) > 1:
                site.answers.pop(0)
            if CUT in headers:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_DELETE = do_GET = _any

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}/wp-json/"
    yield site
    server.shutdown()
    server.server_close()


@contextmanager
def talking(url: str, slept: list[float] | None = None) -> Iterator[Api]:
    http = Http(connections=2, limits=Limits(seconds=5, connect=2))
    http.login(origin_of(url), "ann", SECRET)
    waits = Waits(pause=0.01, longest_pause=0.02, asked=5.0)
    sleep: Callable[[float], None] = (slept if slept is not None else []).append
    try:
        yield Api(http, Pace(2), ApiRoot(url), sleep=sleep, waits=waits)
    finally:
        http.close()


def code(name: str, **data: object) -> dict[str, object]:
    return {"code": name, "message": "No.", "data": {"status": 0, **data}}


def test_a_write_arrives_once_with_its_body_and_the_login(site: Site) -> None:
    site.says(201, {"id": 7})
    with talking(site.url) as api:
        made = api.write("wp/v2/posts", {"title": "Ö"}, {"_fields": "id"}, parse=json_object)
    assert made == {"id": 7}
    ((method, path, headers, body),) = site.came
    assert (method, path) == ("POST", "/wp-json/wp/v2/posts?_fields=id")
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"].startswith("Basic ")
    assert json.loads(body) == {"title": "Ö"}


def test_a_file_is_streamed_as_it_is(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(range(256)) * 4000)
    site.says(201, {"id": 8})
    headers: dict[str, str | bytes] = {
        "Content-Type": "image/png",
        "Content-Disposition": 'attachment; filename="übung.png"'.encode(),
    }
    with talking(site.url) as api:
        api.write("wp/v2/media", file, parse=json_object, headers=headers)
    _, _, sent, body = site.came[0]
    assert body == file.read_bytes()
    assert sent["Content-Length"] == str(len(body))
    assert sent["Content-Disposition"].encode("latin-1").decode() == (
        'attachment; filename="übung.png"'
    )


@pytest.mark.parametrize(
    ("status", "headers", "again"),
    [
        (503, {"Retry_After": "2"}, 2.0),
        (429, {"Retry_After": "1"}, 1.0),
        (522, {}, None),
    ],
)
def test_what_was_not_done_is_waited_for(
    site: Site, status: int, headers: dict[str, str], again: float | None
) -> None:
    site.says(status, b"busy", **headers)
    site.says(201, {"id": 1})
    slept: list[float] = []
    with talking(site.url, slept) as api:
        api.pace.release_failed = lambda **_: None  # type: ignore[method-assign]
        assert api.write("wp/v2/posts", {}, parse=json_object) == {"id": 1}
    assert len(site.came) == 2
    assert again is None or slept == [again]


@pytest.mark.parametrize(
    ("status", "data", "headers"),
    [
        (500, b"<p>There has been a critical error", {}),
        (500, code("internal_server_error"), {}),
        (502, b"bad gateway", {}),
        (504, b"", {}),
        (520, b"", {}),
        (201, b'{"id": 7, "ti', {}),
        (200, b"<html>welcome</html>", {}),
        (0, None, {"X_Cut": "1"}),
    ],
)
def test_what_may_have_taken_place_is_never_repeated(
    site: Site, status: int, data: object, headers: dict[str, str]
) -> None:
    site.says(status, data, **headers)
    with talking(site.url) as api, pytest.raises(AnswerLost):
        api.write("wp/v2/posts", {"title": "a"}, parse=json_object)
    assert len(site.came) == 1


def test_a_half_finished_upload_names_its_attachment(site: Site) -> None:
    site.says(500, b"", X_WP_Upload_Attachment_ID="41")
    with talking(site.url) as api, pytest.raises(AnswerLost) as caught:
        api.write("wp/v2/media", {}, parse=json_object)
    assert caught.value.attachment == 41


@pytest.mark.parametrize(
    ("status", "data", "error"),
    [
        (400, code("term_exists", term_id=5), BadRequest),
        (401, code("rest_cannot_create"), Denied),
        (404, code("rest_post_invalid_id"), NotFound),
        (409, code("comment_duplicate"), Rejected),
        (413, b"<h1>413 Request Entity Too Large</h1>", Rejected),
        (500, code("rest_upload_sideload_error"), Rejected),
        (403, b"<h1>Forbidden</h1>", RestClosed),
    ],
)
def test_a_refusal_is_final_and_keeps_its_words(
    site: Site, status: int, data: object, error: type[SourceError]
) -> None:
    site.says(status, data)
    with talking(site.url) as api, pytest.raises(error) as caught:
        api.write("wp/v2/posts", {}, parse=json_object)
    assert len(site.came) == 1
    if status == 400:
        assert caught.value.data["term_id"] == 5  # type: ignore[attr-defined]


def test_a_redirected_write_goes_nowhere(site: Site) -> None:
    site.says(301, b"", Location="https://elsewhere.example/wp-json/wp/v2/posts")
    with talking(site.url) as api, pytest.raises(Redirected):
        api.write("wp/v2/posts", {}, parse=json_object)
    assert len(site.came) == 1


def test_where_nobody_listens_nothing_was_done() -> None:
    with talking("http://127.0.0.1:9/wp-json/") as api, pytest.raises(Trouble):
        api.write("wp/v2/posts", {}, parse=json_object)


def test_a_blocked_delete_becomes_a_post_that_says_so(site: Site) -> None:
    site.says(405, b"<h1>Method Not Allowed</h1>")
    site.says(200, {"id": 1})
    with talking(site.url) as api:
        api.delete("wp/v2/posts/1", parse=json_object)
        api.delete("wp/v2/posts/2", {"force": "true"}, parse=json_object)
    assert [(method, path) for method, path, _, _ in site.came] == [
        ("DELETE", "/wp-json/wp/v2/posts/1"),
        ("POST", "/wp-json/wp/v2/posts/1?_method=DELETE"),
        ("POST", "/wp-json/wp/v2/posts/2?force=true&_method=DELETE"),
    ]


def test_a_delete_that_wordpress_refuses_is_not_tried_otherwise(site: Site) -> None:
    site.says(403, code("rest_cannot_delete"))
    with talking(site.url) as api, pytest.raises(Denied):
        api.delete("wp/v2/posts/1", parse=json_object)
    assert len(site.came) == 1


def test_a_failure_never_repeats_the_password(site: Site) -> None:
    site.says(500, f"your password {SECRET} is fine".encode())
    with talking(site.url) as api, pytest.raises(AnswerLost) as caught:
        api.write("wp/v2/posts", {}, parse=json_object)
    assert SECRET not in str(caught.value)
