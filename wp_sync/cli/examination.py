"""The doctor's report for people: who we are, what can be copied, what is wrong."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from wp_sync import entities
from wp_sync.cli.lines import Line, block, dim, spaced
from wp_sync.cli.summary import kind_order, unseen_parts, view_words
from wp_sync.cli.text import count, kind_name, length, printable, size
from wp_sync.errors import Problem
from wp_sync.model import Login, View
from wp_sync.source.doctor import DoctorReport, Kind, Timing


def doctor_parts(report: DoctorReport) -> list[RenderableType]:
    """The whole report, the good news first."""
    name = printable(entities.unescape(report.name) or report.site, one_line=True)
    version = f"WordPress {report.wordpress}" if report.wordpress else "WordPress"
    found = f" (found by {report.found_by})" if report.found_by else ""
    head: list[RenderableType] = [
        Line(Text(f"{name} can be copied", style="bold"), indent=0),
        Line(dim(f"{version} at {report.home}, its API at {report.api}{found}"), indent=0),
        Line(dim(f"time zone {report.timezone or 'unknown'}, now {report.server_time}"), indent=0),
        Line(view_words(view_of(report)), indent=0),
    ]
    if report.user:
        rights = ", ".join(report.capabilities) or "none"
        head.append(Line(f"Rights that matter here: {rights}", indent=0))
    kinds = sorted(report.kinds, key=lambda kind: kind_order(kind.kind))
    full = [kind for kind in kinds if kind.total != 0]
    empty = [kind_name(kind.kind) for kind in kinds if kind.total == 0]
    totals = [f"{kind.total:,}" if kind.total is not None else "?" for kind in full]
    width = max(map(len, totals), default=0)
    rows = [
        (kind_name(kind.kind), Text(f"{total.rjust(width)}  {_shown(kind)}".rstrip()))
        for kind, total in zip(full, totals, strict=True)
    ]
    hidden = [one for one in report.problems if one.place.kind and not one.place.site]
    wrong = [one for one in report.problems if one not in hidden]
    none = f"none yet: {', '.join(empty)}" if empty else ""
    return spaced(
        head,
        block("What can be copied", rows, more=none),
        block("Plugins whose data is there", [(one.name, one.data) for one in report.plugins]),
        block("Speed", [(f"{one.asked} posts", _timed(one)) for one in report.timings]),
        unseen_parts(hidden),
        block(f"What is wrong ({len(wrong):,})", [("", _wrong(one)) for one in wrong]),
    )


def view_of(report: DoctorReport) -> View:
    """The report's view of the site, as a run would state it."""
    posts = [kind for kind in report.kinds if kind.kind.startswith("posts/")]
    whole = [kind for kind in posts if kind.context == "edit"]
    return View(
        # The report has no id; any will do to say that somebody is logged in.
        Login(1, report.user, report.roles) if report.user else Login(),
        tuple(kind.kind for kind in whole),
        tuple(kind.kind for kind in posts if kind.context != "edit"),
        tuple(kind.kind for kind in whole if "private" in kind.statuses),
    )


def _shown(kind: Kind) -> str:
    if kind.kind.startswith("posts/") and kind.context == "edit":
        return "raw and rendered"
    return ""


def _timed(timing: Timing) -> str:
    if timing.failure:
        return timing.failure
    came = "" if timing.got == timing.asked else f"{count(timing.got, 'post')} came, "
    return f"{came}{size(timing.size_bytes)} in {length(timing.seconds)}"


def _wrong(problem: Problem) -> str:
    return f"{problem.message}; {problem.hint}" if problem.hint else problem.message
