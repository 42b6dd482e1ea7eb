"""What an audit says on a screen, and in the document of ``--json``. No I/O of its own."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync.cli.lines import Line, block, dim, spaced
from wp_sync.cli.text import count, printable
from wp_sync.findings import Audit, Finding, Severity

if TYPE_CHECKING:
    from wp_sync.audit.base import Rule
    from wp_sync.audit.report.differences import Differences
    from wp_sync.audit.report.report import Report
    from wp_sync.audit.settings import Settings
    from wp_sync.linkcheck.run import Checked

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}
_MOST_RULES = 20
_MOST_BRIEFLY = 5  # … where the audit is one stage of several
_MOST_ITEMS = 5
_MOST_LISTED = 15


@dataclass(slots=True)
class Told:
    """An audit's findings counted in one reading; ``first`` has one example of each rule."""

    severities: Counter[Severity] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    fresh: Counter[str] = field(default_factory=Counter)
    first: dict[str, Finding] = field(default_factory=dict)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    muted: int = 0

    def fails(self, fail_on: str) -> bool:
        """Whether there is anything as grave as that."""
        if fail_on == "never":
            return False
        most = Severity(fail_on).rank
        return any(one.rank <= most and number for one, number in self.severities.items())


def summed(report: Report) -> Told:
    """Count what a report holds."""
    told = Told()
    for one in report.findings():
        if one.muted:
            told.muted += 1
            continue
        told.severities[one.severity] += 1
        told.rules[one.rule] += 1
        told.fresh[one.rule] += report.new(one)
        told.first.setdefault(one.rule, one)
        if one.severity is Severity.ERROR:
            told.errors[one.title or f"{one.kind} {one.id}", one.edit_url or one.url] += 1
    return told


def _severities(told: Told) -> Text:
    text = Text()
    for one in Severity:
        if text:
            text.append(", ")
        number = told.severities[one]
        text.append(count(number, one.value), style=_STYLES[one] if number else "dim")
    return text


def brief_parts(report: Report, told: Told) -> list[RenderableType]:
    """The same in a few lines, where the audit is one stage of several: the gravest rules."""
    lines = [Line(Text.assemble(("Audited: ", "bold"), _total(report, told)), indent=0)]
    gravest = sorted(told.rules, key=lambda id: (told.first[id].severity.rank, -told.rules[id]))
    rows = []
    for id in gravest[:_MOST_BRIEFLY]:
        rule = report.rules.get(id)
        style = _STYLES[told.first[id].severity]
        reason = printable(rule.reason if rule else "", one_line=True)
        rows.append((f"{told.rules[id]:,}", Text.assemble((id, style), f"  {reason}")))
    if rest := len(told.rules) - len(rows):
        rows.append(
            (
                f"{sum(told.rules[id] for id in gravest[_MOST_BRIEFLY:]):,}",
                dim(f"of {count(rest, 'more rule')}"),
            )
        )
    width = max((len(number) for number, _ in rows), default=0)
    return [*lines, *(Line(text, label=number.rjust(width), width=width) for number, text in rows)]


def summary_parts(report: Report, told: Told) -> list[RenderableType]:
    """What was found, by severity and rule, on one screen."""
    audit = report.audit
    what = f"as it stood on {audit.as_of}" if audit.as_of else f"audit {audit.number}"
    name = printable(report.name or report.site, one_line=True)
    head = Line(Text(f"{name}: {what}, {count(audit.posts, 'post')}", style="bold"), indent=0)
    lines: list[RenderableType] = [head, Line(_total(report, told), indent=0)]
    if not told.rules:
        lines.append(Line(Text("Nothing was found.", style="green"), indent=0))
        return lines
    return spaced(lines, [_table(report, told)], _worst(told))


def _total(report: Report, told: Told) -> Text:
    audit, total = report.audit, _severities(told)
    if report.previous is not None:
        fresh = told.fresh.total()
        total.append(f"; {fresh:,} new and {audit.gone:,} gone since audit {audit.number - 1}")
    if told.muted:
        total.append(f"; {told.muted:,} suppressed")
    return total


