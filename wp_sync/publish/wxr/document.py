"""The whole document, streamed: authors, terms, files, posts with their comments, menus.

Memory holds a taxonomy's terms and the names of all, never a post. What an item looks like is
`elements`'s business.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from msgspec import json

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND, SITE_KIND
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.moves import Moves, archived_addresses
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.text import plain, string
from wp_sync.publish.base import Item, key_of
from wp_sync.publish.desired import Desired
from wp_sync.publish.order import MENU_ITEM_KIND, parents_first
from wp_sync.publish.wxr import elements
from wp_sync.publish.zone import zone_of

_PAGE = 200
_COMMENTS = """SELECT id, post, parent FROM comments
    WHERE site = :site AND state = 'live' AND post IN ({ids}) ORDER BY post, id"""
_SOURCES = "SELECT slug, source_ids FROM terms WHERE site = :site AND taxonomy = :taxonomy"


class Document:
    """An archive as WXR."""

    def __init__(self, archive: SiteArchive, rules: Rules) -> None:
        site = archive.site()
        self._archive, self._rules = archive, rules
        self._site = site.key if site else ""
        self._desired = Desired(archive, rules)
        self._numbers: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._known = elements.Known(
            home=(site.home if site else "").rstrip("/"),
            zone=zone_of(archive),
            number=self._number,
            term=lambda key: self._names.get(key, ""),
        )
        self._comment_kinds = [one for one in archive.kinds() if one.startswith("comments/")]

    def pieces(self) -> Iterator[bytes]:
        """The document's bytes, an element at a time."""
        for piece in self._texts():
            yield piece.encode("utf-8", "replace")

    def _texts(self) -> Iterator[str]:
        kinds = self._desired.kinds()
        yield self._head()
        for item in self._desired.items(one for one in kinds if one.startswith("users/")):
            yield elements.author(item, self._numbered(item))
        for kind in (one for one in kinds if one.startswith("terms/")):
            meta = self._term_meta(kind)
            for item in importable(list(self._desired.items([kind]))):
                self._names[item.key] = str(item.fields.get("name", ""))
                yield elements.term(item, self._numbered(item), meta.get(item.key, {}))
        for kind in kinds:
            if kind.startswith("posts/"):
                items = self._desired.items([kind])
                while page := list(islice(items, _PAGE)):
                    yield from self._page(kind, page)
        yield elements.TAIL

    def _head(self) -> str:
        data: Mapping[str, Any] = {}
        if SITE_KIND in self._archive.kinds():
            data = next((one.data for one in self._archive.current(SITE_KIND)), {})
        site = self._archive.site()
        title = plain(string(data.get("name"))) or (site.name if site else "")
        language = string(data.get("language")) or "en"
        about = plain(string(data.get("description")))
        return elements.head(title, self._known.home, about, language)

    def _page(self, kind: str, page: Sequence[Item]) -> Iterator[str]:
        if kind == MENU_ITEM_KIND:
            yield from (elements.menu_item(item, self._known) for item in page)
        elif kind == MEDIA_KIND:
            ids = sorted(item.id for item in page)
            details = {
                one.id: one.data.get("media_details")
                for one in self._archive.current(MEDIA_KIND, ids=ids)
            }
            for item in page:
                found = details.get(item.id)
                known = found if isinstance(found, Mapping) else {}
                yield elements.attachment(item, self._known, known)
        else:
            comments = self._comments(page)
            for item in page:
                body = self._body(item)
                yield elements.post(item, self._known, body, comments.get(item.id, ()))

    def _term_meta(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The registered meta of a taxonomy's terms: of one made of several that of the first."""
        taxonomy = kind.partition("/")[2]
        rows = self._archive.query(_SOURCES, site=self._site, taxonomy=taxonomy)
        keys: dict[int, str] = {}
        for row in rows:
            for id in json.decode(str(row["source_ids"]), type=list[int])[:1]:
                keys[id] = key_of(kind, row["slug"])
        return {
            keys[one.id]: meta
            for one in self._archive.current(kind, ids=sorted(keys))
            if (meta := _meta(one.data))
        }

    def _comments(self, page: Sequence[Item]) -> dict[int, list[tuple[Item, Mapping[str, Any]]]]:
        """The comments of these posts with their meta, each after the one that it answers."""
        found: dict[int, list[Item]] = {}
        if not self._comment_kinds:
            return {}
        ids = ",".join(str(item.id) for item in page)
        rows = self._archive.query(_COMMENTS.format(ids=ids), site=self._site)
        keys = [f"{kind}:{row['id']}" for kind in self._comment_kinds for row in rows]
        for comment in sorted(self._desired.of(keys), key=lambda one: one.id):
            post = str(comment.fields.get("post", "")).partition(":")[2]
            found.setdefault(int(post or 0), []).append(comment)
        wanted = sorted({int(str(row["id"])) for row in rows})
        meta = {
            key_of(kind, one.id): _meta(one.data)
            for kind in self._comment_kinds
            for one in self._archive.current(kind, ids=wanted)
        }
        return {
            post: [(one, meta.get(one.key, {})) for one in _answers_last(some)]
            for post, some in found.items()
        }

    def _body(self, item: Item) -> str:
        """The body with links as the rules want them; files keep the addresses of the source."""
        body = str(item.fields.get("content", ""))
        atlas = self._desired.atlas
        if not self._moves.needed:
            return body
        base = atlas.index.base(item.url)

        def decide(found: Found, meaning: Meaning) -> str | None:
            if meaning.kind == MEDIA_KIND:
                return None
            return self._moves.becomes(found.url, base, item.id)

        return atlas.rewrite(body, item, decide)

    @cached_property
    def _moves(self) -> Moves:
        links = self._rules.links
        addresses = archived_addresses(self._archive, links)
        return Moves(self._desired.atlas.index, links, addresses)

    def _numbered(self, item: Item) -> int:
        return self._numbers.setdefault(item.key, len(self._numbers) + 1)

    def _number(self, key: str) -> int:
        """The id of what a key means: the source's, and a running number of terms and people."""
        found = self._numbers.get(key)
        if found is None:
            kind, _, name = key.partition(":")
            numbered = kind.startswith(("posts/", "comments/"))
            found = int(name) if numbered and name.isdecimal() and len(name) < 19 else 0
        return found


def _meta(data: Mapping[str, Any]) -> Mapping[str, Any]:
    found = data.get("meta")
    return found if isinstance(found, Mapping) else {}


def importable(terms: Sequence[Item]) -> list[Item]:
    """Terms in an order in which the importer makes each of them, parents first.

    It asks whether a term is there by the slug in the file, and WordPress takes that for a name as
    well: ``migraine`` is not made where another term that is *called* Migraine was made before it.
    So whichever has a slug comes before those that are called like it.
    """
    by_key = {item.key: item for item in terms}
    by_slug = {str(item.fields.get("slug", "")): item.key for item in terms}
    found: dict[str, Item] = {}
    for item in terms:
        waiting, begun = [item.key], set[str]()
        while waiting:
            one = by_key[waiting[-1]]
            first = (str(one.fields.get("parent", "")), by_slug.get(_as_slug(one), ""))
            missing = [key for key in first if key in by_key and key not in found]
            missing = [key for key in missing if key not in begun and key != one.key]
            begun.add(one.key)
            if missing:
                waiting += missing[:1]
            else:
                found[one.key] = one
                waiting.pop()
    return list(found.values())


def _as_slug(item: Item) -> str:
    """The slug that WordPress would take for this name: equal but for case and accents."""
    name = unicodedata.normalize("NFD", str(item.fields.get("name", "")))
    return "".join(sign for sign in name if not unicodedata.combining(sign)).casefold()


def _answers_last(comments: Sequence[Item]) -> list[Item]:
    """Comments in order of id, but none before the one that it answers."""
    by_id = {one.id: one for one in comments}
    parents = {
        one.id: int(one.fields["parent"].partition(":")[2])
        for one in comments
        if one.fields.get("parent")
    }
    return [by_id[id] for id in parents_first(by_id, parents)]
