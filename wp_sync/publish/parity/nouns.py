"""The nouns of a comparison: what was found of each thing, and the whole report. Values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wp_sync.errors import Problem

State = Literal[
    "same", "differs", "missing", "extra", "refused", "explained", "kept", "link", "related"
]
# In the order in which they are told; the second half is what a person decided or may ignore.
STATES: tuple[State, ...] = (
    "missing", "differs", "link", "related", "extra", "refused", "explained", "kept", "same",
)  # fmt: skip
WORDS: Mapping[State, str] = {
    "same": "the same on both sides",
    "differs": "a field differs",
    "missing": "not there",
    "extra": "only there",
    "refused": "could not come, for the reason told",
    "explained": "differs as the move explains: host, numbers, spelling of blocks, rules,"
    " links that led nowhere before",
    "kept": "kept as the target has it, by a person's decision",
    "link": "a link that leads nowhere, or still to the old site",
    "related": "a related post that is not there",
}
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing, or one field of it, that is not the same. ``ours`` and ``theirs`` are excerpts."""

    state: State
    kind: str
    key: str
    title: str
    field: str = ""
    ours: str = ""
    theirs: str = ""
    source_url: str = ""
    target_url: str = ""
    target_id: str = ""


@dataclass(frozen=True)
class Parity:
    """What a comparison came to. ``counts``: things by kind and state; ``items`` by kind, here and
    there. ``differences`` holds at most 50,000; ``left_out`` counts the rest. ``files``: what is
    counted are files, of which a thing may have several."""

    target: str
    site: str
    counts: Mapping[tuple[str, State], int]
    items: Mapping[str, tuple[int, int]]
    differences: tuple[Difference, ...] = ()
    left_out: int = 0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    bytes_compared: int = 0
    files: bool = False

    @property
    def verdict(self) -> str:
        """What both sides are, in words."""
        if not self.clean:
            return "not the same"
        left = self.count("refused")
        if not left:
            return "the same"
        return f"the same, but for {left:,} thing{'s' if left > 1 else ''} that could not come"

    @property
    def clean(self) -> bool:
        """Nothing is missing that could come, nothing differs, and every link leads where it led
        before."""
        bad = ("missing", "differs", "link", "related")
        return not any(count for (_, state), count in self.counts.items() if state in bad)

    def count(self, state: State) -> int:
        return sum(count for (_, one), count in self.counts.items() if one == state)

    def to_plain(self) -> dict[str, Any]:
        """The report as JSON holds it."""
        counted: dict[str, dict[str, int]] = {}
        for (kind, state), count in self.counts.items():
            counted.setdefault(kind, {})[state] = count
        return {
            "target": self.target,
            "site": self.site,
            "clean": self.clean,
            "counts": counted,
            "items": {
                kind: {"here": here, "there": there} for kind, (here, there) in self.items.items()
            },
            "files_compared": self.bytes_compared,
            "differences": [
                {name: value for name in _NAMES if (value := getattr(one, name))}
                for one in self.differences
            ],
            "left_out": self.left_out,
            "notes": list(self.notes),
        }


_NAMES = (
    "state", "kind", "key", "title", "field", "ours", "theirs", "source_url", "target_url",
    "target_id",
)  # fmt: skip


@dataclass
class Findings:
    """Differences as they are found; what is too many is counted."""

    counts: Counter[tuple[str, State]] = field(default_factory=Counter)
    found: list[Difference] = field(default_factory=list)
    left_out: int = 0

    def same(self, kind: str) -> None:
        self.counts[kind, "same"] += 1

    def thing(self, differences: list[Difference]) -> None:
        """The differences of one thing, which counts once for each state."""
        for kind, state in {(one.kind, one.state) for one in differences}:
            self.counts[kind, state] += 1
        room = max(0, _MOST - len(self.found))
        self.found += differences[:room]
        self.left_out += len(differences) - len(differences[:room])
