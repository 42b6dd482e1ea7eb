"""The command `check`: proves an archive against its digests, and with --repair mends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from wp_sync.archive.base import Damage, Repair
from wp_sync.cli import facts
from wp_sync.cli import options as given
from wp_sync.cli.look import PANEL
from wp_sync.cli.parts import archive_of, settings
from wp_sync.cli.progress import WITHIN
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, printable
from wp_sync.config import Config, is_address
from wp_sync.errors import Exit, Place, UsageError

_ReadData = Annotated[
    bool, typer.Option("--read-data", help="Read every byte and compare it with its digest.")
]
_Repair = Annotated[
    bool,
    typer.Option(
        "--repair",
        help="Mend what can be mended, and mark the rest for the next pull; reads every byte.",
    ),
]
# How a repair ends, in the order it is told; and what the reader does next.
_ENDS = {
    "lost": ("can't be had again", ""),
    "pull": ("to be fetched again", "`wp-sync pull` fetches what is marked"),
    "normalize": ("to be made anew", "`wp-sync normalize` makes the derived tables anew"),
    "push": ("to be looked for at the target", "the next `wp-sync push` finds what it made there"),
    "audit": ("to be found again", "`wp-sync audit` finds what still holds"),
    "mended": ("mended", ""),
}
_STYLES = {
    "lost": "red",
    "pull": "yellow",
    "normalize": "yellow",
    "push": "yellow",
    "audit": "yellow",
    "mended": "green",
}


def register(app: typer.Typer) -> None:
    """Add the command to the menu."""

    @command(app, "check", PANEL)
    def check(
        session: Session,
        archive: given.ArchiveDir = "",
        read_data: _ReadData = False,
        repair: _Repair = False,
        dry_run: given.DryRun = False,
    ) -> Reply:
        """Prove the archive against its own digests; --repair mends it."""
        config = settings(session, archive=archive)
        if dry_run and not repair:
            raise UsageError(
                "--dry-run goes with --repair; a check alone writes nothing.",
                hint="add --repair, or leave --dry-run out",
            )
        if repair:
            return _repair(session, config, dry_run=dry_run)
        return _check(session, config, read_data)


def _check(session: Session, config: Config, read_data: bool) -> Reply:
    damages: list[Damage] = []
    with (
        archive_of(config, read_only=True) as store,
        session.interruptible() as stop,
        session.screen.progress() as progress,
    ):
        at: list[tuple[str, int]] = [("", 0)]

        def seen(name: str, done: int, total: int) -> None:
            if at[0][0] != name:
                progress.stage(*_stage(name, total))
                at[0] = (name, 0)
            progress.advance(done - at[0][1])
            at[0] = (name, done)
            stop.check()

        for damage in store.check(read_data=read_data, progress=seen):
            damages.append(damage)
            stop.check()
    return _told(session, damages, read_data)


def _stage(name: str, total: int) -> tuple[str, int, str]:
    """A part of a check as a stage: the tables are stages of one group."""
    if name == "media files":
        return (name, total, "files")
    if name in ("database", "shape", "consistency", "rows"):
        return (name, total, "checks")
    return (f"rows{WITHIN}{name}", total, "rows")


def _told(session: Session, damages: Sequence[Damage], read_data: bool) -> Reply:
    errors = [damage for damage in damages if damage.severity == "error"]
    notices = [damage for damage in damages if damage.severity != "error"]
    for damage in (*errors, *notices):
        style = "red" if damage.severity == "error" else "yellow"
        session.screen.show(_line(damage.item, damage.message, damage.hint, style))
    depth = "every byte was read" if read_data else "digests not re-read; --read-data does that"
    if errors:
        verdict = Text(f"The archive is damaged: {count(len(errors), 'item')}.", style="bold red")
        verdict.append("\n`wp-sync check --repair` mends what can be mended.", style="not bold")
    elif notices:
        verdict = Text(f"The archive is sound, with {count(len(notices), 'notice')} ({depth}).")
    else:
        verdict = Text(f"The archive is sound ({depth}).", style="green")
    if errors or not session.screen.quiet:
        session.screen.show(verdict)
    document = {
        "sound": not errors,
        "read_data": read_data,
        "damage": [facts.plain(damage) for damage in damages],
    }
    return Reply(document, Exit.FAILED if errors else Exit.DONE)


def _line(item: str, message: str, hint: str, style: str) -> Text:
    line = Text("• ", style=style)
    line.append(printable(item, one_line=True), style="bold")
    line.append(f": {printable(message, one_line=True)}", style="default")
    if hint:
        line.append(f"\n    → {printable(hint, one_line=True)}", style="default")
    return line


def _repair(session: Session, config: Config, *, dry_run: bool) -> Reply:
    from wp_sync.archive.repair import repair_archive

    if not is_address(config.archive) and not Path(config.archive).exists():
        raise UsageError(
            "there is no archive here to repair.",
            place=Place(file=config.archive),
            hint="name it with --archive",
        )
    with session.screen.progress() as progress:
        done = repair_archive(
            config.archive,
            media=config.archive_media or None,
            dry_run=dry_run,
            progress=lambda name: progress.stage(name, None, "checks"),
        )
    return _mended(session, done.repairs, done.folder, dry_run=dry_run)


def _mended(
    session: Session, repairs: Sequence[Repair], folder: Path | None, *, dry_run: bool
) -> Reply:
    by_end = {end: [one for one in repairs if one.end == end] for end in _ENDS}
    for end, some in by_end.items():
        for one in some:
            session.screen.show(_line(one.item, one.message, "", _STYLES[end]))
    told = Text()
    if not repairs:
        told.append("The archive is sound; there is nothing to repair.", style="green")
    else:
        parts = [f"{len(some):,} {_ENDS[end][0]}" for end, some in by_end.items() if some]
        would = "It would be so (nothing was changed): " if dry_run else "Repaired: "
        told.append(would + ", ".join(parts) + ".", style="bold")
    for end, some in by_end.items():
        if some and _ENDS[end][1]:
            told.append(f"\n{_ENDS[end][1]}.")
    if folder is not None:
        told.append(f"\nWhat was damaged was put aside in {folder}.")
    if repairs or not session.screen.quiet:
        session.screen.show(told)
    document = {
        "dry_run": dry_run,
        "repairs": [facts.plain(one) for one in repairs],
        "aside": str(folder) if folder else "",
    }
    return Reply(document, Exit.PARTIAL if by_end["lost"] else Exit.DONE)
