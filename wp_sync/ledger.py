"""What is remembered of a target, and the port that keeps it: receipts, intents, saved versions.

A *receipt* says that an item of the source stands at the target, where, what was sent and what the
target made of it. An *intent* is written before each write and removed with its receipt: one that
is left tells that a write may have taken place. Values and a port; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Action = Literal["create", "update", "remove"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """One item of the source as it stands at the target.

    ``source`` is the item's digest when it was last pushed. ``sent`` has a digest for each field as
    it was sent, ``base`` each field as the target answered it, in canonical form; ``stamp`` is the
    target's own sign of change. ``facts`` is what other items need to know of it. ``kept`` names
    fields in which a person decided for the target's value; ``missing`` keys that were not at the
    target when it was written; ``past`` digests of earlier bases, newest first: a target that was
    restored from a backup shows one of them. ``removed``: how it was taken from visitors since the
    source no longer has it.
    """

    item: str
    target_id: str
    url: str = ""
    source: str = ""
    stamp: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    removed: str = ""
    run: int = 0
    at: str = ""

    @property
    def kind(self) -> str:
        return self.item.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that is about to be done. ``prints`` is what to look for when its end is unknown."""

    item: str
    action: Action
    slug: str = ""
    prints: tuple[str, ...] = ()
    target_id: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    number: int = 0
    run: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """What the target held before it was overwritten, field by field."""

    item: str
    target_id: str
    fields: Mapping[str, Any]
    number: int = 0
    run: int = 0
    at: str = ""


class Ledger(Protocol):
    """What is remembered of one target of one site. A call that returns is durable."""

    def receipts(self, kind: str = "") -> Iterator[Receipt]:
        """Every receipt (of a kind) in order of item, streamed."""
        ...

    def of(self, items: Iterable[str]) -> Mapping[str, Receipt]:
        """The receipts of some items, by item."""
        ...

    def items_at(self, kind: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Which items stand at some of the target's ids."""
        ...

    def begin(self, run: int, intents: Sequence[Intent]) -> Sequence[int]:
        """Write intents down, before what they tell of is done; their numbers come back."""
        ...

    def intents(self) -> Sequence[Intent]:
        """Intents whose end is not known, in order."""
        ...

    def settle(
        self,
        run: int,
        receipts: Sequence[Receipt] = (),
        ended: Iterable[int] = (),
        gone: Iterable[str] = (),
    ) -> None:
        """In one transaction: receipts written, intents ended, receipts of what is gone removed."""
        ...

    def save_version(self, run: int, saved: SavedVersion) -> int:
        """Keep what the target holds, before it is overwritten; its number comes back."""
        ...

    def versions(self, item: str) -> Sequence[SavedVersion]:
        """What was saved of an item, oldest first."""
        ...
