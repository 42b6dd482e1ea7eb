"""Exports driven: planned, pushed and verified, whatever the exporter. Incremental, and never half.

`Export.push` is the whole trip: units that did not change are not rendered; the others are rendered
some at a time, their bytes flushed, announced in the manifest, named, and closed there; what nobody
wants any more goes at the end. Killed anywhere and run again, it ends as if never killed. What
becomes of a file is decided in `decide`, what a unit holds by its exporter.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from wp_sync.errors import ArchiveLocked, GuardRefused, Place, Problem
from wp_sync.progress import Stop
from wp_sync.publish.files.base import (
    Closing,
    Difference,
    Exporter,
    Outcome,
    Output,
    Policy,
    Proof,
    State,
    Step,
)
from wp_sync.publish.files.disk import Disk, explained, sha256_of
from wp_sync.publish.files.manifest import Manifest
from wp_sync.publish.files.walk import MOST_PROBLEMS, Walk, groups


class Export:
    """One target of files: an exporter, and the folder that takes what it makes.

    ``name`` tells apart targets that share a folder; it names the manifest.
    """

    def __init__(
        self,
        exporter: Exporter,
        root: Path,
        *,
        name: str = "",
        policy: Policy | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._exporter = exporter
        self._disk = Disk(root)
        self._name = name or exporter.name
        self._policy = policy or Policy()
        self._stop = stop or Stop()

    @property
    def _manifest_path(self) -> Path:
        return self._disk.state / f"{self._name}.manifest"

    def plan(self, tell: Callable[[Step], None] | None = None) -> Outcome:
        """What `push` would do now; changes nothing. Steps go to ``tell``, else into the outcome.

        Raises:
            WpSyncError: the folder or the archive can't be read.
        """
        with self._opened(reading=True) as manifest:
            return self._walk(manifest, writing=False, tell=tell)

    def push(self, tell: Callable[[Step], None] | None = None, *, expected: str = "") -> Outcome:
        """Bring the folder up to date. ``expected``: the digest of a plan that was approved.

        Raises:
            GuardRefused: the approved plan is not what would happen now.
            ArchiveLocked: another export is writing there.
            WpSyncError: the disk is full, say; what was finished stands, and a rerun goes on.
        """
        with self._locked():
            if expected and (now := self.plan(_unheard).digest) != expected:
                raise GuardRefused(
                    "the plan is older than the archive or the folder: something changed since",
                    place=Place(file=str(self._disk.root)),
                    hint=f"plan again and look at it (was {expected[:12]}, is {now[:12]})",
                )
            self._disk.prepare()
            with self._opened() as manifest:
                return self._walk(manifest, writing=True, tell=tell)

    def verify(self) -> Proof:
        """Compare every byte on the disk with the manifest, and with what the archive wants."""
        counts: Counter[tuple[str, State]] = Counter()
        found: list[Difference] = []
        problems: list[Problem] = []
        wanted: set[int] = set()
        with self._opened(reading=True) as manifest:
            for group in groups(self._exporter.units()):
                self._stop.check()
                for made in self._exporter.made(group):
                    problems += made.problems[: max(0, MOST_PROBLEMS - len(problems))]
                    for output in made.files:
                        wanted.add(hash(output.path))
                        state, want, there = self._compared(manifest, output)
                        counts[made.unit.kind, state] += 1
                        if state != "same":
                            found.append(Difference(state, output.path, made.unit.key, want, there))
            kinds = {key: kind for key, kind, _ in manifest.units()}
            for row in manifest.files():
                there_now = self._disk.sha256(row.path)
                if hash(row.path) not in wanted and there_now is not None:
                    counts[kinds.get(row.key, ""), "extra"] += 1
                    found.append(Difference("extra", row.path, row.key, "", there_now))
        return Proof(counts, found, problems)

    def _compared(self, manifest: Manifest, output: Output) -> tuple[State, str, str]:
        there = self._disk.sha256(output.path)
        if output.once:
            return ("missing" if there is None else "same"), "", there or ""
        want = output.sha256 or sha256_of(output.content)
        if there is None:
            return "missing", want, ""
        if there == want:
            return "same", want, there
        row = manifest.file(output.path)
        return ("behind" if row is not None and there in row.ours else "edited"), want, there

    @contextlib.contextmanager
    def _opened(self, *, reading: bool = False) -> Iterator[Manifest]:
        """The manifest; closed at the end, and the exporter with it, where it has what to close."""
        try:
            with contextlib.closing(Manifest(self._manifest_path, reading=reading)) as manifest:
                yield manifest
        finally:
            if isinstance(self._exporter, Closing):
                self._exporter.close()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with explained(self._disk.root):
            self._disk.state.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._disk.state / f"{self._name}.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                raise ArchiveLocked(
                    "another export is writing here",
                    place=Place(file=str(self._disk.root)),
                    hint="wait for it to end, or end it; the lock ends with its process",
                ) from error
        try:
            yield
        finally:
            lock.release()

    def _walk(
        self, manifest: Manifest, *, writing: bool, tell: Callable[[Step], None] | None
    ) -> Outcome:
        walk = Walk(self._exporter, self._disk, manifest, self._policy, self._stop, writing, tell)
        return walk.run()


def _unheard(_step: Step) -> None:
    """A plan's steps where only its digest counts."""
