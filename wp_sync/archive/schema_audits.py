"""The tables of audits: what they found from when to when, and what is kept for the next one.

As in `wp_sync.archive.schema`: every row has its site and checksum, and a change needs a migration.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary

from wp_sync.archive.columns import checksum, key, number, table, text

AUDITS = table(
    "audits",
    key("site"),
    number("number", key=True),
    text("at"),
    text("as_of"),
    text("rules"),
    number("posts"),
    number("counted"),
    number("muted"),
    number("fresh"),
    number("gone"),
    text("tallies"),
    checksum(),
    clustered=False,
)

FINDINGS = table(
    "findings",
    key("site"),
    key("fingerprint"),
    number("first_audit", key=True),
    number("gone_audit", null=True),
    text("rule"),
    text("severity"),
    text("certainty"),
    text("kind"),
    number("id"),
    text("subject"),
    text("message"),
    text("title"),
    text("url"),
    text("edit_url"),
    text("excerpt"),
    number("mark_start"),
    number("mark_end"),
    text("data"),
    text("since"),
    text("brought_by"),
    text("muted"),
    checksum(),
    clustered=False,
)
Index("findings_by_item", FINDINGS.c.site, FINDINGS.c.kind, FINDINGS.c.id)
Index("findings_by_rule", FINDINGS.c.site, FINDINGS.c.rule)

AUDIT_FACTS = table(
    "audit_facts",
    key("site"),
    key("kind"),
    number("id", key=True),
    text("basis"),
    Column("facts", LargeBinary, nullable=False),
    checksum(),
    clustered=False,
)

LINK_CHECKS = table(
    "link_checks",
    key("site"),
    key("key"),
    text("url"),
    text("state"),
    number("status", null=True),
    text("reason"),
    text("leads_to"),
    text("checked_at"),
    text("since"),
    number("tries"),
    checksum(),
    clustered=False,
)

# What audits found and looked at. A part of it the next audit finds again, the past it can't.
AUDITED = (AUDITS, FINDINGS, AUDIT_FACTS, LINK_CHECKS)
