"""The end of a run for people, on one quiet screen: what came, what it became, what is next.

Whatever does not fit here is in ``--json`` (`wp_sync.cli.facts`).
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync import entities
from wp_sync.archive.base import SiteArchive
from wp_sync.cli import facts
from wp_sync.cli.lines import Line, block, dim, spaced
from wp_sync.cli.screen import problem_text
from wp_sync.cli.text import count, item_name, kind_name, length, listed, printable, size
from wp_sync.errors import Exit, Problem
from wp_sync.model import SITE_KIND, LeftOut, Outcome, RunResult, Tally, View

if TYPE_CHECKING:
    from wp_sync.normalize.engine import NormalizeResult

EXITS: Mapping[Outcome, Exit] = {
    Outcome.DONE: Exit.DONE,
    Outcome.PARTIAL: Exit.PARTIAL,
    Outcome.REFUSED: Exit.REFUSED,
    Outcome.FAILED: Exit.FAILED,
    Outcome.INTERRUPTED: Exit.INTERRUPTED,
}
_SHOWN_PROBLEMS = 10
_SHOWN_NOTES = 5
_SHOWN_REMARKS = 3
_IN_JSON = "… and {:,} more (--json)"


# -- a pull ----------------------------------------------------------------------------------


def pull_parts(result: RunResult, archive: SiteArchive, *, dry: bool) -> list[RenderableType]:
    """What a pull did, who we were to the site, and what the archive now holds."""
    site = archive.site()
    name = entities.unescape(site.name) if site and site.name else result.site
    done = "would be pulled" if dry else _OUTCOMES[result.outcome]
    changes = sum((tally.written for tally in result.tallies.values()), 0)
    if result.outcome is Outcome.DONE and not changes:
        done += "; nothing had changed"
    asked = f"{count(result.requests, 'request')} to {result.site} in {length(result.seconds)}"
    head = [
        Line(Text(f"{printable(name, one_line=True)} {done}", style="bold"), indent=0),
        Line(dim(asked), indent=0),
        Line(view_words(result.view), indent=0),
    ]
    return spaced(head, [_kinds(result, archive), *files_parts(archive)])


_OUTCOMES = {
    Outcome.DONE: "is up to date in the archive",
    Outcome.PARTIAL: "is in the archive, but for what is named below",
    Outcome.REFUSED: "needs a decision of yours",
    Outcome.FAILED: "could not be pulled",
    Outcome.INTERRUPTED: "was stopped half-way",
    Outcome.RUNNING: "is being pulled",
}


def view_words(view: View) -> str:
    """Who we were and what that means: a copy without raw text must never pass for a backup."""
    login = view.login
    roles = ", ".join(login.roles) or "no role"
    who = "a visitor" if login.anonymous else f"{login.name} ({roles})"
    if view.rendered_only:
        wanted = "a login" if login.anonymous else "a login with more rights"
        missing = "drafts, private posts and raw text"
        return f"Seen as {who}: rendered text only; {missing} need {wanted}."
    if view.rendered:
        whole = listed(kind_name(kind) for kind in view.raw)
        rest = listed(kind_name(kind) for kind in view.rendered)
        words = f"raw text of {whole}; {rest} only as visitors see them"
    else:
        words = "raw text"
    if lacking := [kind for kind in view.raw if kind not in view.drafts]:
        return f"Seen as {who}: {words}; no drafts of {listed(map(kind_name, lacking))}."
    return f"Seen as {who}: {words}; drafts and private posts included."


# The columns that stand there only when something is in them, with their heads.
_RARE = {"vanished": "gone", "restored": "back", "broken": "broken there"}


def _kinds(result: RunResult, archive: SiteArchive) -> Table:
    kinds = {kind for kind in (*result.tallies, *archive.kinds()) if "/" in kind} - {SITE_KIND}
    tallies = {kind: result.tallies.get(kind, Tally()) for kind in sorted(kinds, key=kind_order)}
    total = sum(tallies.values(), Tally())
    shown = ["new", "changed"] if total.new or total.changed else []
    shown += [name for name in _RARE if getattr(total, name)]
    rows = [
        (kind_name(kind), [*_cells(tally, shown), archive.count(kind)])
        for kind, tally in tallies.items()
    ]
    rows.append(("total", [*_cells(total, shown), sum(cells[-1] for _, cells in rows)]))
    return numbers([*(_RARE.get(name, name) for name in shown), "in the archive"], rows)


def _cells(tally: Tally, columns: Sequence[str]) -> list[int]:
    return [getattr(tally, name) for name in columns]


def kind_order(kind: str) -> tuple[int, str]:
    """What a reader looks for first: posts, pages, media, then terms, then the rest."""
    first = ("posts/post", "posts/page", "posts/attachment")
    families = ("posts", "terms", "comments", "users")
    family = kind.partition("/")[0]
    if kind in first:
        return (first.index(kind), kind)
    return (len(first) + (families.index(family) if family in families else 9), kind)


def numbers(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]]) -> Table:
    """A table of counts, a row each, nought as a dot; the row named total stands out."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for head in heads:
        table.add_column(head, justify="right")
    for name, cells in rows:
        shown = (f"{cell:,}" if cell else "·" for cell in cells)
        table.add_row(Text(name), *shown, style="bold" if name == "total" else "")
    return table


