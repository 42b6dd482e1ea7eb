"""The redirects that the Redirection plugin keeps, whole, as its REST route lists them to editors.

Its listing is not WordPress's own: pages are counted from 0, items stand inside an object beside
their total, and how often each was hit stands in the item. Hits are left out, or every visitor
would make a new version.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from wp_sync import digest
from wp_sync.http import answers
from wp_sync.http.api import Api
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Denied, NotFound
from wp_sync.model import Item, Record

NAMESPACE = "redirection/v1"
KIND = "redirects/redirection"
_AT_ONCE = 200  # the most that the plugin gives
_MOST_PAGES = 5_000
_COUNTED = frozenset(("hits", "last_access", "last_count"))


def redirects_of(api: Api) -> tuple[list[Record], bool] | None:
    """Every redirect, and whether these are all; None where the site shows none to us.

    Raises:
        SourceError: the site is busy, or its answer can't be read.
    """

    def parse(answer: Answer) -> tuple[Item, datetime]:
        return answers.read_object(answer)[1], answer.server_time or api.now()

    found: dict[int, Record] = {}
    total: object = None
    for page in range(_MOST_PAGES):
        words = {"per_page": str(_AT_ONCE), "page": str(page)}
        try:
            data, seen_at = api.ask(f"{NAMESPACE}/redirect", words, parse=parse)
        except (Denied, NotFound, BadRequest):
            return None
        items, total = answers.listed(data.get("items")), data.get("total")
        for item in items:
            id = item.get("id") if isinstance(item, Mapping) else None
            if isinstance(id, int) and not isinstance(id, bool) and id > 0:
                found[id] = _record(id, item, seen_at)
        if len(items) < _AT_ONCE:
            break
    return [found[id] for id in sorted(found)], total == len(found)


def _record(id: int, item: Item, seen_at: datetime) -> Record:
    data = {name: value for name, value in item.items() if name not in _COUNTED}
    return Record(KIND, id, answers.encode(data), data, digest.content_digest(data), seen_at)
