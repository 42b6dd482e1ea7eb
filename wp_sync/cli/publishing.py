"""The commands that mirror a site: plan, push and verify, for every kind of target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Access:
    """How a target is reached, and what of it."""

    user: User = None
    password_command: PasswordCommand = ""
    accept: Accept = None
    option: Option = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of what is not as we left it."""

    on_conflict: OnConflict = None
    on_deleted: OnDeleted = None
    put_back: PutBack = False
    allow_deletions: AllowDeletions = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The archive, which of its sites, and the rules over it."""

    archive: given.ArchiveDir = ""
    site: given.SiteName = ""
    mappings: given.Mappings = None


def register(app: typer.Typer) -> None:
    """Add these commands to the menu."""

    @command(app, "plan", PANEL)
    def plan(
        session: Session,
        target: Target,
        kept: Kept,
        access: Access,
        policy: Policy,
        save: Save = None,
        html: Html = None,
        every: Every = False,
    ) -> Reply:
        """Say what a push would do: create, update, adopt, conflict, take away. Writes nothing."""
        with _driver(session, target, kept, access, policy) as driver:
            found = driver.plan()
        return _planned(session, found, save=save, html=html, every=every)

    @command(app, "push", PANEL)
    def push(
        session: Session,
        target: Target,
        kept: Kept,
        access: Access,
        policy: Policy,
        plan: PlanFile = None,
        dry_run: given.DryRun = False,
        every: Every = False,
    ) -> Reply:
        """Bring a target up to date with the archive; safe to repeat, safe to interrupt."""
        from wp_sync.cli.targets import saved
        from wp_sync.publish.steps import plan_of

        if plan is not None and dry_run:
            raise UsageError(
                "--dry-run shows a plan, and --plan already is one.", hint="leave one of them out"
            )
        approved = plan_of(saved(plan), str(plan)) if plan is not None else None
        with _driver(session, target, kept, access, policy) as driver:
            if dry_run:
                return _planned(session, driver.plan(), every=every)
            result = driver.push(approved)
        return pushed(session, result)

    @command(app, "verify", PANEL)
    def verify(
        session: Session,
        target: Target,
        kept: Kept,
        access: Access,
        html: Html = None,
        csv: Csv = None,
    ) -> Reply:
        """Read a target back and say what is not as the archive wants it. Writes nothing."""
        from wp_sync.cli.plan_page import parity_csv, parity_page
        from wp_sync.cli.plan_text import parity_parts

        with _driver(session, target, kept, access, Policy()) as driver:
            found = driver.verify()
        written = _written((html, lambda: parity_page(found)), (csv, lambda: parity_csv(found)))
        session.screen.show(*parity_parts(found))
        _told(session, written)
        return Reply(
            {**found.to_plain(), "problems": [problem_json(one) for one in found.problems]},
            Exit.DONE if found.clean else Exit.FINDINGS,
        )


@contextmanager
def _driver(
    session: Session, target: str, kept: Kept, access: Access, policy: Policy
) -> Iterator[Driver]:
    """The target of a command, over an archive that is locked and put in order by the rules."""
    from wp_sync.cli.targets import target_settings
    from wp_sync.normalize.mapping_files import load_rules

    config = settings(session, archive=kept.archive, mappings=kept.mappings)
    wanted = target_settings(
        session,
        target,
        user=access.user,
        password_command=access.password_command,
        on_conflict=policy.on_conflict or "",
        on_deleted=policy.on_deleted or "",
        put_back=policy.put_back,
        accept=access.accept or (),
        options=access.option or (),
    )
    rules = load_rules(mappings_of(config))
    with (
        archive_of(config) as store,
        session.interruptible(),
        store.lock(),
        session.screen.progress() as progress,
    ):
        part = site_in(store, config, kept.site)
        allowed = policy.allow_deletions
        with opened_target(session, config, part, rules, wanted, progress, allowed) as driver:
            yield driver


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
