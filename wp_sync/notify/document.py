"""A notice as the JSON that a webhook gets, and as the text of a mail. Pure. See docs/watch.md."""

from __future__ import annotations

import socket
from dataclasses import asdict
from datetime import datetime

from wp_sync import __version__
from wp_sync.errors import Problem
from wp_sync.notify.base import Notice

VERSION = 1  # of the document; a key is only ever added under the same number
_MOST = 50  # problems told; the rest are counted


def as_document(notice: Notice) -> dict[str, object]:
    """The body of a webhook's request."""
    report = notice.report
    return {
        "version": VERSION,
        "program": f"wp-sync {__version__}",
        "host": socket.gethostname(),
        "event": notice.event,
        "headline": notice.headline,
        "text": notice.headline,  # what chat services show
        "site": report.site,
        "archive": report.archive,
        "was": str(notice.was),
        "now": str(notice.now),
        "since": notice.since,
        "exit_code": int(report.exit),
        "started_at": _iso(report.started_at),
        "finished_at": _iso(report.finished_at),
        "problems": [_problem(one) for one in report.problems[:_MOST]],
        "problems_in_all": len(report.problems),
        "new_problems": len(notice.fresh),
        "counts": [
            {"name": name, "labels": dict(labels), "value": value}
            for (name, labels), value in sorted(report.counts.items())
        ],
    }


def as_text(notice: Notice) -> str:
    """The body of a mail: plain text, one problem a paragraph."""
    report = notice.report
    known = {id(one) for one in notice.fresh}
    lines = [f"{notice.headline[:1].upper()}{notice.headline[1:]}.", ""]
    for problem in report.problems[:_MOST]:
        mark = "new: " if id(problem) in known and notice.was is notice.now else ""
        where = str(problem.place)
        lines.append(f"* {mark}{f'{where}: ' if where else ''}{problem.message}")
        if problem.hint:
            lines.append(f"  -> {problem.hint}")
    if len(report.problems) > _MOST:
        lines.append(f"* and {len(report.problems) - _MOST:,} more")
    if report.problems:
        lines.append("")
    lines += [
        f"Site     {report.site}",
        f"Archive  {report.archive} on {socket.gethostname()}",
        f"Run      {_iso(report.started_at)} to {_iso(report.finished_at)}, "
        f"exit code {int(report.exit)}",
        f"State    {notice.now} since {notice.since}, before that {notice.was}",
        "",
        "`wp-sync status` shows more. You hear again when something changes.",
    ]
    return "\n".join(_printable(line) for line in lines) + "\n"


def _problem(problem: Problem) -> dict[str, object]:
    place = {key: value for key, value in asdict(problem.place).items() if value not in ("", None)}
    return {"message": problem.message, "hint": problem.hint, "place": place}


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _printable(line: str) -> str:
    """Without control characters: a site's words may stand in it."""
    return "".join(sign if sign.isprintable() else " " for sign in line)
