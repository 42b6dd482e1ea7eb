"""What the addresses of a whole site mean: gathered from its archive when the first post asks.

Most of a small run's posts lean on nothing that changed, and need no other record's address. What
an address means is decided in `wp_sync.normalize.links.urls`. Reads the archive, writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import json

from wp_sync.archive.base import SiteArchive
from wp_sync.content import MediaItem
from wp_sync.model import State
from wp_sync.normalize.dependencies import Changes, unpack
from wp_sync.normalize.links.redirects import REDIRECT_KIND, redirect_of
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.rules import LinkRules

_PAGE = 5_000  # rows of a table that are looked at together
_AT_ONCE = 200  # ids in one IN (…)
_FILES = "SELECT id, state, url, sizes FROM media WHERE site = :site AND id"
_LINKS = """SELECT post, url, state, resolved, target_kind, target, target_type, via FROM links
    WHERE site = :site AND post_type = :type AND post IN"""
_FACTS = """SELECT post, facts FROM post_dependencies
    WHERE site = :site AND post_type = :type AND post IN"""
_LOST = "\ufffd"  # stands for what no database takes: a row with it may not say what was derived

Row = Mapping[str, object]


class SiteAddresses:
    """``index`` knows the addresses of a site's records, files and redirects."""

    def __init__(self, archive: SiteArchive, site: str, home: str, rules: LinkRules) -> None:
        self._archive = archive
        self._site = site
        self._rules = rules
        self._all_files = False
        self.index = UrlIndex(home, rules)
        self.index.filling = self._fill
        # Takes what changed, for the keys that it comes to.
        self._moved = UrlIndex(home, rules)

    def files_were(self, ids: Sequence[int]) -> None:
        """Attachments that changed, before what they were is overwritten."""
        for start in range(0, len(ids), _AT_ONCE):
            some = _listed(ids[start : start + _AT_ONCE])
            for file in _files(self._archive.query(f"{_FILES} IN {some}", site=self._site)):
                self._moved.add_file(*file)

    def files_are(self, items: Iterable[MediaItem], *, some: bool) -> None:
        """Attachments as they are now; ``some``: the table holds the others as they are."""
        self._all_files = not some
        for item in items:
            if item.state != State.GONE:
                for url in {item.url, item.sizes.get("full", item.url)} - {""}:
                    (self._moved if some else self.index).add_file(url, item.id)

    def redirects(self) -> Iterator[str]:
        """Take the rules' redirects and the site's own; gives patterns that are not followed."""
        kept = self._archive.current(REDIRECT_KIND)
        found = (redirect_of(one.data) for one in kept if one.state is State.LIVE)
        for each in (*self._rules.redirects, *(one for one in found if one is not None)):
            if not self.index.add_redirect(each.source, each.target, pattern=each.pattern):
                yield each.source

    def moved(self, changes: Changes) -> set[int]:
        """The keys under which records, files and old addresses that changed are found."""
        ids = set()
        for kind, row in changes.addresses:
            id, link, slug = int(row["id"]), str(row["link"]), str(row["slug"])
            ids.add(id)
            for status in ("publish", "draft"):  # seen by visitors or not, before or now
                self._moved.add(link, kind, id, slug, State.LIVE, status)
        for slug, link, id in changes.old:
            self._moved.add_old(slug, link, id)
        return ids | set(self._moved.keys())

    def _fill(self) -> None:
        last = -1
        query = f"{_FILES} > :last ORDER BY id LIMIT {_PAGE}"
        while not self._all_files:
            page = self._archive.query(query, site=self._site, last=last)
            for file in _files(page):
                self.index.add_file(*file)
            if len(page) < _PAGE:
                break
            last = int(str(page[-1]["id"]))
        for one in self._archive.urls():
            self.index.add(*one)
        for slug, link, id in self._archive.old_slugs():
            self.index.add_old(slug, link, id)


def _files(rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
    for row in rows:
        if row["state"] != State.GONE:
            url, sizes = str(row["url"]), str(row["sizes"])
            full = json.decode(sizes).get("full", url) if '"full"' in sizes else url
            for each in {url, full} - {""}:
                yield each, int(str(row["id"]))


class Standing(NamedTuple):
    """What a post's last derivation learnt of its addresses, and the facts that it asked for."""

    meanings: Mapping[str, Meaning]
    facts: Sequence[int]


def standing(
    archive: SiteArchive, site: str, type: str, ids: Collection[int]
) -> dict[int, Standing]:
    """What stands of posts, as long as no fact about addresses has changed."""
    which = {"site": site, "type": type}
    facts = archive.query(f"{_FACTS} {_listed(ids)}", **which)
    found = {_number(row["post"]): Standing({}, unpack(_bytes(row["facts"]))) for row in facts}
    meanings: dict[int, dict[str, Meaning]] = {}
    for row in archive.query(f"{_LINKS} {_listed(ids)}", **which):
        post, url, state, resolved, kind, target, what, via = row.values()
        if _LOST not in f"{url}{resolved}":
            meaning = Meaning(state, resolved, kind, target, what, via)  # type: ignore[arg-type]
            meanings.setdefault(_number(post), {})[str(url)] = meaning
    return {id: one._replace(meanings=meanings.get(id, {})) for id, one in found.items()}


def _listed(ids: Iterable[int]) -> str:
    return f"({', '.join(map(str, ids))})"


def _number(value: object) -> int:
    return int(str(value))


def _bytes(value: object) -> bytes:
    return bytes(value)  # type: ignore[call-overload,no-any-return]
