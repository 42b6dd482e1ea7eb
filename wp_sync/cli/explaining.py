"""The command `explain`: for one post, which rule did what, to which value, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer
from rich.console import RenderableType
from rich.text import Text

from wp_sync.cli import options as given
from wp_sync.cli.lines import Line, block, dim, spaced
from wp_sync.cli.look import find
from wp_sync.cli.parts import archive_of, mappings_of, settings, site_in
from wp_sync.cli.session import Reply, Session, command
from wp_sync.cli.text import count, kind_name, listed, printable
from wp_sync.errors import UsageError

if TYPE_CHECKING:
    from wp_sync.normalize.decisions import Decision
    from wp_sync.normalize.explain import Explanation

_SHOWN = 25  # decisions of a group on a screen; --json has all
_LONGEST = 160
_HEADS = {
    "authors": "Authors",
    "related": "Related posts",
    "links": "Links",
    "cleaning": "Cleaning",
    "boilerplate": "Boilerplate",
}
# Links about which there is nothing to decide: counted, not listed.
_PLAIN = frozenset(("resolved", "outside", "fragment", "self", "other"))


def register(app: typer.Typer, panel: str) -> None:
    """Add the command to the menu."""

    @command(app, "explain", panel)
    def explain(
        session: Session,
        item: given.Item,
        archive: given.ArchiveDir = "",
        mappings: given.Mappings = None,
        site: given.SiteName = "",
    ) -> Reply:
        """Which rule did what to a post or term, and why, under the rules as they are now."""
        from wp_sync.normalize.explain import explain as explained
        from wp_sync.normalize.mapping_files import load_rules

        config = settings(session, archive=archive, mappings=mappings)
        rules = load_rules(mappings_of(config))
        with archive_of(config, read_only=True) as store, session.interruptible() as stop:
            part = site_in(store, config, site)
            kind, id = find(part, item)
            told = explained(part, rules, kind, id, stop=stop)
        if told is None:
            raise UsageError(
                f"“{item}” is one of the {kind_name(kind)}, and rules are about posts and terms.",
                hint="name a post, page or term; `wp-sync show` shows any record",
            )
        session.screen.show(*_shown(told))
        return Reply(_json(told))


def _json(told: Explanation) -> dict[str, object]:
    return {
        "kind": told.kind,
        "id": told.id,
        "title": told.title,
        "link": told.post.link if told.post else "",
        "decisions": [asdict(one) for one in told.decisions],
        "notes": list(told.notes),
    }


def _shown(told: Explanation) -> list[RenderableType]:
    name = told.kind.partition("/")[2]
    head = Text(printable(f"{name} {told.id}", one_line=True), style="bold")
    head.append(f" · {printable(told.title, one_line=True)}", style="not bold")
    about: list[RenderableType] = [head]
    if told.post is not None and told.post.link:
        about.append(Line(dim(told.post.link), indent=0))
    groups: dict[str, list[Decision]] = {}
    for one in told.decisions:
        groups.setdefault(one.concern, []).append(one)
    parts: list[Sequence[RenderableType]] = [about]
    parts += [_group(concern, some) for concern, some in groups.items()]
    if told.notes:
        parts.append(
            block("To know", [("", printable(note, one_line=True)) for note in told.notes])
        )
    return spaced(*parts)


def _group(concern: str, decisions: Sequence[Decision]) -> Sequence[RenderableType]:
    head = _HEADS.get(concern) or kind_name(concern).capitalize()
    told = decisions
    counted: Counter[str] = Counter()
    if concern == "links":
        told = [one for one in decisions if one.action not in _PLAIN]
        counted.update(one.action for one in decisions if one.action in _PLAIN)
    rows: list[tuple[str, str | Text]] = []
    for one in told[:_SHOWN]:
        rows.append((one.action, _values(one)))
        why = " · ".join(part for part in (one.why, one.rule) if part)
        if why:
            rows.append(("", dim(why)))
    if counted:
        words = listed(f"{number:,} {state}" for state, number in sorted(counted.items()))
        rows.append(("as it is", words))
    more = len(told) - _SHOWN
    return block(head, rows, more=f"and {count(more, 'other')}: --json has all" if more > 0 else "")


def _values(one: Decision) -> Text:
    before, after = _short(one.before), _short(one.after)
    if not after and one.action in ("dropped", "left", "refused", "done"):
        after = "nothing"
    if before and after and before != after:
        return Text(f"{before} → {after}")
    return Text(before or after)


def _short(words: str) -> str:
    shown = printable(words, one_line=True)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
