"""The command `mappings preview`: before and after as trees, and what each post would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wp_sync.cli import options as given
from wp_sync.cli.lines import block, spaced
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.preview_words import CONCERNS, told
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, kind_name, printable
from wp_sync.cli.whole import write_whole

if TYPE_CHECKING:
    from wp_sync.normalize.preview import Branch, Preview, Tree

_SHOWN = 40  # posts on a screen with --posts; --json and --html have more
_LONGEST = 60

_Html = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", help="Also as a page to read, print or send.", show_default=False
    ),
]
_Posts = Annotated[bool, typer.Option("--posts", help="Every post that would change, and how.")]


def register(group: typer.Typer, panel: str) -> None:
    """Add the command to the group of those on mapping files."""

    @command(group, "mappings preview", panel)
    def preview(
        session: Session,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
        html: _Html = None,
        posts: _Posts = False,
    ) -> Reply:
        """Show what the rules would change, as trees with counts; the archive stays as it is."""
        from wp_sync.normalize.mapping_files import load_rules
        from wp_sync.normalize.preview import preview as tried

        config = settings(session, archive=archive, mappings=mappings)
        rules = load_rules(mappings_of(config))
        with (
            archive_of(config, read_only=True) as store,
            session.interruptible(),
            session.screen.progress() as progress,
        ):
            part = site_in(store, config, site)
            found = tried(part, rules, progress, session.stop)
            state = part.site()
        if html is not None:
            from wp_sync.cli.preview_page import page

            name = (state.name or state.key) if state else ""
            text = page(found, name, state.home if state else "")
            data = text.encode("utf-8", "replace")
            write_whole(html, data, hint="close it where it is open, or name another file")
        session.screen.show(*_shown(found, posts=posts))
        if html is not None:
            session.screen.summary(Text(), Text(f"The page is {printable(html)}."))
        return Reply(_json(found, posts=posts, rules=rules.digest, html=html))


def _json(found: Preview, *, posts: bool, rules: str, html: Path | None) -> dict[str, object]:
    return {
        "posts": found.posts,
        "changed": found.changed,
        "to_write": found.to_write,
        "by_concern": dict(found.by_concern),
        "cleaned": dict(found.cleaned),
        "taxonomies": {
            tree.taxonomy: {
                "changed": tree.changed,
                "before": [asdict(one) for one in tree.before],
                "after": [asdict(one) for one in tree.after],
            }
            for tree in found.trees
        },
        "authors": [
            {"name": name, "before": before, "after": after} for name, before, after in found.people
        ],
        **({"changes": [asdict(one) for one in found.changes]} if posts else {}),
        **({"left_out": found.left_out} if posts else {}),
        "rules": rules,
        "html": str(html) if html else "",
    }


def _shown(found: Preview, *, posts: bool) -> list[RenderableType]:
    parts: list[Sequence[RenderableType]] = [_tree(tree) for tree in found.trees if tree.changed]
    same = [
        (kind_name(f"terms/{tree.taxonomy}"), f"{len(tree.after):,}, as they are")
        for tree in found.trees
        if not tree.changed
    ]
    parts.append(block("No change", same))
    people: list[tuple[str, str | Text]] = [
        (_short(name), f"{before:,} → {after:,} posts")
        for name, before, after in found.people
        if before != after
    ]
    parts.append(block("Authors", people))
    rows: list[tuple[str, str | Text]] = [
        (CONCERNS[name], count(number, "post")) for name, number in found.by_concern.items()
    ]
    rows += [(f"  {name}", count(n, "place")) for name, n in found.cleaned.items()]
    head = f"{found.changed:,} of {count(found.posts, 'post')} would differ from the site"
    if rows:
        parts.append(block(head, rows))
    else:
        parts.append([Text(head, style="bold")])
    if posts:
        parts.append(_changes(found))
    elif found.changed:
        parts.append([Text("--posts names them; `wp-sync explain` tells why", style="dim")])
    return spaced(*parts)


def _tree(tree: Tree) -> list[RenderableType]:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("before", overflow="fold", ratio=1)
    table.add_column("after", overflow="fold", ratio=1)
    for before, after in zip_longest(tree.before, tree.after):
        table.add_row(_branch(before, "→ "), _branch(after, "← "))
    return [Text(kind_name(f"terms/{tree.taxonomy}").capitalize(), style="bold"), table]


def _branch(one: Branch | None, arrow: str) -> Text:
    if one is None:
        return Text()
    text = Text("  " * min(one.depth, 8) + printable(one.name, one_line=True))
    text.append(f"  {one.posts:,}", style="dim")
    if one.fate:
        sign = "" if one.fate in ("new", "dropped", "refused") else arrow
        text.append(
            f"  {sign}{_short(one.fate, 120)}", style="green" if arrow == "← " else "yellow"
        )
    return text


def _changes(found: Preview) -> list[RenderableType]:
    rows: list[tuple[str, str | Text]] = []
    for one in found.changes[:_SHOWN]:
        label = f"{one.kind.partition('/')[2]} {one.id}"
        rows.append((printable(label, one_line=True), _short(one.title or one.link)))
        rows += [("", Text(_short(words, 160), style="dim")) for words in told(one)]
    more = found.changed - min(len(found.changes), _SHOWN)
    note = f"and {count(more, 'other')}: --json and --html have more" if more > 0 else ""
    return [*block("Posts", rows, more=note)]


def _short(words: str, most: int = _LONGEST) -> str:
    shown = printable(words, one_line=True)
    return shown if len(shown) <= most else shown[: most - 1] + "…"
