"""Whether a run is worth a message: only when something changed. Pure; sends and stores nothing.

A cron job runs every few minutes. A person wants to hear once that something is wrong, again when
something else is, and once that all is well; a site that was down for one run is no news.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wp_sync.notify.base import Condition, Notice, RunReport, name_of


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was last told: the condition, and the names of the problems then."""

    condition: Condition = Condition.OK
    problems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered between runs. ``out_of_reach`` counts runs in a row; times as ISO 8601."""

    condition: Condition = Condition.OK
    since: str = ""
    out_of_reach: int = 0
    last_success: str = ""
    told: Mapping[str, Told] = field(default_factory=dict)


def after(memory: Memory, report: RunReport, *, unreachable_after: int) -> Memory:
    """How things stand after a run; nobody has been told yet."""
    found = report.condition
    if found is None:
        return memory
    finished = report.finished_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if found is Condition.UNREACHABLE:
        count = memory.out_of_reach + 1
        memory = replace(memory, out_of_reach=count)
        if count < unreachable_after:
            return memory  # what was wrong before may still be
    else:
        memory = replace(memory, out_of_reach=0)
    if found is Condition.OK:
        memory = replace(memory, last_success=finished)
    if found is not memory.condition:
        memory = replace(memory, condition=found, since=finished)
    return memory


def notice(memory: Memory, report: RunReport, channel: str) -> Notice | None:
    """What a channel is to be told now; None where it knows all of it."""
    told = memory.told.get(channel, Told())
    found = report.condition
    if found is None or found is not memory.condition:  # out of reach, but not for long
        return None
    fresh = tuple(one for one in report.problems if name_of(one) not in told.problems)
    if memory.condition is told.condition and (memory.condition is Condition.OK or not fresh):
        return None
    return Notice(memory.condition, told.condition, memory.since, report, fresh)


def having_told(memory: Memory, report: RunReport, channel: str) -> Memory:
    """The channel knows how things stand; also where there was nothing to say."""
    if report.condition is None or report.condition is not memory.condition:
        return memory
    told = Told(memory.condition, frozenset(name_of(one) for one in report.problems))
    return replace(memory, told={**memory.told, channel: told})
