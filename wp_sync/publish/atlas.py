"""Where everything is: what addresses and ids of the source mean, and where that is at a target.

Reads the archive through its port. What becomes of an address is decided by the publisher, which
knows its target; what is no item of ours follows the owner's ``links.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from urllib.parse import urldefrag

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.engine import addresses_of
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.moves import Moves, archived_address
from wp_sync.normalize.links.redirects import FOLLOWED_KIND, nothing_of
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.scan import Scan
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.rules import NewSite, Rules
from wp_sync.publish.base import Item, Spot, key_of

Places = Callable[[str], Spot | None]
_CACHED = 20_000
_TERM = """SELECT to_taxonomy, to_slug FROM term_sources
    WHERE site = :site AND taxonomy = :taxonomy AND source_id = :id AND to_slug <> ''
    ORDER BY to_taxonomy, to_slug LIMIT 1"""
_TYPE = """SELECT type FROM posts WHERE site = :site AND id = :id
    UNION ALL SELECT 'attachment' FROM media WHERE site = :site AND id = :id LIMIT 1"""
_PEOPLE = "SELECT slug, name, source_ids FROM authors WHERE site = :site ORDER BY slug"


def nowhere(_key: str) -> Spot | None:
    """The places of a target that holds nothing."""
    return None


class SourceAtlas:
    """`wp_sync.publish.base.Atlas` over an archive; ``places`` tells where items stand.

    ``twins``: keys that another one stands for.
    """

    def __init__(
        self,
        archive: SiteArchive,
        rules: Rules,
        places: Places = nowhere,
        *,
        twins: Mapping[str, str] | None = None,
    ) -> None:
        site = archive.site()
        self._archive = archive
        self._rules = rules
        self._places = places
        self._twins = twins or {}
        self._site = site.key if site else ""
        self._home = site.home if site else ""
        self._term = lru_cache(_CACHED)(self._asked_term)
        self._post = lru_cache(_CACHED)(self._asked_post)
        self._path = lru_cache(_CACHED)(partial(archived_address, archive, self._site))

    def with_places(self, places: Places) -> SourceAtlas:
        """The same source, another target."""
        other = SourceAtlas(self._archive, self._rules, places, twins=self._twins)
        if "index" in self.__dict__:
            other.__dict__["index"] = self.index
        return other

    @property
    def home(self) -> str:
        return self._home

    @cached_property
    def index(self) -> UrlIndex:
        """What addresses mean; made when first asked for."""
        return addresses_of(self._archive, self._rules)

    @cached_property
    def _moves(self) -> Moves:
        return Moves(self.index, replace(self._rules.links, new=NewSite()))

    @cached_property
    def _people(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for row in self._archive.query(_PEOPLE, site=self._site):
            for id in _ids(row["source_ids"]):
                found.setdefault(id, str(row["slug"]))
        return found

    @cached_property
    def _names(self) -> dict[str, str]:
        rows = self._archive.query(_PEOPLE, site=self._site)
        return {str(row["slug"]): str(row["name"]) for row in rows}

    def at(self, key: str) -> Spot | None:
        return self._places(key)

    def key(self, kind: str, id: int) -> str:
        family, _, name = kind.partition("/")
        if family == "terms":
            return self._term(name, id)
        if family == "users":
            slug = self._people.get(id, "")
            return key_of("users/user", slug) if slug else ""
        if family in ("", "posts"):
            type_ = name or self._post(id)
            found = key_of(f"posts/{type_}", id) if type_ and id else ""
            return self._twins.get(found, found)
        return key_of(kind, id)

    def person(self, key: str) -> str:
        return self._names.get(key.partition(":")[2], "")

    def _asked_term(self, taxonomy: str, id: int) -> str:
        rows = self._archive.query(_TERM, site=self._site, taxonomy=taxonomy, id=id)
        return key_of(f"terms/{rows[0]['to_taxonomy']}", rows[0]["to_slug"]) if rows else ""

    def _asked_post(self, id: int) -> str:
        rows = self._archive.query(_TYPE, site=self._site, id=id)
        return str(rows[0]["type"]) if rows else ""

    def meaning(self, url: str, item: Item) -> Meaning:
        return self.index.meaning(url, self.index.base(item.url), item.id)

    def led_nowhere(self, meaning: Meaning) -> bool | None:
        """Whether an address showed visitors of the source nothing; None where nobody knows."""
        if meaning.state == "missing" and not meaning.target:  # no record that is gone
            return True if urldefrag(meaning.resolved)[0] in self._nothing else None
        return meaning.state in ("missing", "unpublished")

    @cached_property
    def _nothing(self) -> frozenset[str]:
        """Addresses of which the source said that nothing is there."""
        kept = self._archive.current(FOLLOWED_KIND)
        return frozenset(nothing_of(one.data) for one in kept if one.state is State.LIVE)

    def meant(self, meaning: Meaning) -> str:
        return self.key(meaning.kind, meaning.target) if meaning.target else ""

    def path(self, key: str, structure: str) -> str:
        kind, _, name = key.partition(":")
        if kind != "posts/post" or not structure or not name.isdecimal():
            return ""
        return self._path(structure, kind, int(name))

    def outside(self, url: str, item: Item) -> str | None:
        links = self._rules.links
        if not (links.external or links.clean):  # before the index is made for nothing
            return None
        return self._moves.becomes(url, self.index.base(item.url), item.id)

    def rewrite(
        self,
        body: str,
        item: Item,
        decide: Callable[[Found, Meaning], str | None],
        scanned: Scan | None = None,
    ) -> str:
        def becomes(found: Found) -> str | None:
            address = decide(found, self.meaning(found.url, item))
            return address if address is not None else self.outside(found.url, item)

        return rewrite(body, becomes, scanned)


def _ids(value: object) -> Iterable[int]:
    from msgspec import json

    return json.decode(str(value), type=list[int])


def is_file(meaning: Meaning) -> bool:
    """Whether an address means the file of an attachment, and not its page."""
    return meaning.kind == MEDIA_KIND and meaning.via == "file"
