"""The normalized nouns: what the rules made of a site's records. One value is one table row.

Values only: frozen, typed, no I/O. `wp_sync.normalize` makes them, `wp_sync.archive` keeps them,
publishers and audits read them. All times are UTC, ISO 8601 with ``Z``; empty when unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

LinkState = Literal[
    "resolved",  # means a record in the archive that is live
    "moved",  # means one through an old slug or address
    "unpublished",  # means one that visitors can't see (draft, trash, private)
    "missing",  # points into this site, and nothing is there
    "self",
    "duplicate",  # the same target again (related posts only)
    "outside",
    "fragment",  # a place in the same page
    "other",  # mailto:, tel:, javascript:, malformed
]


@dataclass(frozen=True, slots=True)
class Term:
    """A term after the rules, known by taxonomy and slug. ``path`` is ``Parent > Child``."""

    taxonomy: str
    slug: str
    name: str
    path: str
    parent: str = ""
    description: str = ""
    source_ids: tuple[int, ...] = ()
    source_count: int = 0
    default: bool = False


@dataclass(frozen=True, slots=True)
class TermSource:
    """What became of one of the source's terms, and which rule did it.

    ``action``: kept, renamed, merged, moved, split, dropped, unmapped, refused. A term that was
    split has one row for each of its new places; ``to_slug`` is empty when dropped. ``rule`` is
    ``file:line``, or empty when none applied; ``why`` says what made it apply.
    """

    taxonomy: str
    source_id: int
    source_name: str
    source_slug: str
    action: str
    to_taxonomy: str = ""
    to_slug: str = ""
    rule: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """A person (or the house) after the rules, known by slug."""

    slug: str
    name: str
    source_ids: tuple[int, ...] = ()
    source_names: tuple[str, ...] = ()
    login_like: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PostTerm:
    """A post filed under a term, in the post's own order; ``primary`` as a plugin or rule says.

    ``rule`` is the digest of the rule that filed just this post there, empty where the site itself
    did: a digest and not a line, so that a comment in a file changes no post.
    """

    taxonomy: str
    slug: str
    position: int
    primary: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PostAuthor:
    """One of a post's authors, in the post's own order; ``author`` is a person's slug.

    ``origin``: ``wordpress``, or the plugin that names several authors or guests
    (``co-authors-plus``, ``publishpress``, ``molongui``), or ``byline`` where one in the text is
    trusted. ``name`` is the word of the plugin or byline (for a guest whom no list of the site has:
    after the rules), empty where there is only ``source_id``, a user's id (0 for a guest).
    """

    position: int
    author: str
    name: str
    origin: str
    source_id: int = 0


class Link(Struct, frozen=True):  # a dozen a post: made in a tenth of a dataclass's time
    """A link in a post's content. ``url`` is decoded; ``target`` the record it means (0: none).

    The content's own spelling of it stands from ``span_start`` up to ``span_end`` (characters). Its
    ``form`` names the layers it is spelled in, outermost first: ``attribute``,
    ``attribute+srcset``, ``json``, ``text``, ``text+shortcode`` … ``target_type``: post, page,
    media, term, author, home, date, search, feed, anchor, outside, mail, phone, script, system,
    other, or empty. ``via`` says how the target is known: address, id, shortlink, file,
    old address, old slug, slug, redirect.
    """

    position: int
    url: str
    text: str
    element: str  # a tag's name, or block, shortcode, text
    state: LinkState
    resolved: str = ""  # the address made absolute, trackers removed
    target_kind: str = ""
    target: int = 0
    attribute: str = ""
    form: str = ""
    span_start: int = 0
    span_end: int = 0
    target_type: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """Something in a post's content that a rule of ``cleaning.toml`` takes out or mends.

    ``done``: the rule is on; else it was only looked for. ``before`` and ``after`` are excerpts of
    at most 200 characters; the place is ``span_start`` in the content, in characters.
    """

    position: int
    rule: str
    what: str
    done: bool
    span_start: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Related:
    """An entry of a related-posts block. ``origin``: where it was found, such as ``rest:jetpack``,
    ``content:yarpp``, ``content:heading``, ``page:fusion``."""

    position: int
    origin: str
    url: str
    title: str
    state: LinkState
    target: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A post, page or item of a custom type after the rules. ``content`` is HTML."""

    id: int
    type: str
    status: str
    state: str
    slug: str
    title: str
    link: str
    author: str
    published_at: str
    modified_at: str
    excerpt: str
    content: str
    parent: int = 0
    menu_order: int = 0
    featured_media: int = 0
    sticky: bool = False
    format: str = ""
    template: str = ""
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """Everything that the rules made of one post. ``derived_from`` is the digest of all that went
    in, so that an unchanged post is never derived again: ``<record digest>:<state>:<digest of what
    the rules, terms, authors and addresses came to for this post>``. ``dependencies`` are the facts
    beside its own record that were asked for (see `wp_sync.normalize.dependencies`)."""

    post: Post
    derived_from: str
    terms: Sequence[PostTerm] = ()
    authors: Sequence[PostAuthor] = field(default=(), kw_only=True)
    links: Sequence[Link] = ()
    related: Sequence[Related] = ()
    cleanings: Sequence[Cleaning] = field(default=(), kw_only=True)
    dependencies: bytes = field(default=b"", kw_only=True)


@dataclass(frozen=True, slots=True)
class MediaItem:
    """An attachment. ``url`` is the original file's address at the source."""

    id: int
    state: str
    url: str
    link: str
    title: str
    alt: str
    caption: str
    mime: str
    width: int | None
    height: int | None
    parent: int
    author: str
    published_at: str
    modified_at: str
    sizes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; ``parent`` 0 at the top of a thread. ``content`` is HTML."""

    id: int
    state: str
    post: int
    parent: int
    author_name: str
    author_url: str
    author: int
    status: str
    type: str
    published_at: str
    link: str
    content: str
