"""What no unit wants any more: deleted at a run's end, after everything new stands.

Behind the guard, and never a file that a person edited, or one that is not in the manifest.
"""

from __future__ import annotations

from wp_sync.errors import Place, Problem
from wp_sync.publish.files import decide
from wp_sync.publish.files.base import Step
from wp_sync.publish.files.manifest import FileRow
from wp_sync.publish.files.passing import NOBODY, Pass


def sweep(pass_: Pass) -> None:
    """Delete the files of units that are gone, and old places of those that moved."""
    dead = pass_.manifest.unseen()
    leave = pass_.policy.on_deleted == "leave"
    if not leave:
        pass_.refused = _refusal(pass_, len(dead))
    spared = dead if leave or pass_.refused else {}
    by_key: dict[str, list[FileRow]] = {}
    for row in pass_.manifest.unclaimed():
        if hash(row.key) not in pass_.stays and row.key not in spared:
            by_key.setdefault(row.key.removeprefix(NOBODY), []).append(row)
    forget: list[str] = []
    removed: list[str] = []
    units = [key for key in dead if key not in by_key and key not in spared]
    for key, rows in by_key.items():
        kind, title = dead.get(key) or _known(pass_, key)
        verdicts = [(row, _verdict(pass_, row)) for row in rows]
        edited = tuple(row.path for row, verdict in verdicts if verdict.deed == "conflict")
        if edited:
            pass_.told(Step("conflict", key, kind, title, "is to go, and was edited", edited))
            continue
        reason = "is gone at the source" if key in dead else "stood here before"
        pass_.told(Step("delete", key, kind, title, reason, tuple(row.path for row in rows)))
        if not pass_.writing:
            continue
        for row, verdict in sorted(verdicts, key=lambda pair: _texts_first(pair[0].path)):
            if verdict.deed == "delete":
                if verdict.save:
                    pass_.disk.save(row.path)
                pass_.disk.remove(row.path)
                removed.append(row.path)
            forget.append(row.path)
        if key in dead:
            units.append(key)
    if pass_.writing and (forget or units):
        pass_.disk.flush_folders(removed)
        pass_.manifest.write(forget=forget, forget_units=units)


def _refusal(pass_: Pass, dead: int) -> Problem | None:
    policy, total = pass_.policy, dead + pass_.wanted
    if not decide.guard(
        dead, total, few=policy.few, share=policy.share, many=policy.many, allowed=policy.allowed
    ):
        return None
    return Problem(
        f"{dead:,} of {total:,} would be deleted; none was",
        Place(file=str(pass_.disk.root)),
        f"if they are really to go, allow it once: --allow-deletions {dead}",
    )


def _known(pass_: Pass, key: str) -> tuple[str, str]:
    row = pass_.manifest.unit(key)
    return (row.kind, row.title) if row else ("", "")


def _verdict(pass_: Pass, row: FileRow) -> decide.Verdict:
    there = pass_.there(row, pass_.disk.stamp(row.path))
    return decide.unwanted(row.ours, row.theirs, there, pass_.policy.on_conflict)


def _texts_first(path: str) -> tuple[bool, str]:
    """Pictures go after the text that shows them."""
    return not path.endswith((".md", ".html")), path
