"""The nouns of publishing and the port every live target implements. No I/O, no decisions.

An `Item` is what one thing should be, in words of no target. A `Publisher` turns it into a
`Payload` in the target's own words, and tells what the target holds (`Seen`, `Held`). What is
written, adopted, skipped or left to a person is decided in `wp_sync.publish.plan`; journals and
receipts are kept by `wp_sync.publish.apply`. A publisher does neither.

Keys and references. An item is known by its *key*: its kind and its name at the source, such as
``posts/post:42``, ``posts/attachment:17``, ``terms/category:chronic-pain`` (after the rules),
``users/user:jane-doe``, ``comments/comment:5``. Fields that point to other items hold keys
(`REFERENCES`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Problem
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.scan import Scan
from wp_sync.normalize.links.urls import Meaning
from wp_sync.normalize.rules import Rules

__all__ = [
    "REFERENCES",
    "Atlas",
    "Batching",
    "Concurrent",
    "Doctor",
    "File",
    "FileTarget",
    "Held",
    "Item",
    "LiveTarget",
    "Payload",
    "Publisher",
    "Seen",
    "Settings",
    "Sharing",
    "Spot",
    "Watching",
    "Write",
    "digest_of",
    "key_of",
    "kind_of",
    "prints",
]

Fields = Mapping[str, Any]
Removal = Literal["unpublish", "trash"]
OnConflict = Literal["stop", "theirs", "overwrite"]
OnDeleted = Literal["leave", "unpublish", "trash"]

# Fields that hold a key (``parent``), a list of keys (``related``), or lists of keys by taxonomy
# (``terms``). An empty string or list means none.
REFERENCES = frozenset(
    ("author", "authors", "parent", "featured_media", "post", "terms", "related", "menu", "object")
)
_encode = msgspec.json.Encoder(order="sorted").encode


def digest_of(value: object) -> str:
    """A digest of plain values (as JSON holds them); equal values, equal digest."""
    return hashlib.blake2b(_encode(value), digest_size=16).hexdigest()


def key_of(kind: str, name: object) -> str:
    return f"{kind}:{name}"


def kind_of(key: str) -> str:
    return key.partition(":")[0]


def prints(**traits: object) -> tuple[str, ...]:
    """Fingerprints, one for each trait that is not empty: ``prints(slug="a", content="…")``."""
    return tuple(f"{name}:{digest_of(value)[:16]}" for name, value in traits.items() if value)


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of an attachment in the archive. ``sizes``: addresses at the source by size."""

    path: Path
    sha256: str
    size: int
    name: str
    mime: str
    url: str
    sizes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """What one thing should be at every target: the archive's word after the rules.

    ``fields`` by family, each present only where it says something; a target is told what is
    absent as well, for it may have been there before:

    ============  ================================================================================
    terms         name, slug, description, parent, taxonomy, path (``Parent > Child``), default
    users         name, slug; description, url where the source shows them
    attachments   title, slug, date, modified, author, post, alt_text, caption, description, mime,
                  status, source_url, width, height
    posts         title, content, excerpt, slug, status, date, modified, author, authors, terms,
                  featured_media, parent, menu_order, sticky, format, template, password,
                  comment_status, ping_status, meta, seo, related, type, primary (a term of each
                  taxonomy, as far as one is named)
    menu items    title, url, menu, object, item_type, parent, menu_order, target, classes, xfn,
                  attr_title, description, status
    comments      post, parent, author, author_name, author_url, author_email, date, content, status
    ============  ================================================================================

    Times are UTC, ISO 8601 with ``Z``; ``date_local`` is the site's wall clock. ``title``,
    ``excerpt`` and ``content`` of posts are HTML: as their authors wrote it where the archive has
    that (``raw``), else as visitors see it. Links and ids inside are still the source's; an
    `Atlas` says what they mean. ``rendered`` is the HTML that visitors see, whatever ``content``
    is, and counts for no digest. ``slug`` is decoded. ``needs`` must exist before this can;
    ``id`` is the source's (0 for terms and people, which the rules make).
    """

    key: str
    kind: str
    fields: Fields
    title: str = ""
    url: str = ""
    id: int = 0
    needs: tuple[str, ...] = ()
    raw: bool = False
    rendered: str = ""
    file: File | None = None

    @cached_property
    def digest(self) -> str:
        """The digest of all that a target could be told."""
        return digest_of([self.fields, self.file.sha256 if self.file else ""])

    @property
    def family(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def name(self) -> str:
        """WordPress's own name of the kind: ``post``, ``category``, ``attachment``."""
        return self.kind.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an item stands at the target: its id and address there, and `Held.facts`."""

    id: str
    url: str = ""
    facts: Fields = field(default_factory=dict)


class Atlas(Protocol):
    """Where everything is: at the source, and, as far as is known, at the target."""

    @property
    def home(self) -> str:
        """The source's home address."""
        ...

    def at(self, key: str) -> Spot | None:
        """Where an item stands at the target; None where it is not (yet)."""
        ...

    def key(self, kind: str, id: int) -> str:
        """The key of a source's record (``terms/category``, 7); empty where the rules dropped it.

        An empty kind or ``posts/`` means a post of any type.
        """
        ...

    def person(self, key: str) -> str:
        """Somebody's name by their key (``users/user:jane-doe``); empty where there is none."""
        ...

    def meaning(self, url: str, item: Item) -> Meaning:
        """What an address in the text of ``item`` means at the source."""
        ...

    def meant(self, meaning: Meaning) -> str:
        """The key of what an address means; empty where that is no item."""
        ...

    def path(self, key: str, structure: str) -> str:
        """The path that a post gets under a permalink structure (``/%postname%/``).

        Empty for what is no post, or lacks something that the structure asks for.
        """
        ...

    def outside(self, url: str, item: Item) -> str | None:
        """What the owner's rules make of an address (other sites, trackers); None: it stays."""
        ...

    def rewrite(
        self,
        body: str,
        item: Item,
        decide: Callable[[Found, Meaning], str | None],
        scanned: Scan | None = None,
    ) -> str:
        """``body`` with the addresses that ``decide`` gives, else those of `outside`."""
        ...


@dataclass(frozen=True, slots=True)
class Payload:
    """An item in the target's own words: exactly what would be sent.

    ``fields`` are compared one by one with `Held.fields` of the same names, after
    `Publisher.canonical`. ``missing`` are keys of items that the text or fields refer to and that
    are not at the target yet: the item is written without them, and again once they are there.
    ``prints`` tell whether what the target holds is this very item (`prints`): two that share one
    are the same. ``slug`` is the name that no other thing of the kind may have, empty where there
    is no such thing. ``fixed`` names fields that can be set only when the item is made.
    """

    key: str
    kind: str
    fields: Fields
    prints: tuple[str, ...] = ()
    slug: str = ""
    missing: tuple[str, ...] = ()
    file: File | None = None
    fixed: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of([self.fields, self.file.sha256 if self.file else ""])


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the target's index. ``stamp`` differs whenever the item was changed there.

    ``trashed``: it is there, and visitors and lists no longer have it. ``prints`` are those that
    the index can tell without the whole item.
    """

    kind: str
    id: str
    stamp: str
    slug: str = ""
    title: str = ""
    prints: tuple[str, ...] = ()
    trashed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What the target holds: every field that a payload of the kind may have.

    ``facts`` is what later items need to know of it (a picture's addresses by size); it is kept
    with the receipt. ``sha256`` is that of a file's bytes, where the target can tell without
    sending them.
    """

    kind: str
    id: str
    fields: Fields
    stamp: str
    url: str = ""
    slug: str = ""
    title: str = ""
    prints: tuple[str, ...] = ()
    facts: Fields = field(default_factory=dict)
    trashed: bool = False
    sha256: str = ""

    def seen(self) -> Seen:
        return Seen(
            self.kind, self.id, self.stamp, self.slug, self.title, self.prints, self.trashed
        )


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a batch: a new item (``id`` empty), or a change of some fields of one."""

    payload: Payload
    id: str = ""


@dataclass(frozen=True, slots=True)
class Doctor:
    """What we may do at a target.

    ``problems`` keep the push from starting. ``losses`` are what the target would not take as it
    is: a person decides once, before the first write (``accept`` in the config, ``--accept``); each
    has a short name (``unfiltered_html``); one that is about a kind has it in its place, so that
    nobody is asked who has nothing of it. ``kinds`` are the kinds that the target takes,
    ``removals`` how things of a kind can be taken from visitors; a kind that is not named stays.
    ``home`` is the target's own address, so that links into it are known.
    """

    name: str
    user: str = ""
    home: str = ""
    kinds: tuple[str, ...] = ()
    removals: Mapping[str, tuple[Removal, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    losses: Mapping[str, Problem] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """One target as the config or the command line names it. ``options`` are the publisher's own.

    ``name`` is what receipts are kept under: the name in the config, else ``KIND:PLACE``.
    ``put_back``: what the target no longer has is made again (a backup was restored there).
    """

    name: str
    kind: str
    place: str
    user: str = ""
    password: str = field(default="", repr=False)
    on_conflict: OnConflict = "stop"
    on_deleted: OnDeleted = "unpublish"
    put_back: bool = False
    accept: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """What an entry point of the group ``wp_sync.publishers`` names: how to open such a target.

    ``place`` says what stands behind ``KIND:``; ``login``: it wants a user and a password.
    """

    open: Callable[[Settings], Publisher]
    summary: str = ""
    place: str = "ADDRESS"
    login: bool = False


@dataclass(frozen=True, slots=True)
class FileTarget:
    """The same for files. ``export`` gets the archive's site, the rules and the settings, and gives
    a `wp_sync.publish.files.base.Exporter`. ``single``: the place is one file, not a folder."""

    export: Callable[[SiteArchive, Rules, Settings], Any]
    summary: str = ""
    place: str = "FOLDER"
    single: bool = False


class Publisher(Protocol):
    """A live system with ids of its own.

    Every call may raise `LoginFailed` (nothing more can be done), `TryLater` (not now), and, for
    one item only, `TargetRefused` (it will never take this as it is). A write whose answer was
    lost, or that may have taken place all the same, raises `OutcomeUnknown`: it is looked for
    before anything is repeated. A publisher never repeats a write by itself.
    """

    def doctor(self) -> Doctor:
        """Who we are there and what we may do. Asked before each plan; writes nothing."""
        ...

    def index(self, kind: str) -> Iterator[Seen]:
        """Everything of a kind that the target holds, drafts and trash included, cheaply."""
        ...

    def read(self, kind: str, ids: Sequence[str]) -> Iterator[Held]:
        """Whole items by id, in any order; those that are not there are left out."""
        ...

    def render(self, item: Item, atlas: Atlas) -> Payload:
        """An item in the target's words. Pure: the same item and places give the same payload.

        Raises `TargetRefused` where it can never be there as it is (a file that the archive lacks).
        """
        ...

    def create(self, payload: Payload) -> Held:
        """Make the item; what the target made of it comes back. With its file, where it has one."""
        ...

    def update(self, id: str, payload: Payload) -> Held:
        """Change the fields that ``payload`` has, and no others."""
        ...

    def remove(self, kind: str, id: str, how: Removal) -> Held | None:
        """Take an item from visitors (``unpublish``) or into the trash; None: it is gone.

        Never deletes what has a trash for good. Raises `TargetRefused` where the kind can't.
        """
        ...

    def look(self, payload: Payload) -> Held | None:
        """Find what a lost write may have made: by slug with any status, then by its prints."""
        ...

    def canonical(self, kind: str, name: str, value: Any) -> Any:
        """A field's value in the form in which two are compared; plain JSON values."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Batching(Protocol):
    """A publisher that can do several writes in one go."""

    @property
    def most(self) -> int:
        """How many writes go together."""
        ...

    def write_many(self, writes: Sequence[Write]) -> Sequence[Held | Exception]:
        """Do them; for each, in order, what came of it or the error as `create` would raise it."""
        ...


@runtime_checkable
class Concurrent(Batching, Protocol):
    """A publisher that is written to from several threads (``write_many``, ``create``, ``update``),
    and read from another meanwhile."""

    @property
    def at_once(self) -> int:
        """How many batches may be under way, so that the target never waits for us."""
        ...


@runtime_checkable
class Elsewhere(Protocol):
    """A publisher some of whose people are, by the owner's word, somebody else at the target."""

    @property
    def elsewhere(self) -> Collection[str]:
        """The keys of these people: they are neither made there nor compared."""
        ...


@runtime_checkable
class Sharing(Protocol):
    """A publisher that keeps files of the same bytes once, whatever items they belong to."""

    @property
    def shares_files(self) -> bool: ...


@runtime_checkable
class Watching(Protocol):
    """A publisher that can tell cheaply that nobody changed anything."""

    def unchanged(self, kind: str, stamps: Mapping[str, str]) -> bool:
        """Whether all that the target holds of a kind are these ids with these stamps.

        False also where that can't be told without reading the whole index.
        """
        ...


@runtime_checkable
class Bytes(Protocol):
    """A publisher that can give the bytes of its files, so that `verify` can compare them."""

    def sha256(self, held: Held) -> str:
        """The digest of the file that visitors get; empty where there is none."""
        ...


@runtime_checkable
class Resolving(Protocol):
    """A publisher that can say which addresses lead somewhere at the target."""

    def dead(self, held: Held, known: Callable[[str], bool]) -> Iterable[str]:
        """Addresses in the item that point into the target and lead nowhere.

        ``known`` says whether an address is one of an item that is there.
        """
        ...
