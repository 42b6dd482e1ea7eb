"""One pass over an export: what every part of it shares, and what it comes to. Decides nothing.

What a pass has seen is noted in the manifest's own scratch tables, outside memory.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

from wp_sync.errors import Problem
from wp_sync.publish.files.base import Action, Policy, Step
from wp_sync.publish.files.disk import Disk, Stamp
from wp_sync.publish.files.manifest import FileRow, Manifest

NOBODY = "~"  # before the key of a unit that once had a file


class Pass:
    """A folder with its manifest, how far the pass has come, and whether it writes."""

    def __init__(
        self,
        disk: Disk,
        manifest: Manifest,
        policy: Policy,
        writing: bool,
        tell: Callable[[Step], None] | None,
    ) -> None:
        self.disk = disk
        self.manifest = manifest
        self.policy = policy
        self.writing = writing
        self.steps: list[Step] = []
        self.tell = tell or self.steps.append
        self.counts: Counter[tuple[str, Action]] = Counter()
        self.problems: list[Problem] = []
        self.refused: Problem | None = None
        self.digest = hashlib.sha256()
        self.wanted = 0  # units
        self.stays: set[int] = set()  # units none of whose files are to be touched

    def told(self, step: Step) -> None:
        """Count a step, and pass it on where something happens."""
        self.counts[step.kind, step.action] += 1
        if step.action == "conflict":
            self.stays.add(hash(step.key))
        if step.action != "skip":
            self.digest.update(repr(step).encode("utf-8", "surrogatepass"))
            self.tell(step)

    def there(self, row: FileRow, seen: Stamp | None) -> str | None:
        """The digest of what stands in a file's place; read only where its stamp differs."""
        if seen is None:
            return None
        if seen.size < 0:
            return ""
        if row.mtime and not row.coming and seen == (row.size, row.mtime):
            return row.theirs or row.sha256
        return self.disk.sha256(row.path)
