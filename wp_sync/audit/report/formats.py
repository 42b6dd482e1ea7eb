"""The formats that an audit can be written in, by name. Loads each where it is wanted."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from wp_sync.audit.report.report import Report, written

# The file of each format, and the module whose `write(report, stream)` makes it.
_FILES = {
    "html": ("audit.html", "as_html"),
    "json": ("audit.json", "as_json"),
    "csv": ("audit.csv", "as_csv"),
    "sarif": ("audit.sarif", "as_sarif"),
    "junit": ("audit.junit.xml", "as_junit"),
    "markdown": ("audit.md", "as_markdown"),
}
FORMATS = tuple(_FILES)


def write(report: Report, formats: Iterable[str], folder: Path) -> list[Path]:
    """Write a report in several formats; returns the files.

    Raises:
        WpSyncError: one can't be written; those before it stand.
    """
    made = []
    for name in dict.fromkeys(formats):
        file, module = _FILES[name]
        writer = importlib.import_module(f"wp_sync.audit.report.{module}")
        made.append(written(folder / file, partial(writer.write, report)))
    return made
