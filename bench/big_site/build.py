"""Sites to serve: made posts in the sample site's clothes, or what a real site answered."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bench.big_site.made import FIRST_ID, STEP, Made
from bench.big_site.rest import Reply, Site
from bench.big_site.shelf import Shelf
from wp_sync.demo import recording
from wp_sync.demo.recording import Listing, Recording

POSTS = "/wp/v2/posts"


class Edited:
    """The posts of a made site with what may be done to them while it is served."""

    def __init__(self, site: Site, made: Made) -> None:
        self.site, self.made = site, made
        self.shelf = site.shelves[POSTS]

    def edit(self, ids: Iterable[int], moment: int | None = None) -> None:
        for id in ids:
            self.shelf.touch(id, self.made.edit(id, moment or int(time.time())))

    def delete(self, ids: Iterable[int]) -> None:
        for id in ids:
            self.shelf.remove(id, self.made.date(id))
            self._count(id, -1)

    def add(self, count: int) -> list[int]:
        last = max(self.shelf.ids, default=FIRST_ID - STEP)
        ids = list(range(last + STEP, last + STEP * (count + 1), STEP))
        for id in ids:
            self.made.added[id] = int(time.time())
            self.shelf.add(id, self.made.date(id))
            self._count(id, 1)
        return ids

    def _count(self, id: int, change: int) -> None:
        for route, terms in zip(("categories", "tags"), self.made.terms(id), strict=True):
            for term in terms:
                self.site.recording.listings[f"/wp/v2/{route}"].items[term]["count"] += change


def made_site(count: int, host: str) -> Edited:
    """The sample site's types, terms, users and pages around ``count`` made posts."""
    site = recording.load()
    listings = site.listings
    made = Made(
        count,
        f"http://{host}",
        ZoneInfo(site.timezone),
        sorted(listings["/wp/v2/categories"].items),
        sorted(listings["/wp/v2/tags"].items),
    )
    for route in ("categories", "tags"):
        for term in listings[f"/wp/v2/{route}"].items.values():
            term["count"] = 0
    listings[POSTS].items.clear()
    shelf = Shelf(made.ids, ((made.date(id), id) for id in made.ids), made)
    found = Edited(Site(site, host, {POSTS: shelf}), made)
    for id in made.ids:
        found._count(id, 1)
    return found


@dataclass
class Recorded:
    """Bodies as a real site sent them, each field's bytes kept apart."""

    items: dict[int, dict[str, bytes]]

    def item(self, id: int, fields: Sequence[str] | None) -> bytes:
        found = self.items[id]
        names = found if fields is None else [name for name in found if name in fields]
        return b"{" + b",".join(b'"%b":%b' % (name.encode(), found[name]) for name in names) + b"}"


@dataclass
class Copy:
    """What a real site answered: whole items by route, and other answers by path and query."""

    listings: dict[str, list[bytes]]
    replies: dict[tuple[str, frozenset[tuple[str, str]]], Reply]

    def save(self, file: Path) -> None:
        file.write_bytes(pickle.dumps(self))


def copied_site(file: Path, host: str) -> Site:
    """A site that answers as the real one did from which ``file`` was made."""
    copy: Copy = pickle.loads(file.read_bytes())
    site = Site(Recording(index={}), host, {}, copy.replies)
    split = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
    for route, raws in copy.listings.items():
        items = {}
        for raw in raws:
            pieces = {name: bytes(value) for name, value in split(raw).items()}
            items[int(pieces["id"])] = pieces
        shelf = Shelf(
            items, [(_wall(pieces, "date"), id) for id, pieces in items.items()], Recorded(items)
        )
        for id, pieces in items.items():
            if _wall(pieces, "modified") != _wall(pieces, "date"):
                shelf.touch(id, _wall(pieces, "modified"))
        site.shelves[route] = shelf
        site.recording.listings[route] = Listing(options={}, items={})
    return site


def _wall(pieces: Mapping[str, bytes], name: str) -> int:
    value: Any = json.loads(pieces.get(name, b"null"))
    return int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()) if value else 0
