"""Where a pull stops and asks a person. Pure: raises or returns, touches nothing."""

from __future__ import annotations

from wp_sync.archive.base import SiteState
from wp_sync.errors import GuardRefused, Place
from wp_sync.model import Identity
from wp_sync.pull.options import Limits, PullOptions


def same_site(before: SiteState | None, now: Identity, options: PullOptions) -> None:
    """The site and our login there are what they were when this archive was last pulled.

    Raises:
        GuardRefused: another site answers at this address, or we are somebody else there. A lost
            login looks like the deletion of everything private.
    """
    if before is None:
        return
    if before.key != now.key and not options.accept_site_change:
        raise GuardRefused(
            f"this archive holds {before.key}, and the site now calls itself {now.key}",
            place=Place(url=now.home),
            hint="if the site has moved, pull once with --accept-site-change; "
            "for another site use another --archive",
        )
    if before.view != now.view and not options.accept_login_change:
        raise GuardRefused(
            f"this archive was pulled as {_who(before.view)}, and now we are {_who(now.view)}",
            place=Place(url=now.home),
            hint="give the same --user and password as before, "
            "or pull once with --accept-login-change (nothing is deleted in that run)",
        )


def disappearances(kind: str, live: int, absent: int, limits: Limits) -> None:
    """So few records of a kind have disappeared that it may be believed.

    Raises:
        GuardRefused: more than a person would expect; nothing of this kind was marked as gone.
    """
    if absent <= limits.allowed:
        return
    if absent > limits.many or (absent > limits.few and absent > limits.share * live):
        raise GuardRefused(
            f"{absent:,} of {live:,} have disappeared from the site; nothing was marked as gone",
            place=Place(kind=kind),
            hint=f"if they were really deleted, pull once with --allow-deletions {absent}",
        )


def _who(view: str) -> str:
    return "an anonymous visitor" if view == "anonymous" else view.replace(":", " ")
