"""The nouns of a plan: what would happen to each thing, why, and the file that says so. No I/O.

A plan is a value: equal worlds give equal plans, byte for byte. It holds no times and no content
beyond what a conflict has to show, so that a person can read it and approve it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import msgspec

from wp_sync.errors import Problem, UsageError
from wp_sync.publish.base import digest_of

Action = Literal["create", "update", "adopt", "skip", "conflict", "delete"]
ACTIONS: tuple[Action, ...] = ("create", "update", "adopt", "conflict", "delete", "skip")
_FORM = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A field on which the source and the target disagree: what was pushed last, ours, theirs."""

    field: str
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one thing.

    ``source`` is the item's digest and ``stamp`` the target's sign of change when this was
    decided. ``fields`` are those to write (of an adopted thing: those that differ). ``kept`` names
    fields that stay as the target has them; ``save``: the target's version is saved first. ``how``
    a thing is taken away: unpublish or trash. A ``skip`` is a step only where something is to be
    remembered of it. ``group`` is the kind, where the key does not tell it; of files, ``fields``
    are their names.
    """

    action: Action
    key: str
    title: str
    reason: str
    target_id: str = ""
    fields: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    source: str = ""
    stamp: str = ""
    save: bool = False
    how: str = ""
    group: str = ""

    @property
    def kind(self) -> str:
        return self.group or self.key.partition(":")[0]

    @property
    def writes(self) -> bool:
        """Whether the target is written to."""
        return self.action in ("create", "update", "delete") or bool(
            self.action in ("adopt", "skip") and self.fields
        )


@dataclass(frozen=True)
class Plan:
    """Everything that a push would do to one target. ``counts`` by kind and action.

    ``made`` stands for every byte that would be written, where the target is files.
    """

    target: str
    site: str
    steps: tuple[Step, ...]
    counts: Mapping[tuple[str, Action], int]
    problems: tuple[Problem, ...] = ()
    refused: Problem | None = None
    notes: tuple[str, ...] = ()
    made: str = ""

    def count(self, *actions: Action) -> int:
        return sum(number for (_, action), number in self.counts.items() if action in actions)

    @property
    def kinds(self) -> list[str]:
        """The kinds, in the order in which they are pushed."""
        return list(dict.fromkeys(kind for kind, _ in self.counts))

    @property
    def writes(self) -> int:
        return sum(step.writes for step in self.steps)

    @cached_property
    def digest(self) -> str:
        """Equal digests: the same would happen, to the same things."""
        counts = [[kind, action, number] for (kind, action), number in self.counts.items()]
        return digest_of(
            [
                self.target,
                self.site,
                sorted(counts),
                self.made,
                [_plain(step) for step in self.steps],
            ]
        )

    def to_plain(self) -> dict[str, Any]:
        """The plan as plain values."""
        counted: dict[str, dict[str, int]] = {}
        for (kind, action), number in self.counts.items():
            counted.setdefault(kind, {})[action] = number
        return {
            "wp_sync_plan": _FORM,
            "target": self.target,
            "site": self.site,
            "digest": self.digest,
            "counts": counted,
            "problems": [_problem(one) for one in self.problems],
            "refused": _problem(self.refused) if self.refused else None,
            "notes": list(self.notes),
            "made": self.made,
            "steps": [_plain(step) for step in self.steps],
        }

    def to_json(self) -> bytes:
        """The plan as a file holds it."""
        return msgspec.json.format(msgspec.json.encode(self.to_plain()), indent=1) + b"\n"


def _plain(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"action": step.action, "key": step.key}
    for name in ("title", "reason", "target_id", "source", "stamp", "save", "how", "group"):
        if value := getattr(step, name):
            found[name] = value
    for name in ("fields", "kept"):
        if value := getattr(step, name):
            found[name] = list(value)
    if step.changes:
        found["changes"] = [
            {"field": one.field, "base": one.base, "ours": one.ours, "theirs": one.theirs}
            for one in step.changes
        ]
    return found


def _problem(problem: Problem) -> dict[str, str]:
    return {"where": str(problem.place), "message": problem.message, "hint": problem.hint}


def plan_of(data: bytes, name: str) -> Plan:
    """The plan that a file holds.

    Raises:
        UsageError: it is no plan, not whole, or was changed by hand.
    """
    try:
        found = msgspec.json.decode(data)
        if found["wp_sync_plan"] != _FORM:
            raise ValueError("of another version")
        steps = tuple(_step(one) for one in found["steps"])
        counts = {
            (str(kind), action): int(number)
            for kind, by in found["counts"].items()
            for action, number in by.items()
        }
        refused = found["refused"]
        plan = Plan(
            str(found["target"]),
            str(found["site"]),
            steps,
            counts,
            tuple(Problem(one["message"], hint=one["hint"]) for one in found["problems"]),
            Problem(refused["message"], hint=refused["hint"]) if refused else None,
            tuple(found["notes"]),
            str(found["made"]),
        )
        whole = plan.digest == found["digest"]
    except (ValueError, KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{name} is no plan of this version", hint="make one: wp-sync plan TARGET --save FILE"
        ) from error
    if not whole:
        raise UsageError(
            f"{name} is not as it was saved: its digest does not agree",
            hint="a plan is approved or not; make another with `plan` after changing what it is of",
        )
    return plan


def _step(found: Mapping[str, Any]) -> Step:
    if found["action"] not in ACTIONS:
        raise ValueError(found["action"])
    return Step(
        found["action"],
        str(found["key"]),
        str(found.get("title", "")),
        str(found.get("reason", "")),
        str(found.get("target_id", "")),
        tuple(found.get("fields", ())),
        tuple(
            Change(one["field"], one["base"], one["ours"], one["theirs"])
            for one in found.get("changes", ())
        ),
        tuple(found.get("kept", ())),
        str(found.get("source", "")),
        str(found.get("stamp", "")),
        bool(found.get("save", False)),
        str(found.get("how", "")),
        str(found.get("group", "")),
    )


@dataclass
class Collector:
    """Steps and counts as they are decided; what is only skipped is counted and forgotten."""

    steps: list[Step] = field(default_factory=list)
    counts: Counter[tuple[str, Action]] = field(default_factory=Counter)

    def add(self, step: Step, *, keep: bool = False) -> int:
        """Count a step; its place comes back, for `replace` (``keep``: whatever it is)."""
        self.counts[step.kind, step.action] += 1
        if keep or step.action != "skip" or step.reason:
            self.steps.append(step)
        return len(self.steps) - 1

    def replace(self, place: int, step: Step) -> None:
        """Something that was decided too early, decided again."""
        before = self.steps[place]
        self.counts[before.kind, before.action] -= 1
        self.counts[step.kind, step.action] += 1
        self.steps[place] = step

    def all(self) -> tuple[tuple[Step, ...], dict[tuple[str, Action], int]]:
        """The steps worth keeping, and all counts."""
        kept = tuple(step for step in self.steps if step.action != "skip" or step.reason)
        return kept, {key: count for key, count in self.counts.items() if count}
