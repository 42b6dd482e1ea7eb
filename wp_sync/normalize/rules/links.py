"""The owner's decisions on links, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkRules:
    """Addresses that mean this site, and query arguments that mean nothing."""

    aliases: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    keep_arguments: tuple[str, ...] = ()
