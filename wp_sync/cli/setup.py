"""The commands to begin with: init, doctor, demo."""

from __future__ import annotations

import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from wp_sync import entities
from wp_sync.cli import facts, summary
from wp_sync.cli import options as given
from wp_sync.cli.audit_stage import with_page
from wp_sync.cli.examination import doctor_parts
from wp_sync.cli.layout import lay_out, refuse_existing
from wp_sync.cli.parts import need_url, settings, source_of
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.sync import stages
from wp_sync.cli.text import printable
from wp_sync.config import DEFAULTS, Config, check_url
from wp_sync.errors import UsageError
from wp_sync.model import Identity

PANEL = "Begin"

_Folder = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="Where to lay it out.", show_default="here")
]
_Force = Annotated[
    bool, typer.Option("--force", help="Write a new configuration; the old one is kept as a copy.")
]
_Offline = Annotated[bool, typer.Option("--offline", help="Don't ask the site; write what I say.")]
_Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port of the sample site.")
]
_Serve = Annotated[bool, typer.Option("--serve", help="Only serve the sample site, until Ctrl-C.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the menu."""

    @command(app, "init", PANEL)
    def init(
        session: Session,
        url: given.Url = "",
        folder: _Folder = Path(),
        archive: given.ArchiveDir = "",
        user: given.User = None,
        password_command: given.PasswordCommand = "",
        insecure_http: given.InsecureHttp = False,
        offline: _Offline = False,
        force: _Force = False,
    ) -> Reply:
        """Write a commented wp-sync.toml and your mapping files."""
        refuse_existing(folder, force=force)
        config = replace(
            DEFAULTS,
            url=check_url(url) if url else "",
            archive=archive or DEFAULTS.archive,
            user=user or "",
            password_command=password_command,
            insecure_http=insecure_http,
        )
        if not config.url:
            config = _ask(config)
        identity = None
        if not offline:
            with source_of(session, config) as source:
                identity = source.identify()
            config = replace(config, url=identity.home or config.url)
        laid = lay_out(folder, config, force=force)
        if identity is not None:
            session.screen.summary(_met(identity))
        for one in laid:
            session.screen.summary(Text(f"  {one.action:8} {one.path}"))
        session.screen.summary(Text(), *summary.next_steps(_steps(config)))
        return Reply(
            {
                "site": facts.plain(identity) if identity else None,
                "files": [facts.plain(one) for one in laid],
            }
        )

    @command(app, "doctor", PANEL)
    def doctor(
        session: Session,
        url: given.Url = "",
        user: given.User = None,
        password_command: given.PasswordCommand = "",
        max_connections: given.MaxConnections = None,
        insecure_http: given.InsecureHttp = False,
    ) -> Reply:
        """Who we are to a site, what we can see there, and what stands in the way."""
        from wp_sync.source.doctor import doctor as examine

        config = settings(
            session,
            url=url,
            user=user,
            password_command=password_command,
            max_connections=max_connections,
            insecure_http=insecure_http,
        )
        need_url(config)
        with source_of(session, config) as source:
            report = examine(source)
        session.screen.show(*doctor_parts(report))
        return Reply({"doctor": facts.plain(report)})

    @command(app, "demo", PANEL)
    def demo(
        session: Session,
        archive: given.ArchiveDir = "",
        port: _Port = 8808,
        serve: _Serve = False,
    ) -> Reply:
        """Copy the sample site that comes with wp-sync; needs no network."""
        from wp_sync.demo import DemoServer

        with DemoServer(port=port) as site:
            if serve:
                session.screen.show(Text(f"The sample site is at {site.url} until Ctrl-C."))
                with session.interruptible() as stop:
                    while not stop.requested:
                        time.sleep(0.2)
                return Reply({"url": site.url})
            session.screen.say(f"the sample site answers at {site.url}")
            config = replace(
                DEFAULTS,
                url=site.url,
                archive=archive or "demo-archive",
                mappings=_demo_mappings(session.config),
            )
            with session.interruptible():
                reply = stages(session, with_page(config), DEFAULTS.stages)
        return reply


def _demo_mappings(config: Config) -> Path | None:
    from wp_sync.cli.layout import shipped_mappings

    return config.mappings or shipped_mappings()


def _ask(config: Config) -> Config:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "which site? There is no address, and no terminal to ask on.",
            hint="wp-sync init https://blog.example.com",
        )
    url = ""
    while not url:
        answer = typer.prompt("Address of the site", err=True)
        try:
            url = check_url(answer)
        except UsageError as error:
            typer.echo(f"{error.message} {error.hint}", err=True)
    question = "User to log in as (empty: copy what visitors see)"
    user = typer.prompt(question, default=config.user, show_default=False, err=True)
    archive = typer.prompt("Folder of the archive", default=config.archive, err=True)
    return replace(config, url=url, user=user.strip(), archive=archive.strip())


def _met(identity: Identity) -> Text:
    name = printable(entities.unescape(identity.name), one_line=True)
    line = Text(f"Found “{name}” at {printable(identity.home)}", style="bold")
    line.append(f"\n  its API is {printable(identity.api)}", style="not bold dim")
    return line


def _steps(config: Config) -> list[tuple[str, str]]:
    program = summary.called_as()
    login = f" --user {shlex.quote(config.user)}" if config.user else ""
    return [
        ("what can be seen of it", f"{program} doctor{login}"),
        ("copy and put in order", f"{program} run"),
    ]
