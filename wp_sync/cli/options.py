"""The options that several commands share, each worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wp_sync.config import MediaChoice

_SITE = "The site"
_GUARD = "Guards, and their keys for one run"

ArchiveDir = Annotated[
    str,
    typer.Option(
        "--archive",
        "-a",
        metavar="DIR",
        help="The archive: a folder, or a postgresql:// address.",
        show_default="./archive",
    ),
]
SiteName = Annotated[
    str,
    typer.Option(
        "--site",
        metavar="SITE",
        help="Which site, where an archive holds several.",
    ),
]
Url = Annotated[
    str,
    typer.Argument(
        metavar="[URL]",
        help="The site's address.",
        show_default=False,
    ),
]
User = Annotated[
    str | None,
    typer.Option(
        "--user",
        "-u",
        metavar="NAME",
        rich_help_panel=_SITE,
        show_default=False,
        help="Log in as; the password comes from WP_SYNC_PASSWORD, a command or a prompt.",
    ),
]
PasswordCommand = Annotated[
    str,
    typer.Option(
        "--password-command",
        metavar="CMD",
        rich_help_panel=_SITE,
        show_default=False,
        help="A command that prints the password.",
    ),
]
MaxConnections = Annotated[
    int | None,
    typer.Option(
        "--max-connections",
        min=1,
        max=32,
        metavar="N",
        rich_help_panel=_SITE,
        help="Connections at once.",
        show_default="4",
    ),
]
InsecureHttp = Annotated[
    bool,
    typer.Option(
        "--insecure-http",
        rich_help_panel=_SITE,
        help="Allow a login over plain http; others can read the password.",
    ),
]
Full = Annotated[bool, typer.Option("--full", help="Compare every id with the site's, now.")]
Refetch = Annotated[
    bool, typer.Option("--refetch", help="Fetch every record and file again, changed or not.")
]
Media = Annotated[
    MediaChoice | None,
    typer.Option(
        "--media",
        help="Media files to copy.",
        show_default="originals",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="KINDS", help="Only these kinds, such as posts,terms.", show_default=False
    ),
]
Pages = Annotated[
    bool,
    typer.Option("--pages", help="Fetch the pages visitors see, for what only the theme prints."),
]
FollowLinks = Annotated[
    bool,
    typer.Option(
        "--follow-links",
        help="Ask the site where its own links lead that point to nothing known.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        "-n",
        help="Say what would be done; write nothing.",
    ),
]
AllowDeletions = Annotated[
    int,
    typer.Option(
        "--allow-deletions",
        min=0,
        metavar="N",
        rich_help_panel=_GUARD,
        show_default=False,
        help="Believe in up to N disappearances of one kind.",
    ),
]
AcceptSite = Annotated[
    bool,
    typer.Option(
        "--accept-site-change",
        rich_help_panel=_GUARD,
        help="The site has moved; it is the same one.",
    ),
]
AcceptLogin = Annotated[
    bool,
    typer.Option(
        "--accept-login-change", rich_help_panel=_GUARD, help="The login has changed on purpose."
    ),
]
AddSite = Annotated[
    bool,
    typer.Option(
        "--add-site",
        rich_help_panel=_GUARD,
        help="Keep another site in this archive.",
    ),
]
Mappings = Annotated[
    Path | None,
    typer.Option(
        "--mappings",
        "-m",
        metavar="DIR",
        help="The folder of your rules.",
        show_default="./mappings",
    ),
]
Item = Annotated[
    str,
    typer.Argument(
        metavar="ITEM",
        help="An address, a path, a slug or an id, such as 42 or page/42.",
        show_default=False,
    ),
]
Summary = Annotated[
    bool,
    typer.Option(
        "--summary",
        help="Print the summary without a terminal, too, and write the audit as a page.",
    ),
]
