"""The commands that change an archive: pull, normalize, and run for both under one lock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import RenderableType

from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.cli import facts, summary, watching
from wp_sync.cli import options as given
from wp_sync.cli.audit_stage import audit_stage, with_page
from wp_sync.cli.lines import spaced
from wp_sync.cli.parts import (
    archive_of,
    mappings_of,
    need_url,
    settings,
    site_for,
    site_in,
    source_of,
)
from wp_sync.cli.secrets import VARIABLE
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, printable
from wp_sync.config import Config, is_address
from wp_sync.errors import ArchiveMissing, Exit, Problem, SourceError, WpSyncError
from wp_sync.model import Outcome, RunResult
from wp_sync.progress import Progress
from wp_sync.pull.options import Limits, PullOptions
from wp_sync.run import follow_links, together
from wp_sync.run import pull as pull_site
from wp_sync.source.base import Source

if TYPE_CHECKING:
    from wp_sync.normalize.engine import NormalizeResult

PANEL = "Copy a site"


def pull_options(config: Config) -> PullOptions:
    """A pull's settings as the configuration words them."""
    return PullOptions(
        full_every=config.full_every,
        only=frozenset(config.only),
        media=config.media,
        pages=config.pages,
        follow_links=config.follow_links,
        connections=config.max_connections,
        limits=Limits(
            few=config.guard_items, share=config.guard_percent / 100, many=config.guard_most
        ),
    )


def register(app: typer.Typer) -> None:
    """Add these commands to the menu."""

    @command(app, "pull", PANEL)
    def pull(
        session: Session,
        url: given.Url = "",
        archive: given.ArchiveDir = "",
        user: given.User = None,
        password_command: given.PasswordCommand = "",
        max_connections: given.MaxConnections = None,
        insecure_http: given.InsecureHttp = False,
        full: given.Full = False,
        refetch: given.Refetch = False,
        media: given.Media = None,
        only: given.Only = None,
        pages: given.Pages = False,
        follow_links: given.FollowLinks = False,
        dry_run: given.DryRun = False,
        allow_deletions: given.AllowDeletions = 0,
        accept_site_change: given.AcceptSite = False,
        accept_login_change: given.AcceptLogin = False,
        add_site: given.AddSite = False,
    ) -> Reply:
        """Bring an archive up to date with its site."""
        config = settings(
            session,
            url=url,
            archive=archive,
            user=user,
            password_command=password_command,
            media=media or "",
            only=only or (),
            max_connections=max_connections,
            insecure_http=insecure_http,
            pages=pages,
            follow_links=follow_links,
        )
        wanted = replace(
            pull_options(config),
            full=full,
            refetch=refetch,
            dry_run=dry_run,
            accept_site_change=accept_site_change,
            accept_login_change=accept_login_change,
        )
        wanted = replace(wanted, limits=replace(wanted.limits, allowed=allow_deletions))
        need_url(config)
        with _target(config, dry=dry_run) as where, session.interruptible():
            return pull_once(session, where, wanted, add_site=add_site)

    @command(app, "normalize", PANEL)
    def normalize(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
    ) -> Reply:
        """Put terms, authors, links and related posts in order by your rules."""
        from wp_sync.normalize.engine import normalize_site
        from wp_sync.normalize.mapping_files import load_rules

        config = settings(session, archive=archive, mappings=mappings)
        rules = load_rules(mappings_of(config))
        with (
            archive_of(config) as store,
            session.interruptible(),
            store.lock(),
            session.screen.progress() as progress,
        ):
            part = site_in(store, config, site)
            result = normalize_site(part, rules, progress, session.stop)
            document = {"normalize": normalize_json(result, part)}
            parts = summary.order_parts(part, result)
        session.screen.summary(*spaced(parts, summary.decide_parts(result)))
        return Reply(document, judged(session, result))

    @command(app, "run", PANEL)
    def run(
        session: Session,
        url: given.Url = "",
        archive: given.ArchiveDir = "",
        user: given.User = None,
        password_command: given.PasswordCommand = "",
        max_connections: given.MaxConnections = None,
        insecure_http: given.InsecureHttp = False,
        media: given.Media = None,
        pages: given.Pages = False,
        follow_links: given.FollowLinks = False,
        mappings: given.Mappings = None,
        summary: given.Summary = False,
    ) -> Reply:
        """Do all configured stages under one lock; quiet, for cron."""
        config = settings(
            session,
            url=url,
            archive=archive,
            user=user,
            password_command=password_command,
            media=media or "",
            max_connections=max_connections,
            insecure_http=insecure_http,
            pages=pages,
            follow_links=follow_links,
            mappings=mappings,
        )
        need_url(config)
        # Cron mails whatever is printed. Without a terminal only what needs a person is.
        screen = session.screen
        screen.quiet = screen.quiet or not (screen.err.is_terminal or screen.verbose or summary)
        with watching.watched(session, config) as ended, session.interruptible():
            wanted = with_page(config) if summary else config
            return ended(stages(session, wanted, config.stages))


