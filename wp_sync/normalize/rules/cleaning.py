"""The owner's decisions on what to clean out of bodies, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# off: not looked for. report: found and listed; the body stays. clean: done in the cleaned body.
Mode = Literal["off", "report", "clean"]
MODES: tuple[Mode, ...] = ("off", "report", "clean")


@dataclass(frozen=True, slots=True)
class CleaningRules:
    """One mode a rule, named as in ``cleaning.toml``, and what some of them need to know.

    ``remove_shortcodes`` go with what they enclose, ``unwrap_shortcodes`` leave it;
    ``keep_shortcodes`` are not even reported. ``builder_classes`` and ``pixel_hosts`` add to the
    known ones.
    """

    title: Mode = "report"
    byline: Mode = "report"
    builders: Mode = "report"
    empty: Mode = "report"
    styles: Mode = "report"
    shortcodes: Mode = "report"
    pixels: Mode = "report"
    mojibake: Mode = "report"
    remove_shortcodes: tuple[str, ...] = ()
    unwrap_shortcodes: tuple[str, ...] = ()
    keep_shortcodes: tuple[str, ...] = ()
    builder_classes: tuple[str, ...] = ()
    pixel_hosts: tuple[str, ...] = ()
