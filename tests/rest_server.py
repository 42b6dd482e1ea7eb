"""A small WordPress-like REST server on loopback that misbehaves on request.

It lists as WordPress does where that matters to a source: `offset` and `per_page` count hidden
items, `include`, `_fields`, `_envelope`, totals in headers, 404 in WordPress's words. A hook sees
every request first and may answer it in any way, down to the bytes on the wire.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    path: str
    words: dict[str, str]
    headers: dict[str, str]
    number: int

    @property
    def ids(self) -> list[int]:
        return [int(part) for part in self.words.get("include", "").split(",") if part]

    @property
    def lists_whole_posts(self) -> bool:
        fields = self.words.get("_fields", "content")
        rendered = "content" in fields.split(",") or "content.rendered" in fields.split(",")
        return self.path == "/wp-json/wp/v2/posts" and rendered


@dataclass
class Reply:
    """An answer. ``wire`` replaces everything by bytes sent as they are, then the line is cut."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wire: bytes | None = None
    pieces: Iterator[bytes] | None = None


Hook = Callable[[Asked], Reply | None]
CAPABILITIES = {"edit_others_posts": True, "list_users": True, "moderate_comments": True}


def post(id: int, **more: Any) -> dict[str, Any]:
    """A post as the API shows it."""
    return {
        "id": id,
        "date_gmt": f"2024-01-01T00:{id // 60 % 60:02}:{id % 60:02}",
        "modified_gmt": "2024-02-01T00:00:00",
        "slug": f"post-{id}",
        "status": "publish",
        "author": 1,
        "categories": [1],
        "title": {"rendered": f"Post {id}"},
        "content": {"rendered": f"<p>{id}</p>", "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "plugin_field": {"n": id},
        "_links": {"self": []},
        **more,
    }


class Site:
    """The site's state; change it at any time."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.terms: dict[int, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        self.hooks: list[Hook] = []
        self.asked: list[Asked] = []
        self.url = ""
        self.page_headers: dict[str, str] = {}
        self.page = b"<html><head></head></html>"
        self.rest = "/wp-json/"
        self.home = ""
        self.totals = True
        self.cap = 100
        self.password = ""
        self.extra: dict[str, str] = {}
        self._lock = threading.Lock()

    def fill(self, count: int, first: int = 1) -> None:
        self.posts.update({id: post(id) for id in range(first, first + count)})

    def answer(self, path: str, headers: dict[str, str]) -> Reply:
        parts = urlsplit(path)
        asked = Asked(parts.path, dict(parse_qsl(parts.query)), headers, len(self.asked))
        with self._lock:
            self.asked.append(asked)
        for hook in list(self.hooks):
            reply = hook(asked)
            if reply is not None:
                return reply
        return self._wordpress(asked)

    def _wordpress(self, asked: Asked) -> Reply:
        route = None
        if "rest_route" in asked.words:
            route = asked.words["rest_route"].strip("/")
        elif self.rest and asked.path.startswith(self.rest):
            route = asked.path.removeprefix(self.rest).strip("/")
        elif asked.path == "/" or asked.path.endswith("/blog/"):
            return Reply(self.page, headers={"Content-Type": "text/html", **self.page_headers})
        if route is None:
            return Reply(b"<html>not here</html>", 404)
        return self._route(route, asked)

    def _route(self, route: str, asked: Asked) -> Reply:
        if route == "":
            home = self.url + self.home
            return _json({"name": "A &amp; B", "home": home, "namespaces": ["wp/v2"]})
        if route == "wp/v2/types":
            return _json({"post": {"rest_base": "posts", "taxonomies": ["category"]}})
        if route == "wp/v2/taxonomies":
            return _json({"category": {"rest_base": "categories"}})
        if route == "wp/v2/users/me":
            if not self._logged_in(asked):
                return error(401, "rest_not_logged_in")
            return _json({"id": 7, "slug": "me", "roles": ["editor"], "capabilities": CAPABILITIES})
        if route == "wp/v2/posts":
            return self._list(self.posts, asked)
        if route == "wp/v2/categories":
            return self._list(self.terms, asked)
        if route.startswith("wp/v2/posts/"):
            item = self.posts.get(int(route.rsplit("/", 1)[1]))
            if item is None:
                return error(404, "rest_post_invalid_id")
            if item["id"] in self.hidden:
                return error(401, "rest_forbidden")
            return _json(_narrow(item, asked))
        if route in ("wp/v2/users", "wp/v2/comments"):
            return self._list({}, asked)
        return error(404, "rest_no_route")

    def _logged_in(self, asked: Asked) -> bool:
        sent = asked.headers.get("authorization", "").removeprefix("Basic ")
        return bool(self.password) and base64.b64decode(sent).decode().endswith(f":{self.password}")

    def _list(self, items: dict[int, dict[str, Any]], asked: Asked) -> Reply:
        if asked.words.get("_method") == "OPTIONS":
            return _json({"schema": {"properties": {"id": {}, "schema_only": {}}}})
        size = min(int(asked.words.get("per_page", "10")), self.cap)
        offset = int(asked.words.get("offset", "0"))
        found = [items[id] for id in sorted(items)]
        if asked.ids:
            found = [item for item in found if item["id"] in set(asked.ids)]
        if "after" in asked.words:
            after = asked.words["after"].rstrip("Z")
            found = [item for item in found if item["date_gmt"] > after]
        if asked.words.get("orderby", "date") == "date" and asked.words.get("order") != "asc":
            found.sort(key=lambda item: (item.get("date_gmt", ""), item["id"]), reverse=True)
        shown = [
            _narrow(item, asked)
            for item in found[offset : offset + size]
            if item["id"] not in self.hidden
        ]
        pages = -(-len(found) // size)
        totals = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        if "_envelope" in asked.words:
            return _json({"body": shown, "status": 200, "headers": totals})
        return _json(shown, {**(totals if self.totals else {}), **self.extra})


def _narrow(item: dict[str, Any], asked: Asked) -> dict[str, Any]:
    names = asked.words.get("_fields")
    if not names:
        return item
    result: dict[str, Any] = {}
    for name in names.split(","):
        top, _, inner = name.partition(".")
        if top in item and not inner:
            result[top] = item[top]
        elif top in item and inner in item[top]:
            result.setdefault(top, {})[inner] = item[top][inner]
    return result


def _json(data: Any, headers: dict[str, str] | None = None) -> Reply:
    return Reply(json.dumps(data).encode(), headers=headers or {})


def error(status: int, code: str) -> Reply:
    """A refusal in WordPress's words."""
    body = {"code": code, "message": f"({code})", "data": {"status": status}}
    return Reply(json.dumps(body).encode(), status)


@contextmanager
def serving() -> Iterator[Site]:
    """A site on a free loopback port."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = site.answer(self.path, headers)
            try:
                self._send(reply)
            except (OSError, ValueError):
                self.close_connection = True

        def _send(self, reply: Reply) -> None:
            if reply.wire is not None or reply.pieces is not None:
                self.close_connection = True
                self.wfile.write(reply.wire or b"")
                self.wfile.flush()
                for piece in reply.pieces or ():
                    self.wfile.write(piece)
                    self.wfile.flush()
                return
            self.send_response_only(reply.status)
            headers = {"Date": formatdate(usegmt=True), "Content-Type": "application/json"}
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return  # clients that break off are what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
