"""What no unit wants any more: deleted at a run's end, after everything new stands.

Behind the guard, and never a file that a person edited, or one that is not in the manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wp_sync.errors import Place, Problem
from wp_sync.publish.files import decide
from wp_sync.publish.files.base import Step
from wp_sync.publish.files.manifest import FileRow

if TYPE_CHECKING:
    from wp_sync.publish.files.walk import Walk

NOBODY = "~"  # before the key of a unit that once had a file


def sweep(walk: Walk) -> None:
    """Delete the files of units that are gone, and old places of those that moved."""
    dead = {
        key: (kind, title)
        for key, kind, title in walk.manifest.units()
        if hash(key) not in walk.seen
    }
    leave = walk.policy.on_deleted == "leave"
    if not leave:
        walk.refused = _refusal(walk, len(dead))
    spared = dead if leave or walk.refused else {}
    by_key: dict[str, list[FileRow]] = {}
    for row in walk.manifest.files():
        if (
            hash(row.path) not in walk.kept
            and hash(row.key) not in walk.stays
            and row.key not in spared
        ):
            by_key.setdefault(row.key.removeprefix(NOBODY), []).append(row)
    forget: list[str] = []
    removed: list[str] = []
    units = [key for key in dead if key not in by_key and key not in spared]
    for key, rows in by_key.items():
        kind, title = dead.get(key) or _known(walk, key)
        verdicts = [(row, _verdict(walk, row)) for row in rows]
        edited = tuple(row.path for row, verdict in verdicts if verdict.deed == "conflict")
        if edited:
            walk.told(Step("conflict", key, kind, title, "is to go, and was edited", edited))
            continue
        reason = "is gone at the source" if key in dead else "stood here before"
        walk.told(Step("delete", key, kind, title, reason, tuple(row.path for row in rows)))
        if not walk.writing:
            continue
        for row, verdict in sorted(verdicts, key=lambda pair: _texts_first(pair[0].path)):
            if verdict.deed == "delete":
                if verdict.save:
                    walk.disk.save(row.path)
                walk.disk.remove(row.path)
                removed.append(row.path)
            forget.append(row.path)
        if key in dead:
            units.append(key)
    if walk.writing and (forget or units):
        walk.disk.flush_folders(removed)
        walk.manifest.write(forget=forget, forget_units=units)


def _refusal(walk: Walk, dead: int) -> Problem | None:
    policy, total = walk.policy, dead + len(walk.seen)
    if not decide.guard(
        dead, total, few=policy.few, share=policy.share, many=policy.many, allowed=policy.allowed
    ):
        return None
    return Problem(
        f"{dead:,} of {total:,} would be deleted; none was",
        Place(file=str(walk.disk.root)),
        f"if they are really to go, allow it once: --allow-deletions {dead}",
    )


def _known(walk: Walk, key: str) -> tuple[str, str]:
    row = walk.manifest.unit(key)
    return (row.kind, row.title) if row else ("", "")


def _verdict(walk: Walk, row: FileRow) -> decide.Verdict:
    there = walk.there(row, walk.disk.stamp(row.path))
    return decide.unwanted(row.ours, row.theirs, there, walk.policy.on_conflict)


def _texts_first(path: str) -> tuple[bool, str]:
    """Pictures go after the text that shows them."""
    return not path.endswith((".md", ".html")), path
