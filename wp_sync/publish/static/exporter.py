"""An archive as the files of a static site: which units there are, and each of them rendered.

One exporter for all generators; what they differ in is their `Layout`. Only what visitors of the
source could see is exported, unless drafts are asked for. Comments are not.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Place as Where
from wp_sync.errors import Problem
from wp_sync.model import MEDIA_KIND
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.text import plain
from wp_sync.publish.base import Item, digest_of, key_of
from wp_sync.publish.desired import Desired
from wp_sync.publish.files.base import Made, Output, Unit
from wp_sync.publish.markdown.convert import addresses
from wp_sync.publish.markdown.escape import destination, label, words
from wp_sync.publish.markdown.shortcodes import Filed, shown
from wp_sync.publish.static.addresses import in_links
from wp_sync.publish.static.conversion import Converter, Text
from wp_sync.publish.static.layout import Layout, Page, redirect_page
from wp_sync.publish.static.links import Bundle, Linker
from wp_sync.publish.static.places import MACHINERY, Place, Places

_FORM = 4  # raise it whenever the same archive and rules would give other bytes
# Tables whose rows have no part in any page.
_ASIDE = frozenset(
    ("runs", "changes", "bookmarks", "quarantine", "losses", "receipts", "intents", "derivations",
     "target_versions", "comments", "findings", "dictionaries", "post_dependencies", "sites")
)  # fmt: skip
_TALLIES = "SELECT name, rows, mix FROM tallies WHERE site = :site ORDER BY name"
_FILED = """SELECT p.id, p.type FROM post_terms pt
    JOIN posts p ON p.site = pt.site AND p.id = pt.post AND p.type = pt.post_type
    WHERE pt.site = :site AND pt.taxonomy = :taxonomy AND pt.slug = :slug AND p.state = 'live'
    ORDER BY p.published_at DESC, p.id DESC"""
_WRITTEN = """SELECT p.id, p.type FROM post_authors pa
    JOIN posts p ON p.site = pa.site AND p.id = pa.post AND p.type = pa.post_type
    WHERE pa.site = :site AND pa.author = :author AND p.state = 'live'
    ORDER BY p.published_at DESC, p.id DESC"""
_BELOW = """SELECT slug FROM terms
    WHERE site = :site AND taxonomy = :taxonomy AND parent = :slug ORDER BY name, slug"""
_DESCRIBED = """SELECT slug, description FROM terms
    WHERE site = :site AND taxonomy = :taxonomy AND slug IN ({slugs})"""
_LINKS = """SELECT post, url, state, resolved, target_kind, target, target_type, via FROM links
    WHERE site = :site AND post_type = :type AND post IN ({ids})"""
_NAMED = """SELECT id, url, title, alt, caption FROM media
    WHERE site = :site AND state = 'live' AND id IN ({ids})"""
_ATTACHED = """SELECT id, url, title, alt, caption FROM media
    WHERE site = :site AND state = 'live' AND parent = :post AND mime LIKE :mime ORDER BY id"""
_LIBRARY = "library/"  # before a type and a post, in the name of a fact
_FILED_AS = ("url", "title", "alt", "caption")
_DRAFTS = frozenset(("draft", "pending", "private", "future"))
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_PAGE = 200
_TOGETHER = 50  # posts in memory with all that the archive says of them
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A unit but for its text, which is still HTML."""

    unit: Unit
    text: Text | None = None
    page: Page | None = None
    files: Sequence[tuple[str, str]] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


