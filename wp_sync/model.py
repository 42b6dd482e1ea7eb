"""The nouns of a pull: what a site is, what it holds, and what it answered.

Values only: frozen, typed, no I/O. The normalized nouns (posts, terms, links …) are in
`wp_sync.content`.

A record is known by its site, its *kind* and its id. The kind names the family and, behind a
slash, WordPress's own name: ``posts/page``, ``posts/attachment``, ``terms/category``,
``users/user``, ``comments/comment``, ``site/site`` (one record, id 0: what the site says of
itself). The family keeps a post type and a taxonomy of the same name apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from wp_sync.errors import Problem

Json = Any
Item = Mapping[str, Any]

SITE_KIND = "site/site"
MEDIA_KIND = "posts/attachment"


class State(StrEnum):
    """What the source last said of a record."""

    LIVE = "live"
    TRASHED = "trashed"  # in the trash: 200 with status "trash" under a login that may see it
    WITHHELD = "withheld"  # 401 or 403: still there, or not; we may not know. Never a deletion
    GONE = "gone"  # 404, confirmed for this id after a complete census


@dataclass(frozen=True, slots=True)
class Collection:
    """One listing of the site that we copy whole.

    ``fields`` are the field names to ask for (all the server knows, `_links` left out; empty means
    everything). ``stamp_fields`` are cheap fields that tell, without the content, whether a record
    changed; empty means that only the whole record can tell. ``filters`` are the query arguments
    that the route declares, such as ``modified_after``. ``query`` goes with every request of the
    listing (``context``, ``status`` …). ``taxonomies`` maps a taxonomy's kind to the field that
    files a post under it: ``{"terms/category": "categories"}``.
    """

    kind: str
    route: str
    fields: tuple[str, ...] = ()
    stamp_fields: tuple[str, ...] = ()
    filters: frozenset[str] = frozenset()
    query: Mapping[str, str] = field(default_factory=dict)
    taxonomies: Mapping[str, str] = field(default_factory=dict)

    @property
    def family(self) -> str:
        return self.kind.partition("/")[0]

    @property
    def name(self) -> str:
        return self.kind.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One line of a census: an id, and a stamp that differs when the record does.

    ``date`` is ``date_gmt`` as sent (ISO 8601, UTC without ``Z``), empty where there is none.
    """

    id: int
    stamp: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """What a listing holds between two moments of the *site's* wall clock, neither included.

    ISO 8601 without a zone, as in an item's ``date``; None where it is open.
    """

    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One item as the site sent it.

    ``raw`` is the item's JSON exactly as it stood in the answer (UTF-8); ``data`` the same parsed.
    ``seen_at`` is the *server's* clock (its ``Date`` header, UTC). ``lacking`` names fields that
    the server could not produce (a fatal error while rendering ``content``, say).
    """

    kind: str
    id: int
    raw: bytes
    data: Item
    stamp: str
    seen_at: datetime
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the archive remembers of a record, enough to decide whether to fetch it again.

    ``racy``: the record was fetched within the same seconds as its last modification, so that an
    equal stamp proves nothing (WordPress's times have no fractions of a second). ``modified`` is
    its ``modified_gmt`` as sent (empty for kinds without one): an older one in a new answer is a
    stale cache until proven otherwise.
    """

    id: int
    stamp: str
    state: State = State.LIVE
    racy: bool = False
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """Who the site says we are. Anonymous is ``Login()``."""

    id: int = 0
    name: str = ""
    roles: tuple[str, ...] = ()
    capabilities: frozenset[str] = frozenset()

    @property
    def anonymous(self) -> bool:
        return self.id == 0


