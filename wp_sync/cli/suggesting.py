"""The command `mappings suggest`: rules drafted from an archive, shown, and put into the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from wp_sync.cli import options as given
from wp_sync.cli.lines import block, spaced
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, printable
from wp_sync.cli.whole import write_whole
from wp_sync.errors import Place, UsageError

if TYPE_CHECKING:
    from wp_sync.normalize.suggest.drafts import Draft

_SHOWN = 20  # proposals of a file on a screen; --json and --write have all
_SURE_ENOUGH = 0.5

_Least = Annotated[
    float,
    typer.Option(
        "--least", min=0.0, max=1.0, metavar="CONFIDENCE", help="From so sure on, 0 to 1."
    ),
]
_Write = Annotated[
    bool,
    typer.Option("--write", "-w", help="Put them into the mapping files, as comments to edit."),
]


def register(group: typer.Typer, panel: str) -> None:
    """Add the command to the group of those on mapping files."""

    @command(group, "mappings suggest", panel)
    def suggest(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
        least: _Least = _SURE_ENOUGH,
        write: _Write = False,
    ) -> Reply:
        """Draft rules from the archive: terms that are twice, accounts that are no people."""
        from wp_sync.normalize.mapping_files import load_rules
        from wp_sync.normalize.suggest.drafts import suggest_site

        config = settings(session, archive=archive, mappings=mappings)
        folder = mappings_of(config)
        rules = load_rules(folder)
        if write and folder is None:
            raise UsageError(
                "there is no folder of mapping files to write to.",
                place=Place(file="mappings"),
                hint="`wp-sync init` makes one; if yours is elsewhere, name it with --mappings",
            )
        with (
            archive_of(config, read_only=True) as store,
            session.interruptible(),
            session.screen.progress() as progress,
        ):
            found = suggest_site(site_in(store, config, site), rules, progress, session.stop)
        sure = [one for one in found if one.proposal.confidence >= least]
        by_file: dict[str, list[Draft]] = {}
        for one in sure:
            by_file.setdefault(one.proposal.file, []).append(one)
        files = dict(sorted(by_file.items()))
        written = _write(folder, files) if write and folder else {}
        session.screen.show(*_shown(files, len(found) - len(sure), least))
        if write:
            rows = [(f"+{added}", str(path)) for path, added in written.items()]
            rows = rows or [("nothing", "new to write")]
            session.screen.summary(Text(), *block("Drafts written, as comments", rows))
        document = {
            "drafts": [_json(one) for one in sure],
            "less_sure": len(found) - len(sure),
            "files": [str(path) for path in written],
        }
        return Reply(document)


def _write(folder: Path, files: Mapping[str, Sequence[Draft]]) -> dict[Path, int]:
    """Put the drafts behind what the files hold; how many went into which."""
    from wp_sync.cli.drafting import belongs, with_drafts

    texts: dict[Path, tuple[str, int]] = {}
    for name, drafts in files.items():
        if not belongs(name, drafts[0].proposal.concern):
            continue
        path = folder / name
        # As bytes, so that line ends and everything else that stands there stay.
        before = path.read_bytes().decode("utf-8") if path.is_file() else ""
        text, added = with_drafts(before, drafts, drafts[0].proposal.concern)
        if added:
            texts[path] = text, added
    hint = "close it where it is open, or mend who may write it"
    for path, (text, _) in texts.items():
        write_whole(path, text.encode(), hint=hint)
    return {path: added for path, (_, added) in texts.items()}


def _json(draft: Draft) -> dict[str, object]:
    document = asdict(draft.proposal)
    examples = [asdict(one) for one in draft.examples]
    return {"file": draft.proposal.file, **document, "examples": examples}


def _shown(
    files: Mapping[str, Sequence[Draft]], less_sure: int, least: float
) -> list[RenderableType]:
    parts = [_file(name, drafts) for name, drafts in files.items()]
    if not parts:
        parts.append([Text("Nothing to suggest that is this sure.")])
    if less_sure:
        words = f"{count(less_sure, 'proposal')} below {least:.0%}: --least 0 shows all"
        parts.append([Text(words, style="dim")])
    return spaced(*parts)


def _file(name: str, drafts: Sequence[Draft]) -> Sequence[RenderableType]:
    rows: list[tuple[str, str | Text]] = []
    for one in drafts[:_SHOWN]:
        proposal = one.proposal
        rows.append((f"{proposal.confidence:.0%}", printable(proposal.reason, one_line=True)))
        if proposal.rule:
            change = [line for line in proposal.rule.split("\n") if line][1:]
            words = printable(" · ".join(change), one_line=True)
            rows.append(("", Text(f"→ {_short(words)}", style="cyan")))
        else:
            rows.append(("", Text("→ for you to decide", style="cyan")))
        if one.examples:
            titles = ", ".join(f"“{each.title or each.id}”" for each in one.examples)
            more = proposal.posts - len(one.examples)
            tail = f" and {count(more, 'other')}" if more > 0 else ""
            words = printable(f"{count(proposal.posts, 'post')}: {titles}{tail}", one_line=True)
            rows.append(("", Text(words, style="dim")))
    more = len(drafts) - _SHOWN
    head = printable(f"{name} ({count(len(drafts), 'proposal')})", one_line=True)
    return block(head, rows, more=f"and {more} more: --json names all" if more > 0 else "")


def _short(words: str) -> str:
    return words if len(words) <= 200 else words[:199] + "…"
