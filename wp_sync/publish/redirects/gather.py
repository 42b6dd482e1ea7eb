"""Every address of an archived site, streamed in the order of its weight, made into redirects.

Two walks over the archive's records: what stands at the new site first, then what stood at the old
one. Decides nothing itself (`choose` does) and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND, SITE_KIND, State
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.rules import Redirect as Ruled
from wp_sync.normalize.site_addresses import followed_redirects, listed_redirects
from wp_sync.normalize.text import decoded_slug
from wp_sync.publish.redirects.choose import Chosen
from wp_sync.publish.redirects.entries import Old, Redirect, key_of, old_of
from wp_sync.publish.redirects.new import NewAddresses, Place
from wp_sync.publish.redirects.old import addresses_of, dates_of, feeds_of, home_of, plain_date
from wp_sync.publish.zone import zone_of

__all__ = ["Gathering", "gather"]

_PAGE = 1000
_RECORDS = """
    SELECT kind, id, link, slug, state, status, date FROM records
    WHERE site = :site AND kind = :kind AND id > :last ORDER BY id LIMIT :most
"""
_OLD = """
    SELECT o.kind, o.id, o.version, o.link AS old_link, o.slug AS old_slug,
           r.link, r.slug, r.state, r.status, r.date
    FROM old_addresses AS o
    JOIN records AS r ON r.site = o.site AND r.kind = o.kind AND r.id = o.id
    WHERE o.site = :site AND o.kind = :kind
      AND (o.id > :last OR (o.id = :last AND o.version > :version))
    ORDER BY o.id, o.version LIMIT :most
"""
_ONE = """
    SELECT kind, id, link, slug, state, status, date FROM records
    WHERE site = :site AND kind = :kind AND id = :id
"""
_DATES = """
    SELECT DISTINCT date FROM records
    WHERE site = :site AND kind = 'posts/post' AND state = 'live' AND status = 'publish'
      AND date > :last
    ORDER BY date LIMIT :most
