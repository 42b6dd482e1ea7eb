"""Attachments of the same bytes: which one stands for all of them. Reads the archive's tables."""

from __future__ import annotations

from collections.abc import Mapping

from wp_sync.archive.base import SiteArchive
from wp_sync.model import MEDIA_KIND
from wp_sync.publish.base import key_of

_TWINS = """WITH shown AS (
      SELECT media.id AS id, files.sha256 AS sha256 FROM media
      JOIN files ON files.site = media.site AND files.url = media.url
      WHERE media.site = :site AND media.state = 'live' AND files.state = 'stored')
    SELECT shown.id AS id, firsts.first AS first FROM shown
    JOIN (SELECT sha256, MIN(id) AS first FROM shown GROUP BY sha256 HAVING COUNT(*) > 1) firsts
      ON firsts.sha256 = shown.sha256
    WHERE shown.id <> firsts.first"""


def twins(archive: SiteArchive, site: str) -> Mapping[str, str]:
    """By the key of each attachment whose bytes an earlier one has, the key of the first."""
    return {
        key_of(MEDIA_KIND, row["id"]): key_of(MEDIA_KIND, row["first"])
        for row in archive.query(_TWINS, site=site)
    }