class StaticExporter:
    """`wp_sync.publish.files.base.Exporter` for one generator.

    ``drafts``: export what is not published too, marked as such. ``starter``: also write the few
    files that make an empty folder a site. ``prefix``: the path that the new site lives under.
    ``helpers``: processes that convert beside this one; None: as the machine allows.
    """

    def __init__(
        self,
        archive: SiteArchive,
        rules: Rules,
        layout: Layout,
        *,
        drafts: bool = False,
        starter: bool = False,
        prefix: str = "",
        helpers: int | None = None,
    ) -> None:
        site = archive.site()
        self._archive = archive
        self._rules = rules
        self._layout = layout
        self._drafts = drafts
        self._starter = starter
        self._prefix = prefix.rstrip("/")
        self._site = site.key if site else ""
        name = _UNPRINTED.sub(" ", site.name) if site else ""
        self._title = " ".join(name.split()) or self._site
        self._desired = Desired(archive, rules)
        self._known: Places | None = None
        self._converter = Converter(layout.dialect, helpers)

    @property
    def name(self) -> str:
        return self._layout.name

    @property
    def digest(self) -> str:
        rows = self._archive.query(_TALLIES, site=self._site)
        tallies = [list(row.values()) for row in rows if row["name"] not in _ASIDE]
        return digest_of([self._form, self._rules.digest, self._site, self._title, tallies])

    @property
    def _form(self) -> list[Any]:
        return [_FORM, self.name, self._drafts, self._starter, self._prefix]

    @property
    def places(self) -> Places:
        """Where everything stands; made when first needed."""
        if self._known is None:
            self._known = Places(
                self._archive, self._rules, drafts=self._drafts, prefix=self._prefix
            )
        return self._known

    @property
    def facts_digest(self) -> str:
        return self.places.digest

    def fact(self, name: str, /) -> str:
        if name.startswith(_LIBRARY):
            type_, _, post = name.removeprefix(_LIBRARY).partition(":")
            return _mark(self._attached(type_, int(post)))
        found = self.places.get(name)
        return found.told if found else ""

    def units(self) -> Iterator[Unit]:
        if self._starter:
            parts = [*self._form, self.places.has_home]
            yield Unit("starter", "starter", "the site's own files", digest_of(parts))
        for family in ("terms/", "users/"):
            for places in _some(self.places.of(family)):
                aliases = self.places.aliases_of([place.key for place in places])
                described = self._descriptions(places)
                for place in places:
                    parts = [*self._form, place.told, aliases.get(place.key, [])]
                    parts += [described.get(place.key, ""), self._listed(place)]
                    yield Unit(place.key, place.kind, place.title, digest_of(parts))
        kinds = [
            kind
            for kind in self._desired.kinds()
            if kind.startswith("posts/") and kind.partition("/")[2] not in MACHINERY
        ]
        for marks in _some(self._desired.marks(kinds)):
            keys = [mark.key for mark in marks]
            shown, aliases = self.places.some(keys), self.places.aliases_of(keys)
            for mark in marks:
                if (there := shown.get(mark.key)) is not None:
                    parts = [*self._form, mark.digest, there.told, aliases.get(mark.key, [])]
                    yield Unit(mark.key, mark.kind, there.title, digest_of(parts))

    def made(self, units: Sequence[Unit]) -> Iterator[Made]:
        drafted: deque[_Draft] = deque()

        def texts() -> Iterator[Text | None]:
            for some in _some(units, _TOGETHER):
                posts = [unit.key for unit in some if unit.kind.startswith("posts/")]
                items = {item.key: item for item in self._desired.of(posts)} if posts else {}
                meanings = self._meanings(items.values())
                for unit in some:
                    meant = meanings.get(unit.key, {})
                    draft = self._draft(unit, items.pop(unit.key, None), meant)
                    drafted.append(draft)
                    yield draft.text

        for text in self._converter.all(texts()):
            draft = drafted.popleft()
            files = self._files(draft, text)
            yield Made(draft.unit, files, draft.facts, draft.problems)

    def close(self) -> None:
        self._converter.close()
        if self._known is not None:
            self._known.close()
            self._known = None

    def _meanings(self, items: Iterable[Item]) -> dict[str, dict[str, Meaning]]:
        """What the links of these posts mean, without an index of the site."""
        by_kind: dict[str, list[int]] = {}
        for item in items:
            by_kind.setdefault(item.kind, []).append(item.id)
        found: dict[str, dict[str, Meaning]] = {}
        for kind, ids in by_kind.items():
            sql = _LINKS.format(ids=", ".join(map(str, ids)))
            for row in self._archive.query(sql, site=self._site, type=kind.partition("/")[2]):
                url, meaning = str(row["url"]), _meaning(row)
                found.setdefault(f"{kind}:{row['post']}", {})[url] = meaning
        return found

    def _draft(self, unit: Unit, item: Item | None, meanings: Mapping[str, Meaning]) -> _Draft:
        if unit.key == "starter":
            return _Draft(unit)
        if item is not None:
            return self._post(unit, item, meanings)
        return _Draft(unit) if unit.kind.startswith("posts/") else self._archive_page(unit)

    def _files(self, draft: _Draft, text: bytes) -> Sequence[Output]:
        if draft.unit.key == "starter":
            taxonomies = [kind[6:] for kind in self._desired.kinds() if kind[:6] == "terms/"]
            return self._layout.starter(self._title, taxonomies, self.places.has_home)
        if draft.page is None:
            return ()
        return self._outputs(draft.page, text, draft.files)

    # -- posts

    def _post(self, unit: Unit, item: Item, meanings: Mapping[str, Meaning]) -> _Draft:
        place = self.places[unit.key]
        bundle = Bundle(self._layout, self.places, place)
        linker = Linker(self._desired.atlas, self.places, bundle, item, meanings)
        fields = item.fields
        body = item.rendered or (fields.get("content", "") if not item.raw else "")
        problems = []
        if not body and fields.get("content"):
            made = shown(fields["content"], partial(self._library, item, bundle))
            body = made.body
            if left := [*(f"[{one}]" for one in made.shortcodes), *made.blocks]:
                problems.append(
                    Problem(
                        "only the source's own text is archived, without what these show: "
                        + ", ".join(left[:20]),
                        Where(kind=item.kind, id=item.id, url=item.url),
                        "pull with a login once the source can show the post",
                    )
                )
        becomes = {url: new for url in addresses(body) if (new := linker.becomes(url))}
        image = fields.get("featured_media", "")
        featured = bundle.ask(image) if image else None
        page = Page(
            place,
            place.title,
            date=fields.get("date", ""),
            modified=fields.get("modified", ""),
            draft=fields.get("status") in _DRAFTS or bool(fields.get("password")),
            description=_description(fields),
            terms=self._filed(fields, bundle),
            authors=self._people(fields, bundle),
            aliases=self.places.aliases(unit.key),
            related=[
                (found.title, linker.url(found))
                for key in fields.get("related", ())
                if (found := bundle.ask(key)) is not None
            ],
            image=bundle.file_url(image) if image else "",
            image_alt=featured.title if featured else "",
            weight=fields.get("menu_order", 0),
            sticky=bool(fields.get("sticky")),
            format=fields.get("format", ""),
            template=fields.get("template", ""),
        )
        text = Text(body, becomes, self._layout.front(page))
        return _Draft(unit, text, page, bundle.files, bundle.facts, problems)

    def _library(
        self, item: Item, bundle: Bundle, ids: Sequence[int] | None, type_: str
    ) -> list[Filed]:
        """The files that a gallery or playlist names, or those that belong to the post; what is
        shown of them is a fact that the text depends on, as is which they are."""
        if ids is None:
            rows = self._attached(type_, item.id)
            bundle.facts[f"{_LIBRARY}{type_}:{item.id}"] = _mark(rows)
        else:
            for id in ids:
                bundle.ask(key_of(MEDIA_KIND, id))
            sql = _NAMED.format(ids=", ".join(map(str, ids)))
            rows = self._archive.query(sql, site=self._site)
            places = {id: place for place, id in enumerate(ids)}
            rows = sorted(rows, key=lambda row: places[int(str(row["id"]))])
        return [Filed(int(str(row["id"])), *(str(row[name]) for name in _FILED_AS)) for row in rows]

    def _attached(self, type_: str, post: int) -> Sequence[Mapping[str, object]]:
        """The files that belong to a post, of a type (``image``)."""
        return self._archive.query(_ATTACHED, site=self._site, post=post, mime=f"{type_}/%")

    def _filed(self, fields: Mapping[str, Any], bundle: Bundle) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for taxonomy, keys in fields.get("terms", {}).items():
            first = fields.get("primary", {}).get(taxonomy)
            ordered = sorted(keys, key=lambda key: key != first)
            places = [place for key in ordered if (place := bundle.ask(key)) is not None]
            if places:
                found[taxonomy] = places
        return dict(sorted(found.items()))

    def _people(self, fields: Mapping[str, Any], bundle: Bundle) -> list[Place]:
        keys = fields.get("authors") or [fields.get("author", "")]
        return [place for key in keys if key and (place := bundle.ask(key)) is not None]

    def _outputs(self, page: Page, text: bytes, files: Sequence[tuple[str, str]]) -> list[Output]:
        """The pictures first, then the text that shows them, then what leads there."""
        layout = self._layout
        found = [
            Output(layout.media_path(page.place, name), self._archive.file_path(sha256), sha256)
            for name, sha256 in files
        ]
        found.append(Output(layout.text_path(page), text))
        if layout.alias_files and not page.draft:
            target = redirect_page(self._prefix + in_links(page.place.address))
            found += [Output(layout.alias_path(path), target) for path in page.aliases]
        return found

    # -- terms and people

    def _descriptions(self, places: Sequence[Place]) -> dict[str, str]:
        """What is written of terms, by key; of other places nothing is."""
        slugs: dict[str, list[str]] = {}
        for place in places:
            kind, _, slug = place.key.partition(":")
            if kind.startswith("terms/"):
                slugs.setdefault(kind, []).append(slug)
        found: dict[str, str] = {}
        for kind, names in slugs.items():
            asked = {f"s{number}": slug for number, slug in enumerate(names)}
            sql = _DESCRIBED.format(slugs=", ".join(f":{name}" for name in asked))
            for row in self._archive.query(sql, site=self._site, taxonomy=kind[6:], **asked):
                found[f"{kind}:{row['slug']}"] = str(row["description"])
        return found

    def _listed(self, place: Place) -> list[tuple[str, str]]:
        """What the page of a term or person lists, where no template of the generator does."""
        if not self._layout.lists:
            return []
        kind, _, slug = place.key.partition(":")
        if kind.startswith("terms/"):
            below = self._archive.query(_BELOW, site=self._site, taxonomy=kind[6:], slug=slug)
            keys = [f"{kind}:{row['slug']}" for row in below]
            rows = self._archive.query(_FILED, site=self._site, taxonomy=kind[6:], slug=slug)
        else:
            keys = []
            rows = self._archive.query(_WRITTEN, site=self._site, author=slug)
        keys += dict.fromkeys(f"posts/{row['type']}:{row['id']}" for row in rows)
        found = [self.places.get(key) for key in keys]
        return [(one.title, self._prefix + in_links(one.address)) for one in found if one]

    def _archive_page(self, unit: Unit) -> _Draft:
        place = self.places[unit.key]
        listed = "".join(
            f"- [{label(words(title or url))}]({destination(url)})\n"
            for title, url in self._listed(place)
        )
        page = Page(place, place.title, aliases=self.places.aliases(unit.key))
        described = self._descriptions([place]).get(place.key, "")
        return _Draft(unit, Text(described, {}, self._layout.front(page), listed), page)


def _some(things: Iterable[_T], many: int = _PAGE) -> Iterator[list[_T]]:
    """A page at a time of what is asked for together."""
    rest = iter(things)
    while page := list(islice(rest, many)):
        yield page


def _mark(rows: Sequence[Mapping[str, object]]) -> str:
    """Stands for rows of the library."""
    return digest_of([list(row.values()) for row in rows])


def _meaning(row: Mapping[str, Any]) -> Meaning:
    return Meaning(
        row["state"], str(row["resolved"]), str(row["target_kind"]), int(row["target"]),
        str(row["target_type"]), str(row["via"]),
    )  # fmt: skip


def _description(fields: Mapping[str, Any]) -> str:
    """An excerpt that somebody wrote, else what search engines are told."""
    return plain(fields.get("excerpt", "")) or plain(fields.get("seo", {}).get("description", ""))
