"""The port of exporters, and the nouns of an export into files. No I/O, no decisions.

An exporter says which *units* there are (a post with its pictures, a term's page, a whole file of
redirects), each with a digest of all that goes into it, and renders those that the engine asks for.
It never touches the disk: `wp_sync.publish.files.engine` decides what is written, adopted, left to
a person or deleted, and keeps account of it in a manifest.

An exporter must be deterministic: the same archive, rules and options give the same bytes on every
machine, and the same digests for as long as the bytes stay the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from wp_sync.errors import Problem

Action = Literal["create", "update", "adopt", "skip", "conflict", "delete"]
Shape = Literal["folder", "file"]
OnConflict = Literal["stop", "theirs", "overwrite"]
OnDeleted = Literal["leave", "delete"]
# Bytes, a file to copy, or pieces of a file too large for memory (called each time it is read).
Content = bytes | Path | Callable[[], Iterable[bytes]]


class Output(NamedTuple):
    """One file of a unit. ``path`` is relative to the output folder, with ``/``.

    ``sha256`` may be given where it is known (files of the archive). ``once``: written only where
    no file of that name is, and then a person's; never updated, compared or deleted.
    """

    path: str
    content: Content
    sha256: str = ""
    once: bool = False


class Unit(NamedTuple):
    """What is rendered together. ``key`` is an item's key, or a name of the exporter's own.

    ``digest`` stands for everything that goes into the unit's files, but for the facts that
    rendering asks for (`Made.facts`). Cheap: no unit is rendered to have it.
    """

    key: str
    kind: str
    title: str
    digest: str


@dataclass(frozen=True, slots=True)
class Made:
    """A unit rendered. ``files`` stand in the order in which they are to appear: pictures first,
    then the text that shows them.

    ``facts`` names what the unit depends on beside its digest (another post's new address, say)
    with what it was: as long as `Exporter.fact` answers the same, the unit is not rendered again.
    ``problems`` is what a person should know of it.
    """

    unit: Unit
    files: Sequence[Output]
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


class Exporter(Protocol):
    """A kind of files made from an archive."""

    @property
    def name(self) -> str:
        """The kind of the target: ``hugo``, ``wxr`` …"""
        ...

    @property
    def digest(self) -> str:
        """The digest of all that may change any file: while it stays, no unit is looked at."""
        ...

    @property
    def facts_digest(self) -> str:
        """The digest of all facts together: while it stays, no single fact is asked for."""
        ...

    def units(self) -> Iterator[Unit]:
        """Every unit, in an order that is the same every time."""
        ...

    def fact(self, name: str, /) -> str:
        """A fact that a unit's `Made.facts` named, as it is now; empty where there is none."""
        ...

    def made(self, units: Sequence[Unit]) -> Iterator[Made]:
        """These units rendered, in their order. Some hundred at a time at most."""
        ...


@runtime_checkable
class Closing(Protocol):
    """An exporter that holds something between calls (processes, a file); may be used again."""

    def close(self) -> None: ...


class Plain:
    """For exporters whose units depend on nothing but their digests."""

    @property
    def facts_digest(self) -> str:
        return ""

    def fact(self, _name: str) -> str:
        return ""


class Step(NamedTuple):
    """What happens, or would, to one unit. ``files`` are the paths concerned."""

    action: Action
    key: str
    kind: str
    title: str
    reason: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a person decided beforehand.

    ``on_conflict``: a file that is not as we left it, or that is not ours, stops its unit
    (``stop``), stays for good (``theirs``), or is saved in ``.wp-sync/saved`` and written
    (``overwrite``). ``on_deleted``: files of what is gone at the source are deleted or left. More
    deletions than ``few`` and than ``share`` of all units, or than ``many``, need ``allowed``.
    """

    on_conflict: OnConflict = "stop"
    on_deleted: OnDeleted = "delete"
    allowed: int = 0
    few: int = 10
    share: float = 0.10
    many: int = 1000
    link: bool = False  # hard links to the archive's files instead of copies


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan or push came to. ``counts`` by kind and action; ``steps`` without the skipped.

    ``refused`` says why deletions were not done (the guard). ``written`` counts files,
    ``digest`` stands for the steps and every byte they would write.
    """

    counts: Mapping[tuple[str, Action], int]
    steps: Sequence[Step]
    problems: Sequence[Problem] = ()
    refused: Problem | None = None
    written: int = 0
    rendered: int = 0
    digest: str = ""

    def count(self, action: Action) -> int:
        return sum(number for (_, name), number in self.counts.items() if name == action)


State = Literal["same", "edited", "behind", "missing", "extra"]


class Difference(NamedTuple):
    """What `verify` found of one file.

    ``edited``: not as we left it; ``behind``: as we left it, and the archive says something else
    by now; ``missing``: not there; ``extra``: written by us, and no longer wanted.
    """

    state: State
    path: str
    key: str
    wanted: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What `verify` looked at: files by kind and state, and every one that is not the same."""

    counts: Mapping[tuple[str, State], int]
    differences: Sequence[Difference]
    problems: Sequence[Problem] = ()

    @property
    def clean(self) -> bool:
        return not self.differences
