"""The commands that read an archive and change nothing: status, show, log, diff."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync import diffing, entities
from wp_sync.archive.base import RunRow, SiteArchive, SiteState, Version
from wp_sync.cli import facts, summary
from wp_sync.cli import options as given
from wp_sync.cli.lines import Line, block, dim, spaced
from wp_sync.cli.parts import archive_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import ago, count, iso, kind_name, printable, stamp
from wp_sync.errors import UsageError
from wp_sync.model import SITE_KIND, Tally, View

PANEL = "Look into an archive"

_Number = Annotated[
    int | None, typer.Argument(min=1, metavar="[A]", help="Version; the one before B if left out.")
]
_Other = Annotated[
    int | None, typer.Argument(min=1, metavar="[B]", help="Version; the newest if left out.")
]
_Raw = Annotated[
    bool, typer.Option("--raw", help="The JSON exactly as the site sent it, and nothing else.")
]
_VersionNumber = Annotated[
    int | None, typer.Option("--version", min=1, metavar="N", help="This version, not the newest.")
]
_Last = Annotated[int, typer.Option("--last", min=1, metavar="N", help="How many runs to show.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the menu."""

    @command(app, "status", PANEL)
    def status(
        session: Session,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        last: _Last = 5,
    ) -> Reply:
        """What the archive holds and how its last runs ended."""
        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            return _status(session, part, last)

    @command(app, "show", PANEL)
    def show(
        session: Session,
        item: given.Item,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        version: _VersionNumber = None,
        raw: _Raw = False,
    ) -> Reply:
        """One record as it was archived."""
        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            kind, id = find(part, item)
            chosen = pick(part.versions(kind, id), version, item)
            if raw and not session.screen.as_json:
                session.screen.raw(chosen.raw.decode("utf-8", "replace") + "\n")
                return Reply()
            session.screen.show(_record_head(part, chosen), *_record_lines(chosen))
            document = {**_version_json(chosen), "data": chosen.data}
            return Reply({"record": document})

    @command(app, "log", PANEL)
    def log(
        session: Session,
        item: given.Item,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
    ) -> Reply:
        """The versions of one record: when each was seen and what changed."""
        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            kind, id = find(part, item)
            versions = part.versions(kind, id)
            pick(versions, None, item)
            return _log(session, part, versions)

    @command(app, "diff", PANEL)
    def diff(
        session: Session,
        item: given.Item,
        a: _Number = None,
        b: _Other = None,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
    ) -> Reply:
        """What differs between two versions of one record."""
        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            kind, id = find(part, item)
            return _diff(session, part.versions(kind, id), a, b, item)


# -- finding ---------------------------------------------------------------------------------


def find(archive: SiteArchive, item: str) -> tuple[str, int]:
    """The one record that a word means.

    Raises:
        UsageError: none is meant, or several are.
    """
    word = item.strip()
    found = list(archive.find(word))
    if not found and (named := re.fullmatch(r"(?:\w+/)?([\w-]+)/([0-9]{1,18})", word)):
        found = list(archive.find(f"{named[1]} {named[2]}"))
    if len(found) > 1 and not word.isdigit() and "#" not in word:
        # A comment's address is its post's, but for the fragment.
        found = [pair for pair in found if not pair[0].startswith("comments/")] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"“{item}” is no record of this archive.",
            hint="give its address as in the browser, its slug, or its kind and id, such as"
            " post/42; `wp-sync status` lists the kinds",
        )
    shown = ", ".join(f"{kind.partition('/')[2]}/{id}" for kind, id in found[:8])
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    raise UsageError(f"“{item}” means several records.", hint=f"name one: {shown}{more}")


def pick(versions: Sequence[Version], number: int | None, item: str) -> Version:
    """One version of a record, the newest where no number is given.

    Raises:
        UsageError: there is no such version.
    """
    if not versions:
        raise UsageError(f"“{item}” has no version in this archive.")
    if number is None:
        return max(versions, key=lambda version: version.number)
    for version in versions:
        if version.number == number:
            return version
    have = ", ".join(str(version.number) for version in versions)
    raise UsageError(f"“{item}” has no version {number}.", hint=f"there are: {have}")


# -- status ----------------------------------------------------------------------------------


def _status(session: Session, part: SiteArchive, last: int) -> Reply:
    site = part.site()
    runs = part.runs(last=last)
    kinds = {kind: facts.live(part, kind) for kind in part.kinds()}
    broken = {kind: dict(part.quarantined(kind)) for kind in kinds}
    broken = {kind: reasons for kind, reasons in broken.items() if reasons}
    document = {
        "site": facts.plain(site),
        "kinds": kinds,
        "files": facts.files_of(part),
        "quarantine": facts.plain(broken),
        **facts.order_json(part),
        "runs": [facts.plain(run) for run in runs],
    }
    session.screen.show(
        *spaced(
            _who(site) if site else (),
            [_states(kinds, broken), *summary.files_parts(part)],
            summary.order_parts(part),
            _runs(runs),
        )
    )
    return Reply(document)


def _who(site: SiteState) -> list[Line]:
    name = printable(entities.unescape(site.name) or site.key, one_line=True)
    # The archive remembers which user it was, not what that user could see.
    if site.view == "anonymous":
        seen = summary.view_words(View())
    else:
        seen = f"Seen as {site.view.replace(':', ' ')}."
    return [
        Line(Text(name, style="bold"), indent=0),
        Line(dim(site.home), indent=0),
        Line(seen, indent=0),
    ]


_ALWAYS = "live"
_AWAY = {"trashed": "trashed", "withheld": "withheld", "gone": "gone", "broken": "broken there"}


