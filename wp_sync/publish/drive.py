"""The three commands over any target: a live system or files, seen the same way from outside.

Opens what the settings name and turns what an export says into the words of a plan, so that there
is one tree, one file and one page for all. Decides nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from wp_sync.archive.base import SiteArchive
from wp_sync.errors import GuardRefused, PlanStale, Problem, WpSyncError
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Progress, Stop
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.base import Outcome, Policy
from wp_sync.publish.files.base import Step as FileStep
from wp_sync.publish.files.engine import Export
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.order import ordered_kinds
from wp_sync.publish.parity.nouns import Difference, Parity, State
from wp_sync.publish.parity.verify import Verifier
from wp_sync.publish.plan import Guard
from wp_sync.publish.steps import Action, Plan, Step
from wp_sync.publish.targets import target_kind

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a push did. ``over`` is what ended it before its end. The plan of a push into files
    counts everything and lists its conflicts only."""

    plan: Plan
    done: Counter[tuple[str, Action]] = field(default_factory=Counter)
    problems: tuple[Problem, ...] = ()
    left: int = 0
    writes: int = 0
    over: WpSyncError | None = None


class Driver(Protocol):
    """A target under the three commands."""

    def plan(self) -> Plan: ...
    def push(self, approved: Plan | None = None) -> Result: ...
    def verify(self) -> Parity: ...


@dataclass(frozen=True, slots=True)
class Job:
    """What is mirrored where, and under which guard."""

    archive: SiteArchive
    rules: Rules
    settings: Settings
    guard: Guard
    progress: Progress
    stop: Stop


@contextmanager
def opened(job: Job) -> Iterator[Driver]:
    """The target of a job.

    Raises:
        UsageError: there is no such kind of target, or it has other options.
    """
    kind = target_kind(job.settings.kind)
    if isinstance(kind, FileTarget):
        yield _Files(job, kind)
        return
    publisher = kind.open(job.settings)
    try:
        yield _Live(
            Mirror(
                job.archive,
                job.rules,
                publisher,
                job.settings,
                guard=job.guard,
                progress=job.progress,
                stop=job.stop,
            ),
            job,
        )
    finally:
        publisher.close()


class _Live:
    def __init__(self, mirror: Mirror, job: Job) -> None:
        self._mirror = mirror
        self._job = job

    def plan(self) -> Plan:
        return self._mirror.plan()

    def push(self, approved: Plan | None = None) -> Result:
        plan, pushed = self._mirror.push(approved)
        problems = (*plan.problems, *pushed.problems)
        return Result(plan, pushed.done, problems, pushed.left, pushed.writes, pushed.over)

    def verify(self) -> Parity:
        return Verifier(self._mirror, self._job.progress, self._job.stop).verify()


_PROVEN: dict[str, State] = {
    "same": "same", "edited": "differs", "behind": "differs", "missing": "missing",
    "extra": "extra",
}  # fmt: skip
_STATES = {"edited": "edited since it was written", "behind": "older than the archive"}


class _Files:
    def __init__(self, job: Job, kind: FileTarget) -> None:
        settings, guard = job.settings, job.guard
        self._settings = settings
        place = Path(settings.place)
        policy = Policy(
            on_conflict=settings.on_conflict,
            on_deleted="leave" if settings.on_deleted == "leave" else "delete",
            allowed=guard.allowed,
            few=guard.few,
            share=guard.share,
            many=guard.many,
        )
        site = job.archive.site()
        self._site = site.key if site else ""
        self._export = Export(
            kind.export(job.archive, job.rules, settings),
            place.parent if kind.single else place,
            name=_file_name(settings.name),
            policy=policy,
            stop=job.stop,
        )

    def plan(self) -> Plan:
        return self._plan(self._export.plan())

    def _plan(self, outcome: Outcome) -> Plan:
        return Plan(
            self._settings.name,
            self._site,
            tuple(
                Step(one.action, one.key, one.title, one.reason, fields=one.files, group=one.kind)
                for one in outcome.steps
            ),
            dict(outcome.counts),
            tuple(outcome.problems),
            outcome.refused,
            made=outcome.digest,
        )

    def push(self, approved: Plan | None = None) -> Result:
        expected = ""
        if approved is not None:
            if (approved.target, approved.site) != (self._settings.name, self._site):
                raise PlanStale(
                    f"the plan is for {approved.target} and {approved.site}",
                    hint=f"this is {self._settings.name} and {self._site}",
                )
            expected = approved.made
        conflicts: list[FileStep] = []  # all else is counted: a site may have a million files

        def tell(step: FileStep) -> None:
            if step.action == "conflict":
                conflicts.append(step)

        outcome = replace(self._export.push(tell, expected=expected), steps=conflicts)
        plan = self._plan(outcome)
        if outcome.refused is not None and not outcome.written:
            refused = outcome.refused
            raise GuardRefused(refused.message, place=refused.place, hint=refused.hint)
        done = Counter({key: n for key, n in outcome.counts.items() if key[1] != "conflict"})
        return Result(plan, done, tuple(outcome.problems), 0, outcome.written)

    def verify(self) -> Parity:
        proof = self._export.verify()
        counts: Counter[tuple[str, State]] = Counter()
        for (kind, proven), count in proof.counts.items():
            counts[kind, _PROVEN[proven]] += count
        here: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for (kind, state), count in counts.items():
            here[kind] += count if state != "extra" else 0
            there[kind] += count if state != "missing" else 0
        found = tuple(
            Difference(
                _PROVEN[one.state],
                one.key.partition(":")[0],
                one.key,
                one.path,
                _STATES.get(one.state, ""),
                one.wanted[:12],
                one.there[:12],
            )
            for one in proof.differences
        )
        return Parity(
            self._settings.name,
            self._site,
            dict(counts),
            {kind: (here[kind], there[kind]) for kind in _in_order({*here, *there})},
            found,
            problems=tuple(proof.problems),
            bytes_compared=sum(counts.values()),
            files=True,
        )


def _in_order(kinds: Collection[str]) -> list[str]:
    """Kinds as they are pushed, and behind them what is none (a list of all pages, say)."""
    known = ordered_kinds(kinds)
    return [*known, *sorted(set(kinds) - set(known))]


def _file_name(name: str) -> str:
    """A target's name as a file's: as it is where it may stand in one, else its digest."""
    if _SAFE.fullmatch(name):
        return name
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
