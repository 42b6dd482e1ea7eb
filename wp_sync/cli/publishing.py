"""The commands that mirror a site: plan, push and verify, for every kind of target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from wp_sync.archive.base import SiteArchive
from wp_sync.cli import options as given
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.screen import problem_json
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import printable
from wp_sync.cli.whole import write_whole
from wp_sync.config import Config
from wp_sync.errors import Exit, UsageError
from wp_sync.progress import Progress

if TYPE_CHECKING:
    from wp_sync.normalize.rules import Rules
    from wp_sync.publish.base import Settings
    from wp_sync.publish.drive import Driver, Result
    from wp_sync.publish.steps import Plan

PANEL = "Mirror a site"
_HINT = "close it where it is open, or name another file"
_TARGET = "The target"

Target = Annotated[
    str,
    typer.Argument(
        metavar="TARGET",
        help="A target of the configuration, or KIND:PLACE such as hugo:site/.",
        show_default=False,
    ),
]
User = Annotated[
    str | None,
    typer.Option(
        "--user",
        "-u",
        metavar="NAME",
        rich_help_panel=_TARGET,
        show_default=False,
        help="Log in there as; the password comes from WP_SYNC_TARGET_PASSWORD, a command or a"
        " prompt.",
    ),
]
PasswordCommand = Annotated[
    str,
    typer.Option(
        "--password-command",
        metavar="CMD",
        rich_help_panel=_TARGET,
        show_default=False,
        help="A command that prints that password.",
    ),
]
OnConflict = Annotated[
    Literal["stop", "theirs", "overwrite"] | None,
    typer.Option(
        "--on-conflict",
        rich_help_panel=_TARGET,
        show_default="stop",
        help="What was edited there since: leave it to a person, keep it, or overwrite it.",
    ),
]
OnDeleted = Annotated[
    Literal["leave", "unpublish", "trash"] | None,
    typer.Option(
        "--on-deleted",
        rich_help_panel=_TARGET,
        show_default="unpublish",
        help="What the source no longer has.",
    ),
]
PutBack = Annotated[
    bool,
    typer.Option(
        "--put-back",
        rich_help_panel=_TARGET,
        help="Make again what was deleted there, or lost when a backup was restored.",
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="LOSS",
        rich_help_panel=_TARGET,
        show_default=False,
        help="Something that the target will not take as it is, and that you accept.",
    ),
]
Option = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        "-o",
        metavar="NAME=VALUE",
        rich_help_panel=_TARGET,
        show_default=False,
        help="An option of this kind of target.",
    ),
]
AllowDeletions = Annotated[
    int,
    typer.Option(
        "--allow-deletions",
        min=0,
        metavar="N",
        rich_help_panel=_TARGET,
        show_default=False,
        help="Take up to N things from visitors.",
    ),
]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", help="Also as a page to read, print or send.", show_default=False
    ),
]
Save = Annotated[
    Path | None,
    typer.Option(
        "--save", metavar="FILE", help="Keep the plan for `push --plan`.", show_default=False
    ),
]
PlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Apply exactly this plan, or nothing.",
        show_default=False,
    ),
]
Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv", metavar="FILE", help="Also every difference as a row.", show_default=False
    ),
]
Every = Annotated[bool, typer.Option("--all", help="Every single thing, however many.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the menu."""

    @command(app, "plan", PANEL)
    def plan(
        session: Session,
        target: Target,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        mappings: given.Mappings = None,
        save: Save = None,
        html: Html = None,
        every: Every = False,
        user: User = None,
        password_command: PasswordCommand = "",
        on_conflict: OnConflict = None,
        on_deleted: OnDeleted = None,
        put_back: PutBack = False,
        accept: Accept = None,
        option: Option = None,
        allow_deletions: AllowDeletions = 0,
    ) -> Reply:
        """Say what a push would do: create, update, adopt, conflict, take away. Writes nothing."""
        config = settings(session, archive=archive, mappings=mappings)
        wanted = _settings(
            session, target, user, password_command, on_conflict, on_deleted, put_back,
            accept or (), option or (),
        )  # fmt: skip
        with _driver(session, config, wanted, site, allow_deletions) as (driver, _):
            found = driver.plan()
        return _planned(session, found, save=save, html=html, every=every)

    @command(app, "push", PANEL)
    def push(
        session: Session,
        target: Target,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        mappings: given.Mappings = None,
        plan: PlanFile = None,
        dry_run: given.DryRun = False,
        every: Every = False,
        user: User = None,
        password_command: PasswordCommand = "",
        on_conflict: OnConflict = None,
        on_deleted: OnDeleted = None,
        put_back: PutBack = False,
        accept: Accept = None,
        option: Option = None,
        allow_deletions: AllowDeletions = 0,
    ) -> Reply:
        """Bring a target up to date with the archive; safe to repeat, safe to interrupt."""
        from wp_sync.cli.targets import saved
        from wp_sync.publish.steps import plan_of

        if plan is not None and dry_run:
            raise UsageError(
                "--dry-run shows a plan, and --plan already is one.", hint="leave one of them out"
            )
        approved = plan_of(saved(plan), str(plan)) if plan is not None else None
        config = settings(session, archive=archive, mappings=mappings)
        wanted = _settings(
            session, target, user, password_command, on_conflict, on_deleted, put_back,
            accept or (), option or (),
        )  # fmt: skip
        with _driver(session, config, wanted, site, allow_deletions) as (driver, _):
            if dry_run:
                return _planned(session, driver.plan(), every=every)
            result = driver.push(approved)
        return pushed(session, result)

    @command(app, "verify", PANEL)
    def verify(
        session: Session,
        target: Target,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        mappings: given.Mappings = None,
        html: Html = None,
        csv: Csv = None,
        user: User = None,
        password_command: PasswordCommand = "",
        accept: Accept = None,
        option: Option = None,
    ) -> Reply:
        """Read a target back and say what is not as the archive wants it. Writes nothing."""
        from wp_sync.cli.plan_page import parity_csv, parity_page
        from wp_sync.cli.plan_text import parity_parts

        config = settings(session, archive=archive, mappings=mappings)
        wanted = _settings(
            session, target, user, password_command, None, None, False, accept or (), option or ()
        )
        with _driver(session, config, wanted, site, 0) as (driver, _):
            found = driver.verify()
        written = _written((html, lambda: parity_page(found)), (csv, lambda: parity_csv(found)))
        session.screen.show(*parity_parts(found))
        _told(session, written)
        return Reply(
            {**found.to_plain(), "problems": [problem_json(one) for one in found.problems]},
            Exit.DONE if found.clean else Exit.FINDINGS,
        )


