"""An audit as SARIF 2.1.0 (OASIS), for code hosts and editors that show static analysis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any
from urllib.parse import quote

from wp_sync.audit.base import Rule
from wp_sync.audit.report.report import VERSION, Report
from wp_sync.findings import Certainty, Finding, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_SAFE = "!#$%&'()*+,/:;=?@[]~"


def write(report: Report, stream: IO[str]) -> None:
    rules = list(report.rules.values())
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver = {
        "name": "wp-sync",
        "version": VERSION,
        "rules": [_rule(rule) for rule in rules],
    }
    stream.write('{\n "$schema": ' + json.dumps(SCHEMA) + ',\n "version": "2.1.0",\n "runs": [{\n')
    stream.write('  "tool": {"driver": ' + json.dumps(driver) + "},\n")
    stream.write('  "columnKind": "unicodeCodePoints",\n')
    guid = {"id": f"wp-sync/{report.site}/{report.audit.number}"}
    stream.write('  "automationDetails": ' + json.dumps(guid) + ',\n  "results": [')
    comma = ""
    for finding in report.findings():
        stream.write(comma + "\n   " + json.dumps(_result(report, finding, numbers)))
        comma = ","
    stream.write("\n  ]\n }]\n}\n")


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.id.replace("/", "-").split("-")),
        "shortDescription": {"text": rule.reason},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": _LEVELS[rule.severity], "enabled": rule.on},
        "properties": {"tags": [rule.family], "precision": _precision(rule.certainty)},
    }


def _precision(certainty: Certainty) -> str:
    return "very-high" if certainty is Certainty.CERTAIN else "medium"


def _result(report: Report, finding: Finding, numbers: dict[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {"ruleId": finding.rule}
    if finding.rule in numbers:
        made["ruleIndex"] = numbers[finding.rule]
    made |= {
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(report, finding)],
        "partialFingerprints": {"wpSync/v1": finding.fingerprint},
        "properties": {
            "certainty": finding.certainty.value,
            "subject": finding.subject,
            "editUrl": finding.edit_url,
            "since": finding.since,
            "by": finding.by,
        },
    }
    if report.previous is not None:
        made["baselineState"] = "new" if report.new(finding) else "unchanged"
    if finding.muted:
        made["suppressions"] = [{"kind": "external", "justification": finding.muted}]
    return made


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    where = finding.url or report.home
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(where, safe=_SAFE)}}
    if finding.excerpt.text:
        # A page has no lines that anybody could look up; the words say where.
        physical["region"] = {"startLine": 1, "snippet": {"text": finding.excerpt.text}}
    logical: Sequence[dict[str, str]] = [
        {
            "name": finding.title or finding.kind,
            "fullyQualifiedName": f"{finding.kind}/{finding.id}",
            "kind": "resource",
        }
    ]
    return {"physicalLocation": physical, "logicalLocations": logical}
