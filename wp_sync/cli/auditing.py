"""The audit's commands: audit an archive, compare two audits, keep a baseline, list the rules."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wp_sync.cli import audit_words
from wp_sync.cli import options as given
from wp_sync.cli.audit_against import held_against
from wp_sync.cli.audit_stage import audited, find_audit, past_audit, settings_of
from wp_sync.cli.lines import spaced
from wp_sync.cli.look import PANEL
from wp_sync.cli.parts import archive_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command, group_command
from wp_sync.errors import Exit, UsageError
from wp_sync.toml import did_you_mean

if TYPE_CHECKING:
    from wp_sync.audit.report.report import Report

_OUTPUT = "Reports"


class FailOnChoice(StrEnum):
    """From which severity on findings end the command with exit code 6."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    NEVER = "never"


_Formats = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="NAMES",
        rich_help_panel=_OUTPUT,
        show_default=False,
        help="Write reports: html, json, csv, sarif, junit, markdown; several with commas.",
    ),
]
_Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="DIR",
        rich_help_panel=_OUTPUT,
        show_default="./audit",
        help="Where to write them.",
    ),
]
_FailOn = Annotated[
    FailOnChoice | None,
    typer.Option("--fail-on", help="End with code 6 on findings this grave.", show_default="never"),
]
_Only = Annotated[
    str,
    typer.Option(
        "--only",
        metavar="RULES",
        show_default=False,
        help="Tell only of these rules or families, such as links,taxonomy/empty.",
    ),
]
_AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        show_default=False,
        help="Audit the archive as it stood at the end of that day.",
    ),
]
_Baseline = Annotated[
    Path | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        show_default=False,
        help="Findings that are known and not to be counted; `audit baseline` writes it.",
    ),
]
_Suppressions = Annotated[
    Path | None,
    typer.Option(
        "--suppressions",
        metavar="FILE",
        show_default=False,
        help="Findings not to be counted, each with a reason and an end.",
    ),
]
_CheckExternal = Annotated[
    bool,
    typer.Option("--check-external", help="Ask links to other sites first; politely, so slowly."),
]
_Against = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="ARCHIVE|TARGET",
        show_default=False,
        help="Compare with another site's archive, or with a target: is it really the old site?",
    ),
]
_Which = Annotated[
    str,
    typer.Argument(metavar="[AUDIT]", help="A number, last or previous.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the group of these commands to the menu."""
    group = typer.Typer(
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.add_typer(
        group,
        name="audit",
        rich_help_panel=PANEL,
        help="Find what is broken, doubled, orphaned, badly filed or unsafe, from the archive.",
    )

    @group_command(group, "audit")
    def audit(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
        formats: _Formats = "",
        output: _Output = None,
        only: _Only = "",
        fail_on: _FailOn = None,
        as_of: _AsOf = "",
        suppressions: _Suppressions = None,
        baseline: _Baseline = None,
        check_external: _CheckExternal = False,
        against: _Against = "",
    ) -> Reply:
        """Find what is broken, doubled, orphaned, badly filed or unsafe, from the archive."""
        config = settings(session, archive=archive, mappings=mappings)
        wanted = settings_of(
            config,
            fail_on=fail_on.value if fail_on else "",
            suppressions=suppressions,
            baseline=baseline,
            check_external=check_external,
        )
        names = _rules(only)
        kinds = _formats(formats)
        if against:
            return held_against(session, config, against, site)
        if as_of:
            with past_audit(session, config, wanted, as_of, site, names) as report:
                return _told(session, config.archive, report, kinds, output, wanted.fail_on)
        with (
            archive_of(config) as store,
            session.interruptible(),
            store.lock(),
        ):
            part = site_in(store, config, site)
            report = audited(session, config, part, wanted, names)
            return _told(session, config.archive, report, kinds, output, wanted.fail_on)

    @command(group, "audit diff", PANEL)
    def diff(
        session: Session,
        before: _Which = "previous",
        after: _Which = "last",
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        only: _Only = "",
    ) -> Reply:
        """What two audits found: new, gone, and still there."""
        from wp_sync.audit.report.differences import differences

        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            first, second = find_audit(part, before), find_audit(part, after)
            found = differences(part, first, second, _rules(only))
        session.screen.show(*audit_words.difference_parts(found))
        return Reply({"diff": audit_words.difference_json(found)})

    @command(group, "audit baseline", PANEL)
    def baseline_(
        session: Session,
        file: Annotated[
            Path | None,
            typer.Argument(metavar="[FILE]", help="The file.", show_default="audit-baseline.json"),
        ] = None,
        archive: given.ArchiveDir = "",
        site: given.SiteName = "",
        prune: Annotated[
            bool, typer.Option("--prune", help="Only take out what is no longer found.")
        ] = False,
    ) -> Reply:
        """Write down what the last audit found, so that only what is new counts."""
        from wp_sync.audit.muting import prune_baseline, write_baseline

        config = settings(session, archive=archive)
        path = file or config.audit.baseline or Path("audit-baseline.json")
        with archive_of(config, read_only=True) as store:
            part = site_in(store, config, site)
            last = find_audit(part, "last")
            book = part.audit_book()
            if prune:
                gone = prune_baseline(path, book.standing())
                session.screen.show(audit_words.pruned(path, gone))
                return Reply({"baseline": str(path), "pruned": gone})
            known = write_baseline(path, book.findings(last.number))
        session.screen.show(audit_words.based(path, known))
        return Reply({"baseline": str(path), "findings": known})

    @command(group, "audit rules", PANEL)
    def rules(
        session: Session,
        rule: Annotated[
            str, typer.Argument(metavar="[RULE]", help="A rule or family.", show_default=False)
        ] = "",
    ) -> Reply:
        """List the rules, or tell all of one: why, how to mend it, thresholds and their sources."""
        from wp_sync.audit.registry import by_id

        known = by_id()
        names = _rules(rule)
        chosen = {
            id: one for id, one in known.items() if not names or id in names or one.family in names
        }
        config = session.config.audit
        session.screen.show(*audit_words.rules_parts(chosen, config, whole=len(chosen) == 1))
        return Reply({"rules": audit_words.rules_json(chosen, config)})

    @command(group, "audit list", PANEL)
    def listing(
        session: Session, archive: given.ArchiveDir = "", site: given.SiteName = ""
    ) -> Reply:
        """The audits so far: when, and how much each found."""
        from wp_sync.audit.report.as_json import audit_json

        config = settings(session, archive=archive)
        with archive_of(config, read_only=True) as store:
            known = site_in(store, config, site).audit_book().audits(last=1_000)
        session.screen.show(*audit_words.list_parts(known))
        return Reply({"audits": [audit_json(one) for one in known]})


def _told(
    session: Session,
    archive: str,
    report: Report,
    formats: Sequence[str],
    output: Path | None,
    fail_on: str,
) -> Reply:
    """The summary, the files, and how it ends."""
    from wp_sync.audit.report.formats import write

    told = audit_words.summed(report)
    files = write(report, formats, output or Path("audit")) if formats else []
    session.screen.summary(
        *spaced(
            audit_words.summary_parts(report, told),
            audit_words.file_parts(files),
            audit_words.next_parts(report, told, archive, written=bool(files)),
        )
    )
    document = audit_words.summary_json(report, told)
    code = Exit.FINDINGS if told.fails(fail_on) else Exit.DONE
    return Reply({"audit": document, "files": [str(file) for file in files]}, code)


def _rules(only: str) -> tuple[str, ...]:
    """The rules and families that were named.

    Raises:
        UsageError: one of them is none.
    """
    from wp_sync.audit.registry import by_id

    names = tuple(part for part in only.replace(",", " ").split() if part)
    rules = by_id() if names else {}
    known = {*rules, *(rule.family for rule in rules.values())}
    for name in names:
        if name not in known:
            raise UsageError(
                f"“{name}” is no rule or family of the audit",
                hint=f"{did_you_mean(name, known)}; `wp-sync audit rules` lists them",
            )
    return names


def _formats(text: str) -> tuple[str, ...]:
    from wp_sync.audit.report.formats import FORMATS

    names = tuple(part for part in text.replace(",", " ").split() if part)
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"“{name}” is no format", hint=did_you_mean(name, FORMATS))
    return names