"""
# The order of claims: posts before attachments, whose pages are the first to give way.
_ORDER = ("posts/post", "posts/page", "terms/category", "terms/post_tag", "terms/", "posts/")
_LAST = ("users/", "posts/attachment")


@dataclass(frozen=True)
class Gathering:
    """One archive's addresses, and where each is at the new site.

    ``meaning`` says what an address means at the old site. ``gone``: what visitors could see once
    and is deleted answers 410, else nothing is said of it. ``hosts`` are those whose requests reach
    the redirects: the old site's, and its other names.
    """

    archive: SiteArchive
    rules: LinkRules
    new: NewAddresses
    meaning: Callable[[str], Meaning]
    gone: bool = True


def gather(what: Gathering, chosen: Chosen | None = None) -> Iterator[Redirect]:
    """The redirects, each old address once; the same archive gives the same in the same order."""
    run = _Run(what, chosen)
    run.alive()
    yield from run.redirects()


def chosen_for(archive: SiteArchive, rules: LinkRules) -> Chosen:
    """The empty decisions for a site: its home, and the hosts that mean it."""
    site = archive.site()
    home = home_of(site.home if site else "")
    others = [alias.partition("/")[0].lower() for alias in rules.aliases]
    return Chosen(home, [home.host, *others])


class _Run:
    def __init__(self, what: Gathering, chosen: Chosen | None) -> None:
        self.archive, self.new = what.archive, what.new
        self.rules, self.meaning, self.gone = what.rules, what.meaning, what.gone
        site = what.archive.site()
        self.site = site.key if site else ""
        self.home = home_of(site.home if site else "")
        self.chosen = chosen or chosen_for(what.archive, what.rules)
        self.base = self.home.path.rstrip("/")
        kinds = [
            one for one in what.archive.kinds() if one.startswith(("posts/", "terms/", "users/"))
        ]
        self.kinds = sorted(kinds, key=lambda kind: (_rank(kind), kind))

    # -- what is alive at the new site

    def alive(self) -> None:
        shape, mark = self.new.shape, self.chosen.alive
        if not self.chosen.concerns(shape.at("/")):
            return  # the redirects are on one host, the new site is on another
        for path in ("/", shape.feed, shape.comments_feed, shape.archive):
            if path:
                mark(shape.at(path))
        for kind in self.kinds:
            for page in self._places(kind):
                for address in self.new.of([place for place in page if place.state is State.LIVE]):
                    if address:
                        mark(address)
        for address in self.new.alive():
            mark(address)
        if shape.dates:
            for path in self.dates():
                mark(shape.at(f"/{path}/" if shape.slash else f"/{path}"))

    # -- what was at the old one

    def redirects(self) -> Iterator[Redirect]:
        yield from self._site()
        ruled = list(self._ruled())
        sent_on = {key_of(old) for old, _ in ruled}
        for kind in self.kinds:
            for page in self._places(kind):
                yield from self._records(page, sent_on)
        for old, to in ruled:
            yield from self._made(old, to, SITE_KIND, "redirect")
        for kind in self.kinds:
            yield from self._earlier(kind)
        yield from self._archives()
        yield from self.chosen.kept()

    def _site(self) -> Iterator[Redirect]:
        """The home page and the feeds of the whole site."""
        shape = self.new.shape
        root = old_of(str(self.home), self.home)
        if root is not None:
            yield from self._made(root, shape.at("/"), SITE_KIND, "home", more=True)
        for old, comments in feeds_of(self.home):
            to = (comments and shape.comments_feed) or shape.feed
            if to:
                yield from self._made(old, shape.at(to), SITE_KIND, "feed")

    def _records(self, page: Sequence[Place], sent_on: set[int]) -> Iterator[Redirect]:
        """Records by their own addresses, and by the short ones, which are no others' addresses.

        Of what is gone, those in ``sent_on`` are left to the old site's own redirects.
        """
        for place, to in zip(page, self._new(page), strict=True):
            if not self._told(place, to):
                continue
            for old, why in addresses_of(place, self.home):
                if not to and key_of(old) in sent_on:
                    continue
                more = not old.name and place.kind != MEDIA_KIND
                yield from self._made(old, to, place.kind, why, more=more)

    def _new(self, page: Sequence[Place]) -> Iterator[str]:
        """New addresses; empty for what is not live, whatever the new site still has."""
        live = [place for place in page if place.state is State.LIVE]
        found = iter(self.new.of(live))
        for place in page:
            yield next(found) if place.state is State.LIVE else ""

    def _told(self, place: Place, to: str) -> bool:
        """Whether anything is said of a record: it is there, or it is gone and was seen once."""
        if to:
            return place.seen
        return self.gone and place.seen and place.state in (State.GONE, State.TRASHED)

    def _earlier(self, kind: str) -> Iterator[Redirect]:
        """Addresses that records had in earlier versions, to where each is now."""
        last, version = -1, -1
        while True:
            rows = self.archive.query(
                _OLD, site=self.site, kind=kind, last=last, version=version, most=_PAGE
            )
            if not rows:
                return
            last, version = int(str(rows[-1]["id"])), int(str(rows[-1]["version"]))
            places = [_place(row) for row in rows]
            for row, place, to in zip(rows, places, self._new(places), strict=True):
                old = old_of(str(row["old_link"]), self.home)
                if old is not None and self._told(place, to):
                    more = not old.name and kind != MEDIA_KIND
                    yield from self._made(old, to, kind, "old address", more=more)

    def _ruled(self) -> Iterator[tuple[Old, str]]:
        """Redirects of the old site's own, straight to where they end."""
        for ruled in self._own_redirects():
            if ruled.pattern:
                self.chosen.note(ruled.source, "a pattern: write it for the new server by hand")
                continue
            old = old_of(ruled.source, self.home)
            to, mark = self._end(ruled.target), ruled.target.partition("#")[2]
            if to and mark and "#" not in to:
                to = f"{to}#{mark}"
            if old is not None and to:
                yield old, to

    def _own_redirects(self) -> Iterator[Ruled]:
        yield from listed_redirects(self.archive)
        yield from self.rules.redirects
        yield from followed_redirects(self.archive)

    def _end(self, target: str) -> str:
        """Where a redirect of the old site's leads at the new one; empty where nowhere."""
        meaning = self.meaning(target)
        if meaning.state == "outside":
            return meaning.resolved
        if meaning.type == "home":
            return self.new.shape.at("/")
        if not meaning.target:
            return ""
        rows = self.archive.query(_ONE, site=self.site, kind=meaning.kind, id=meaning.target)
        return next(self._new([_place(row) for row in rows]), "") if rows else ""

    def _archives(self) -> Iterator[Redirect]:
        """Date archives, in their pretty and in their plain form."""
        shape = self.new.shape
        for path in self.dates():
            end = "/" if shape.slash else ""
            to = shape.at(f"/{path}{end}" if shape.dates else shape.archive)
            pretty = old_of(f"{self.base}/{path}", self.home)
            for old in (pretty, plain_date(path, self.home)):
                if old is not None:
                    yield from self._made(old, to, SITE_KIND, "date archive", more=not old.name)

    def dates(self) -> list[str]:
        return dates_of(self._moments(), zone_of(self.archive))

    def _moments(self) -> Iterator[str]:
        last = ""
        while rows := self.archive.query(_DATES, site=self.site, last=last, most=_PAGE * 5):
            yield from (str(row["date"]) for row in rows)
            last = str(rows[-1]["date"])

    def _made(
        self, old: Old, to: str, what: str, why: str, *, more: bool = False
    ) -> Iterator[Redirect]:
        made = self.chosen.claim(old, to, what, why, more=more)
        if made is not None:
            yield made

    def _places(self, kind: str) -> Iterator[list[Place]]:
        last = -1
        while rows := self.archive.query(
            _RECORDS, site=self.site, kind=kind, last=last, most=_PAGE
        ):
            yield [_place(row) for row in rows]
            last = int(str(rows[-1]["id"]))


def _place(row: Mapping[str, object]) -> Place:
    return Place(
        kind=str(row["kind"]),
        id=int(str(row["id"])),
        link=str(row["link"]),
        slug=decoded_slug(str(row["slug"])),
        state=State(str(row["state"])),
        status=str(row["status"]),
        date=str(row["date"]),
    )


def _rank(kind: str) -> int:
    for rank, start in enumerate(_LAST):
        if kind.startswith(start):
            return len(_ORDER) + rank
    return next(rank for rank, start in enumerate(_ORDER) if kind.startswith(start))
