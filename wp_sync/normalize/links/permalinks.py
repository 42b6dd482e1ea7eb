"""The address that a post gets on a new site, by WordPress's structure tags.

Pure. Which link is rewritten to it is decided in `wp_sync.normalize.links.moves`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

_TAG = re.compile(r"%([a-z_]+)%")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class PermalinkFacts:
    """What an address is made of. ``date`` is the site's local time, as REST's ``date`` has it;
    ``category`` the slugs of the primary category and its parents (``body/back-pain``)."""

    id: int
    slug: str
    date: str = ""
    category: str = ""
    author: str = ""


def permalink(structure: str, facts: PermalinkFacts) -> str:
    """The path of a post under a permalink structure such as ``/%category%/%postname%/``.

    As WordPress's get_permalink(): months, days and times have two digits; a post without category
    leaves that part out. Slugs outside ASCII are percent-encoded in lower case, as WordPress keeps
    them. Empty where the structure needs a date that the post has not.
    """
    moment = _DATE.match(facts.date)
    if moment is None and re.search(r"%(?:year|monthnum|day|hour|minute|second)%", structure):
        return ""
    parts = moment.groups() if moment else ("",) * 6
    values = dict(zip(("year", "monthnum", "day", "hour", "minute", "second"), parts, strict=True))
    values |= {
        "post_id": str(facts.id),
        "postname": facts.slug or str(facts.id),
        "category": facts.category,
        "author": facts.author,
    }
    path = _TAG.sub(lambda match: _encoded(values.get(match[1], "")), structure)
    return re.sub(r"//+", "/", f"/{path.lstrip('/')}")


def _encoded(value: str) -> str:
    if value.isascii():
        return value
    return re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote(value, safe="/%"))
