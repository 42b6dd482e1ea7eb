"""An audit as JUnit XML, for build servers: a suite a family, a case a finding, one for each clean
rule. Suppressed findings are skipped cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from wp_sync.audit.report.report import Report, words_of
from wp_sync.findings import Finding

# What XML 1.0 has no place for.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, stream: IO[str]) -> None:
    by_family: dict[str, dict[str, list[int]]] = {}
    for id in report.rules:
        by_family.setdefault(id.partition("/")[0], {})[id] = [0, 0]
    for finding in report.findings():
        found = by_family.setdefault(finding.family, {}).setdefault(finding.rule, [0, 0])
        found[bool(finding.muted)] += 1
    numbers = [count for rules in by_family.values() for count in rules.values()]
    total = sum(max(1, sum(count)) for count in numbers)
    failed = sum(count[0] for count in numbers)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    name = _attribute(f"wp-sync audit of {report.site}")
    stream.write(f'<testsuites name={name} tests="{total}" failures="{failed}">\n')
    for family, rules in sorted(by_family.items()):
        tests = sum(max(1, sum(count)) for count in rules.values())
        failures = sum(count[0] for count in rules.values())
        skipped = sum(count[1] for count in rules.values())
        stream.write(
            f' <testsuite name={_attribute(family)} tests="{tests}" failures="{failures}"'
            f' errors="0" skipped="{skipped}" timestamp={_attribute(report.audit.at[:19])}>\n'
        )
        for rule, count in sorted(rules.items()):
            if not sum(count):
                name = _attribute("nothing found")
                stream.write(f"  <testcase classname={_attribute(rule)} name={name}/>\n")
        _cases(stream, (one for one in report.findings() if one.family == family))
        stream.write(" </testsuite>\n")
    stream.write("</testsuites>\n")


def _cases(stream: IO[str], findings: Iterable[Finding]) -> None:
    for (kind, id), some in groupby(findings, lambda one: (one.kind, one.id)):
        for one in some:
            item = f"{one.title or kind} ({kind.partition('/')[2]} {id})"
            name = _attribute(f"{item}: {one.subject}" if one.subject else item)
            stream.write(f"  <testcase classname={_attribute(one.rule)} name={name}>")
            if one.muted:
                stream.write(f"<skipped message={_attribute(one.muted)}/>")
            else:
                text = "\n".join(part for part in (one.url, one.edit_url, words_of(one)) if part)
                kind_of = _attribute(one.severity.value)
                message = _attribute(one.message)
                stream.write(f"<failure type={kind_of} message={message}>{_text(text)}</failure>")
            stream.write("</testcase>\n")


def _text(text: str) -> str:
    return escape(_UNFIT.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_UNFIT.sub("\ufffd", text))
