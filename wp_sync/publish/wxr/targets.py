"""WXR as a target by name: the place is one file."""

from __future__ import annotations

from pathlib import Path

from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import FileTarget, Settings
from wp_sync.publish.files.whole import WholeFiles
from wp_sync.publish.options import Options
from wp_sync.publish.wxr.exporter import wxr_exporter


def export(archive: SiteArchive, rules: Rules, settings: Settings) -> WholeFiles:
    Options(settings).finish()
    return wxr_exporter(archive, rules, Path(settings.place).name or "export.xml")


WXR = FileTarget(export, "WordPress's own export format, for its importer", "FILE", single=True)
