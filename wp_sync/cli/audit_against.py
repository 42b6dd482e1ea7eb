"""`audit --against`: an archive held against that of another site or target, on one screen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from wp_sync.cli.audit_target import is_target, target_archive
from wp_sync.cli.lines import Line, block, spaced
from wp_sync.cli.parts import archive_of, site_in
from wp_sync.cli.session import Reply, Session
from wp_sync.cli.text import kind_name, printable
from wp_sync.config import Config, is_address
from wp_sync.errors import Exit, UsageError
from wp_sync.redaction import without_login

if TYPE_CHECKING:
    from wp_sync.archive.base import SiteArchive
    from wp_sync.publish.parity.nouns import Parity

_SHOWN = 15


def held_against(session: Session, config: Config, against: str, site: str) -> Reply:
    """Compare two archives; exit code 6 where the other one is not the same."""
    from wp_sync.publish.parity.archives import compare

    if is_target(config, against):
        with session.interruptible():
            other = target_archive(session, config, against)
        against = other.archive
    elif is_address(against) or Path(against).exists():
        other = replace(config, archive=against, archive_media="", url="")
    else:
        raise UsageError(
            f"there is no archive and no target “{without_login(against)}” to compare with",
            hint="name a target of the configuration, or pull the other site into an archive of its"
            f" own: wp-sync pull URL --archive {without_login(against)}",
        )
    with (
        archive_of(config, read_only=True) as store,
        archive_of(other, read_only=True) as there,
        session.interruptible() as stop,
    ):
        ours, theirs = site_in(store, config, site), site_in(there, other)
        for one, place in ((ours, config.archive), (theirs, against)):
            _need_rows(one, place)
        with session.screen.progress() as progress:
            parity = compare(ours, theirs, progress, stop)
    session.screen.show(*parts(parity))
    return Reply({"parity": parity.to_plain()}, Exit.DONE if parity.clean else Exit.FINDINGS)


def _need_rows(archive: SiteArchive, place: str) -> None:
    if not archive.derived_under():
        raise UsageError(
            "this archive is not normalized yet", hint=f"wp-sync normalize --archive {place}"
        )


def parts(parity: Parity) -> list[RenderableType]:
    """What is the same, what is not, and the first of each."""
    from wp_sync.publish.parity.nouns import STATES, WORDS

    said = "holds all of" if parity.clean else "is not the same as"
    but = parity.verdict.removeprefix("the same") if parity.clean else ""
    head = Line(Text(f"{parity.target} {said} {parity.site}{but}", style="bold"), indent=0)
    totals = Counter({state: parity.count(state) for state in STATES})
    rows = [(f"{totals[state]:,}", WORDS[state]) for state in STATES if totals[state]]
    kinds = [
        (printable(kind_name(kind), one_line=True), f"{here:,} here, {there:,} there")
        for kind, (here, there) in parity.items.items()
    ]
    shown = [one for one in parity.differences if one.state not in ("explained", "kept")]
    listed = []
    for one in shown[:_SHOWN]:
        title = printable(one.title or one.key, one_line=True)
        what = f"{one.field}: “{one.ours}” here, “{one.theirs}” there" if one.field else ""
        listed.append((one.state, printable(f"{title} {what}".strip(), one_line=True)))
    rest = len(shown) - len(listed) + parity.left_out
    more = f"… and {rest:,} more (--json)" if rest > 0 else ""
    return spaced(
        [head],
        block("Things", rows),
        block("Kinds", kinds),
        block("Not the same", listed, more=more),
    )
