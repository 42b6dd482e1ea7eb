"""An audit as CSV, for spreadsheet programs: one finding a line, and no cell that is a formula."""

from __future__ import annotations

import csv
from typing import IO

from wp_sync.audit.report.report import Report, words_of

COLUMNS = (
    "severity", "certainty", "rule", "message", "title", "url", "edit_url", "item", "subject",
    "excerpt", "since", "by", "new", "muted", "fix", "fingerprint",
)  # fmt: skip
# What spreadsheet programs take for the start of a formula or a command.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\u200b", "＝", "＋", "－", "＠")


def write(report: Report, stream: IO[str]) -> None:
    stream.write("\ufeff")  # without it, Excel reads UTF-8 as something else
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(COLUMNS)
    for one in report.findings():
        rule = report.rules.get(one.rule)
        lines.writerow(
            cell(text)
            for text in (
                one.severity.value,
                one.certainty.value,
                one.rule,
                one.message,
                one.title,
                one.url,
                one.edit_url,
                f"{one.kind.partition('/')[2]} {one.id}" if one.id else one.kind,
                one.subject,
                words_of(one),
                one.since,
                one.by,
                "new" if report.new(one) else "",
                one.muted,
                rule.fix if rule else "",
                one.fingerprint,
            )
        )


def cell(text: str) -> str:
    """A text as a cell shows it: on one line, an apostrophe before what would be a formula."""
    plain = " ".join(text.replace("\0", "\ufffd").split(" ")).replace("\r", " ").replace("\n", " ")
    return f"'{plain}" if text.lstrip(" ").startswith(_FORMULA) else plain
