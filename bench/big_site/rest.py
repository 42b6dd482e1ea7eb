"""What a site of shelves answers: listings and items fast, the rest as the sample site answers it.

Errors, envelopes and odd parameters are left to `wp_sync.demo.rest`, which words them as WordPress
does; only what a pull asks by the thousand is answered here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.big_site.shelf import Shelf, Wanted
from wp_sync.demo import rest
from wp_sync.demo.recording import HOST, Recording

_NUMBERS = frozenset({"per_page", "page", "offset"})
_MOMENTS = frozenset({"after", "before", "modified_after", "modified_before"})
_KNOWN = (
    _NUMBERS | _MOMENTS | {"include", "exclude", "orderby", "order", "_fields", "_fresh", "context"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and headers, ready to be sent."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Site:
    """A site: shelves by route, whole answers by path and query, and a recording for the rest."""

    recording: Recording
    host: str
    shelves: dict[str, Shelf] = field(default_factory=dict)
    replies: dict[tuple[str, frozenset[tuple[str, str]]], Reply] = field(default_factory=dict)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def respond(self, method: str, path: str, query: dict[str, str]) -> Reply:
        """What the site answers."""
        query.pop("_fresh", None)
        recorded = self.replies.get((path, frozenset(query.items())))
        if recorded is not None:
            return recorded
        if not path.startswith("/wp-json"):
            return self._page(path)
        route = path.removeprefix("/wp-json").rstrip("/") or "/"
        if "_method" not in query and "_envelope" not in query:
            if route in self.shelves and (found := self._list(self.shelves[route], query)):
                return found
            parent, _, last = route.rpartition("/")
            if parent in self.shelves and last.isdigit() and int(last) in self.shelves[parent]:
                body = self.shelves[parent].bodies.item(int(last), self._fields(query))
                return Reply(200, body, {"Allow": "GET"})
        answer = rest.answer(self.recording, method, route, query)
        text = json.dumps(answer.body, separators=(",", ":")).replace("/", "\\/")
        return Reply(answer.status, text.replace(HOST, self.host).encode(), answer.headers)

    def _page(self, path: str) -> Reply:
        file = self.recording.files.get(path)
        if file is not None:
            return Reply(200, file.data, {"Content-Type": file.mime})
        page = self.recording.pages.get(path)
        if page is None:
            return Reply(404, b"<h1>Not Found</h1>", {"Content-Type": "text/html; charset=UTF-8"})
        link = f'<http://{self.host}/wp-json/>; rel="https://api.w.org/"'
        headers = {"Content-Type": "text/html; charset=UTF-8", "Link": link}
        return Reply(200, page.replace(HOST, self.host).encode(), headers)

    def _fields(self, query: Mapping[str, str]) -> tuple[str, ...] | None:
        text = query.get("_fields")
        if text is None:
            return None
        if text not in self.fields:
            self.fields[text] = tuple(name.strip() for name in text.split(","))
        return self.fields[text]

    def _list(self, shelf: Shelf, query: Mapping[str, str]) -> Reply | None:
        """A page of a listing; None where the question is an odd one."""
        asked = self._wanted(query)
        if asked is None:
            return None
        wanted, per_page, offset, page = asked
        total, ids = shelf.page(wanted, offset, per_page)
        pages = -(-total // per_page)
        if page > max(1, pages) and "offset" not in query:
            return None
        fields = self._fields(query)
        item = shelf.bodies.item
        body = b"[" + b",".join([item(id, fields) for id in ids]) + b"]"
        return Reply(
            200, body, {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages), "Allow": "GET"}
        )

    def _wanted(self, query: Mapping[str, str]) -> tuple[Wanted, int, int, int] | None:
        if not query.keys() <= _KNOWN or query.get("context") == "edit":
            return None
        if not all(query[name].isdigit() for name in _NUMBERS & query.keys()):
            return None
        per_page, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        order_by = query.get("orderby", "date")
        order = query.get("order", "desc")
        if not 1 <= per_page <= 100 or page < 1 or order not in ("asc", "desc"):
            return None
        if order_by not in ("date", "id"):
            return None
        asked: dict[str, Any] = {"by_date": order_by == "date", "descending": order == "desc"}
        for name in _MOMENTS & query.keys():
            try:
                asked[name] = self._wall(query[name])
            except ValueError:
                return None
        for name in ("include", "exclude"):
            if query.get(name):
                numbers = query[name].split(",")
                asked[name] = frozenset(int(each) for each in numbers if each.isdigit())
        offset = int(query["offset"]) if "offset" in query else (page - 1) * per_page
        return Wanted(**asked), per_page, offset, page

    def _wall(self, text: str) -> int:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(rest.zone(self.recording))
        return int(moment.replace(tzinfo=UTC).timestamp())
