"""An audit as JSON, for programs: everything, streamed. Its shape: docs/audit.md."""

from __future__ import annotations

import json
from typing import IO, Any

from wp_sync.audit.base import Rule
from wp_sync.audit.report.report import VERSION, Report
from wp_sync.findings import Audit, Finding

SHAPE = 1  # raised when a field changes its meaning or goes


def write(report: Report, stream: IO[str]) -> None:
    head = {
        "version": SHAPE,
        "program": f"wp-sync {VERSION}",
        "site": report.site,
        "home": report.home,
        "name": report.name,
        "audit": audit_json(report.audit),
        "previous": audit_json(report.previous) if report.previous else None,
        "rules": {id: rule_json(rule) for id, rule in report.rules.items()},
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    stream.write(text.removesuffix("\n}") + ',\n "findings": [')
    comma = ""
    for finding in report.findings():
        stream.write(comma + "\n  ")
        made = finding_json(finding) | {"new": report.new(finding)}
        stream.write(json.dumps(made, ensure_ascii=False))
        comma = ","
    stream.write("\n ]\n}\n")


def audit_json(audit: Audit) -> dict[str, Any]:
    """What a document says of an audit."""
    return {
        "number": audit.number,
        "at": audit.at,
        "as_of": audit.as_of,
        "rules": audit.rules,
        "posts": audit.posts,
        "findings": audit.counted,
        "muted": audit.muted,
        "new": audit.fresh,
        "gone": audit.gone,
        "by_severity": dict(audit.tallies.get("severity", {})),
        "by_rule": dict(audit.tallies.get("rule", {})),
    }


def rule_json(rule: Rule) -> dict[str, Any]:
    """What a document says of a rule."""
    return {
        "severity": rule.severity.value,
        "certainty": rule.certainty.value,
        "reason": rule.reason,
        "fix": rule.fix,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """What a document says of a finding."""
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "certainty": finding.certainty.value,
        "kind": finding.kind,
        "id": finding.id,
        "subject": finding.subject,
        "message": finding.message,
        "title": finding.title,
        "url": finding.url,
        "edit_url": finding.edit_url,
        "excerpt": {
            "text": finding.excerpt.text,
            "start": finding.excerpt.start,
            "end": finding.excerpt.end,
        },
        "data": dict(finding.data),
        "since": finding.since,
        "by": finding.by,
        "muted": finding.muted,
        "first_audit": finding.first,
    }
