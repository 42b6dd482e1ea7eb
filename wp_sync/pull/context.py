"""What one pull carries from stage to stage: its parts, and what it has to tell at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, Place, Problem
from wp_sync.model import MEDIA_KIND, Bookmark, Collection, Fetched, Identity, Record, Tally, View
from wp_sync.progress import Progress, Stop
from wp_sync.pull import decide, files, refiled
from wp_sync.pull.options import PullOptions
from wp_sync.source.base import Source


@dataclass(slots=True)
class Pull:
    """One pull under way. ``problems`` make the run partial, ``refusals`` refused; ``notes`` don't
    change how it ends. ``view`` and ``unseen``: what the site's listings showed us. ``clock``: our
    own, at the moment of ``identity.server_time``."""

    source: Source
    archive: SiteArchive
    options: PullOptions
    progress: Progress
    stop: Stop
    identity: Identity
    clock: datetime
    run: int
    deletions: bool = True
    refetch: bool = False
    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    problems: list[Problem] = field(default_factory=list)
    refusals: list[Problem] = field(default_factory=list)
    view: View = field(default_factory=View)
    unseen: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    censused: set[str] = field(default_factory=set)
    shifts: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    explained: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    listed: Sequence[Collection] = ()
    settled_later: dict[str, Bookmark] = field(default_factory=dict)
    marks: dict[str, Bookmark] = field(default_factory=dict)
    unsettled: set[str] = field(default_factory=set)

    def place(self, collection: Collection, id: int | None = None) -> Place:
        return Place(site=self.identity.key, kind=collection.kind, id=id)

    def problem(self, collection: Collection, text: str, *, id: int | None = None) -> None:
        self.problems.append(Problem(text, self.place(collection, id)))

    def refuse(self, error: GuardRefused) -> None:
        self.refusals.append(Problem(error.message, error.place, error.hint))

    def count(self, collection: Collection, tally: Tally) -> None:
        self.tallies[collection.kind] += tally

    def mark(self, kind: str) -> Bookmark:
        """The bookmark that this run goes by, whatever the archive's says by now."""
        if kind not in self.marks:
            self.marks[kind] = self.archive.bookmark(kind)
        return self.marks[kind]

    def settle(self, kind: str, mark: Bookmark) -> None:
        """A collection was followed to its end."""
        self.archive.set_bookmark(kind, mark)
        self.marks[kind] = mark
        self.unsettled.discard(kind)

    def unsettle(self, kind: str) -> None:
        """Have a run after a kill take a census, before anything is saved that a kill could leave.

        A bookmark stands for an archive as it was then. Beside what a killed run saved, its total
        would add up where one record appeared and another went, and the next fast pass would
        miss the latter.
        """
        mark = self.mark(kind)
        if mark.census_at is not None and kind not in self.unsettled:
            self.archive.set_bookmark(kind, replace(mark, census_at=None))
            self.unsettled.add(kind)

    def fetch(self, collection: Collection, ids: Iterable[int]) -> Tally:
        """Fetch records by id and save them; ids that do not come are left for the census."""
        done = Tally()
        for fetched in self.source.fetch(collection, ids):
            done += self.keep(collection, fetched)
            self.progress.advance(len(fetched.records))
            self.stop.check()
        return done

    def keep(self, collection: Collection, fetched: Fetched) -> Tally:
        """Save what came, and remember what is broken at the source."""
        tally = self.save(collection, fetched.records)
        return tally + self.broken(collection, fetched.broken)

    def save(self, collection: Collection, records: Sequence[Record]) -> Tally:
        """Save records of an archive that may already hold them, guarding against stale answers."""
        if not records:
            return Tally()
        known = self.archive.known_of(collection.kind, [record.id for record in records])
        fresh = [
            self._past_caches(collection, record)
            if decide.goes_backward(known.get(record.id), record.data.get("modified_gmt"))
            else record
            for record in records
        ]
        if collection.taxonomies and self.shifts:
            refiled.explain(self.explained, self.archive, collection, fresh)
        return self.append(collection, fresh)

    def append(self, collection: Collection, records: Sequence[Record]) -> Tally:
        """Save records as they are."""
        if collection.kind == MEDIA_KIND and self.options.media != "none":
            # Wanted before saved: a kill in between costs a request, never a file.
            self.archive.want_files(files.files_of(records, self.options.media))
        if collection.stamp_fields:
            self.unsettle(collection.kind)
        tally = self.archive.save(self.run, records)
        # At once, since a listing names what is broken only at its end: a kill must not hide it.
        lacking = {
            one.id: f"came without {', '.join(one.lacking)}" for one in records if one.lacking
        }
        if lacking:
            self.archive.quarantine(self.run, collection.kind, lacking)
        self.count(collection, tally)
        return tally

    def broken(self, collection: Collection, reasons: Mapping[int, str]) -> Tally:
        """Quarantine what the source can't produce; the run goes on and ends as partial."""
        if not reasons:
            return Tally()
        self.archive.quarantine(self.run, collection.kind, reasons)
        for id, reason in reasons.items():
            self.problem(collection, reason, id=id)
        tally = Tally(broken=len(reasons))
        self.count(collection, tally)
        return tally

    def _past_caches(self, collection: Collection, record: Record) -> Record:
        _, fresh = self.source.fate(collection, record.id)
        return fresh or record
