"""One post as the rules see it: its body scanned once, everything else worked out when asked for.

Pure: made of a record and the rows that the rules of `wp_sync.normalize` made of it; asks nothing
of an archive. `PostFacts` is the little that is kept of it for the rules on the whole site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import unquote

import msgspec

from wp_sync import entities
from wp_sync.audit.building import build
from wp_sync.audit.ignores import Ignore, ignores_of
from wp_sync.audit.naming import Naming
from wp_sync.audit.prose import Prose
from wp_sync.audit.secrets import Secret, find
from wp_sync.audit.tree import Tree
from wp_sync.audit.words import words_of
from wp_sync.content import Cleaning, Link, Post, PostAuthor, PostTerm, Related
from wp_sync.normalize.boilerplate.passages import Passage, passages
from wp_sync.normalize.links.scan import Scan, Tag, scan
from wp_sync.normalize.text import fold, plain

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNSEEN = frozenset(("script", "style", "template", "noscript", "textarea", "title"))
_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
     "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr")
)  # fmt: skip


class Element(NamedTuple):
    """A tag of the body with its attributes: where it starts, and where its start tag ends."""

    name: str
    attributes: Mapping[str, str]
    start: int
    end: int

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body: its level (1 to 6), its words, and its whole element's place."""

    level: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What all posts of a site share. ``home`` without a slash at its end."""

    home: str
    site: str = ""


class Page:
    """One post, page or item of a custom type. ``data`` is its record as WordPress sent it.

    ``html`` is the content as visitors get it, and every place (``at``) is one in it. ``raw`` is
    what its authors wrote, empty where the archive's login could not see it. ``links`` are the
    addresses of the content in its order (see `wp_sync.content.Link`).
    """

    def __init__(
        self,
        post: Post,
        data: Mapping[str, Any],
        setting: Setting,
        *,
        links: Sequence[Link] = (),
        terms: Sequence[PostTerm] = (),
        authors: Sequence[PostAuthor] = (),
        related: Sequence[Related] = (),
        cleanings: Sequence[Cleaning] = (),
    ) -> None:
        self.post = post
        self.data = data
        self.setting = setting
        self.links = links
        self.terms = terms
        self.authors = authors
        self.related = related
        self.cleanings = cleanings
        self.html = post.content

    @property
    def kind(self) -> str:
        return f"posts/{self.post.type}"

    @property
    def id(self) -> int:
        return self.post.id

    @property
    def published(self) -> bool:
        """Whether visitors can see it."""
        return self.post.state == "live" and self.post.status == "publish"

    @cached_property
    def raw(self) -> str:
        content = self.data.get("content")
        raw = content.get("raw") if isinstance(content, Mapping) else None
        return raw if isinstance(raw, str) else ""

    @cached_property
    def title(self) -> str:
        """The title in the form in which names are compared."""
        return fold(self.post.title)

    @cached_property
    def scan(self) -> Scan:
        return scan(self.html)

    @cached_property
    def elements(self) -> Sequence[Element]:
        """Every opening tag with its attributes, in order."""
        get, new = self.scan.get, tuple.__new__  # a third of the time that Element() takes
        return [
            new(Element, (tag[0], get(tag) if tag[4] != tag[5] else {}, tag[2], tag[3]))
            for tag in self.scan.tags
            if not tag[1]
        ]

    @cached_property
    def _by_name(self) -> Mapping[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for one in self.elements:
            found.setdefault(one[0], []).append(one)
        return found

    def named(self, *names: str) -> Sequence[Element]:
        """The opening tags of these names, in order."""
        groups = [group for name in names if (group := self._by_name.get(name))]
        if len(groups) < 2:
            return groups[0] if groups else ()
        return sorted(chain.from_iterable(groups), key=itemgetter(2))

    @cached_property
    def attribute_names(self) -> frozenset[str]:
        """The names of all attributes there are: whether one is there is asked by many rules."""
        return frozenset(chain.from_iterable(one[1] for one in self.elements))

    @cached_property
    def images(self) -> Sequence[Element]:
        return self.named("img")

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The places that a fragment can mean: every ``id``, and the ``name`` of anchors."""
        found: set[str] = set()
        if "id" in self.attribute_names:
            for nodes in self.tree.by_name.values():
                found.update(node.attributes.get("id", "") for node in nodes)
        if "name" in self.attribute_names:
            for node in self.tree.by_name.get("a", ()):
                if not node.foreign:
                    found.add(node.attributes.get("name", ""))
        return frozenset(found - {""})

    @cached_property
    def headings(self) -> Sequence[Heading]:
        tags, source = self.scan.tags, self.html
        found: list[Heading] = []
        opened: Tag | None = None
        for tag in tags:
            if tag.name not in _HEADINGS:
                continue
            if opened is not None:
                # A heading also ends where another begins.
                end = tag.end if tag.closing else tag.start
                text = plain(source[opened.end : tag.start])
                found.append(Heading(int(opened.name[1]), text, opened.start, end))
            opened = None if tag.closing else tag
        if opened is not None:
            text = plain(source[opened.end : self.scan.end])
            found.append(Heading(int(opened.name[1]), text, opened.start, self.scan.end))
        return found

    @cached_property
    def text(self) -> str:
        """What a reader reads, on one line: without tags, comments, scripts and styles."""
        source, parts, at, unseen = self.html, [], 0, ""
        comments = iter(self.scan.comments)
        comment = next(comments, None)
        for tag in self.scan.tags:
            while comment is not None and comment.start < tag.start:
                if not unseen:
                    parts.append(source[at : comment.start])
                at = comment.end
                comment = next(comments, None)
            if not unseen:
                parts.append(source[at : tag.start])
                if tag.name not in _INLINE:
                    parts.append(" ")
            if tag.name in _UNSEEN:
                if not unseen and not tag.closing:
                    unseen = tag.name
                elif tag.closing and tag.name == unseen:
                    unseen = ""
            at = tag.end
        while comment is not None:
            if not unseen:
                parts.append(source[at : comment.start])
            at = comment.end
            comment = next(comments, None)
        if not unseen:
            parts.append(source[at : self.scan.end])
        return " ".join(entities.unescape("".join(parts)).split())

    @cached_property
    def words(self) -> Sequence[str]:
        """The words of the text in lower case, numbers among them."""
        return words_of(self.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words: whether one of a few is there at all is asked by many rules."""
        return frozenset(self.words)

    @cached_property
    def passages(self) -> Sequence[Passage]:
        """What a reader sees as one paragraph, heading or item, with its place."""
        return list(passages(self.scan))

    @cached_property
    def tree(self) -> Tree:
        """The content as the tree that a browser makes of it, every element with its place."""
        return build(self.scan, iter([one.attributes for one in self.elements]))

    @cached_property
    def naming(self) -> Naming:
        """What assistive technology makes of the tree: what it meets, roles and names."""
        return Naming(self.tree)

    @cached_property
    def prose(self) -> Prose:
        """The words as rules search them: without code samples, each with its place."""
        return Prose(self.scan)

    @cached_property
    def secrets(self) -> Sequence[Secret]:
        """Keys and passwords in the content: no excerpt may show them."""
        return find(self.html)

    @cached_property
    def ignores(self) -> Sequence[Ignore]:
        """What comments in the content ask to ignore here."""
        return ignores_of(self.scan)

    def here(self, fragment: str) -> bool:
        """Whether a fragment (what stands behind ``#``) means a place of this page."""
        wanted = fragment.strip()
        if wanted in ("", "top") or wanted.lower() == "top":
            return True
        return wanted in self.anchors or unquote(wanted) in self.anchors


class PageHit(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A page rule's hit as it is kept: the excerpt taken, everything plain."""

    rule: str
    message: str
    subject: str
    severity: str
    certainty: str
    text: str = ""
    start: int = 0
    end: int = 0
    data: dict[str, Any] = {}
    because: tuple[str, int] | None = None


class PostFacts(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a post: enough for the rules on the whole site, and its own hits.

    ``hits`` are taken apart by `hits_of`: few readers want them, and they are most of it. ``body``
    is a digest of its text, ``sketch`` the sketch of it (`wp_sync.audit.likeness`), both empty
    without words. ``more`` has what the families note (`wp_sync.audit.base.page_fact`).
    """

    kind: str
    id: int
    status: str
    published: bool
    title: str
    url: str
    author: str
    published_at: str
    modified_at: str
    words: int
    body: bytes
    sketch: bytes
    hits: msgspec.Raw
    ignores: list[Ignore]
    more: dict[str, Any]


_DECODE_HITS = msgspec.msgpack.Decoder(list[PageHit]).decode
_ENCODE = msgspec.msgpack.Encoder().encode


def hits_of(facts: PostFacts) -> list[PageHit]:
    """A post's own hits."""
    return _DECODE_HITS(facts.hits)


def packed(hits: list[PageHit]) -> msgspec.Raw:
    """Hits as they are kept in a post's facts."""
    return msgspec.Raw(_ENCODE(hits))
