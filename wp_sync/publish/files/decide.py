"""What becomes of one file of an export: every case, and why. Pure.

Three digests meet: what we last wrote (the manifest's), what stands there now, and what the archive
wants. Nothing that is not ours is ever written over or deleted without a person's word.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from wp_sync.publish.files.base import OnConflict

Deed = Literal["write", "adopt", "skip", "conflict", "delete", "forget", "leave"]


class Verdict(NamedTuple):
    """What to do with a file. ``save``: a person's version is saved before it is replaced;
    ``changed``: whether anybody would notice (an update against a skip)."""

    deed: Deed
    reason: str
    save: bool = False


def wanted(
    ours: tuple[str, ...],
    theirs: str,
    there: str | None,
    want: str,
    on_conflict: OnConflict,
) -> Verdict:
    """A file that the export wants to hold ``want``.

    ``ours``: the digests that we left there (empty for a file that we never wrote); ``theirs``: a
    person's version that is to stay; ``there``: what is there now, None for nothing, empty for
    something that is no plain file.
    """
    if there is None:
        return Verdict("write", "is not there any more" if ours else "new")
    if there == want:
        same = ours == (want,) and not theirs
        return Verdict("skip", "unchanged") if same else Verdict("adopt", "is there already")
    if there in ours:
        return Verdict("write", "changed")
    if there and there == theirs and on_conflict != "overwrite":
        return Verdict("skip", "a person's version stays")
    what = "was edited there" if ours else "is there, and not from us"
    if not there:
        what = "is no plain file there"
    elif on_conflict == "overwrite":
        return Verdict("write", f"{what}; saved, then written over", save=True)
    if on_conflict == "theirs":
        return Verdict("leave", f"{what}, and stays")
    return Verdict("conflict", what)


def unwanted(
    ours: tuple[str, ...], theirs: str, there: str | None, on_conflict: OnConflict
) -> Verdict:
    """A file that we once wrote and that no unit wants any more."""
    if there is None:
        return Verdict("forget", "is gone already")
    if there in ours:
        return Verdict("delete", "no longer wanted")
    if there and on_conflict == "overwrite":
        return Verdict("delete", "no longer wanted; was edited there, saved first", save=True)
    if on_conflict == "theirs" or (there and there == theirs):
        return Verdict("forget", "no longer wanted, was edited there, and stays")
    return Verdict("conflict", "no longer wanted, and was edited there")


def guard(dead: int, units: int, *, few: int, share: float, many: int, allowed: int) -> bool:
    """Whether so many deletions need a person's word first."""
    if dead <= allowed:
        return False
    return dead > many or (dead > few and dead > share * units)