@contextmanager
def _target(config: Config, *, dry: bool) -> Iterator[Config]:
    """Where to write; a rehearsal without an archive gets an empty one that leaves no trace."""
    if dry and not is_address(config.archive) and not Path(config.archive).exists():
        with tempfile.TemporaryDirectory(prefix="wp-sync-") as folder:
            yield replace(config, archive=folder)
    else:
        yield config


def pull_once(
    session: Session, config: Config, wanted: PullOptions, *, add_site: bool = False
) -> Reply:
    """One pull, from opening the site to the summary."""
    with opened(session, config, add=add_site) as (source, part):
        with session.screen.progress() as progress:
            result = pull_site(source, part, wanted, progress, session.stop)
        _tell(session, config, part, result, dry=wanted.dry_run)
    return Reply({"pull": facts.pull_json(result)}, summary.EXITS[result.outcome])


def stages(session: Session, config: Config, names: Sequence[str]) -> Reply:
    """Several stages one after the other, under one lock; the first that fails ends it."""
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.normalize.mapping_files import load_rules

    document: dict[str, object] = {}
    code = Exit.DONE
    result: RunResult | None = None
    made: NormalizeResult | None = None
    source: Source | None = None
    rules = load_rules(mappings_of(config)) if "normalize" in names else None
    with ExitStack() as stack:
        if "pull" in names:
            source, part = stack.enter_context(opened(session, config))
            # What links there are to follow is known once they are normalized.
            wanted = replace(
                pull_options(config), follow_links=config.follow_links and rules is None
            )
            with session.screen.progress() as progress:
                result = pull_site(source, part, wanted, progress, session.stop)
            document["pull"] = facts.pull_json(result)
            code = summary.EXITS[result.outcome]
        else:
            archive = stack.enter_context(archive_of(config))
            stack.enter_context(archive.lock())
            part = site_in(archive, config)
        if rules is not None:
            try:
                with session.screen.progress() as progress:
                    made = normalize_site(part, rules, progress, session.stop)
                    if source is not None and result is not None and config.follow_links:
                        asked = _followed(session, config, source, part, progress)
                        result = together(result, asked) if asked else result
                        document["pull"] = facts.pull_json(result)
                        if asked and any(one.written for one in asked.tallies.values()):
                            again = normalize_site(part, rules, progress, session.stop)
                            made = _both(made, again)
            except WpSyncError:
                if result is not None:  # what was pulled is told all the same
                    _tell(session, config, part, result)
                raise
            document["normalize"] = normalize_json(made, part)
        _tell(session, config, part, result, made, steps=False)
        if made is not None and code is Exit.DONE:
            code = judged(session, made)
        pages: Sequence[Path] = ()
        if "audit" in names:
            reply, pages = audit_stage(session, config, part, normalized=made is not None)
            document |= reply.document
            code = reply.exit if code is Exit.DONE else code
        if "publish" in names:
            document["publish"], worst = _publish(session, config, part)
            code = worst if code is Exit.DONE else code
        if result is not None:
            session.screen.summary("", *_next(config, part, pages))
    return Reply(document, code)


def _followed(
    session: Session, config: Config, source: Source, part: SiteArchive, progress: Progress
) -> RunResult | None:
    """Where links lead that the normalization found missing; a site that fails ends no run."""
    try:
        return follow_links(source, part, pull_options(config), progress, session.stop)
    except SourceError as error:
        note = f"links: they could not be followed: {error.message}"
        return RunResult(config.url, Outcome.FAILED, notes=[note])


