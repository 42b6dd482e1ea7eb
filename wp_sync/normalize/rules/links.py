"""The owner's decisions on links, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExternalRule:
    """Another site's addresses that begin with ``old`` (host, or host and path) become ``new``."""

    old: str
    new: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect as a site's plugin exports it. ``pattern``: ``source`` is a regular expression."""

    source: str
    target: str
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class NewSite:
    """Where the site moves to: its home, and how it makes the addresses of posts.

    ``home`` empty: it stays. ``permalinks`` is WordPress's structure (``/%year%/%postname%/``);
    empty keeps each address's path. ``uploads`` is the address of the folder of files, where that
    changes otherwise than the home does (a CDN).
    """

    home: str = ""
    permalinks: str = ""
    uploads: str = ""


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Addresses that mean this site, arguments that mean nothing, and what links become.

    ``shortlinks``: host and first part of the site's short addresses (``wp.me/p8fRz``).
    ``clean``: trackers go when a body is written to a target.
    """

    aliases: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    keep_arguments: tuple[str, ...] = ()
    clean: bool = False
    shortlinks: tuple[str, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    external: tuple[ExternalRule, ...] = ()
    new: NewSite = NewSite()