def _table(report: Report, told: Told) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("found", justify="right")
    table.add_column("rule", no_wrap=True)
    table.add_column("what it means", overflow="fold")
    if report.previous is not None:
        table.add_column("new", justify="right")
    shown = list(told.rules.items())[:_MOST_RULES]
    for id, number in shown:
        rule = report.rules.get(id)
        style = _STYLES[told.first[id].severity]
        cells: list[str | Text] = [
            Text(f"{number:,}", style=style),
            Text(id, style=style),
            Text(printable(rule.reason if rule else "", one_line=True)),
        ]
        if report.previous is not None:
            cells.append(f"{told.fresh[id]:,}" if told.fresh[id] else "")
        table.add_row(*cells)
    rest = len(told.rules) - len(shown)
    if rest:
        left = told.rules.total() - sum(number for _, number in shown)
        table.add_row(f"{left:,}", dim(f"of {count(rest, 'more rule')}"), "")
    return table


def _worst(told: Told) -> list[RenderableType]:
    rows = [
        (f"{number:,}", Text(f"{printable(title, one_line=True)}  {printable(url, one_line=True)}"))
        for (title, url), number in told.errors.most_common(_MOST_ITEMS)
    ]
    return list(block("Most errors on", rows))


def file_parts(files: Sequence[Path]) -> list[RenderableType]:
    """The reports that were written."""
    return list(block("Written", [("", str(file)) for file in files]))


def next_parts(report: Report, told: Told, archive: str, *, written: bool) -> list[RenderableType]:
    """What a person may want next."""
    there = "" if archive == "archive" else f" --archive {shlex.quote(archive)}"
    rows = []
    if not written and told.rules:
        command = f"wp-sync audit{there} --format markdown,csv --output audit"
        rows.append((command, "every finding with its place, to be forwarded"))
    if told.rules:
        first = next(iter(told.rules))
        rows.append((f"wp-sync audit rules {first}", "why, how to mend it, its thresholds"))
    if report.previous is not None and told.fresh.total():
        rows.append((f"wp-sync audit diff{there}", "what is new since the last audit"))
    return list(block("Next", rows))


def summary_json(report: Report, told: Told) -> dict[str, Any]:
    """The summary for programs; ``--format json`` has every finding."""
    from wp_sync.audit.report.as_json import audit_json

    return {
        **audit_json(report.audit),
        "site": report.site,
        "findings": told.rules.total(),
        "muted": told.muted,
        "new": told.fresh.total() if report.previous else report.audit.fresh,
        "by_severity": {one.value: told.severities[one] for one in Severity},
        "by_rule": dict(sorted(told.rules.items())),
    }


# -- the other commands


def difference_parts(found: Differences) -> list[RenderableType]:
    """What is new, what is gone, and how much is still there."""
    head = f"From audit {found.before.number} ({found.before.at}) to {found.after.number} "
    head += f"({found.after.at})"
    still = sum(found.still.values())
    total = f"{len(found.new):,} new, {len(found.gone):,} gone, {still:,} still there"
    return spaced(
        [Line(Text(head, style="bold"), indent=0), Line(total, indent=0)],
        _listed("New", found.new),
        _listed("Gone", found.gone),
    )


def _listed(head: str, findings: Sequence[Finding]) -> list[RenderableType]:
    rows = []
    for one in findings[:_MOST_LISTED]:
        title = printable(one.title or f"{one.kind} {one.id}", one_line=True)
        message = printable(one.message, one_line=True)
        text = Text.assemble((one.rule, _STYLES[one.severity]), f"  {title}: {message}")
        rows.append(("", text))
    rest = len(findings) - len(rows)
    return list(block(head, rows, more=f"… and {rest:,} more (--json)" if rest else ""))


