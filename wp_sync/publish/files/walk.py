"""One pass over an export's units, for a plan or a push: who is due, what is written, what goes.

Knows the order in which things must happen so that a kill at any point loses nothing: bytes are
flushed, announced in the manifest, named, their folders flushed, and only then the unit is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from wp_sync.errors import Place, WpSyncError
from wp_sync.progress import Stop
from wp_sync.publish.files import decide
from wp_sync.publish.files.ahead import Ahead
from wp_sync.publish.files.base import Action, Exporter, Made, Outcome, Output, Policy, Step, Unit
from wp_sync.publish.files.decide import Verdict
from wp_sync.publish.files.disk import Disk, Staged, Stamp, sha256_of
from wp_sync.publish.files.manifest import FileRow, Manifest, UnitRow
from wp_sync.publish.files.passing import NOBODY, Pass
from wp_sync.publish.files.sweep import sweep

_GROUP = 200  # units rendered and written together
MOST_PROBLEMS = 1000
_T = TypeVar("_T")


class _Write(NamedTuple):
    """A file about to be written over what was seen there (None: over nothing)."""

    path: str
    row: FileRow | None  # what the manifest announces; None for a file that is nobody's
    staged: Staged
    seen: Stamp | None
    save: bool


@dataclass(slots=True)
class _Dealt:
    """A unit with all that was decided about it; ``rows`` are its files as they are to stand."""

    made: Made
    step: Step
    writes: list[_Write] = field(default_factory=list)
    rows: list[FileRow] = field(default_factory=list)


class Walk(Pass):
    """One pass; made for one plan or one push."""

    def __init__(
        self,
        exporter: Exporter,
        disk: Disk,
        manifest: Manifest,
        policy: Policy,
        stop: Stop,
        writing: bool,
        tell: Callable[[Step], None] | None,
    ) -> None:
        super().__init__(disk, manifest, policy, writing, tell)
        self.exporter = exporter
        self.stop = stop
        self.written = self.rendered = 0

    def run(self) -> Outcome:
        """The whole pass."""
        if not self._untouched():
            facts = self.exporter.facts_digest
            same_facts = bool(facts) and facts == self.manifest.meta("facts")
            if self.writing:  # from here on nothing is proven until the end is reached
                self.manifest.set_meta("digest", "")
                if not same_facts:
                    self.manifest.set_meta("facts", "")
            rest = groups(self._due(same_facts))
            coming = self._begun(rest)
            with ThreadPoolExecutor(1, thread_name_prefix="wp-sync-flush") as self._flusher:
                while coming is not None:
                    self.stop.check()
                    coming = self._deal(coming, rest)
            sweep(self)
            conflicts = any(action == "conflict" for _, action in self.counts)
            if self.writing and not self.refused and not conflicts:
                self.manifest.set_meta("facts", facts)
                self.manifest.set_meta("digest", self.exporter.digest)
        return Outcome(
            self.counts, self.steps, self.problems, self.refused, self.written, self.rendered,
            self.digest.hexdigest(),
        )  # fmt: skip

    def _untouched(self) -> bool:
        """Whether neither the archive nor the folder has changed since the last whole push."""
        digest = self.exporter.digest
        if not digest or self.manifest.meta("digest") != digest:
            return False
        if not all(self._intact(row, quick=True) for row in self.manifest.files()):
            return False
        for _, kind, _ in self.manifest.units():
            self.counts[kind, "skip"] += 1
        return True

    def _intact(self, row: FileRow, *, quick: bool = False) -> bool:
        """Whether a file is as we left it, or as a person wants it where that was settled."""
        if row.coming or (row.theirs and self.policy.on_conflict == "overwrite"):
            return False
        stamp = self.disk.stamp(row.path)
        if stamp is None:
            return False
        if row.mtime and stamp == (row.size, row.mtime):
            return True
        if quick or stamp.size < 0:
            return False
        return self.disk.sha256(row.path) == (row.theirs or row.sha256)

    def _due(self, same_facts: bool) -> Iterator[Unit]:
        """The units that must be rendered."""
        for some in groups(self.exporter.units()):
            keys = [unit.key for unit in some]
            self.manifest.see(keys)
            self.wanted += len(some)
            rows, files = self.manifest.known(keys)
            for unit in some:
                row = rows.get(unit.key)
                if row is not None and row.digest == unit.digest:
                    fresh = same_facts or all(
                        self.exporter.fact(name) == value for name, value in row.facts.items()
                    )
                    if fresh and all(map(self._intact, files.get(unit.key, ()))):
                        self.stays.add(hash(unit.key))
                        self.counts[unit.kind, "skip"] += 1
                        continue
                yield unit

    def _begun(self, rest: Iterator[list[Unit]]) -> Ahead | None:
        """The next group, its first unit rendered; what renders has more to do from then on."""
        group = next(rest, None)
        if group is None:
            return None
        coming = Ahead(self.exporter.made(group))
        coming.one()
        return coming

    def _deal(self, group: Ahead, rest: Iterator[list[Unit]]) -> Ahead | None:
        """Decide about the files of some units and write what is to be written.

        The next group is begun before that and rendered while the disk flushes, so that neither we
        nor helpers of the exporter wait for it; a failure there takes nothing from what is rendered
        already.
        """
        dealt: list[_Dealt] = []
        staged: list[Staged] = []
        try:
            for made in group:
                self.rendered += 1
                self.problems += made.problems[: max(0, MOST_PROBLEMS - len(self.problems))]
                dealt.append(self._decided(made, staged))
            following = None
            try:
                following = self._begun(rest)
            finally:
                if self.writing:
                    self._write(dealt, following)
        finally:
            for bytes_ in staged:
                self.disk.drop(bytes_)
        for one in dealt:
            self.told(one.step)
        return following

    def _decided(self, made: Made, staged: list[Staged]) -> _Dealt:
        unit = made.unit
        dealt = _Dealt(made, Step("skip", unit.key, unit.kind, unit.title, "unchanged"))
        verdicts = [(output.path, self._file(output, dealt, staged)) for output in made.files]
        dealt.step = _step(unit, verdicts, self.manifest.unit(unit.key) is not None)
        # Part of the plan's digest, so that what is approved is these bytes.
        self.digest.update("".join(row.sha256 for row in dealt.rows).encode())
        return dealt

    def _file(self, output: Output, dealt: _Dealt, staged: list[Staged]) -> Verdict:
        """What becomes of one file of a unit; staged where it is to be written."""
        path, key = output.path, dealt.made.unit.key
        self._claim(path)
        seen = self.disk.stamp(path)
        if output.once:
            if seen is None and self.writing:
                once = self._staged(output, "", staged)
                dealt.writes.append(_Write(path, None, once, seen, save=False))
            return Verdict("write", "new") if seen is None else Verdict("skip", "is there")
        row = self.manifest.file(path)
        if row is not None and row.key != key and hash(row.key) in self.stays:
            return Verdict("conflict", f"is the file of {row.key}")
        done: Staged | None = None
        want = output.sha256
        if not want and self.writing and callable(output.content):
            done = self._staged(output, "", staged)  # too large to be made twice
            want = done.sha256
        want = want or sha256_of(output.content)
        ours, theirs = (row.ours, row.theirs) if row else ((), "")
        there = self.there(row or FileRow(path, key, "", 0, 0), seen)
        verdict = decide.wanted(ours, theirs, there, want, self.policy.on_conflict)
        fresh = FileRow(path, key, want, 0, 0)
        if verdict.deed == "leave" or (verdict.deed == "skip" and there != want):
            fresh = fresh._replace(theirs=there or "")
        elif verdict.deed == "write" and self.writing:
            done = done or self._staged(output, want, staged)
            announced = FileRow(path, key, ours[0] if ours else "", 0, 0, want, theirs)
            dealt.writes.append(_Write(path, announced, done, seen, verdict.save))
        dealt.rows.append(fresh)
        return verdict

    def _staged(self, output: Output, want: str, staged: list[Staged]) -> Staged:
        done = self.disk.stage(output.content, link=self.policy.link)
        staged.append(done)
        if want and done.sha256 != want:
            raise WpSyncError(
                f"the archive's file is damaged (wanted {want[:12]}, found {done.sha256[:12]})",
                place=Place(file=str(output.content) if isinstance(output.content, Path) else ""),
                hint="run wp-sync check --repair, then export again",
            )
        return done

    def _claim(self, path: str) -> None:
        """Each path once, on every file system; and none that leads out of the folder."""
        parts = path.split("/")
        if "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
            raise WpSyncError(f"an exporter asked for the path {path!r}")
        if not self.manifest.claim(path):
            raise WpSyncError("two units want the same file", place=Place(file=path))

    def _write(self, dealt: Sequence[_Dealt], following: Ahead | None) -> None:
        """Flush, announce, name, flush the folders, close: in this order, whatever happens."""
        going = [one for one in dealt if one.step.action != "conflict"]
        writes = [write for one in going for write in one.writes]
        if writes:
            self._flushed(self.disk.flush, [write.staged for write in writes], following)
            self.manifest.write(files=[write.row for write in writes if write.row])
            for one in going:
                self._name(one)
            self._flushed(self.disk.flush_folders, [write.path for write in writes], following)
        going = [one for one in going if one.step.action != "conflict"]
        left = [row for one in going for row in self._left(one)]
        self.manifest.write(
            files=[*left, *(self._stamped(row) for one in going for row in one.rows)],
            units=[UnitRow(*one.made.unit, dict(one.made.facts)) for one in going],
        )

    def _flushed(
        self, flush: Callable[[list[_T]], None], what: list[_T], following: Ahead | None
    ) -> None:
        """Have the disk flush; the units that follow are rendered meanwhile."""
        flushed = self._flusher.submit(flush, what)
        if following is not None:
            following.until(flushed)
        flushed.result()

    def _left(self, dealt: _Dealt) -> list[FileRow]:
        """Files that a unit had and wants no more: nobody's, so that a later run sweeps them."""
        wanted = {row.path for row in dealt.rows}
        key = dealt.made.unit.key
        rows = self.manifest.files_of(key)
        return [row._replace(key=NOBODY + key) for row in rows if row.path not in wanted]

    def _name(self, dealt: _Dealt) -> None:
        for write in dealt.writes:
            if self.disk.stamp(write.path) != write.seen:  # somebody was quicker
                reason = "was edited while we wrote"
                dealt.step = dealt.step._replace(action="conflict", reason=reason)
                return
            if write.save:
                self.disk.save(write.path)
            self.disk.name(write.staged, write.path)
            self.written += 1

    def _stamped(self, row: FileRow) -> FileRow:
        stamp = self.disk.stamp(row.path) or Stamp(0, 0)
        return row._replace(size=stamp.size, mtime=stamp.mtime)


def _step(unit: Unit, verdicts: Sequence[tuple[str, Verdict]], known: bool) -> Step:
    """What a unit's files come to, in one line."""
    actions: tuple[tuple[str, Action], ...] = (
        ("conflict", "conflict"),
        ("write", "update" if known else "create"),
        ("leave", "skip"),
    )
    for deed, action in actions:
        found = [(path, verdict) for path, verdict in verdicts if verdict.deed == deed]
        if found:
            reason = ", ".join(dict.fromkeys(verdict.reason for _, verdict in found))
            paths = tuple(path for path, _ in found)
            return Step(action, unit.key, unit.kind, unit.title, reason, paths)
    if not known and verdicts:
        paths = tuple(path for path, _ in verdicts)
        return Step("adopt", unit.key, unit.kind, unit.title, "is there already", paths)
    return Step("skip", unit.key, unit.kind, unit.title, "unchanged")


def groups(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Units, as many together as are rendered together."""
    remaining = iter(units)
    while group := list(islice(remaining, _GROUP)):
        yield group
