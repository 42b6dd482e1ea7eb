"""A plan, a push and a parity report in words for a terminal: trees with counts and reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from wp_sync.cli.lines import Line, block, spaced
from wp_sync.cli.screen import problem_text
from wp_sync.cli.text import count, kind_name, printable
from wp_sync.errors import Problem
from wp_sync.publish.drive import Result
from wp_sync.publish.parity.compare import around
from wp_sync.publish.parity.nouns import STATES, WORDS, Parity
from wp_sync.publish.steps import ACTIONS, Action, Plan, Step

_SHOWN = 10  # things of one kind and action
_LONGEST = 70
_PROBLEMS = 20
SIGNS: dict[Action, str] = {
    "create": "+", "update": "~", "adopt": "=", "conflict": "!", "delete": "-", "skip": "·",
}  # fmt: skip
_STYLES: dict[Action, str] = {
    "create": "green", "update": "yellow", "adopt": "cyan", "conflict": "bold red",
    "delete": "red", "skip": "dim",
}  # fmt: skip
NOUNS: dict[Action, str] = {
    "create": "to create", "update": "to update", "adopt": "to adopt", "conflict": "in conflict",
    "delete": "to take away", "skip": "as they are",
}  # fmt: skip


def plan_parts(plan: Plan, *, every: bool = False) -> list[RenderableType]:
    """The tree of a plan."""
    parts: list[Sequence[RenderableType]] = [[Text(_head(plan), style="bold")]]
    by: dict[tuple[str, Action], list[Step]] = defaultdict(list)
    for step in plan.steps:
        by[step.kind, step.action].append(step)
    for kind in plan.kinds:
        parts.append(list(_kind(plan, kind, by, every=every)))
    parts.append([Line(note, indent=0) for note in plan.notes])
    parts.append(_problems(plan.problems))
    if plan.refused:
        parts.append([problem_text(plan.refused, "refused: ")])
    return spaced(*parts)


def _head(plan: Plan) -> str:
    counts = [f"{plan.count(action):,} {NOUNS[action]}" for action in ACTIONS if plan.count(action)]
    where = f"{printable(plan.site, one_line=True)} → {printable(plan.target, one_line=True)}"
    return f"{where}: {', '.join(counts) or 'nothing to do'}"


def _kind(
    plan: Plan, kind: str, by: dict[tuple[str, Action], list[Step]], *, every: bool
) -> Iterator[RenderableType]:
    yield Text(kind_name(kind).capitalize(), style="bold")
    for action in ACTIONS:
        number = plan.counts.get((kind, action), 0)
        if not number:
            continue
        style = _STYLES[action]
        yield Line(Text(f"{number:,} {NOUNS[action]}", style=style), indent=2)
        steps = by[kind, action]
        shown = steps if every or action == "conflict" else steps[:_SHOWN]
        for step in shown:
            title = _short(step.title or step.key)
            words = Text.assemble((f"{SIGNS[action]} ", style), title, (f"  {step.reason}", "dim"))
            yield Line(words, indent=4)
            for change in step.changes if action == "conflict" else ():
                ours, theirs = around(change.ours, change.theirs)
                base, _ = around(change.base, change.theirs)
                for name, value in (("pushed", base), ("here", ours), ("there", theirs)):
                    line = f"{change.field}, {name}: {_short(value, 130)}"
                    yield Line(Text(line, style="dim"), indent=6)
        if len(steps) > len(shown):
            yield Line(Text(f"and {len(steps) - len(shown):,} more", style="dim"), indent=4)


def result_parts(result: Result) -> list[RenderableType]:
    """What a push did."""
    rows: list[tuple[str, str | Text]] = []
    done: dict[str, list[str]] = defaultdict(list)
    words = {
        "create": "created", "update": "updated", "adopt": "adopted", "delete": "taken away",
        "skip": "noted",
    }  # fmt: skip
    for action in ACTIONS:
        for (kind, one), number in result.done.items():
            if one == action and number and action in words and action != "skip":
                done[kind].append(f"{number:,} {words[action]}")
    same = result.plan.count("skip")
    for kind in result.plan.kinds:
        if kind in done:
            rows.append((kind_name(kind), ", ".join(done[kind])))
    where = printable(result.plan.target, one_line=True)
    head = f"{where}: {count(result.writes, 'write')}"
    if same:
        head += f", {same:,} as they were"
    parts: list[Sequence[RenderableType]] = [[Text(head, style="bold")], block("Done", rows)]
    conflicts = [step for step in result.plan.steps if step.action == "conflict"]
    if conflicts:
        shown: list[tuple[str, str | Text]] = [
            (_short(step.title or step.key), step.reason) for step in conflicts[:_PROBLEMS]
        ]
        more = f"and {len(conflicts) - _PROBLEMS:,} more" if len(conflicts) > _PROBLEMS else ""
        parts.append(block("A person decides (`wp-sync plan` shows both sides)", shown, more=more))
    parts.append(_problems(result.problems))
    return spaced(*parts)


def parity_parts(parity: Parity) -> list[RenderableType]:
    """A parity report."""
    where = f"{printable(parity.site, one_line=True)} and {printable(parity.target, one_line=True)}"
    parts: list[Sequence[RenderableType]] = [
        [Text(f"{where} are {parity.verdict}", style="bold green" if parity.clean else "bold red")]
    ]
    rows: list[tuple[str, str | Text]] = []
    for kind, (here, there) in parity.items.items():
        found = [
            f"{parity.counts[kind, state]:,} {state}"
            for state in STATES
            if parity.counts.get((kind, state))
        ]
        number = count(here, "file") if parity.files else f"{here:,}"
        rows.append((kind_name(kind), f"{number} here, {there:,} there: {', '.join(found)}"))
    parts.append(block("What was compared", rows))
    for state in STATES[:-1]:
        some = [one for one in parity.differences if one.state == state]
        lines: list[tuple[str, str | Text]] = []
        for one in some[:_PROBLEMS]:
            name = _short(one.title or one.key or one.target_id, 40)
            words = f"{one.field}: " if one.field else ""
            words += f"{_short(one.ours)} / {_short(one.theirs)}" if one.ours else one.theirs
            lines.append((name, words))
        more = f"and {len(some) - _PROBLEMS:,} more" if len(some) > _PROBLEMS else ""
        parts.append(block(WORDS[state].capitalize(), lines, more=more))
    if parity.left_out:
        parts.append([Line(f"{parity.left_out:,} more differences are only counted", indent=0)])
    parts.append([Line(note, indent=0) for note in parity.notes])
    parts.append(_problems(parity.problems))
    return spaced(*parts)


def _problems(problems: Sequence[Problem]) -> list[RenderableType]:
    found: list[RenderableType] = [problem_text(one, "• ") for one in problems[:_PROBLEMS]]
    if len(problems) > _PROBLEMS:
        found.append(Text(f"and {len(problems) - _PROBLEMS:,} more problems", style="dim"))
    return found


def _short(words: str, most: int = _LONGEST) -> str:
    shown = printable(words, one_line=True)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