@dataclass(frozen=True, slots=True)
class View:
    """How much of a site a run could see: who we were there, and which kinds of posts came whole.

    ``raw``: kinds whose text came as its authors wrote it; ``rendered``: kinds of which only what
    visitors see came; ``drafts``: kinds of which drafts and private items came too. The archive
    of a rendered-only run is no full backup.
    """

    login: Login = Login()
    raw: tuple[str, ...] = ()
    rendered: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()

    @property
    def rendered_only(self) -> bool:
        return not self.raw

    @classmethod
    def of(cls, login: Login, collections: Iterable[Collection]) -> View:
        """What the listings of a site come to, seen by a login."""
        posts = [one for one in collections if one.family == "posts"]
        whole = {one.kind for one in posts if one.query.get("context") == "edit"}
        return cls(
            login,
            tuple(one.kind for one in posts if one.kind in whole),
            tuple(one.kind for one in posts if one.kind not in whole),
            tuple(
                one.kind
                for one in posts
                if one.kind in whole and "private" in one.query.get("status", "").split(",")
            ),
        )


@dataclass(frozen=True, slots=True)
class LeftOut(Problem):
    """Something of a site that is not copied on purpose; there is no step to take."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which site this is and how we see it; a change of either never leads to a deletion.

    ``key`` is the site's home address without scheme, ``www.`` kept, no slash at the end:
    ``blog.example.com/news``. ``server_time`` is UTC by the server's clock.
    """

    key: str
    home: str
    api: str
    name: str
    login: Login
    server_time: datetime
    timezone: str = ""
    namespaces: tuple[str, ...] = ()
    generator: str = ""

    @property
    def view(self) -> str:
        """How much we can see, for comparison between runs: ``anonymous`` or ``user:7``."""
        return "anonymous" if self.login.anonymous else f"user:{self.login.id}"


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk over a listing proved once it ended.

    ``complete``: every window joined its neighbour, the end was reached, and the total (where the
    server states one) agrees. Only a complete walk may lead to a deletion. ``why`` says what is
    missing. ``total`` is the last total that the server stated, ``hidden`` how many of its items
    it counted and did not show. ``broken`` maps an id that the server listed but could not produce
    whole to the reason (see `Fetched.broken`).
    """

    complete: bool
    total: int | None
    seen: int
    hidden: int = 0
    why: str = ""
    broken: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to a fetch by ids: what came, what is not listed any more, what is broken there.

    ``broken`` maps an id to the reason; such a record may also be in ``records`` with the fields
    that could be had (see `Record.lacking`).
    """

    records: tuple[Record, ...] = ()
    missing: tuple[int, ...] = ()
    broken: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one of the site's addresses leads a visitor in the end.

    ``url`` is the address that answered, with the place in the page if one was named on the way,
    and ``status`` what it answered; where ``outside`` is set it is one of another site that
    ``status`` sent on to, and was not asked. A redirect's status without ``outside``: it went in a
    circle, or to what is no page.
    """

    url: str
    status: int
    seen_at: datetime
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the archive has followed one collection.

    ``watermark``: server time (UTC) before the last run that saw every change began.
    ``census_at``: server time of the last complete census. ``total``: the source's own count then.
    ``clock``: our own clock (UTC) at the watermark's moment; only how far both went since is ever
    compared.
    """

    watermark: datetime | None = None
    census_at: datetime | None = None
    total: int | None = None
    clock: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of a kind a run found new, changed, vanished, back, or as they were."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    restored: int = 0
    broken: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.vanished + other.vanished,
            self.restored + other.restored,
            self.broken + other.broken,
        )

    @property
    def written(self) -> int:
        return self.new + self.changed + self.vanished + self.restored


class Outcome(StrEnum):
    """How a run ended, as kept in the archive's ``runs`` table."""

    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file of the media library as the archive knows it.

    ``sha256`` is empty until the file is stored. ``size`` is in bytes. ``etag`` and
    ``last_modified`` are the server's words, for conditional requests.
    """

    url: str
    attachment: int
    sha256: str = ""
    size: int | None = None
    mime: str = ""
    etag: str = ""
    last_modified: str = ""
    state: str = "due"  # due, stored, missing (404/410 at the source), failed
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did and how much it could see, for the summary and for ``--json``.

    ``unseen``: what this login can't see, or sees less than whole, each with its step; and what is
    not copied on purpose (`LeftOut`). ``notes``: remarks on this run that change nothing.
    """

    site: str
    outcome: Outcome
    view: View = View()
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    requests: int = 0
    seconds: float = 0.0
    unseen: Sequence[Problem] = ()
    notes: Sequence[str] = ()
