"""The tables of what was pushed where: receipts, intents, saved versions (`wp_sync.ledger`).

As in `wp_sync.archive.schema`: every row has its site and checksum, and a change needs a migration.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary

from wp_sync.archive.columns import checksum, key, number, table, text

RECEIPTS = table(
    "receipts",
    key("site"),
    key("target"),
    key("item"),
    text("kind"),
    text("target_id"),
    text("url"),
    text("source"),
    text("stamp"),
    text("sent"),
    text("facts"),
    text("kept"),
    text("missing"),
    text("past"),
    text("removed"),
    number("run"),
    text("at"),
    number("size"),
    Column("data", LargeBinary, nullable=False),
    checksum(),
    clustered=False,
)
Index(
    "receipts_by_target_id",
    RECEIPTS.c.site,
    RECEIPTS.c.target,
    RECEIPTS.c.kind,
    RECEIPTS.c.target_id,
)

INTENTS = table(
    "intents",
    key("site"),
    key("target"),
    number("number", key=True),
    text("item"),
    text("action"),
    text("slug"),
    text("prints"),
    text("target_id"),
    text("sent"),
    number("run"),
    text("at"),
    checksum(),
    clustered=False,
)

TARGET_VERSIONS = table(
    "target_versions",
    key("site"),
    key("target"),
    key("item"),
    number("number", key=True),
    text("target_id"),
    number("run"),
    text("at"),
    number("size"),
    Column("data", LargeBinary, nullable=False),
    checksum(),
    clustered=False,
)
