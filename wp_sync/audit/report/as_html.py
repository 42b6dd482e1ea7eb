"""An audit as one HTML page that an editor forwards: see `wp_sync.audit.report.html`."""

from __future__ import annotations

from typing import IO

from wp_sync.audit.report.html.data import report_data
from wp_sync.audit.report.html.page import report_page
from wp_sync.audit.report.report import Report


def write(report: Report, stream: IO[str]) -> None:
    stream.write(report_page(report_data(report)))
