"""What the target holds: its index, whole items by id, and what a lost write may have made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wp_sync.errors import TryLater
from wp_sync.http import answers
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Denied, NotFound
from wp_sync.publish.base import Held, Payload, Seen
from wp_sync.publish.order import MENU_ITEM_KIND, USER_KIND
from wp_sync.publish.wordpress.holding import held_of, index_fields, seen_of
from wp_sync.publish.wordpress.shape import COMMENT_KIND, Kind
from wp_sync.publish.wordpress.site import PAGE, TargetSite, items

_RESTARTS = 4
_RECENT = "50"


class _Shifted(Exception):
    """Something was added or removed while a listing was read."""


class Reading:
    """Questions about one target's items."""

    def __init__(self, site: TargetSite) -> None:
        self._site = site

    def index(self, name: str) -> Iterator[Seen]:
        """Everything of a kind, in order of id."""
        kind = self._site.kinds[name]
        for filters in _listings(kind):
            last = 0
            for _ in range(_RESTARTS):
                try:
                    for data in self._walk(kind, filters, last):
                        last = int(data["id"])
                        yield seen_of(kind, data)
                    break
                except _Shifted:
                    continue
            else:
                raise TryLater(
                    f"the target's {name} change faster than they can be listed",
                    hint="try again when nobody imports or edits there",
                )

    def _walk(self, kind: Kind, filters: dict[str, str], after: int) -> Iterator[dict[str, Any]]:
        """The items past an id. A listing that shifts meanwhile is read again: a post trashed on
        one page pulls the next page's first one past us."""
        offset, total = 0, -1
        while True:
            words = {
                **filters,
                "context": "edit",
                "per_page": str(PAGE),
                "offset": str(offset),
                "orderby": "id",
                "order": "asc",
                "_fields": ",".join(index_fields(kind)),
            }
            found, now = self._site.api.ask(kind.route, words, parse=_counted, cost=f"index {kind}")
            if total not in (-1, now):
                raise _Shifted
            total = now
            for data in found:
                if int(data["id"]) > after:
                    yield data
            offset += PAGE
            if offset >= total if total >= 0 else len(found) < PAGE:
                return

    def unchanged(self, name: str, stamps: Mapping[str, str]) -> bool:
        """Whether a kind's things are exactly these, by one request for what was modified last.

        Whatever anybody changes is modified later than all that we left there, so it stands above
        it. The last one that we changed must be among them with the stamp of that time: it is not
        where an old backup was put back. Changes that leave ``modified`` alone are not seen.
        """
        kind = self._site.kinds[name]
        if kind.kind == MENU_ITEM_KIND or kind.family != "posts" or len(stamps) <= PAGE:
            return False
        words = {
            **kind.filters,
            "context": "edit",
            "per_page": str(PAGE),
            "orderby": "modified",
            "order": "desc",
            "_fields": ",".join(index_fields(kind)),
        }
        found, total = self._site.api.ask(kind.route, words, parse=_counted, fresh=True)
        seen = [seen_of(kind, data) for data in found]
        now = self._site.changed().removesuffix("Z")
        same = all(stamps.get(one.id) == one.stamp for one in seen)
        if total != len(stamps) or not same or len(seen) < PAGE or seen[-1].stamp[:19] > now:
            return False
        ours = {id: stamp for id, stamp in stamps.items() if stamp[:19] <= now}
        last = max(ours.values(), key=lambda stamp: stamp[:19], default="")
        return any(one.stamp[:19] == last[:19] for one in seen)

    def read(self, name: str, ids: Sequence[str]) -> Iterator[Held]:
        """Whole items by id; those that are not there are left out."""
        kind = self._site.kinds[name]
        numbers = [id for id in dict.fromkeys(ids) if id.isdecimal()]
        for start in range(0, len(numbers), PAGE):
            page = numbers[start : start + PAGE]
            for filters in _listings(kind):
                words = {
                    **filters,
                    "context": "edit",
                    "include": ",".join(page),
                    "per_page": str(PAGE),
                    "orderby": "id",
                    "order": "asc",
                    "_fields": self._site.wanted(kind),
                }
                for data in self._site.api.ask(kind.route, words, parse=items, fresh=True):
                    yield held_of(kind, data)

    def one(self, kind: Kind, id: str) -> Held | None:
        """One whole item, past every cache."""
        words = {"context": "edit", "_fields": self._site.wanted(kind)}
        try:
            data = self._site.api.ask(
                f"{kind.route}/{id}", words, parse=answers.json_object, fresh=True
            )
        except NotFound:
            return None
        return held_of(kind, data)

    def look(self, payload: Payload) -> Held | None:
        """What a lost write may have made: by slug with any status, then among the newest."""
        kind = self._site.kinds[payload.kind]
        wanted = set(payload.prints)
        for words in self._guesses(kind, payload):
            words |= {
                **kind.filters,
                "context": "edit",
                "per_page": _RECENT,
                "_fields": self._site.wanted(kind),
            }
            try:
                found = self._site.api.ask(kind.route, words, parse=items, fresh=True)
            except (BadRequest, Denied, NotFound):
                continue
            for data in found:
                held = held_of(kind, data)
                if wanted & set(held.prints):
                    return held
        return None

    @staticmethod
    def _guesses(kind: Kind, payload: Payload) -> Iterator[dict[str, str]]:
        slug = payload.fields.get("slug")
        if slug:
            yield {"slug": str(slug)}
        newest = {"orderby": "id", "order": "desc"}
        if kind.kind == COMMENT_KIND:
            yield {"post": str(payload.fields.get("post", 0)), "status": "all", **newest}
        elif kind.kind != USER_KIND:
            yield newest


def _listings(kind: Kind) -> list[dict[str, str]]:
    """The filters under which, together, a kind shows everything."""
    if kind.kind == COMMENT_KIND:
        return [{"status": "all"}, {"status": "trash"}]
    return [kind.filters]


def _counted(answer: Answer) -> tuple[list[dict[str, Any]], int]:
    """Items and the total that the server states (-1: none)."""
    stated = answer.headers.get("X-WP-Total", "")
    return items(answer), int(stated) if stated.isdigit() else -1
