"""Charts as plain SVG: bars and lines whose every value is also a word. Pure; escapes by Jinja.

Colours are classes of the page's style sheet, so that they follow light and dark; every chart has
a name, and a table beside it says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SEVERITIES = ("error", "warning", "notice")
_WIDTH = 520


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart: its name and a part for each severity, as numbers and as places."""

    name: str
    counts: tuple[int, int, int]
    parts: tuple[tuple[str, float, float], ...]  # class, from, width

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Line:
    """One severity over time: points as SVG wants them."""

    name: str
    points: str
    last: int
    y: float


def bars(counted: Mapping[str, Sequence[int]], most: int = 12) -> list[Bar]:
    """The largest rows, longest first; ``counted`` is errors, warnings, notices by name."""
    ranked = sorted(counted.items(), key=lambda pair: (-sum(pair[1]), pair[0]))[:most]
    scale = max((sum(counts) for _, counts in ranked), default=0) or 1
    found = []
    for name, counts in ranked:
        at = 0.0
        parts = []
        for severity, count in zip(SEVERITIES, counts, strict=True):
            width = round(_WIDTH * count / scale, 1)
            if count:
                parts.append((severity, at, max(width, 1.0)))
            at = round(at + width, 1)
        errors, warnings, notices = counts
        found.append(Bar(name, (errors, warnings, notices), tuple(parts)))
    return found


def counted_by(data: Mapping[str, Any]) -> dict[str, dict[str, list[int]]]:
    """What counts by family, author and category: errors, warnings, notices of each."""
    found: dict[str, dict[str, list[int]]] = {"family": {}, "author": {}, "category": {}}
    columns, rules, items = data["findings"], data["rules"], data["items"]
    for rule, item, severity, muted in zip(
        columns["rule"], columns["item"], columns["severity"], columns["muted"], strict=True
    ):
        if muted:
            continue
        _, _, _, _, _, author, filed, _ = items[item]
        names = [("family", rules[rule]["family"])]
        if author >= 0:
            names.append(("author", data["authors"][author]))
        names += [("category", data["categories"][number]) for number in filed]
        for group, name in names:
            found[group].setdefault(name, [0, 0, 0])[severity] += 1
    return found


def lines(history: Sequence[Mapping[str, Any]], width: int = 520, height: int = 140) -> list[Line]:
    """Findings by severity over the last audits; empty where there was only one."""
    if len(history) < 2:
        return []
    top = max(max(int(one[name]) for name in SEVERITIES) for one in history) or 1
    step = width / (len(history) - 1)
    found = []
    for name in SEVERITIES:
        values = [int(one[name]) for one in history]
        ys = [round(height - height * value / top, 1) for value in values]
        points = " ".join(f"{round(number * step, 1)},{y}" for number, y in enumerate(ys))
        found.append(Line(name, points, values[-1], ys[-1]))
    return found


def by_rule(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules that found what counts, the gravest first, then the most findings."""
    columns = data["findings"]
    totals: Counter[int] = Counter()
    gravest: dict[int, int] = {}
    posts: dict[int, set[int]] = {}
    for rule, item, severity, muted in zip(
        columns["rule"], columns["item"], columns["severity"], columns["muted"], strict=True
    ):
        if not muted:
            totals[rule] += 1
            gravest[rule] = min(severity, gravest.get(rule, 2))
            posts.setdefault(rule, set()).add(item)
    order = sorted(
        totals, key=lambda rule: (gravest[rule], -totals[rule], data["rules"][rule]["id"])
    )
    return [
        {
            **data["rules"][rule],
            "severity": SEVERITIES[gravest[rule]],
            "count": totals[rule],
            "items": len(posts[rule]),
        }
        for rule in order
    ]
