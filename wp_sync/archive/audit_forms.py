"""How audits, their findings and what is known of addresses stand in rows. No SQL here."""

from __future__ import annotations

import hashlib
from typing import Any

from wp_sync.archive import rows
from wp_sync.findings import Audit, Certainty, Excerpt, Finding, LinkCheck, Severity

Row = dict[str, Any]


def key_of(url: str) -> str:
    """What an address's row is called: a digest, since addresses can be of any length."""
    return hashlib.sha256(rows.clean(url).encode()).hexdigest()


def finding_row(site: str, key: str, finding: Finding, first: int, since: str, by: str) -> Row:
    """A finding that stands since an audit, and was told then since when and with what it came."""
    return rows.sealed(
        {
            "site": site,
            "fingerprint": key,
            "first_audit": first,
            "gone_audit": None,
            "rule": finding.rule,
            "severity": finding.severity.value,
            "certainty": finding.certainty.value,
            "kind": rows.clean(finding.kind),
            "id": rows.fit(finding.id),
            "subject": rows.clean(finding.subject),
            "message": rows.clean(finding.message),
            "title": rows.clean(finding.title),
            "url": rows.clean(finding.url),
            "edit_url": rows.clean(finding.edit_url),
            "excerpt": rows.clean(finding.excerpt.text),
            "mark_start": finding.excerpt.start,
            "mark_end": finding.excerpt.end,
            "data": rows.dump(finding.data) if finding.data else "{}",
            "since": since,
            "brought_by": rows.clean(by),
            "muted": rows.clean(finding.muted),
        }
    )


def finding_of(row: Any) -> Finding:
    return Finding(
        row.rule,
        Severity(row.severity),
        Certainty(row.certainty),
        row.kind,
        row.id,
        row.subject,
        row.message,
        row.title,
        row.url,
        row.edit_url,
        Excerpt(row.excerpt, row.mark_start, row.mark_end),
        rows.load(row.data),
        row.since,
        row.brought_by,
        row.muted,
        row.first_audit,
    )


def audit_of(row: Any) -> Audit:
    return Audit(
        row.number,
        row.at,
        row.as_of,
        row.rules,
        row.posts,
        row.counted,
        row.muted,
        row.fresh,
        row.gone,
        rows.load(row.tallies),
    )


def check_of(row: Any) -> LinkCheck:
    return LinkCheck(
        row.url,
        row.state,
        row.status,
        row.reason,
        row.leads_to,
        row.checked_at,
        row.since,
        row.tries,
    )
