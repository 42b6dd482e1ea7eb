"""How WordPress answers REST requests, over recorded items. Pure but for the clock; no HTTP.

What our client asks and what WordPress 7.1 does then: paging and totals, order, include and
exclude, dates compared with the site's wall clock, sparse fields, items by id, and WordPress's
own error codes. Anonymous view only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wp_sync import entities
from wp_sync.demo.recording import Listing, Recording

_MOST_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body and headers of one answer."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class _Refused(Exception):
    """WordPress answers with an error."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(code)
        self.answer = Answer(
            status, {"code": code, "message": message, "data": {"status": status, **more}}
        )


def answer(site: Recording, method: str, route: str, query: Mapping[str, str]) -> Answer:
    """What the site answers to a request for a route below its API's root."""
    route = "/" + route.strip("/")
    method = query.get("_method", method).upper()  # as WP_REST_Server::serve_request() takes it
    try:
        found = _answer(site, method, route, query)
    except _Refused as refused:
        found = refused.answer
    if "_envelope" in query and query["_envelope"] not in ("0", "false"):
        body = {"body": found.body, "status": found.status, "headers": dict(found.headers)}
        return Answer(200, body)
    return found


def _answer(site: Recording, method: str, route: str, query: Mapping[str, str]) -> Answer:
    if method not in ("GET", "HEAD", "OPTIONS"):
        raise _Refused(401, "rest_cannot_create", "Sorry, you are not allowed to do that.")
    if route == "/":
        return Answer(200, _sparse(site.index, query))
    if listing := site.listings.get(route):
        if method == "OPTIONS":
            return Answer(200, _sparse(listing.options, query), {"Allow": "GET"})
        return _list(site, listing, query)
    parent, _, last = route.rpartition("/")
    if last.isdigit() and (listing := site.listings.get(parent)):
        return _item(site, listing, parent, int(last), query)
    if route in site.answers:
        status, body = site.answers[route]
        return Answer(status, _sparse(body, query) if status == 200 else body)
    raise _Refused(
        404,
        "rest_no_route",
        "No route was found matching the URL and request method.",
    )


def _item(
    site: Recording, listing: Listing, route: str, id: int, query: Mapping[str, str]
) -> Answer:
    _context(query)
    if id in listing.items:
        return Answer(200, _rendered(listing.items[id], query), {"Allow": "GET"})
    if id in site.hidden.get(route, {}):
        status, body = site.hidden[route][id]
        return Answer(status, body)
    messages = {
        "rest_post_invalid_id": "Invalid post ID.",
        "rest_term_invalid": "Term does not exist.",
    }
    raise _Refused(404, listing.gone_code, messages.get(listing.gone_code, "Invalid ID."))


def _list(site: Recording, listing: Listing, query: Mapping[str, str]) -> Answer:
    _context(query)
    if query.get("status", "publish") not in ("publish", "inherit", "approve", ""):
        raise _Refused(
            400,
            "rest_invalid_param",
            "Invalid parameter(s): status",
            params={"status": "Status is forbidden."},
        )
    per_page = _number(query, "per_page", 10, 1, _MOST_PER_PAGE)
    page = _number(query, "page", 1, 1, 10**9)
    found = _sorted(listing, _filtered(site, listing, query), query)
    total = len(found)
    pages = -(-total // per_page)
    start = _number(query, "offset", (page - 1) * per_page, 0, 10**9)
    if listing.strict_pages and page > 1 and "offset" not in query and page > max(pages, 1):
        raise _Refused(
            400,
            "rest_post_invalid_page_number",
            "The page number requested is larger than the number of pages available.",
        )
    body = [_rendered(item, query) for item in found[start : start + per_page]]
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages), "Allow": "GET"}
    return Answer(200, body, headers)


def _context(query: Mapping[str, str]) -> None:
    if query.get("context") == "edit":
        raise _Refused(
            401,
            "rest_forbidden_context",
            "Sorry, you are not allowed to edit posts in this post type.",
        )


def _number(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    if name not in query:
        return default
    try:
        number = int(query[name])
    except ValueError:
        number = low - 1
    if low <= number <= high:
        return number
    raise _Refused(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: f"{name} must be between {low} (inclusive) and {high} (inclusive)"},
    )


# -- which items -----------------------------------------------------------------------------


def _ids(text: str) -> list[int]:
    return [int(part) for part in text.replace(" ", "").split(",") if part.isdigit()]


