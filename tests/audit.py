"""Pages and sites for tests of audit rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.audit.engine import audit_site
from wp_sync.audit.settings import DEFAULTS, Settings
from wp_sync.findings import Finding
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules


def post(id: int, html: str = "<p>Words.</p>", **fields: Any) -> Record:
    """A published post with this content."""
    return make_record(
        f"posts/{fields.pop('type', 'post')}",
        id,
        content={"rendered": html, "protected": False},
        **fields,
    )


@contextmanager
def site_of(*records: Record) -> Iterator[SiteArchive]:
    """A normalized archive of these records."""
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        site.save(site.begin_run("pull", "anonymous"), records)
        normalize_site(site, Rules())
        yield site


def findings(*records: Record, settings: Settings = DEFAULTS) -> Sequence[Finding]:
    """What an audit of a site of these records finds."""
    with site_of(*records) as site:
        return list(site.audit_book().findings(audit_site(site, settings).audit.number))


def found(rule: str, *records: Record, settings: Settings = DEFAULTS) -> list[Finding]:
    """The findings of one rule."""
    return [one for one in findings(*records, settings=settings) if one.rule == rule]


def in_body(rule: str, html: str, settings: Settings = DEFAULTS) -> list[Finding]:
    """The findings of one rule on a post of this content (post 1; posts 2 and 3 stand by)."""
    neighbours = (post(2), post(3))
    all_of = found(rule, post(1, html), *neighbours, settings=settings)
    return [one for one in all_of if (one.kind, one.id) == ("posts/post", 1)]
