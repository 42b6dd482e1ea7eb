"""The port every source implements: what a pull may ask of a site, and nothing else.

A source answers questions; it decides nothing and stores nothing. Retry, pacing and limits are
its own affair behind this interface. Every method may raise `TryLater` (the site did not answer
properly; nothing follows from it), `LoginFailed` or another `SourceError`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from wp_sync.errors import Problem
from wp_sync.model import (
    Collection,
    Fetched,
    Identity,
    Item,
    Landing,
    MediaFile,
    Record,
    Sighting,
    Span,
    State,
    Walked,
)


class Source(Protocol):
    """A site that can be copied."""

    def identify(self) -> Identity:
        """Which site this is and who we are there, asked afresh (never from a cache).

        Raises:
            LoginFailed: credentials were given and the site treats us as anonymous.
        """
        ...

    def site(self) -> Record:
        """What the site says of itself (kind ``site/site``, id 0): name, addresses, settings."""
        ...

    def collections(self) -> tuple[Sequence[Collection], Sequence[Problem]]:
        """Everything that can be listed here, and what can't be, with the reason."""
        ...

    def walk(self, collection: Collection) -> Generator[Sequence[Record], None, Walked]:
        """Every whole record in order of id, a batch at a time; returns what the walk proved.

        A batch that the server can't produce is bisected; what stays broken comes without the
        fields that break it (`Record.lacking`), or is left out and named in `Walked.why`.
        """
        ...

    def census(
        self, collection: Collection, within: Span | None = None
    ) -> Generator[Sequence[Sighting], None, Walked]:
        """Every id with its stamp, in order of id, a batch at a time; of a span, where one is
        given."""
        ...

    def counted(self, collection: Collection, spans: Sequence[Span]) -> Sequence[int | None]:
        """How many records the site counts in each span, past every cache; one request a span.

        None where it does not say. Only for collections whose ``filters`` have ``after`` and
        ``before``.
        """
        ...

    def total(self, collection: Collection) -> tuple[int | None, Sequence[Sighting]]:
        """How many records the site counts, and the newest (by date), for one request.

        The sightings are empty for collections without stamp fields.
        """
        ...

    def modified_since(
        self, collection: Collection, moment: datetime
    ) -> Generator[Sequence[Sighting], None, Walked]:
        """Sightings of what was modified after a moment (UTC); overlap is the caller's affair."""
        ...

    def newest_since(
        self, collection: Collection, moment: datetime, *, beyond: int
    ) -> Generator[Sequence[Sighting], None, Walked]:
        """Sightings of what is dated after a moment, newest first, past the first ``beyond``."""
        ...

    def fetch(self, collection: Collection, ids: Iterable[int]) -> Generator[Fetched, None, None]:
        """Whole records by id, a batch at a time, in adaptive batches over a few connections."""
        ...

    def fate(self, collection: Collection, id: int) -> tuple[State | None, Record | None]:
        """What became of one id, asked past every cache; the record where it is still live.

        ``None`` as state: no proper answer, so nothing is known.
        """
        ...

    def download(self, file: MediaFile, into: Path) -> MediaFile:
        """Stream a media file to ``into`` (resumed where a part is there already).

        Conditional when ``etag`` or ``last_modified`` are known: a returned state ``same`` means
        that the server's file is the one we have. Checks the length the server states and that
        the bytes are what their type claims (an HTML page is not an image).
        """
        ...

    def page(self, url: str) -> tuple[str, datetime] | None:
        """A public page of this site as visitors see it (HTML, server time); None where there is
        none (any answer but 200). Without credentials, and only at the site's own origin."""
        ...

    def leads_to(self, url: str) -> Landing | None:
        """Where an address of this site leads visitors, redirects followed; None for an address
        that is not below its own names. Without credentials, and little of a page is read."""
        ...

    def related(self, id: int) -> Item:
        """What related-posts plugins answer for a post on routes of their own: lists of entries by
        the name of each plugin's field; empty where the site has no such plugin."""
        ...

    def redirects(self) -> tuple[Sequence[Record], bool] | None:
        """Every redirect that the site keeps, and whether these are surely all; None where it
        shows none to us."""
        ...

    def requests_made(self) -> int:
        """How many requests this source has sent so far."""
        ...