def files_parts(archive: SiteArchive) -> list[RenderableType]:
    """What became of the media files."""
    files = facts.files_of(archive)
    if not files:
        return []
    words = {"stored": "stored", "due": "still to fetch", "missing": "missing at the site"}
    states = [*(one for one in words if one in files), *sorted(files.keys() - words.keys())]
    parts = []
    for state in states:
        weight = f" ({size(files[state]['bytes'])})" if state == "stored" else ""
        parts.append(f"{files[state]['files']:,} {words.get(state, state)}{weight}")
    return [Line("Files: " + ", ".join(parts), indent=0)]


# -- normalizing -----------------------------------------------------------------------------


def order_parts(archive: SiteArchive, result: NormalizeResult | None = None) -> list[Line]:
    """What normalization made of it: terms before and after, links by state, what it changed."""
    rows: list[tuple[str, str]] = []
    if result is not None:
        rows.append(("changed", _changes(result)))
    pairs = {name: pair for name, pair in facts.terms_of(archive).items() if any(pair.values())}
    if pairs:
        names = sorted(pairs, key=lambda name: kind_order(f"terms/{name}"))
        shown = (
            f"{kind_name(f'terms/{name}')} {pairs[name]['before']:,} → {pairs[name]['after']:,}"
            for name in names
        )
        rows.append(("terms", ", ".join(shown)))
    for head, states in (
        ("related posts", facts.related_of(archive)),
        ("links", facts.links_of(archive)),
    ):
        if states:
            rows.append((head, _by_count(states)))
    return block("Put in order", rows)


def _changes(result: NormalizeResult) -> str:
    parts = []
    if result.posts_written:
        parts.append(f"{result.posts_written:,} posts and pages")
    for table, noun in (("media", "media file"), ("comments", "comment"), ("authors", "author")):
        if number := result.written.get(table):
            parts.append(count(number, noun))
    if result.written.get("terms"):
        parts.append("the terms")
    return listed(parts) or "nothing"


def _by_count(states: Mapping[str, int]) -> str:
    ordered = sorted(states, key=lambda state: (state != "resolved", -states[state], state))
    return ", ".join(f"{states[state]:,} {state}" for state in ordered)


def decide_parts(result: NormalizeResult) -> list[RenderableType]:
    """What a person may decide in the mappings, and what was found in the content."""
    noted = [
        (item_name(f"terms/{note.taxonomy}", note.id), _about(note.name, note.message))
        for note in result.term_notes
    ]
    noted += [
        (item_name("users/user", note.id), _about(note.name, note.message))
        for note in result.author_notes
    ]
    rows = noted[:_SHOWN_NOTES]
    found = [
        (item_name(one.place.kind, one.place.id), one.message)
        for one in result.findings[:_SHOWN_NOTES]
    ]
    findings = len(result.findings) + result.findings_left_out
    return spaced(
        block(f"To decide in mappings/ ({len(noted):,})", rows, more=_more(len(noted), rows)),
        block(f"Found in the content ({findings:,})", found, more=_more(findings, found)),
    )


