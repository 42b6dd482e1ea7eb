"""The command `mappings blocks`: passages that stand in many posts, with their wordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType

from wp_sync.cli import options as given
from wp_sync.cli.lines import block, spaced
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, printable

if TYPE_CHECKING:
    from wp_sync.normalize.boilerplate.survey import Repeated

_SHOWN = 15  # blocks on a screen; --json has all
_WORDINGS = 4
_LONGEST = 300

_Least = Annotated[
    int | None,
    typer.Option(
        "--least", min=2, metavar="N", help="In at least so many posts.", show_default="the file's"
    ),
]


def register(group: typer.Typer, panel: str) -> None:
    """Add the command to the group of those on mapping files."""

    @command(group, "mappings blocks", panel)
    def blocks(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
        least: _Least = None,
    ) -> Reply:
        """Show the blocks of text that stand in many posts with small differences."""
        from wp_sync.normalize.boilerplate.survey import survey
        from wp_sync.normalize.mapping_files import load_rules

        config = settings(session, archive=archive, mappings=mappings)
        rules = load_rules(mappings_of(config)).boilerplate
        if least is not None:
            rules = replace(rules, least_posts=least)
        with archive_of(config, read_only=True) as store, session.interruptible():
            found = survey(site_in(store, config, site), rules)
        session.screen.show(*_shown(found))
        return Reply({"blocks": [_json(one) for one in found]})


def _json(one: Repeated) -> dict[str, object]:
    wordings = [
        {"text": wording.text, "posts": wording.posts, "first": wording.first}
        for wording in one.wordings
    ]
    return {"posts": one.posts, "variants": one.variants, "wordings": wordings}


def _shown(found: Sequence[Repeated]) -> list[RenderableType]:
    if not found:
        return spaced(block("Blocks", [("none", "no passage stands in many posts")]))
    parts = []
    for one in found[:_SHOWN]:
        rows = [
            (f"{wording.posts:,} ×", printable(wording.text, one_line=True)[:_LONGEST])
            for wording in one.wordings[:_WORDINGS]
        ]
        if one.variants > _WORDINGS:
            rows.append(("", f"and {count(one.variants - _WORDINGS, 'other wording')}"))
        parts.append(block(f"In {count(one.posts, 'post')}", rows))
    if len(found) > _SHOWN:
        parts.append(block("And more", [(f"{len(found) - _SHOWN:,}", "with --json")]))
    return spaced(*parts)
