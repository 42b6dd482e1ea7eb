"""An audit as Markdown, for tickets and mails: what counts, by rule, with the first of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import IO
from urllib.parse import quote

from wp_sync.audit.report.report import Report
from wp_sync.findings import Finding, Severity

_MOST = 50  # findings of one rule that are listed
_SIGNS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:-])")


def write(report: Report, stream: IO[str]) -> None:
    audit = report.audit
    when = audit.as_of or audit.at
    stream.write(f"# Audit of {text(report.site)}, {text(when)}\n\n")
    by_rule: dict[str, int] = {}
    severities = dict.fromkeys(Severity, 0)
    for finding in report.counting:
        by_rule[finding.rule] = by_rule.get(finding.rule, 0) + 1
        severities[finding.severity] += 1
    said = ", ".join(f"{count:,} {one.value}s" for one, count in severities.items())
    stream.write(f"{audit.posts:,} posts and pages: {said}.")
    if report.previous is not None:
        before = report.previous
        stream.write(f" Since audit {before.number}: {audit.fresh:,} new, {audit.gone:,} gone.")
    if audit.muted:
        stream.write(f" {audit.muted:,} more are suppressed.")
    stream.write("\n\n| rule | findings |\n|---|---|\n")
    for rule, count in by_rule.items():
        stream.write(f"| {text(rule)} | {count:,} |\n")
    for rule, some in groupby(report.counting, lambda one: one.rule):
        _rule(report, rule, some, by_rule[rule], stream)


def _rule(
    report: Report, rule: str, findings: Iterator[Finding], count: int, stream: IO[str]
) -> None:
    words = report.rules.get(rule)
    stream.write(f"\n## {text(rule)} ({count:,})\n\n")
    if words is not None:
        stream.write(f"{text(words.reason)} {text(words.fix)}\n\n")
    for number, one in enumerate(findings):
        if number < _MOST:
            new = " **new**" if report.new(one) else ""
            edit = f" ({link('edit', one.edit_url)})" if one.edit_url else ""
            title = link(one.title or f"{one.kind} {one.id}", one.url)
            stream.write(f"- {title}: {text(one.message)}{new}{edit}\n")
    if count > _MOST:
        stream.write(f"- and {count - _MOST:,} more\n")


def text(words: str) -> str:
    """Words as Markdown shows them: no sign of theirs is markup."""
    return _SIGNS.sub(r"\\\1", " ".join(words.split()))


def link(words: str, url: str) -> str:
    """A link, where the address is one of the web; else the words."""
    if not url.startswith(("http://", "https://")):
        return text(words)
    return f"[{text(words)}](<{quote(url, safe='!#$%&*+,/:;=?@[]~')}>)"
