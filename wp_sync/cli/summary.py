"""The end of a run in tables and in JSON: what came, what it became, what is missing, what next."""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync.archive.base import SiteArchive
from wp_sync.cli.screen import problem_json, problem_text
from wp_sync.cli.text import count, iso, kind_name, length, printable, size
from wp_sync.errors import Exit, Problem
from wp_sync.model import SITE_KIND, Outcome, RunResult, State, Tally, View

EXITS: Mapping[Outcome, Exit] = {
    Outcome.DONE: Exit.DONE,
    Outcome.PARTIAL: Exit.PARTIAL,
    Outcome.REFUSED: Exit.REFUSED,
    Outcome.FAILED: Exit.FAILED,
    Outcome.INTERRUPTED: Exit.INTERRUPTED,
}
_SHOWN_PROBLEMS = 10
_SHOWN_NOTES = 5


def plain(value: Any) -> Any:
    """Any frozen value as JSON can carry it; times as ISO 8601 in UTC."""
    if isinstance(value, Problem):
        return problem_json(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {_key(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _key(key: Any) -> str:
    if isinstance(key, tuple):
        return "/".join(str(plain(part)) for part in key)
    return str(plain(key))


def view_json(view: View) -> dict[str, object]:
    """Who we were to the site and what that means for the copy."""
    return {
        "user": view.login.name,
        "roles": list(view.login.roles),
        "rendered_only": view.rendered_only,
        "raw": list(view.raw),
        "rendered": list(view.rendered),
        "drafts": list(view.drafts),
    }


def pull_json(result: RunResult) -> dict[str, object]:
    """The ``pull`` part of a document."""
    return {
        "site": result.site,
        "outcome": result.outcome.value,
        "view": view_json(result.view),
        "kinds": {kind: plain(tally) for kind, tally in sorted(result.tallies.items())},
        "problems": [problem_json(problem) for problem in result.problems],
        "unseen": [problem_json(problem) for problem in result.unseen],
        "notes": list(result.notes),
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
    }


def pull_parts(result: RunResult, archive: SiteArchive, *, dry: bool) -> list[RenderableType]:
    """What a pull did, by kind; the last column is what the archive now holds."""
    kinds = {kind for kind in (*result.tallies, *archive.kinds()) if "/" in kind} - {SITE_KIND}
    tallies = {kind: result.tallies.get(kind, Tally()) for kind in sorted(kinds, key=_order)}
    total = sum(tallies.values(), Tally())
    shown = [name for name, always in _COLUMNS.items() if always or getattr(total, name)]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    for name in shown:
        table.add_column(_HEADS.get(name, name), justify="right")
    table.add_column("in the archive", justify="right")
    held = 0
    for kind, tally in tallies.items():
        live_now = archive.count(kind)
        held += live_now
        table.add_row(kind_name(kind), *_cells(tally, shown), f"{live_now:,}")
    if tallies:
        table.add_row("total", *_cells(total, shown), f"{held:,}", style="bold")
    done = "would be pulled" if dry else _OUTCOMES[result.outcome]
    title = Text(f"{printable(result.site)} {done}", style="bold")
    asked = count(result.requests, "request")
    title.append(f" · {asked} in {length(result.seconds)}", style="not bold dim")
    return [title, table]


# The columns of a pull's table, and whether they stand there when nothing is in them.
_COLUMNS = {
    "new": True,
    "changed": True,
    "vanished": False,
    "restored": False,
    "broken": False,
}
_HEADS = {"vanished": "gone", "restored": "back", "broken": "broken there"}
_OUTCOMES = {
    Outcome.DONE: "is up to date in the archive",
    Outcome.PARTIAL: "is in the archive, but for what is named below",
    Outcome.REFUSED: "needs a decision of yours",
    Outcome.FAILED: "could not be pulled",
    Outcome.INTERRUPTED: "was stopped half-way",
    Outcome.RUNNING: "is being pulled",
}


def _order(kind: str) -> tuple[int, str]:
    first = ("posts/post", "posts/page", "posts/attachment", "terms/category", "terms/post_tag")
    return (first.index(kind) if kind in first else len(first), kind)


def _cells(tally: Tally, columns: Sequence[str]) -> list[str]:
    numbers = (getattr(tally, name) for name in columns)
    return [f"{number:,}" if number else "·" for number in numbers]


def files_of(archive: SiteArchive) -> dict[str, dict[str, int]]:
    """Media files by state: how many, and their bytes."""
    found: dict[str, dict[str, int]] = {}
    for file in archive.files():
        entry = found.setdefault(file.state, {"files": 0, "bytes": 0})
        entry["files"] += 1
        entry["bytes"] += file.size or 0
    return found


def terms_of(archive: SiteArchive) -> dict[str, dict[str, int]]:
    """Terms of every taxonomy at the source, and after the rules."""
    after = {
        str(row["taxonomy"]): int(str(row["number"]))
        for row in archive.query(
            "SELECT taxonomy, count(*) AS number FROM terms WHERE site = :site GROUP BY taxonomy",
            site=_site(archive),
        )
    }
    names = {kind.partition("/")[2]: kind for kind in archive.kinds() if kind.startswith("terms/")}
    return {
        name: {
            "before": archive.count(names[name]) if name in names else 0,
            "after": after.get(name, 0),
        }
        for name in sorted({*names, *after})
    }


def related_of(archive: SiteArchive) -> dict[str, int]:
    """Related posts by state."""
    return _states(archive, "related_posts")


def links_of(archive: SiteArchive) -> dict[str, int]:
    """Links in content by state."""
    return _states(archive, "links")


def _states(archive: SiteArchive, table: str) -> dict[str, int]:
    rows = archive.query(
        f"SELECT state, count(*) AS number FROM {table}"  # noqa: S608 (our own table names)
        " WHERE site = :site GROUP BY state ORDER BY state",
        site=_site(archive),
    )
    return {str(row["state"]): int(str(row["number"])) for row in rows}


def _site(archive: SiteArchive) -> str:
    state = archive.site()
    return state.key if state else ""


def order_json(archive: SiteArchive) -> dict[str, object]:
    """What normalization made: terms before and after, related posts and links by state."""
    return {
        "terms": terms_of(archive),
        "related_posts": related_of(archive),
        "links": links_of(archive),
    }


def order_parts(archive: SiteArchive) -> list[RenderableType]:
    """What normalization made, for people."""
    lines: list[RenderableType] = []
    changed = {name: pair for name, pair in terms_of(archive).items() if any(pair.values())}
    if changed:
        parts = [
            f"{kind_name(f'terms/{name}')} {pair['before']:,} → {pair['after']:,}"
            for name, pair in changed.items()
        ]
        lines.append(_line("terms", ", ".join(parts)))
    for head, states in (("related posts", related_of(archive)), ("links", links_of(archive))):
        if states:
            parts = [f"{number:,} {state}" for state, number in states.items()]
            lines.append(_line(head, ", ".join(parts)))
    return lines


def files_parts(archive: SiteArchive) -> list[RenderableType]:
    """What became of the media files, for people."""
    files = files_of(archive)
    if not files:
        return []
    words = {"stored": "stored", "due": "still to fetch", "missing": "missing at the site"}
    parts = []
    for state, entry in sorted(
        files.items(), key=lambda pair: list(words).index(pair[0]) if pair[0] in words else 9
    ):
        weight = f" ({size(entry['bytes'])})" if state == "stored" else ""
        parts.append(f"{entry['files']:,} {words.get(state, state)}{weight}")
    return [_line("files", ", ".join(parts))]


def _line(head: str, text: str) -> Text:
    line = Text(f"{head}: ", style="bold")
    line.append(printable(text, one_line=True), style="not bold")
    return line


def problems_parts(problems: Sequence[Problem], archive: str) -> list[RenderableType]:
    """What went wrong, the first few in full."""
    if not problems:
        return []
    lines: list[RenderableType] = [Text(f"{count(len(problems), 'problem')}:", style="bold yellow")]
    lines += [problem_text(problem, "  • ") for problem in problems[:_SHOWN_PROBLEMS]]
    if len(problems) > _SHOWN_PROBLEMS:
        asked = f"wp-sync status --archive {shlex.quote(archive)} --json"
        more = f"  … and {len(problems) - _SHOWN_PROBLEMS:,} more: {asked}"
        lines.append(Text(more, style="dim"))
    return lines


def worth_a_look(head: str, problems: Sequence[Problem], *, more: int = 0) -> list[RenderableType]:
    """Things a person may want to see, that change nothing of how a run ended."""
    if not problems:
        return []
    lines = Text(f"{head} ({len(problems) + more:,}):", style="bold")
    shown = problems[:_SHOWN_NOTES]
    for problem in shown:
        lines.append("\n")
        lines.append_text(problem_text(problem, "  • "))
    if rest := len(problems) + more - len(shown):
        lines.append(f"\n  … and {rest:,} more (--json)", style="not bold dim")
    return [lines]


def notes_parts(notes: Sequence[str]) -> list[RenderableType]:
    """What could not be seen, and other remarks that change nothing."""
    if not notes:
        return []
    lines = Text("what could not be seen:", style="bold")
    for note in notes[:_SHOWN_PROBLEMS]:
        lines.append(f"\n  • {printable(note, one_line=True)}", style="not bold")
    if len(notes) > _SHOWN_PROBLEMS:
        lines.append(f"\n  … and {len(notes) - _SHOWN_PROBLEMS:,} more (--json)", style="dim")
    return [lines]


def next_steps(steps: Sequence[tuple[str, str]]) -> RenderableType:
    """Commands worth typing now, each with what it is good for."""
    table = Table.grid(padding=(0, 2))
    for shown, why in steps:
        table.add_row(Text(f"  {shown}", style="cyan"), Text(why, style="dim"))
    return Group(Text("next:", style="bold"), table)


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


def after_pull(archive: str, config_file: bool) -> list[tuple[str, str]]:
    """The next steps after a pull into ``archive``."""
    program = called_as()
    named = "" if config_file or archive == "archive" else f" --archive {shlex.quote(archive)}"
    return [
        (f"{program} status{named}", "what the archive holds, and how its last runs ended"),
        (f"{program} check{named}", "prove the archive against its own digests"),
        (f"{program} log{named} ITEM", "the history of one post, page or term"),
    ]


def live(archive: SiteArchive, kind: str) -> dict[str, int]:
    """How many records of a kind are in each state; states without any are left out."""
    counts = {state.value: archive.count(kind, state) for state in State}
    return {state: number for state, number in counts.items() if number}
