"""A site's wall clock: the zone its settings name, and times in it. Reads one record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wp_sync.archive.base import SiteArchive
from wp_sync.model import SITE_KIND
from wp_sync.normalize.text import string


def zone_of(archive: SiteArchive) -> tzinfo:
    """The zone of an archived site; UTC where the site did not say."""
    found = next(iter(archive.current(SITE_KIND)), None) if SITE_KIND in archive.kinds() else None
    data = found.data if found is not None else {}
    try:
        return ZoneInfo(string(data.get("timezone_string")) or "-")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # a site may name an offset instead
    try:
        return timezone(timedelta(hours=float(string(data.get("gmt_offset")) or "0")))
    except (ValueError, OverflowError):
        return UTC


def moment_of(text: str) -> datetime | None:
    """A time in UTC, ISO 8601 with or without ``Z``; None for what is no time."""
    try:
        moment = datetime.fromisoformat(text[:19])
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC)


def local(text: str, zone: tzinfo) -> datetime | None:
    """The same moment on a site's wall clock."""
    moment = moment_of(text)
    try:
        return moment.astimezone(zone) if moment is not None else None
    except OverflowError:
        return None
