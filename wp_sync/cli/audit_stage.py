"""One audit from settings to report, as the command `audit` and the stage of `run` do it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.settings import FailOn, Settings
from wp_sync.cli import audit_words
from wp_sync.cli.parts import archive_of, mappings_of, site_in
from wp_sync.cli.session import Reply, Session
from wp_sync.config import Config, is_address
from wp_sync.errors import Exit, UsageError
from wp_sync.findings import Audit

if TYPE_CHECKING:
    from wp_sync.audit.muting import Muting
    from wp_sync.audit.report.report import Report


def settings_of(
    config: Config,
    *,
    fail_on: str = "",
    suppressions: Path | None = None,
    baseline: Path | None = None,
    check_external: bool = False,
) -> Settings:
    """The configured audit with a command's flags laid over it."""
    return replace(
        config.audit,
        fail_on=cast(FailOn, fail_on or config.audit.fail_on),
        suppressions=suppressions or config.audit.suppressions,
        baseline=baseline or config.audit.baseline,
        check_external=check_external or config.audit.check_external,
    )


def muting_of(settings: Settings, now: datetime) -> Muting:
    """What is not to be counted, out of the files that the settings name.

    Raises:
        ConfigError: mistakes in the suppressions.
        UsageError: the baseline is none.
    """
    from wp_sync.audit.muting import Muting, read_baseline, read_suppressions
    from wp_sync.audit.registry import by_id

    file, baseline = settings.suppressions, settings.baseline
    return Muting(
        now.strftime("%Y-%m-%d"),
        read_suppressions(file, by_id()) if file else (),
        frozenset(read_baseline(baseline)) if baseline else frozenset(),
    )


def audited(
    session: Session,
    config: Config,
    part: SiteArchive,
    wanted: Settings,
    names: tuple[str, ...] = (),
    *,
    as_of: str = "",
    location: str = "",
    normalized: bool = False,
) -> Report:
    """Audit a site; what its rules derive is brought up to date first, unless it just was."""
    from wp_sync.archive import open_archive
    from wp_sync.audit.engine import audit_site
    from wp_sync.audit.muting import problems_of
    from wp_sync.audit.report.report import chooser, report_of
    from wp_sync.linkcheck.run import check_links
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.normalize.mapping_files import load_rules

    now = datetime.now(UTC)
    muting = muting_of(wanted, now)
    for problem in problems_of(muting):
        session.screen.problem(problem)
    where = location or config.archive
    place: str | Path = where if is_address(where) else Path(where).resolve()
    media = config.archive_media or None
    with session.screen.progress() as progress:
        if not normalized:
            normalize_site(part, load_rules(mappings_of(config)), progress, session.stop)
        if wanted.check_external and not as_of:
            checked = check_links(part, None, progress, session.stop)
            session.screen.say(audit_words.checked(checked))
        done = audit_site(
            part,
            wanted,
            progress,
            session.stop,
            muting=muting,
            now=now,
            as_of=as_of,
            reopen=partial(open_archive, place, create=False, read_only=True, media=media),
        )
    return report_of(part, done.audit, chooser(names))


def with_page(config: Config) -> Config:
    """The configuration whose runs leave the audit as a page too, where it names no reports.

    The page stands in the archive's folder, beside what it tells of.
    """
    if config.audit.reports is not None:
        return config
    place = Path() if is_address(config.archive) else Path(config.archive)
    return replace(config, audit=replace(config.audit, reports=place / "audit", formats=("html",)))


def audit_stage(
    session: Session, config: Config, part: SiteArchive, *, normalized: bool
) -> tuple[Reply, list[Path]]:
    """The audit as a stage of `run`: summary and how it ends, and the reports that it wrote."""
    from wp_sync.audit.report.formats import write

    wanted = config.audit
    report = audited(session, config, part, wanted, normalized=normalized)
    told = audit_words.summed(report)
    files = write(report, wanted.formats, wanted.reports) if wanted.reports else []
    session.screen.summary("", *audit_words.brief_parts(report, told))
    document = {
        **audit_words.summary_json(report, told),
        "files": [str(file) for file in files],
    }
    code = Exit.FINDINGS if told.fails(wanted.fail_on) else Exit.DONE
    return Reply({"audit": document}, code), files


@contextmanager
def past_audit(
    session: Session,
    config: Config,
    wanted: Settings,
    day: str,
    site: str,
    names: tuple[str, ...],
) -> Iterator[Report]:
    """An audit of the archive as it stood at the end of a day, made in a folder that goes again."""
    from wp_sync.archive import open_archive
    from wp_sync.audit.past import end_of, lay_out

    moment = end_of(day)
    with (
        archive_of(config, read_only=True) as store,
        session.interruptible() as stop,
        tempfile.TemporaryDirectory(prefix="wp-sync-", ignore_cleanup_errors=True) as folder,
    ):
        part = site_in(store, config, site)
        state = part.site()
        with open_archive(Path(folder) / "archive") as other:
            then = other.of(state.key if state else "")
            with session.screen.progress() as progress:
                lay_out(part, then, moment, progress, stop)
            there = replace(config, archive_media="")
            location = str(Path(folder) / "archive")
            yield audited(session, there, then, wanted, names, as_of=day, location=location)


def find_audit(part: SiteArchive, word: str) -> Audit:
    """An audit by its number, or ``last`` or ``previous``.

    Raises:
        UsageError: there is no such audit.
    """
    known = part.audit_book().audits(last=100_000)
    if not known:
        raise UsageError("this archive was not audited yet", hint="`wp-sync audit` does it")
    if word in ("last", "previous"):
        number = 0 if word == "last" else 1
        if number < len(known):
            return known[number]
        raise UsageError("there was only one audit so far", hint="audit again, then compare")
    for one in known:
        if word == str(one.number):
            return one
    numbers = f"{known[-1].number} to {known[0].number}" if len(known) > 1 else "1"
    raise UsageError(f"there is no audit {word}", hint=f"known are {numbers}, last and previous")
