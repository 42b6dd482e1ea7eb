"""The sample site on loopback: a recorded WordPress, replayed over HTTP.

Small and honest: it answers as the recorded site did, and what nobody recorded is a 404. It can be
edited while it runs (`DemoServer.site`), and ``hook`` may answer any request in its place.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from wp_sync.demo import rest
from wp_sync.demo.recording import HOST, File, Recording, load
from wp_sync.errors import Place, WpSyncError

API = "/wp-json"
_EMAIL_SAFE_HOST = re.compile(rf"(?<![@\w.-]){re.escape(HOST)}")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a hook sees it. ``query`` keeps the last of repeated names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire. ``headers`` may name ``Content-Length`` to lie about it."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Hook = Callable[[Request], Response | None]


class DemoServer:
    """Serves a recording on 127.0.0.1 while its context lasts; port 0 takes any free one."""

    def __init__(
        self, recording: Recording | None = None, *, port: int = 0, hook: Hook | None = None
    ) -> None:
        self.site = recording if recording is not None else load()
        self.hook = hook
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._port = port
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> DemoServer:
        handler = type("Handler", (_Handler,), {"demo": self})
        try:
            self._server = _Server(("127.0.0.1", self._port), handler)
        except OSError as error:
            raise WpSyncError(
                f"the sample site can't be served: {error.strerror or error}.",
                place=Place(url=f"http://127.0.0.1:{self._port}"),
                hint="something else may be using that port; choose another with --port",
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        if self._thread is not None:
            self._thread.join()

    @property
    def host(self) -> str:
        assert self._server is not None, "the server is not running"
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://{self.host}"

    # -- editing, for tests and trying things by hand
    def edit(self, route: str, id: int, *, modified: str = "", **fields: object) -> None:
        """Change fields of an item; ``modified`` (UTC) is set as WordPress would."""
        with self._lock:
            item = dict(self.site.listings[route].items[id])
            item.update(fields)
            if modified and "modified" in item:
                item["modified"] = rest.wall_clock(self.site, modified + "Z")
                item["modified_gmt"] = modified
            self.site.listings[route].items[id] = item

    def add(self, route: str, item: Mapping[str, Any]) -> None:
        """Add an item, or put one back."""
        with self._lock:
            items = self.site.listings[route].items
            items[int(item["id"])] = dict(item)
            self.site.listings[route].items = dict(sorted(items.items()))
            self.site.hidden.get(route, {}).pop(int(item["id"]), None)

    def delete(self, route: str, id: int) -> dict[str, Any]:
        """Delete an item for good; returns what it was."""
        with self._lock:
            return self.site.listings[route].items.pop(id)

    def trash(self, route: str, id: int) -> dict[str, Any]:
        """Put an item into the trash: visitors are told that they may not see it."""
        with self._lock:
            body = {
                "code": "rest_forbidden",
                "message": "Sorry, you are not allowed to do that.",
                "data": {"status": 401},
            }
            self.site.hidden.setdefault(route, {})[id] = (401, body)
            return self.site.listings[route].items.pop(id)

    # -- answering
    def respond(self, request: Request) -> Response:
        """The answer to a request, hook first."""
        # The hook may take its time: other requests go on meanwhile.
        with self._lock:
            self.requests.append(request)
        if self.hook and (answer := self.hook(request)):
            return answer
        with self._lock:
            return self._respond(request)

    def _respond(self, request: Request) -> Response:
        path = request.path
        if "rest_route" in request.query:
            return self._json(request, request.query["rest_route"])
        if path == API or path.startswith(API + "/"):
            return self._json(request, path.removeprefix(API))
        if request.method not in ("GET", "HEAD"):
            return Response(HTTPStatus.METHOD_NOT_ALLOWED)
        if file := self.site.files.get(path):
            return _file(request, file)
        page = self.site.pages.get(path)
        if page is None and "p" in request.query:
            page = self.site.pages.get(f"/?p={request.query['p']}")
        if page is not None:
            link = f'<{self.url}{API}/>; rel="https://api.w.org/"'
            headers = {"Content-Type": "text/html; charset=UTF-8", "Link": link}
            return Response(HTTPStatus.OK, self._at_home(page), headers)
        headers = {"Content-Type": "text/html; charset=UTF-8"}
        return Response(HTTPStatus.NOT_FOUND, b"<h1>Not Found</h1>", headers)

    def _json(self, request: Request, route: str) -> Response:
        answer = rest.answer(self.site, request.method, unquote(route), request.query)
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Robots-Tag": "noindex",
            "Link": f'<{self.url}{API}/>; rel="https://api.w.org/"',
            **answer.headers,
        }
        text = json.dumps(answer.body, ensure_ascii=True, separators=(",", ":"))
        # PHP's json_encode escapes slashes, and so does WordPress.
        return Response(answer.status, self._at_home(text.replace("/", "\\/")), headers)

    def _at_home(self, text: str) -> bytes:
        return _EMAIL_SAFE_HOST.sub(self.host, text).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    # On Windows this option would let two servers share a port.
    allow_reuse_address = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is not news; anything else is a bug of ours."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection; kept alive between requests as real servers do."""

    demo: DemoServer
    protocol_version = "HTTP/1.1"
    server_version = "wp-sync-demo"
    sys_version = ""
    timeout = 30
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        with self.demo._lock:
            number = len(self.demo.requests) + 1
        request = Request(
            self.command,
            unquote(parts.path) or "/",
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            number,
        )
        length = self.headers.get("Content-Length", "0")
        self.rfile.read(int(length) if length.isdigit() else 0)
        self._send(self.demo.respond(request))

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_DELETE = _handle

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        headers = {"Content-Length": str(len(response.body)), **response.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and response.status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not news."""


def _file(request: Request, file: File) -> Response:
    etag = f'"{hashlib.sha256(file.data).hexdigest()[:16]}"'
    headers = {
        "Content-Type": file.mime,
        "Last-Modified": file.modified,
        "ETag": etag,
        "Accept-Ranges": "bytes",
    }
    if request.headers.get("if-none-match") == etag:
        return Response(HTTPStatus.NOT_MODIFIED, b"", headers)
    whole = Response(HTTPStatus.OK, file.data, headers)
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if not wanted or request.headers.get("if-range", etag) not in (etag, file.modified):
        return whole
    size = len(file.data)
    start = int(wanted[1])
    end = min(int(wanted[2]) if wanted[2] else size - 1, size - 1)
    if start >= size or start > end:
        span = {**headers, "Content-Range": f"bytes */{size}"}
        return Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", span)
    span = {**headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    return replace(
        whole, status=HTTPStatus.PARTIAL_CONTENT, body=file.data[start : end + 1], headers=span
    )
