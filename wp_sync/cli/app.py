"""The menu: what `wp-sync --help` shows, and the version."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.box import ROUNDED
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from typer.core import TyperGroup

from wp_sync import __version__
from wp_sync.cli import (
    auditing,
    checking,
    look,
    mappings,
    publishing,
    scheduling,
    serving,
    setup,
    sync,
)

EXIT_CODES = (
    ("0", "done"),
    ("1", "failed, or damage found"),
    ("2", "usage or configuration"),
    ("3", "partial: the problems are named"),
    ("4", "a guard refused; a person decides"),
    ("5", "conflicts"),
    ("6", "findings above the threshold"),
    ("10", "the site is down: try later"),
    ("11", "another run holds the archive"),
    ("130 / 143", "interrupted by Ctrl-C / SIGTERM"),
)
EXAMPLES = (
    ("wp-sync pull https://blog.example.com --archive blog", "copy a site, once or daily"),
    ("wp-sync init https://blog.example.com && wp-sync run", "the same, with a configuration"),
    ("wp-sync audit --archive blog --format html", "what is broken, and who can mend it where"),
    ("wp-sync plan hugo:site --archive blog", "what a push into a Hugo site would do"),
)

_Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.")]


class _Menu(TyperGroup):
    """The list of commands, then exit codes and examples."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        codes = Table.grid(padding=(0, 2))
        half = (len(EXIT_CODES) + 1) // 2
        for left, right in zip(EXIT_CODES[:half], EXIT_CODES[half:], strict=True):
            codes.add_row(*(_code(left)), *(_code(right)))
        examples = Table.grid(padding=(0, 2))
        for words, why in EXAMPLES:
            examples.add_row(f" [bold cyan]{words}[/]")
            examples.add_row(f"   [dim]{why}[/]")
        console = Console()
        for title, body in (("Exit codes", codes), ("Examples", examples)):
            console.print(
                Panel(body, title=title, title_align="left", border_style="dim", box=ROUNDED)
            )


def _code(pair: tuple[str, str]) -> tuple[str, str]:
    return f" [bold cyan]{pair[0]}[/]", pair[1]


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="wp-sync",
        cls=_Menu,
        help="A faithful, versioned copy of a WordPress site, with its categories and related"
        " posts put in order.",
        no_args_is_help=True,
        invoke_without_command=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def menu(version: _Version = False) -> None:
        if version:
            typer.echo(f"wp-sync {__version__}")
            raise typer.Exit

    for part in (setup, scheduling, sync, mappings, publishing, look, serving, auditing, checking):
        part.register(app)
    return app