def _about(name: str, message: str) -> str:
    return f"{name}: " + message.removeprefix(f'"{name}" ')


def _more(number: int, shown: Sequence[object]) -> str:
    return _IN_JSON.format(number - len(shown)) if number > len(shown) else ""


# -- what is not there -----------------------------------------------------------------------


def unseen_parts(problems: Sequence[Problem]) -> list[RenderableType]:
    """What this login can't see with the step to take, grouped; then what is never copied."""
    hidden = [problem for problem in problems if not isinstance(problem, LeftOut)]
    groups: dict[tuple[str, str], list[str]] = {}
    for problem in hidden:
        # The heading says it; the site's own words are in --json.
        said = "" if problem.message.startswith("not visible to") else problem.message
        names = groups.setdefault((said, problem.hint), [])
        names.append(kind_name(problem.place.kind) if problem.place.kind else str(problem.place))
    rows = [
        (listed(sorted(names, key=lambda name: (len(name), name))), "; ".join(filter(None, words)))
        for words, names in groups.items()
    ]
    shown = rows[:_SHOWN_NOTES]
    lines: list[RenderableType] = []
    lines += block(f"Not visible to you ({len(hidden):,})", shown, more=_more(len(rows), shown))
    on_purpose = [one for one in problems if isinstance(one, LeftOut)]
    if on_purpose:
        names = list(dict.fromkeys(kind_name(problem.place.kind) for problem in on_purpose))
        lines.append(Line(dim(f"Not copied on purpose: {listed(names)}"), indent=0))
    return lines


def notes_parts(notes: Sequence[str]) -> list[Line]:
    """Remarks that change nothing."""
    shown = [("", note) for note in notes[:_SHOWN_REMARKS]]
    return block(f"Remarks ({len(notes):,})", shown, more=_more(len(notes), shown))


def problems_parts(problems: Sequence[Problem], archive: str) -> list[RenderableType]:
    """What went wrong, the first few in full."""
    if not problems:
        return []
    head = f"{count(len(problems), 'problem').capitalize()}"
    lines: list[RenderableType] = [Text(head, style="bold yellow")]
    lines += [problem_text(problem, "  • ") for problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > _SHOWN_PROBLEMS:
        asked = f"{called_as()} status --archive {shlex.quote(archive)} --json"
        more = f"  … and {len(problems) - _SHOWN_PROBLEMS:,} more: {asked}"
        lines.append(Text(more, style="dim"))
    return lines


# -- what next -------------------------------------------------------------------------------


def next_steps(steps: Sequence[tuple[str, str]]) -> list[RenderableType]:
    """Commands worth typing now, each behind what it is good for; never broken, to be copied."""
    width = max(len(why) for why, _ in steps)
    lines: list[RenderableType] = [Text("Next", style="bold")]
    for why, shown in steps:
        line = Text(f"  {why.ljust(width)}  ", style="dim")
        lines.append(Text.assemble(line, Text(shown, style="cyan")))
    return lines


def called_as() -> str:
    """How this program is called here, for commands to copy."""
    if shutil.which("wp-sync"):
        return "wp-sync"
    called = Path(sys.argv[0])
    if called.name == "sync.py":
        return f"python {shlex.quote(str(called))}"
    if called.stem == "wp-sync" and called.is_file():
        with contextlib.suppress(ValueError):
            called = called.absolute().relative_to(Path.cwd())
        return shlex.quote(str(called))
    return "wp-sync"


def after_pull(archive: str, part: SiteArchive, *, config_file: bool) -> list[tuple[str, str]]:
    """The next steps after a pull into ``archive``, with an item that it holds."""
    program = called_as()
    named = "" if config_file or archive == "archive" else f" --archive {shlex.quote(archive)}"
    steps = [("what it holds", "status"), ("is it sound", "check")]
    if item := facts.example(part):
        steps.append(("a post's past", f"log {item}"))
    return [(why, f"{program} {words}{named}") for why, words in steps]