def _filtered(site: Recording, listing: Listing, query: Mapping[str, str]) -> list[dict[str, Any]]:
    items: Iterable[dict[str, Any]] = listing.items.values()
    if include := _ids(query.get("include", "")):
        items = [listing.items[id] for id in dict.fromkeys(include) if id in listing.items]
    if exclude := set(_ids(query.get("exclude", ""))):
        items = [item for item in items if item["id"] not in exclude]
    for name in ("parent", "post", "author"):
        if wanted := set(_ids(query.get(name, ""))):
            items = [item for item in items if item.get(name) in wanted]
    if slugs := query.get("slug", ""):
        items = [item for item in items if item.get("slug") in slugs.split(",")]
    if search := query.get("search", "").casefold():
        items = [item for item in items if search in _words(item)]
    for name, column, later in (
        ("after", "date", True),
        ("before", "date", False),
        ("modified_after", "modified", True),
        ("modified_before", "modified", False),
    ):
        # Only a filter that the route knows filters; others are ignored without a word.
        if query.get(name) and any(column in item for item in items):
            moment = wall_clock(site, query[name])
            items = [
                item
                for item in items
                if (item[column] > moment if later else item[column] < moment)
            ]
    return list(items)


def _words(item: Mapping[str, Any]) -> str:
    found = [item.get("name", ""), item.get("slug", "")]
    for name in ("title", "content", "excerpt"):
        part = item.get(name)
        found.append(part.get("rendered", "") if isinstance(part, dict) else "")
    return entities.unescape(" ".join(str(part) for part in found)).casefold()


def wall_clock(site: Recording, text: str) -> str:
    """A moment as the site's own wall clock shows it: what WordPress compares its columns with.

    An input without a zone is taken for the site's time. Raises nothing WordPress would not: an
    unreadable moment is refused as an invalid parameter.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Refused(400, "rest_invalid_param", "Invalid parameter(s): date") from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone(site))
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def zone(site: Recording) -> tzinfo:
    """The site's time zone; its plain offset where this machine knows no zone of that name."""
    try:
        return ZoneInfo(site.timezone) if site.timezone else _offset(site)
    except (ZoneInfoNotFoundError, ValueError):
        return _offset(site)


def _offset(site: Recording) -> tzinfo:
    return timezone(timedelta(hours=site.offset_hours)) if site.offset_hours else UTC


def _sorted(
    listing: Listing, items: list[dict[str, Any]], query: Mapping[str, str]
) -> list[dict[str, Any]]:
    by = query.get("orderby", listing.order)
    descending = query.get("order", "desc" if listing.descending else "asc") == "desc"
    if by == "include" and "include" in query:
        return items
    if by == "name":
        return sorted(
            items, key=lambda item: str(item.get("name", "")).casefold(), reverse=descending
        )
    column = {"date": "date", "modified": "modified", "date_gmt": "date_gmt"}.get(by, "id")
    return sorted(
        items, key=lambda item: (item.get(column, item["id"]), item["id"]), reverse=descending
    )


# -- which fields ----------------------------------------------------------------------------


def _rendered(item: Mapping[str, Any], query: Mapping[str, str]) -> Any:
    shown = _sparse(item, query)
    if "_fields" in query and not _asked(query, "_links"):
        shown.pop("_links", None)
    return shown


def _asked(query: Mapping[str, str], name: str) -> bool:
    return any(field.strip().partition(".")[0] == name for field in query["_fields"].split(","))


def _sparse(body: Any, query: Mapping[str, str]) -> Any:
    """Only the fields that ``_fields`` names, nested ones by their path.

    As `rest_filter_response_fields()` does it.
    """
    wanted = [field.strip() for field in query.get("_fields", "").split(",") if field.strip()]
    if not wanted:
        return body
    if isinstance(body, list):
        return [_sparse(one, query) for one in body]
    if not isinstance(body, dict):
        return body
    if not any(name.partition(".")[0] in body for name in wanted) and all(
        isinstance(value, dict) for value in body.values()
    ):
        return {key: _sparse(value, query) for key, value in body.items()}
    kept: dict[str, Any] = {}
    for key in body:  # in the site's own order
        for name in wanted:
            head, _, rest = name.partition(".")
            if head == key:
                _copy(body, kept, [head, *(rest.split(".") if rest else [])])
    return kept


def _copy(source: Any, target: dict[str, Any], path: list[str]) -> None:
    head, *rest = path
    if not isinstance(source, dict) or head not in source:
        return
    if not rest:
        target[head] = source[head]
    elif isinstance(source[head], dict):
        inner = target.setdefault(head, {})
        if inner is not source[head]:
            _copy(source[head], inner, rest)