def _states(
    kinds: Mapping[str, Mapping[str, int]], broken: Mapping[str, Mapping[int, str]]
) -> Table:
    """Records by kind and state; states that nothing is in have no column."""
    counts = {
        kind: {**kinds[kind], "broken": len(broken.get(kind, ()))}
        for kind in sorted(kinds, key=summary.kind_order)
        if kind != SITE_KIND
    }
    shown = [_ALWAYS, *(state for state in _AWAY if any(one.get(state) for one in counts.values()))]
    rows = [
        (kind_name(kind), [states.get(state, 0) for state in shown])
        for kind, states in counts.items()
    ]
    rows.append(("total", [sum(cells) for cells in zip(*(row[1] for row in rows), strict=True)]))
    return summary.numbers([_AWAY.get(state, state) for state in shown], rows)


def _runs(runs: Sequence[RunRow]) -> list[RenderableType]:
    now = datetime.now(UTC)
    rows: list[tuple[str, str | Text]] = []
    for run in runs:
        total = sum(run.tallies.values(), Tally())
        what = count(total.written, "change") if run.finished_at else ""
        parts = [run.command, run.outcome.value, what, ago(run.started_at, now)]
        if run.problems:
            parts.insert(3, count(len(run.problems), "problem"))
        fine = run.outcome in ("done", "running")
        words = " · ".join(part for part in parts if part)
        rows.append((f"#{run.number}", Text(words, style="" if fine else "yellow")))
        rows += [("", dim(str(problem))) for problem in run.problems[:3]]
    return [*block("Last runs", rows)]


# -- show, log, diff -------------------------------------------------------------------------


def _version_json(version: Version) -> dict[str, object]:
    return {
        "kind": version.kind,
        "id": version.id,
        "version": version.number,
        "seen_at": iso(version.seen_at),
        "run": version.run,
        "sha256": version.sha256,
        "lacking": list(version.lacking),
    }


def _title(version: Version) -> str:
    title = version.data.get("title", version.data.get("name", ""))
    if isinstance(title, dict):
        title = title.get("rendered") or title.get("raw") or ""
    return printable(entities.unescape(title), one_line=True) if isinstance(title, str) else ""


def _state(part: SiteArchive, kind: str, id: int) -> str:
    known = part.known_of(kind, [id]).get(id)
    return known.state.value if known else ""


def _record_head(part: SiteArchive, version: Version) -> Text:
    head = Text(f"{version.kind.partition('/')[2]} {version.id}", style="bold")
    if title := _title(version):
        head.append(f" · {title}")
    about = f"version {version.number} · seen {stamp(version.seen_at)} in run {version.run}"
    head.append(f"\n{_state(part, version.kind, version.id)} · {about}", style="not bold dim")
    if version.lacking:
        head.append(f"\nthe site could not produce: {', '.join(version.lacking)}", style="yellow")
    return head


def _record_lines(version: Version) -> list[Text]:
    text = Text()
    for line in diffing.lines(version.data):
        name = re.match(r"[\w.\-\[\]]+:", line)
        shown = printable(line)
        cut = len(name[0]) if name else 0
        text.append(f"\n{shown[:cut]}", style="cyan").append(shown[cut:])
    return [text]


def _log(session: Session, part: SiteArchive, versions: Sequence[Version]) -> Reply:
    newest_first = sorted(versions, key=lambda version: -version.number)
    before = {version.number: version for version in versions}
    entries: list[dict[str, object]] = []
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("version", "seen", "run", "what changed"):
        table.add_column(column, overflow="fold")
    for version in newest_first:
        older = before.get(version.number - 1)
        fields = diffing.changed_fields(older.data, version.data) if older else []
        entries.append({**_version_json(version), "changed": fields})
        what = ", ".join(fields) if older else "first seen"
        row = (str(version.number), stamp(version.seen_at), str(version.run), printable(what))
        table.add_row(*(Text(cell) for cell in row))
    newest = newest_first[0]
    state = _state(part, newest.kind, newest.id)
    head = Text(f"{newest.kind.partition('/')[2]} {newest.id}", style="bold")
    head.append(f" · {_title(newest)} · {state}", style="not bold")
    session.screen.show(head, table)
    return Reply({"kind": newest.kind, "id": newest.id, "state": state, "versions": entries})


def _diff(
    session: Session, versions: Sequence[Version], a: int | None, b: int | None, item: str
) -> Reply:
    if b is None and a is not None:
        newer, older = pick(versions, None, item), pick(versions, a, item)
    else:
        newer = pick(versions, b, item)
        if len(versions) == 1 and a is None:
            session.screen.show(Text("There is one version only; nothing to compare."))
            return Reply({"a": newer.number, "b": newer.number, "fields": [], "diff": []})
        older = pick(versions, a if a is not None else newer.number - 1, item)
    names = (_name(older), _name(newer))
    found = diffing.unified(older.data, newer.data, names=names)
    text = Text()
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for number, line in enumerate(found):
        style = "bold" if number < 2 else styles.get(line[:1], "")
        text.append(("\n" if number else "") + printable(line), style=style)
    same = f"Versions {older.number} and {newer.number} are the same."
    session.screen.show(text if found else Text(same))
    fields = diffing.changed_fields(older.data, newer.data)
    return Reply(
        {
            "kind": newer.kind,
            "id": newer.id,
            "a": older.number,
            "b": newer.number,
            "fields": fields,
            "diff": found,
        }
    )


def _name(version: Version) -> str:
    kind = version.kind.partition("/")[2]
    return f"{kind}/{version.id} version {version.number} ({stamp(version.seen_at)})"
