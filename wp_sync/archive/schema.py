"""The archive's tables, once for SQLite and PostgreSQL. Their meaning: docs/archive.md.

Nothing here reads or writes rows. Every table starts with the site and ends with the checksum of
its row (`wp_sync.archive.rows`). Times are ISO 8601 UTC text with ``Z``; lists are JSON text.
A change of this file needs a migration (`wp_sync.archive.migrations`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, LargeBinary, literal_column
from sqlalchemy.engine import Connection

from wp_sync.archive import columns
from wp_sync.archive.schema_audits import AUDIT_FACTS, AUDITED, AUDITS, FINDINGS, LINK_CHECKS
from wp_sync.archive.schema_targets import INTENTS, RECEIPTS, TARGET_VERSIONS

__all__ = [
    "AUDITED",
    "AUDITS",
    "AUDIT_FACTS",
    "FINDINGS",
    "INTENTS",
    "LINK_CHECKS",
    "METADATA",
    "RECEIPTS",
    "TARGET_VERSIONS",
]

METADATA = columns.METADATA
_table, _key, _number = columns.table, columns.key, columns.number
_text, _flag, _checksum = columns.text, columns.flag, columns.checksum

SITES = _table(
    "sites",
    _key("site"),
    _text("home"),
    _text("api"),
    _text("view"),
    _text("name"),
    _checksum(),
)

RUNS = _table(
    "runs",
    _key("site"),
    _number("number", key=True),
    _text("command"),
    _text("started_at"),
    _text("finished_at", null=True),
    _text("outcome"),
    _text("view"),
    _number("requests"),
    _text("tallies"),
    _text("problems"),
    _checksum(),
    clustered=False,
)

RECORDS = _table(
    "records",
    _key("site"),
    _key("kind"),
    _number("id", key=True),
    _text("state"),
    _text("stamp"),
    _text("digest"),
    _number("version"),
    _number("changes"),
    _text("modified"),
    _text("date"),
    _text("status"),
    _text("slug"),
    _text("link"),
    _text("address"),
    _flag("racy"),
    _text("lacking"),
    _text("seen_at"),
    _number("first_run"),
    _number("last_run"),
    _number("gone_run", null=True),
    _checksum(),
)
Index("records_by_date", RECORDS.c.site, RECORDS.c.kind, RECORDS.c.state, RECORDS.c.date)
Index("records_by_address", RECORDS.c.site, RECORDS.c.address)
Index("records_by_slug", RECORDS.c.site, RECORDS.c.slug)
_SCHEDULED: Any = literal_column("status = 'future'")
_RECORDS_SCHEDULED = Index(
    "records_scheduled",
    RECORDS.c.site,
    RECORDS.c.kind,
    RECORDS.c.date,
    sqlite_where=_SCHEDULED,
)


def speak_postgresql() -> None:
    """Say to PostgreSQL what SQLite is told above; apart, since it loads that dialect."""
    _RECORDS_SCHEDULED.dialect_options["postgresql"]["where"] = _SCHEDULED


OLD_ADDRESSES = _table(
    "old_addresses",
    _key("site"),
    _key("kind"),
    _number("id", key=True),
    _number("version", key=True),
    _text("slug"),
    _text("link"),
    _text("address"),
    _checksum(),
)

VERSIONS = _table(
    "versions",
    _key("site"),
    _key("kind"),
    _number("id", key=True),
    _number("number", key=True),
    _number("run"),
    _text("seen_at"),
    _text("sha256"),
    _text("digest"),
    _text("lacking"),
    _number("size"),
    _number("dictionary"),
    Column("data", LargeBinary, nullable=False),
    _checksum(),
    clustered=False,
)

DICTIONARIES = _table(
    "dictionaries",
    _key("site"),
    _number("number", key=True),
    _text("kind"),
    _text("sha256"),
    Column("data", LargeBinary, nullable=False),
    _checksum(),
    clustered=False,
)

CHANGES = _table(
    "changes",
    _key("site"),
    _key("kind"),
    _number("id", key=True),
    _number("number", key=True),
    _number("run"),
    _text("change"),
    _text("state"),
    _number("version"),
    _checksum(),
)
Index("changes_by_run", CHANGES.c.site, CHANGES.c.run)

QUARANTINE = _table(
    "quarantine",
    _key("site"),
    _key("kind"),
    _number("id", key=True),
    _text("reason"),
    _number("run"),
    _checksum(),
)

BOOKMARKS = _table(
    "bookmarks",
    _key("site"),
    _key("kind"),
    _text("watermark", null=True),
    _text("census_at", null=True),
    _number("total", null=True),
    _text("clock", null=True),
    _checksum(),
)

FILES = _table(
    "files",
    _key("site"),
    _key("key"),
    _text("url"),
    _number("attachment"),
    _text("state"),
    _text("sha256"),
    _number("size", null=True),
    _text("mime"),
    _text("etag"),
    _text("last_modified"),
    _text("reason"),
    _number("run", null=True),
    _checksum(),
)
Index("files_by_sha256", FILES.c.sha256)

DERIVATIONS = _table("derivations", _key("site"), _text("context"), _checksum())

TALLIES = _table(
    "tallies",
    _key("site"),
    _key("name"),
    _number("rows"),
    _number("mix"),
    _checksum(),
)

LOSSES = _table(
    "losses",
    _key("site"),
    _key("part"),
    _key("kind"),
    _number("id", key=True),
    _number("number", key=True),
    _text("item"),
    _text("reason"),
    _text("found_at"),
    _checksum(),
)

# -- derived tables: columns in the order of the values of wp_sync.content

TERMS = _table(
    "terms",
    _key("site"),
    _key("taxonomy"),
    _key("slug"),
    _text("name"),
    _text("path"),
    _text("parent"),
    _text("description"),
    _text("source_ids"),
    _number("source_count"),
    _flag("is_default"),
    _checksum(),
    clustered=False,
)

TERM_SOURCES = _table(
    "term_sources",
    _key("site"),
    _key("taxonomy"),
    _number("source_id", key=True),
    _text("source_name"),
    _text("source_slug"),
    _text("action"),
    _key("to_taxonomy"),
    _key("to_slug"),
    _text("rule"),
    _text("why"),
    _checksum(),
)

AUTHORS = _table(
    "authors",
    _key("site"),
    _key("slug"),
    _text("name"),
    _text("source_ids"),
    _text("source_names"),
    _flag("login_like"),
    _text("rule"),
    _checksum(),
)

POSTS = _table(
    "posts",
    _key("site"),
    _number("id", key=True),
    _key("type"),
    _text("status"),
    _text("state"),
    _text("slug"),
    _text("title"),
    _text("link"),
    _text("author"),
    _text("published_at"),
    _text("modified_at"),
    _text("excerpt"),
    _text("content"),
    _number("parent"),
    _number("menu_order"),
    _number("featured_media"),
    _flag("sticky"),
    _text("format"),
    _text("template"),
    _flag("protected"),
    _text("derived_from"),
    _number("terms"),
    _number("authors"),
    _number("links"),
    _number("related"),
    _number("cleanings"),
    _checksum(),
    clustered=False,
)

POST_TERMS = _table(
    "post_terms",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    _key("taxonomy"),
    _key("slug"),
    _number("position"),
    _flag("is_primary"),
    _text("rule"),
    _checksum(),
)
Index("post_terms_by_term", POST_TERMS.c.site, POST_TERMS.c.taxonomy, POST_TERMS.c.slug)

POST_AUTHORS = _table(
    "post_authors",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    _number("position", key=True),
    _text("author"),
    _text("name"),
    _text("origin"),
    _number("source_id"),
    _checksum(),
)
Index("post_authors_by_author", POST_AUTHORS.c.site, POST_AUTHORS.c.author)

LINKS = _table(
    "links",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    _number("position", key=True),
    _text("url"),
    _text("text"),
    _text("element"),
    _text("state"),
    _text("resolved"),
    _text("target_kind"),
    _number("target"),
    _text("attribute"),
    _text("form"),
    _number("span_start"),
    _number("span_end"),
    _text("target_type"),
    _text("via"),
    _checksum(),
)
Index("links_by_target", LINKS.c.site, LINKS.c.target)

CLEANINGS = _table(
    "cleanings",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    _number("position", key=True),
    _text("rule"),
    _text("what"),
    _flag("done"),
    _number("span_start"),
    _text("before"),
    _text("after"),
    _checksum(),
    clustered=False,
)

RELATED_POSTS = _table(
    "related_posts",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    _key("origin"),
    _number("position", key=True),
    _text("url"),
    _text("title"),
    _text("state"),
    _number("target"),
    _checksum(),
)
Index("related_posts_by_target", RELATED_POSTS.c.site, RELATED_POSTS.c.target)

POST_DEPENDENCIES = _table(
    "post_dependencies",
    _key("site"),
    _number("post", key=True),
    _key("post_type"),
    Column("facts", LargeBinary, nullable=False),
    _checksum(),
    clustered=False,
)

MEDIA = _table(
    "media",
    _key("site"),
    _number("id", key=True),
    _text("state"),
    _text("url"),
    _text("link"),
    _text("title"),
    _text("alt"),
    _text("caption"),
    _text("mime"),
    _number("width", null=True),
    _number("height", null=True),
    _number("parent"),
    _text("author"),
    _text("published_at"),
    _text("modified_at"),
    _text("sizes"),
    _checksum(),
    clustered=False,
)

COMMENTS = _table(
    "comments",
    _key("site"),
    _number("id", key=True),
    _text("state"),
    _number("post"),
    _number("parent"),
    _text("author_name"),
    _text("author_url"),
    _number("author"),
    _text("status"),
    _text("type"),
    _text("published_at"),
    _text("link"),
    _text("content"),
    _checksum(),
    clustered=False,
)
Index("comments_by_post", COMMENTS.c.site, COMMENTS.c.post)

# What the rules made of the records; `wp-sync normalize` can make all of it again.
DERIVED = (
    TERMS,
    TERM_SOURCES,
    AUTHORS,
    POSTS,
    POST_TERMS,
    POST_AUTHORS,
    LINKS,
    RELATED_POSTS,
    CLEANINGS,
    POST_DEPENDENCIES,
    MEDIA,
    COMMENTS,
)

# PostgreSQL packs long values by itself: in vain where they are packed already, and by a slow
# method where nobody chose another. Normalizing took it 2.3 times SQLite's time without these, and
# 1.6 times with them.
_PACKED = "ALTER TABLE versions ALTER COLUMN data SET STORAGE EXTERNAL"
_QUICK = "ALTER TABLE posts ALTER COLUMN content SET COMPRESSION lz4"


def settle_storage(connection: Connection) -> None:
    """Set how PostgreSQL keeps long values; SQLite has no such choice."""
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(_PACKED)
    methods = "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
    if "lz4" in (connection.exec_driver_sql(methods).scalar() or ()):  # from 14 on, if built in
        connection.exec_driver_sql(_QUICK)
