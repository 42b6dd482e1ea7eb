"""The port every archive implements: one site's records, versions, files, runs and derived tables.

An archive decides nothing about the source: it keeps what it is given, never deletes it for good,
and can prove what it holds. A call that returns has made its work durable; a call that raises has
changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from wp_sync.content import Author, Comment, Derived, MediaItem, Term, TermSource
from wp_sync.errors import Problem
from wp_sync.findings import Audit, Finding, LinkCheck, Settled
from wp_sync.ledger import Ledger
from wp_sync.model import (
    Bookmark,
    Identity,
    Item,
    Known,
    MediaFile,
    Outcome,
    Record,
    State,
    Tally,
)


@dataclass(frozen=True, slots=True)
class SiteState:
    """What the archive knows of the site it copies: compared with what the source says now."""

    key: str
    home: str
    api: str
    view: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record. ``number`` counts from 1; ``raw`` is the JSON as it was sent."""

    kind: str
    id: int
    number: int
    sha256: str
    digest: str
    seen_at: datetime
    run: int
    raw: bytes
    data: Item
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Current:
    """A record's newest version with its state, as normalization reads it."""

    kind: str
    id: int
    state: State
    digest: str
    data: Item
    derived_from: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """A live record in a range of dates; ``upto`` of the range are dated no later than it is."""

    id: int
    date: str
    upto: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the archive remembers it (times in UTC, our clock)."""

    number: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Outcome
    view: str
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    requests: int = 0


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that `check` found wrong: the item, what is wrong, what to do."""

    item: str
    message: str
    hint: str
    severity: str = "error"  # or "notice": an orphan, say, which costs space and nothing else


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did about one thing: the item, what was done, and how that ends.

    ``end``: ``mended`` (it is what it was), ``pull`` (the next pull fetches it), ``normalize``
    (the next normalization makes it), ``push`` (the next push finds it at the target), ``audit``
    (the next audit finds it, if it still holds), ``lost`` (it can't be had again, and is remembered
    as lost).
    """

    item: str
    message: str
    end: str


class AuditBook(Protocol):
    """What audits found on one site, and what is kept so that the next one reads little.

    Each call is one transaction. A finding stands from the audit that found it first up to the one
    that no longer did, which is in ``gone``; one that comes back stands anew.
    """

    def facts(self, kind: str, ids: Iterable[int] | None = None) -> Iterator[tuple[int, bytes]]:
        """What is kept of posts, in order of id, streamed."""
        ...

    def bases(self, kind: str) -> Iterator[tuple[int, str]]:
        """What the facts of each post were made of, in order of id, streamed."""
        ...

    def put_facts(self, kind: str, facts: Iterable[tuple[int, str, bytes]]) -> None:
        """Keep facts of posts: id, basis, and the facts."""
        ...

    def drop_facts(self, kind: str, ids: Iterable[int]) -> None: ...
    def standing(self, kind: str = "", ids: Iterable[int] | None = None) -> frozenset[str]:
        """The fingerprints of what the last audit left standing; on some items, where given."""
        ...

    def intact(self) -> bool:
        """Whether as many findings stand as the last audit counted: none was lost since."""
        ...

    def record(
        self, audit: Audit, findings: Iterable[Finding], settled: Settled | None = None
    ) -> Audit:
        """Write down an audit with all that it found, in one transaction; returns it counted.

        ``findings`` may read the archive while it goes on, not write. Findings that stand already
        keep their ``since`` and ``by``; those that are not among them are gone from now on. What
        is ``settled`` stands as it is and must not be among them.
        """
        ...

    def audits(self, *, last: int = 20) -> Sequence[Audit]:
        """The newest audits, newest first."""
        ...

    def findings(self, audit: int) -> Iterator[Finding]:
        """What an audit found, the gravest first, then by rule and item; streamed."""
        ...

    def link_checks(self, urls: Iterable[str] | None = None) -> Iterator[LinkCheck]:
        """What is known of addresses of other sites; of all of them without ``urls``."""
        ...

    def put_link_checks(self, checks: Iterable[LinkCheck]) -> None: ...


class SiteArchive(Protocol):
    """One site's part of an archive."""

    # -- the site and its runs
    def site(self) -> SiteState | None: ...
    def set_site(self, identity: Identity) -> None: ...
    def begin_run(self, command: str, view: str) -> int:
        """Start a run; one that was killed before stays in the table as ``interrupted``."""
        ...

    def finish_run(
        self,
        run: int,
        outcome: Outcome,
        tallies: Mapping[str, Tally],
        problems: Sequence[Problem],
        requests: int,
    ) -> None: ...
    def runs(self, *, last: int = 20) -> Sequence[RunRow]: ...

    # -- records and versions
    def kinds(self) -> Sequence[str]: ...
    def known(self, kind: str) -> Iterator[Known]:
        """Every record of a kind in order of id, whatever its state, streamed."""
        ...

    def known_of(self, kind: str, ids: Iterable[int]) -> Mapping[int, Known]: ...
    def count(self, kind: str, state: State = State.LIVE) -> int: ...
    def cuts(
        self, kind: str, *, after: str | None, until: str | None, parts: int
    ) -> Sequence[Dated]:
        """Records that cut the live ones of a range of dates into parts of about the same size.

        The range is what is dated (``date_gmt`` as sent) after one moment up to another, None
        where it is open. At most ``parts - 1`` of them, with rising dates, and never the range's
        last date; fewer where many share a date.
        """
        ...

    def dated(self, kind: str, *, after: str | None, until: str | None) -> Sequence[int]:
        """The live ids of such a range."""
        ...

    def save(self, run: int, records: Sequence[Record]) -> Tally:
        """Keep records in one transaction; a new version only where the content digest differs.

        A record that had vanished is live again, unless its own status says ``trash``. One that
        lacks fields which its newest version has, under the same stamp, adds no version. Durable
        when this returns.
        """
        ...

    def vanish(self, run: int, kind: str, states: Mapping[int, State]) -> Tally:
        """Tombstones: the source no longer shows these, in these states."""
        ...

    def quarantine(self, run: int, kind: str, reasons: Mapping[int, str]) -> None:
        """Remember what the source can't produce; a later save lifts it."""
        ...

    def quarantined(self, kind: str) -> Mapping[int, str]: ...
    def bookmark(self, kind: str) -> Bookmark: ...
    def set_bookmark(self, kind: str, bookmark: Bookmark) -> None: ...
    def due(self, kind: str, *, field: str, value: str, before: datetime) -> Sequence[int]:
        """Live ids whose last version has ``field == value`` and a ``date_gmt`` before a moment.

        Used for scheduled posts (``status == "future"``) whose hour has come: WordPress does not
        touch ``modified`` when they go live.
        """
        ...

    def current(
        self, kind: str, *, ids: Iterable[int] | None = None, stale_for: str = ""
    ) -> Iterator[Current]:
        """Newest versions in order of id; with ``stale_for`` only those not derived under it.

        A record of the family ``posts`` is derived under ``stale_for`` when `derived_under` is
        that same string and its ``derived_from`` begins with ``<digest>:<state>:`` of its newest
        version (see `wp_sync.content.Derived`). Kinds without ``derived_from`` come whole.
        """
        ...

    def derived_under(self) -> str:
        """What the derived tables as a whole were made under (`set_derived_under`), or empty."""
        ...

    def set_derived_under(self, context: str) -> None:
        """Remember the digest of rules, terms, authors and addresses of a finished derivation."""
        ...

    def versions(self, kind: str, id: int) -> Sequence[Version]: ...
    def stood(self, kind: str, moment: datetime) -> Iterator[tuple[Version, State]]:
        """Every record as the archive had it at a moment, in order of id, with its state then.

        Records that it first saw later are left out.
        """
        ...

    def find(self, url_or_id: str) -> Sequence[tuple[str, int]]:
        """Records that an address, a path, a slug or an id means: (kind, id)."""
        ...

    # -- media files
    def files(self, *, states: Iterable[str] = ()) -> Iterator[MediaFile]: ...
    def files_of(self, urls: Iterable[str]) -> Mapping[str, MediaFile]:
        """What is known of the files at some addresses, by address."""
        ...

    def want_files(self, files: Iterable[MediaFile]) -> None:
        """Files to fetch (state ``due``); what is known of a file stays, for a conditional request.

        A few hundred at a time: the files of one batch of records.
        """
        ...

    def incoming(self, file: MediaFile) -> Path:
        """Where to stream a file's bytes; kept over a break so that it can be resumed."""
        ...

    def adopt_file(self, run: int, file: MediaFile, path: Path) -> MediaFile:
        """Move streamed bytes under their digest (once per content), durable before the row is."""
        ...

    def mark_file(self, run: int, file: MediaFile) -> None: ...
    def file_path(self, sha256: str) -> Path: ...

    # -- derived tables (see wp_sync.content); each call is one transaction, writes only the rows
    #    that differ, and returns how many it wrote or removed: 0 when nothing changed
    def put_terms(self, terms: Sequence[Term], sources: Sequence[TermSource]) -> int:
        """The site's whole set: terms and sources that are not in it are removed."""
        ...

    def put_authors(self, authors: Sequence[Author]) -> int:
        """The site's whole set: authors that are not in it are removed."""
        ...

    def put_media(self, media: Sequence[MediaItem]) -> int:
        """A batch, known by id; other rows stay (a record that is gone keeps its row and state)."""
        ...

    def put_comments(self, comments: Sequence[Comment]) -> int:
        """A batch, known by id; other rows stay, as with `put_media`."""
        ...

    def put_posts(self, posts: Sequence[Derived]) -> int:
        """Posts with their terms, links and related posts, replacing what stood for each."""
        ...

    def asking(self, facts: Sequence[bytes]) -> Sequence[tuple[str, int, bytes]]:
        """Posts that may have asked for any of these facts, four bytes each.

        As (type, id, all that it asked for); of other posts none is read.
        """
        ...

    def urls(self) -> Iterator[tuple[str, str, int, str, State, str]]:
        """What link resolution needs, streamed: (link, kind, id, slug, state, status).

        Of every record of the families posts, terms and users; ``status`` is WordPress's post
        status (``publish``, ``draft``, ``private`` …), empty for kinds that have none.
        """
        ...

    def old_slugs(self) -> Iterator[tuple[str, str, int]]:
        """Slugs and links that earlier versions of posts had: (slug, link, id)."""
        ...

    # -- targets
    def ledger(self, target: str) -> Ledger:
        """What is remembered of one target by its name; it need not be known yet."""
        ...

    # -- audits
    def audit_book(self) -> AuditBook:
        """What audits found."""
        ...

    def query(self, sql: str, **parameters: object) -> Sequence[Mapping[str, object]]:
        """Read-only rows, for summaries and tables."""
        ...


class Archive(AbstractContextManager["Archive"], Protocol):
    """Where copies live: a folder with SQLite, or a PostgreSQL database with a media folder."""

    def sites(self) -> Sequence[SiteState]: ...
    def of(self, key: str) -> SiteArchive:
        """The part of one site; it need not exist yet."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Hold the archive for writing; `ArchiveLocked` at once when another run does."""
        ...

    def check(
        self, *, read_data: bool = False, progress: Callable[[str, int, int], None] | None = None
    ) -> Iterator[Damage]: ...
    def close(self) -> None: ...