def _both(first: NormalizeResult, again: NormalizeResult) -> NormalizeResult:
    """What two normalizations in a row did."""
    tables = first.written.keys() | again.written.keys()
    written = {one: first.written.get(one, 0) + again.written.get(one, 0) for one in sorted(tables)}
    return replace(first, written=written, posts_written=first.posts_written + again.posts_written)


def _publish(session: Session, config: Config, part: SiteArchive) -> tuple[dict[str, object], Exit]:
    """Push to the targets of a run, one after the other; the first that is cut short ends it."""
    from wp_sync.cli.publishing import opened_target, pushed
    from wp_sync.cli.targets import target_settings
    from wp_sync.normalize.mapping_files import load_rules

    rules = load_rules(mappings_of(config))
    document: dict[str, object] = {}
    worst = Exit.DONE
    for name in config.publish_to:
        wanted = target_settings(session, name)
        with (
            session.screen.progress() as progress,
            opened_target(session, config, part, rules, wanted, progress) as driver,
        ):
            result = driver.push()
        reply = pushed(session, result)
        document[name] = reply.document["push"]
        worst = reply.exit if worst is Exit.DONE else worst
    return document, worst


def _tell(
    session: Session,
    config: Config,
    part: SiteArchive,
    result: RunResult | None,
    made: NormalizeResult | None = None,
    *,
    dry: bool = False,
    steps: bool = True,
) -> None:
    """The summary of what was done; problems whatever the verbosity, so that cron mails them."""
    screen = session.screen
    problems = summary.problems_parts(result.problems, config.archive) if result else []
    if screen.quiet:
        if not screen.as_json:
            for one in problems:
                screen.err.print(one, soft_wrap=True)
        return
    screen.show(
        *spaced(
            summary.pull_parts(result, part, dry=dry) if result else (),
            summary.order_parts(part, made) if made else (),
            summary.decide_parts(made) if made else (),
            summary.unseen_parts(result.unseen) if result else (),
            summary.notes_parts(result.notes) if result else (),
            problems,
            _next(config, part) if result and steps and not dry else (),
        )
    )


def _next(config: Config, part: SiteArchive, pages: Sequence[Path] = ()) -> list[RenderableType]:
    """What a person may want after a pull; first what was written to be read."""
    steps = [("what to mend", str(page)) for page in pages]
    steps += summary.after_pull(config.archive, part, config_file=config.file is not None)
    return summary.next_steps(steps)


@contextmanager
def opened(
    session: Session, config: Config, *, add: bool = False, variable: str = VARIABLE
) -> Iterator[tuple[Source, SiteArchive]]:
    """The site and its part of the locked archive.

    The lock comes before the first question to the site: a run that finds it held costs the site
    nothing and ends at once, however slow the site is. An archive that is not there yet is made
    only once the site has answered: a mistyped address leaves no empty archive behind.
    """
    with source_of(session, config, variable=variable) as source, ExitStack() as stack:
        archive = None
        if is_address(config.archive) or Path(config.archive).exists():
            with suppress(ArchiveMissing):
                archive = _locked(stack, config, create=False)
        identity = source.identify()
        archive = archive or _locked(stack, config, create=True)
        yield source, site_for(archive, config, identity, add=add)


def _locked(stack: ExitStack, config: Config, *, create: bool) -> Archive:
    archive = stack.enter_context(archive_of(config, create=create))
    stack.enter_context(archive.lock())
    return archive


def judged(session: Session, result: NormalizeResult) -> Exit:
    """How normalizing ends a command: names that the rules refuse are for a person to decide."""
    if not result.refused:
        return Exit.DONE
    refused = [note.name for note in result.term_notes if note.kind == "refused"]
    refused += [note.name for note in result.author_notes if note.kind == "refused"]
    names = [printable(name, one_line=True) for name in refused]
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    session.screen.problem(
        Problem(
            f"the rules refuse {count(len(names), 'name')} that no rule mentions: {shown}",
            hint="decide about them in the mappings, then run `wp-sync normalize`",
        )
    )
    return Exit.REFUSED


def normalize_json(result: NormalizeResult, archive: SiteArchive) -> dict[str, object]:
    """The ``normalize`` part of a document."""
    return {"result": facts.plain(result), **facts.order_json(archive)}