def _settings(
    session: Session,
    word: str,
    user: str | None,
    password_command: str,
    on_conflict: str | None,
    on_deleted: str | None,
    put_back: bool,
    accept: Sequence[str],
    option: Sequence[str],
) -> Settings:
    from wp_sync.cli.targets import target_settings

    return target_settings(
        session,
        word,
        user=user,
        password_command=password_command,
        on_conflict=on_conflict or "",
        on_deleted=on_deleted or "",
        put_back=put_back,
        accept=accept,
        options=option,
    )


@contextmanager
def _driver(
    session: Session, config: Config, wanted: Settings, site: str, allowed: int
) -> Iterator[tuple[Driver, SiteArchive]]:
    """The target of a command, over an archive that is locked and put in order by the rules."""
    from wp_sync.normalize.mapping_files import load_rules

    rules = load_rules(mappings_of(config))
    with (
        archive_of(config) as store,
        session.interruptible(),
        store.lock(),
        session.screen.progress() as progress,
    ):
        part = site_in(store, config, site)
        with opened_target(session, config, part, rules, wanted, progress, allowed) as driver:
            yield driver, part


@contextmanager
def opened_target(
    session: Session,
    config: Config,
    part: SiteArchive,
    rules: Rules,
    wanted: Settings,
    progress: Progress,
    allowed: int = 0,
) -> Iterator[Driver]:
    """A target over a site in order; normalizing costs little where nothing changed."""
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.publish.drive import Job, opened
    from wp_sync.publish.plan import Guard

    normalize_site(part, rules, progress, session.stop)
    guard = Guard(config.guard_items, config.guard_percent / 100, config.guard_most, allowed)
    with opened(Job(part, rules, wanted, guard, progress, session.stop)) as driver:
        yield driver


def _planned(
    session: Session,
    found: Plan,
    *,
    save: Path | None = None,
    html: Path | None = None,
    every: bool = False,
) -> Reply:
    """A plan told; the same for `plan` and `push --dry-run`."""
    from wp_sync.cli.plan_page import plan_page
    from wp_sync.cli.plan_text import plan_parts

    written = _written((save, found.to_json), (html, lambda: plan_page(found)))
    session.screen.show(*plan_parts(found, every=every))
    _told(session, written)
    code = Exit.REFUSED if found.refused else Exit.DONE
    if found.count("conflict") and code is Exit.DONE:
        code = Exit.CONFLICTS
    return Reply({"plan": found.to_plain()}, code)


def pushed(session: Session, result: Result) -> Reply:
    """A push told; one that was cut short ends as what cut it says."""
    from wp_sync.cli.plan_text import result_parts

    session.screen.summary(*result_parts(result))
    if result.over is not None:
        raise result.over
    code = Exit.PARTIAL if result.left else Exit.DONE
    if result.plan.count("conflict"):
        code = Exit.CONFLICTS
    done: dict[str, dict[str, int]] = {}
    for (kind, action), number in result.done.items():
        done.setdefault(kind, {})[action] = number
    document = {
        "target": result.plan.target,
        "site": result.plan.site,
        "writes": result.writes,
        "done": done,
        "left": result.left,
        "unchanged": result.plan.count("skip"),
        "conflicts": [
            {"key": step.key, "title": step.title, "reason": step.reason}
            for step in result.plan.steps
            if step.action == "conflict"
        ],
        "problems": [problem_json(one) for one in result.problems],
    }
    return Reply({"push": document}, code)


def _written(*files: tuple[Path | None, Callable[[], bytes]]) -> list[Path]:
    """The files that were asked for, each written whole."""
    return [write_whole(path, make(), hint=_HINT) for path, make in files if path is not None]


def _told(session: Session, written: Sequence[Path]) -> None:
    for path in written:
        session.screen.say(f"written: {printable(path)}")