def difference_json(found: Differences) -> dict[str, Any]:
    """The same for programs, whole."""
    from wp_sync.audit.report.as_json import audit_json, finding_json

    return {
        "before": audit_json(found.before),
        "after": audit_json(found.after),
        "new": [finding_json(one) for one in found.new],
        "gone": [finding_json(one) for one in found.gone],
        "still": sum(found.still.values()),
        "still_by_rule": dict(sorted(found.still.items())),
    }


def list_parts(audits: Sequence[Audit]) -> list[RenderableType]:
    """The audits so far, the newest first."""
    if not audits:
        return [Line(dim("not audited yet; `wp-sync audit` does it"), indent=0)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("audit", "posts", "errors", "warnings", "notices", "new", "gone", "suppressed"):
        table.add_column(name, justify="right")
    table.add_column("when")
    for one in audits:
        by = one.tallies.get("severity", {})
        numbers = [by.get(severity.value, 0) for severity in Severity]
        cells = [one.number, one.posts, *numbers, one.fresh, one.gone, one.muted]
        table.add_row(*(f"{cell:,}" for cell in cells), one.at)
    return [table]


def rules_parts(
    rules: Mapping[str, Rule], settings: Settings, *, whole: bool
) -> list[RenderableType]:
    """A list of rules, or all of a single one."""
    if whole:
        return _rule(next(iter(rules.values())), settings)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("rule", no_wrap=True)
    table.add_column("why", overflow="fold")
    for id, rule in rules.items():
        tuned = settings.tuned(rule)
        style = _STYLES[tuned.severity] if settings.wants(rule) else "dim"
        off = "" if settings.wants(rule) else " (off)"
        table.add_row(Text(id + off, style=style), Text(rule.reason))
    return [table, dim(f"{len(rules)} rules; `wp-sync audit rules RULE` tells all of one")]


def _rule(rule: Rule, settings: Settings) -> list[RenderableType]:
    tuned = settings.tuned(rule)
    limits = settings.limits(rule).values()
    state = "on" if settings.wants(rule) else "off"
    head = Text.assemble((rule.id, f"bold {_STYLES[tuned.severity]}"))
    rows: list[tuple[str, str | Text]] = [
        ("severity", tuned.severity.value),
        ("certainty", "certain" if rule.certainty.value == "certain" else "needs a person's look"),
        ("state", state),
        ("why", rule.reason),
        ("fix", rule.fix),
        ("bad", rule.bad),
        ("good", rule.good),
    ]
    for one in rule.thresholds:
        value = limits[one.name]
        shown = ", ".join(value) if isinstance(value, tuple) else str(value)
        rows.append((one.name, f"{shown or 'none'} ({one.meaning}; default from: {one.source})"))
    return [Line(head, indent=0), *block("", rows)[1:]]


def rules_json(rules: Mapping[str, Rule], settings: Settings) -> list[dict[str, Any]]:
    """Rules for programs, as they are configured."""
    return [
        {
            "id": id,
            "family": rule.family,
            "on": settings.wants(rule),
            "severity": settings.tuned(rule).severity.value,
            "certainty": rule.certainty.value,
            "reason": rule.reason,
            "fix": rule.fix,
            "bad": rule.bad,
            "good": rule.good,
            "thresholds": [
                {
                    "name": one.name,
                    "value": settings.limits(rule).values()[one.name],
                    "default": one.default,
                    "meaning": one.meaning,
                    "source": one.source,
                }
                for one in rule.thresholds
            ],
        }
        for id, rule in rules.items()
    ]


def based(path: Path, known: int) -> Text:
    return Text(f"{count(known, 'finding')} written down in {path}; from now on only others count")


def pruned(path: Path, gone: int) -> Text:
    return Text(f"{count(gone, 'finding')} taken out of {path}")


def checked(found: Checked) -> str:
    """What asking links to other sites came to, on one line."""
    states = ", ".join(f"{number:,} {state}" for state, number in found.states.items())
    return f"links to other sites: {count(found.links, 'address')}, {found.asked:,} asked: {states}"
