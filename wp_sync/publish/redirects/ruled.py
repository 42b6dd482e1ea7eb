"""New addresses by the rules alone: ``links.toml``'s [new], and where terms and people went.

For a new site that is, or will be, a WordPress: it keeps the paths of pages, files and date
archives, gives posts the new permalinks, and has terms where the rules put them. Asks no target;
a site that something was pushed to is told by its receipts (`wp_sync.publish.redirects.pushed`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.permalinks import PermalinkFacts, permalink
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.links.web_address import parse_address, plain_path
from wp_sync.normalize.rules import LinkRules
from wp_sync.normalize.text import string
from wp_sync.publish.redirects.new import Place, Shape

_CATEGORIES = """
    SELECT post, slug FROM post_terms
    WHERE site = :site AND post_type = 'post' AND taxonomy = 'category'
      AND post BETWEEN :first AND :last
    ORDER BY post, is_primary DESC, position
"""
_AUTHORS = """
    SELECT id, author FROM posts
    WHERE site = :site AND type = 'post' AND id BETWEEN :first AND :last
"""
_SOURCES = """
    SELECT source_id, to_taxonomy, to_slug FROM term_sources
    WHERE site = :site AND taxonomy = :taxonomy AND source_id BETWEEN :first AND :last
      AND to_slug <> ''
    ORDER BY source_id, to_taxonomy, to_slug
"""
_TREE = "SELECT slug, parent FROM terms WHERE site = :site AND taxonomy = :taxonomy"
_PEOPLE = "SELECT slug, source_ids FROM authors WHERE site = :site ORDER BY slug"
_LINKS = """
    SELECT link FROM records WHERE site = :site AND kind = :kind AND state = 'live'
    ORDER BY length(link), id LIMIT 100
"""
_PAGES = "SELECT id, parent, slug FROM posts WHERE site = :site AND type = :type AND id = :id"
_FILES = "SELECT id, url FROM media WHERE site = :site AND id BETWEEN :first AND :last"
_UPLOADS = "/wp-content/uploads/"
_BASES = {"terms/category": "/category", "terms/post_tag": "/tag", "users/user": "/author"}
_DATED = ("%year%", "%monthnum%", "%day%", "%hour%", "%minute%", "%second%")
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where the pages of a taxonomy lie: ``/category``, and whether parents stand in the path."""

    base: str
    nested: bool


