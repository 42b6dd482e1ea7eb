"""What the addresses of a whole site mean: gathered from its archive when the first post asks.

Most of a small run's posts lean on nothing that changed, and need no other record's address. What
an address means is decided in `wp_sync.normalize.links.urls`. Reads the archive, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import json

from wp_sync.archive.base import SiteArchive
from wp_sync.content import MediaItem
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.dependencies import Changes
from wp_sync.normalize.links.redirects import (
    FOLLOWED_KIND,
    REDIRECT_KIND,
    followed_of,
    redirect_of,
)
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.rules import LinkRules, Redirect
from wp_sync.normalize.text import string

_PAGE = 5_000  # rows of a table that are looked at together
_AT_ONCE = 200  # ids in one IN (…)
_FILES = "SELECT id, state, url, sizes FROM media WHERE site = :site AND id"
_LINKS = """SELECT post, url, state, resolved, target_kind, target, target_type, via FROM links
    WHERE site = :site AND post_type = :type AND post IN"""
_RECORDS = """SELECT link, kind, id, slug, state, status FROM records
    WHERE site = :site AND kind = :kind AND id IN"""
_OLD = "SELECT slug, link, id FROM old_addresses WHERE site = :site AND kind = :kind AND id IN"
_LOST = "\ufffd"  # stands for what no database takes: a row with it may not say what was derived

Row = Mapping[str, object]
Known = Mapping[str, Meaning]  # what a post's addresses meant when it was derived last


class SiteAddresses:
    """``index`` knows the addresses of a site's records, files and redirects.

    ``near`` knows a part of them, and nothing else: the records that posts linked to (`known`).
    What it says is right where that is what the whole index said before, and no address has changed
    since. For then what the whole one would be asked on the way there is the same: it knows the
    record that was found, and of what was not found it knows nothing either.
    """

    def __init__(self, archive: SiteArchive, site: str, home: str, rules: LinkRules) -> None:
        self._archive = archive
        self._site = site
        self._rules = rules
        self._all_files = False
        self.index = UrlIndex(home, rules)
        self.index.filling = self._fill
        self.near = UrlIndex(home, rules)
        self._taken: set[tuple[str, int]] = set()
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
        for each in (*self._rules.redirects, *listed_redirects(self._archive)):
            self.near.add_redirect(each.source, each.target, pattern=each.pattern)
            if not self.index.add_redirect(each.source, each.target, pattern=each.pattern):
                yield each.source
        for each in followed_redirects(self._archive):
            self.near.add_followed(each.source, each.target)
            self.index.add_followed(each.source, each.target)

    def moved(self, changes: Changes) -> set[int]:
        """The keys under which records, files, old addresses and answers that changed are found."""
        ids = set()
        for kind, row in changes.addresses:
            id, link, slug = int(row["id"]), str(row["link"]), str(row["slug"])
            ids.add(id)
            for status in ("publish", "draft"):  # seen by visitors or not, before or now
                self._moved.add(link, kind, id, slug, State.LIVE, status)
        for slug, link, id in changes.old:
            self._moved.add_old(slug, link, id)
        followed = sorted(changes.ids.get(FOLLOWED_KIND, ()))
        for one in self._archive.current(FOLLOWED_KIND, ids=followed):
            key = self._moved.add_followed(string(one.data.get("url")), "")
            ids |= set() if key is None else {key}
        return ids | set(self._moved.keys())

    def known(self, type: str, ids: Sequence[int]) -> dict[int, Known]:
        """What the links of posts meant when they were derived; `near` knows their targets then."""
        found: dict[int, dict[str, Meaning]] = {}
        targets: dict[str, set[int]] = {}
        rows = self._archive.query(f"{_LINKS} {_listed(ids)}", site=self._site, type=type)
        for row in rows:
            post, url, state, resolved, kind, target, what, via = row.values()
            if _LOST not in f"{url}{resolved}":
                meaning = Meaning(state, resolved, kind, target, what, via)  # type: ignore[arg-type]
                found.setdefault(_number(post), {})[str(url)] = meaning
            if target:
                targets.setdefault(str(kind), set()).add(_number(target))
        for kind, wanted in targets.items():
            fresh = sorted(id for id in wanted if (kind, id) not in self._taken)
            self._taken.update((kind, id) for id in fresh)
            for start in range(0, len(fresh), _AT_ONCE):
                self._take(kind, _listed(fresh[start : start + _AT_ONCE]))
        return {id: found.get(id, {}) for id in ids}

    def _take(self, kind: str, listed: str) -> None:
        query, near = self._archive.query, self.near
        for row in query(f"{_RECORDS} {listed}", site=self._site, kind=kind):
            link, _, id, slug, state, status = map(str, row.values())
            near.add(link, kind, int(id), slug, State(state), status)
        for row in query(f"{_OLD} {listed}", site=self._site, kind=kind):
            near.add_old(str(row["slug"]), str(row["link"]), _number(row["id"]))
        if kind == MEDIA_KIND:
            for file in _files(query(f"{_FILES} IN {listed}", site=self._site)):
                near.add_file(*file)

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


def listed_redirects(archive: SiteArchive) -> Iterator[Redirect]:
    """The redirects that the site lists as its own."""
    for one in archive.current(REDIRECT_KIND):
        found = redirect_of(one.data) if one.state is State.LIVE else None
        if found is not None:
            yield found


def followed_redirects(archive: SiteArchive) -> Iterator[Redirect]:
    """Where the site sent us on when it was asked where its links lead."""
    for one in archive.current(FOLLOWED_KIND):
        found = followed_of(one.data) if one.state is State.LIVE else None
        if found is not None:
            yield found


def _files(rows: Iterable[Row]) -> Iterator[tuple[str, int]]:
    for row in rows:
        if row["state"] != State.GONE:
            url, sizes = str(row["url"]), str(row["sizes"])
            full = json.decode(sizes).get("full", url) if '"full"' in sizes else url
            for each in {url, full} - {""}:
                yield each, int(str(row["id"]))


def _listed(ids: Iterable[int]) -> str:
    return f"({', '.join(map(str, ids))})"


def _number(value: object) -> int:
    return int(str(value))
