"""JSON Lines and CSV as targets by name. They have no options."""

from __future__ import annotations

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.whole import WholeFiles
from wp_sync.publish.options import Options
from wp_sync.publish.tables.exporter import csv_exporter, jsonl_exporter


def _lines(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return jsonl_exporter(archive, rules)


def _sheets(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return csv_exporter(archive, rules)


JSONL = FileTarget(_lines, "every item as a line of JSON, nothing lost")
CSV = FileTarget(_sheets, "tables for spreadsheets")
