"""Words for people: numbers, times and hostile text made fit for a terminal. No output here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

# Everything a terminal or a reader's eye may take for a command: C0 and C1 controls but tab and
# newline, and the characters that turn the direction of text (Unicode TR36, "bidi spoofing").
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LONE = re.compile("[\ud800-\udfff]")


def printable(text: object, *, one_line: bool = False) -> str:
    """Text of a site as it may be shown: control characters become visible, none is obeyed."""
    shown = _CONTROL.sub(_visible, str(text).replace("\r\n", "\n"))
    shown = _LONE.sub("\ufffd", shown)
    return " ".join(shown.split()) if one_line else shown


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else f"<U+{code:04X}>"


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 post``, ``1,204 posts``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def length(seconds: float) -> str:
    """A length of time for people: ``0.4 s``, ``12 s``, ``3 min 5 s``, ``2 h 10 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size(number: int) -> str:
    """Bytes for people, in powers of 1,000: ``12 B``, ``4.2 MB``."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError  # the loop always returns


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was: ``just now``, ``5 minutes ago``, ``3 days ago``."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now"
    minutes = int(passed.total_seconds() // 60)
    for size_in_minutes, noun in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size_in_minutes:
            return f"{count(minutes // size_in_minutes, noun)} ago"
    return "just now"


def stamp(moment: datetime | None) -> str:
    """A moment as UTC, to the second: ``2026-03-01 04:15:00Z``; empty when there is none."""
    if moment is None:
        return ""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def iso(moment: datetime | None) -> str | None:
    """A moment for JSON: ISO 8601 in UTC with ``Z``; None when there is none."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_NAMES = {
    "posts/post": "posts",
    "posts/page": "pages",
    "posts/attachment": "media",
    "posts/wp_block": "reusable blocks",
    "posts/wp_navigation": "navigation menus",
    "posts/nav_menu_item": "menu items",
    "posts/wp_template": "theme templates",
    "posts/wp_template_part": "theme templates",
    "posts/wp_global_styles": "styles",
    "posts/wp_font_family": "fonts",
    "posts/wp_font_face": "fonts",
    "terms/category": "categories",
    "terms/post_tag": "tags",
    "terms/nav_menu": "menus",
    "terms/wp_pattern_category": "pattern categories",
    "users/user": "users",
    "comments/comment": "comments",
    "redirects/redirection": "redirects",
    "redirects/followed": "followed links",
    "site/site": "the site itself",
}


def kind_name(kind: str) -> str:
    """A kind in words, in the plural: ``posts/page`` is ``pages``, ``terms/case_study`` is
    ``case studies``; what looks like a plural already stays as it is."""
    if kind in _NAMES:
        return _NAMES[kind]
    name = printable(kind.partition("/")[2] or kind, one_line=True).replace("_", " ")
    if not name.isascii() or not name[-1:].isalpha() or name.endswith("s"):
        return name
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("x", "z", "ch", "sh")) else "s")


def stage_name(name: str) -> str:
    """A stage named after what it works on (``post_tag``) in words; other names as they are."""
    for family in ("posts", "terms", "users", "comments"):
        if (kind := f"{family}/{name}") in _NAMES:
            return _NAMES[kind]
    return printable(name, one_line=True)


def item_name(kind: str, id: int | None) -> str:
    """One record in words: ``category 31``."""
    name = printable(kind.partition("/")[2] or kind, one_line=True)
    return f"{name} {id}" if id else name


def listed(words: Iterable[str]) -> str:
    """``posts``, ``posts and pages``, ``posts, pages and media``."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last
