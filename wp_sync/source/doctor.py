"""What a site is, what of it we can see, what we can't and why, and what it bears; changes nothing.

The report is values only; the command line turns it into words and JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from wp_sync.errors import Place, Problem
from wp_sync.model import Collection, Identity
from wp_sync.source.base import Source
from wp_sync.source.plugins import Seen, recognise

# Capabilities that decide how much of a site a login sees.
TELLING = (
    "edit_others_posts",
    "edit_others_pages",
    "read_private_posts",
    "read_private_pages",
    "list_users",
    "moderate_comments",
    "edit_theme_options",
    "manage_options",
    "unfiltered_html",
)
_SLOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Kind:
    """One listing: how many it counts, and in which view we get it."""

    kind: str
    route: str
    total: int | None
    context: str
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """One timed request for whole items: how many were asked for and came, seconds, bytes.

    ``failure`` says why it did not work.
    """

    asked: int
    got: int
    seconds: float
    size_bytes: int
    failure: str = ""


@runtime_checkable
class Measurable(Protocol):
    """What a source may offer beyond the port, for the doctor alone."""

    def measure(self, collection: Collection) -> Sequence[Timing]:
        """A few polite requests for whole items, of growing size."""
        ...

    def field_names(self, collection: Collection) -> Sequence[str]:
        """The field names of a collection's items."""
        ...

    @property
    def found_by(self) -> str:
        """How the API was found, in words."""
        ...


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """Everything that the doctor found. ``rendered_only``: no raw content, so no full backup."""

    site: str
    home: str
    api: str
    found_by: str
    name: str
    wordpress: str
    timezone: str
    server_time: str
    user: str
    roles: tuple[str, ...]
    capabilities: tuple[str, ...]
    rendered_only: bool
    kinds: tuple[Kind, ...]
    plugins: tuple[Seen, ...]
    timings: tuple[Timing, ...]
    problems: tuple[Problem, ...]
    requests: int


def doctor(source: Source) -> DoctorReport:
    """Examine a site with about two requests a collection and a few timed ones.

    Raises:
        SourceError: the site can't be examined at all; the error says why and what to do.
    """
    identity = source.identify()
    collections, hidden = source.collections()
    problems = list(hidden)
    kinds: list[Kind] = []
    fields: dict[str, None] = {}
    timings: Sequence[Timing] = ()
    for collection in collections:
        total, _ = source.total(collection)
        statuses = collection.query.get("status", "")
        kinds.append(
            Kind(
                collection.kind,
                collection.route,
                total,
                collection.query.get("context", "view"),
                tuple(part for part in statuses.split(",") if part),
            )
        )
        if isinstance(source, Measurable) and collection.family == "posts" and total:
            fields.update(dict.fromkeys(source.field_names(collection)))
            if collection.name == "post":
                timings = source.measure(collection)
    problems += _judged(identity, kinds, timings)
    return DoctorReport(
        site=identity.key,
        home=identity.home,
        api=identity.api,
        found_by=source.found_by if isinstance(source, Measurable) else "",
        name=identity.name,
        wordpress=identity.generator.removeprefix("WordPress ").strip(),
        timezone=identity.timezone,
        server_time=f"{identity.server_time:%Y-%m-%dT%H:%M:%SZ}",
        user=identity.login.name,
        roles=identity.login.roles,
        capabilities=tuple(name for name in TELLING if name in identity.login.capabilities),
        rendered_only=not any(
            kind.context == "edit" for kind in kinds if kind.kind.startswith("posts/")
        ),
        kinds=tuple(kinds),
        plugins=recognise(identity.namespaces, fields, (kind.kind for kind in kinds)),
        timings=tuple(timings),
        problems=tuple(problems),
        requests=source.requests_made(),
    )


def _judged(
    identity: Identity, kinds: Sequence[Kind], timings: Sequence[Timing]
) -> Sequence[Problem]:
    """What is wrong, in words with the next step."""
    problems: list[Problem] = []
    site = Place(site=identity.key)
    if not any(kind.context == "edit" for kind in kinds if kind.kind.startswith("posts/")):
        problems.append(
            Problem(
                "only rendered content is visible: a copy is no full backup",
                site,
                "log in with an application password of an administrator",
            )
        )
    if any(kind.total is None for kind in kinds):
        problems.append(
            Problem(
                "the site states no totals (X-WP-Total), so deletions can't be proven",
                site,
                "a proxy in front of it strips the header: have it passed on",
            )
        )
    for timing in timings:
        if timing.failure:
            problems.append(
                Problem(
                    f"a page of {timing.asked} posts fails: {timing.failure}",
                    site,
                    "smaller pages are used by themselves; one broken post may be the reason",
                )
            )
        elif timing.got < timing.asked and timing is not timings[-1]:
            problems.append(
                Problem(
                    f"asked for {timing.asked} posts at once, the site gives {timing.got}",
                    site,
                    "the page size is capped there; a copy takes more requests",
                )
            )
        elif timing.seconds > _SLOW_SECONDS:
            problems.append(
                Problem(
                    f"a page of {timing.asked} posts takes {timing.seconds:.0f} s",
                    site,
                    "run the first pull at a quiet hour",
                )
            )
    return problems