class RuledAddresses:
    """`wp_sync.publish.redirects.new.NewAddresses` of a WordPress, as the rules will have it."""

    def __init__(self, archive: SiteArchive, rules: LinkRules) -> None:
        site = archive.site()
        self._archive, self._site = archive, site.key if site else ""
        self._index = UrlIndex(site.home if site else "", rules)
        self._new = rules.new
        here = self._index.home.path.rstrip("/")
        self._shape = Shape(home=self._new.home or here, slash=self._slash())
        self._folders: dict[str, _Folder] = {}
        self._trees: dict[str, Mapping[str, str]] = {}
        self._people: Mapping[int, str] | None = None

    @property
    def shape(self) -> Shape:
        return self._shape

    def alive(self) -> Iterator[str]:
        return iter(())

    def of(self, places: Sequence[Place]) -> Sequence[str]:
        if not places:
            return ()
        kind = places[0].kind
        if kind == "posts/post" and self._new.permalinks:
            return self._posts(places)
        if kind == MEDIA_KIND:
            return self._files(places)
        if kind.startswith("terms/"):
            return self._terms(kind, places)
        if kind.startswith("users/"):
            return [self._person(place) for place in places]
        return [self._page(place) for place in places]

    # -- posts

    def _posts(self, places: Sequence[Place]) -> list[str]:
        structure = self._new.permalinks
        reach = {"site": self._site, "first": places[0].id, "last": places[-1].id}
        categories: dict[int, str] = {}
        if "%category%" in structure:
            for row in self._archive.query(_CATEGORIES, **reach):
                categories.setdefault(int(str(row["post"])), str(row["slug"]))
        authors: dict[int, str] = {}
        if "%author%" in structure:
            rows = self._archive.query(_AUTHORS, **reach)
            authors = {int(str(row["id"])): str(row["author"]) for row in rows}
        dates: dict[int, str] = {}
        if any(tag in structure for tag in _DATED):
            ids = [place.id for place in places]
            for current in self._archive.current("posts/post", ids=ids):
                date = string(current.data.get("date")) or string(current.data.get("date_gmt"))
                dates[current.id] = date
        found = []
        for place in places:
            category = categories.get(place.id, "")
            facts = PermalinkFacts(
                place.id,
                place.slug,
                dates.get(place.id, ""),
                self._tree_path("category", category) if category else "",
                authors.get(place.id, ""),
            )
            path = permalink(structure, facts)
            found.append(self._shape.at(path) if path else self._page(place))
        return found

    def _page(self, place: Place) -> str:
        """Anything that keeps its path; under plain permalinks that of its slugs."""
        address = parse_address(place.link, self._index.home)
        below = self._index.below_home(address) if address else None
        if address is None or below is None:
            return ""
        if not address.query:
            return self._shape.at(below)
        if not self._new.permalinks:
            return self._shape.at(f"{below}?{address.query}")
        slugs = self._slugs(place)
        return self._ended("/".join(slugs)) if slugs else ""

    def _slugs(self, place: Place) -> list[str]:
        kind, id = place.kind.partition("/")[2], place.id
        slugs: list[str] = []
        while id and len(slugs) < _DEEPEST:
            rows = self._archive.query(_PAGES, site=self._site, type=kind, id=id)
            if not rows:
                break
            slugs.insert(0, str(rows[0]["slug"]))
            id = int(str(rows[0]["parent"]))
        return [kind, *slugs] if kind not in ("post", "page") and slugs else slugs

    def _ended(self, path: str) -> str:
        return self._shape.at("/" + quote(path, safe="/%") + ("/" if self._shape.slash else ""))

    def _slash(self) -> bool:
        if self._new.permalinks:
            return self._new.permalinks.endswith("/")
        rows = self._archive.query(_LINKS, site=self._site, kind="posts/post")
        pretty = [str(row["link"]) for row in rows if "?" not in str(row["link"])]
        return pretty[0].endswith("/") if pretty else True

    # -- files

    def _files(self, places: Sequence[Place]) -> list[str]:
        """The page of an attachment leads to its file, as WordPress has it since 6.4."""
        rows = self._archive.query(_FILES, site=self._site, first=places[0].id, last=places[-1].id)
        urls = {int(str(row["id"])): str(row["url"]) for row in rows}
        return [self.file(urls.get(place.id, "")) for place in places]

    def file(self, url: str) -> str:
        """The new address of a file of the old site's; empty for one of another host."""
        address = parse_address(url, self._index.home) if url else None
        below = self._index.below_home(address) if address else None
        if below is None:
            return ""
        if self._new.uploads and below.startswith(_UPLOADS):
            return self._new.uploads + below[len(_UPLOADS) - 1 :]
        return self._shape.at(below)

    # -- terms and people

    def _terms(self, kind: str, places: Sequence[Place]) -> list[str]:
        taxonomy = kind.partition("/")[2]
        rows = self._archive.query(
            _SOURCES, site=self._site, taxonomy=taxonomy, first=places[0].id, last=places[-1].id
        )
        went: dict[int, tuple[str, str]] = {}
        for row in rows:
            there = (str(row["to_taxonomy"]), str(row["to_slug"]))
            went.setdefault(int(str(row["source_id"])), there)
        return [self._term(place, went.get(place.id)) for place in places]

    def _term(self, place: Place, went: tuple[str, str] | None) -> str:
        if went is None:
            return ""
        taxonomy, slug = went
        if slug == place.slug and "?" in place.link and not self._new.permalinks:
            return self._page(place)
        folder = self._folder(f"terms/{taxonomy}")
        path = self._tree_path(taxonomy, slug) if folder.nested else slug
        if place.kind == f"terms/{taxonomy}" and "?" not in place.link:
            old = plain_path(place.link)
            if old.endswith(f"/{path}"):
                return self._page(place)  # where it was, spelled as it was
        return self._ended(f"{folder.base.lstrip('/')}/{path}")

    def _tree_path(self, taxonomy: str, slug: str) -> str:
        tree = self._trees.get(taxonomy)
        if tree is None:
            rows = self._archive.query(_TREE, site=self._site, taxonomy=taxonomy)
            tree = self._trees[taxonomy] = {str(row["slug"]): str(row["parent"]) for row in rows}
        slugs: list[str] = []
        while slug and slug not in slugs and len(slugs) < _DEEPEST:
            slugs.insert(0, slug)
            slug = tree.get(slug, "")
        return "/".join(slugs)

    def _folder(self, kind: str) -> _Folder:
        found = self._folders.get(kind)
        if found is None:
            default = _BASES.get(kind, f"/{kind.partition('/')[2]}")
            parts: list[list[str]] = []
            for row in self._archive.query(_LINKS, site=self._site, kind=kind):
                address = parse_address(str(row["link"]), self._index.home)
                below = self._index.below_home(address) if address else None
                if address is not None and below and not address.query:
                    parts.append(below.strip("/").split("/"))
            short = min((len(one) for one in parts), default=0)
            base = next(("/".join(one[:-1]) for one in parts if len(one) == short), default)
            nested = not parts or any(len(one) > short for one in parts)
            found = self._folders[kind] = _Folder(base, nested or kind == "terms/category")
        return found

    def _person(self, place: Place) -> str:
        if self._people is None:
            people: dict[int, str] = {}
            for row in self._archive.query(_PEOPLE, site=self._site):
                for id in json.loads(str(row["source_ids"])):
                    people.setdefault(int(id), str(row["slug"]))
            self._people = people
        slug = self._people.get(place.id, "")
        if not slug:
            return ""
        if slug == place.slug:
            return self._page(place)
        return self._ended(f"{self._folder(place.kind).base.strip('/')}/{slug}")
