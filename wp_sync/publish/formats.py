"""Files for other programs as targets by name: WXR, JSON Lines, CSV. Knows no format."""

from __future__ import annotations

from pathlib import Path

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.whole import WholeFiles
from wp_sync.publish.options import Options
from wp_sync.publish.tables.exporter import csv_exporter, jsonl_exporter
from wp_sync.publish.wxr.exporter import wxr_exporter


def _wxr(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return wxr_exporter(archive, rules, Path(settings.place).name)


def _jsonl(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return jsonl_exporter(archive, rules)


def _csv(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return csv_exporter(archive, rules)


WXR = FileTarget(_wxr, "the XML that WordPress's importers take", "FILE", single=True)
JSONL = FileTarget(_jsonl, "JSON Lines with a schema, for programs")
CSV = FileTarget(_csv, "CSV for spreadsheets")
