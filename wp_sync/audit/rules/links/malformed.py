"""Addresses that no browser can make sense of, or of which it makes another than was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, Rule, Severity, page_rule
from wp_sync.audit.page import Page
from wp_sync.audit.rules.links.shared import at, data, followed

_MAIL = r"[^\s@/?#:<>]+@[^\s@/?#:<>]+\.[^\s@/?#:<>]{2,}"
# What is wrong, told by how the address begins or what stands in it; the first that meets.
_WRONG: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"https?:/?/?$|https?:///", "no host"),
        (r"https?:(?:/[^/]|[^/])", "slashes are missing behind the scheme"),
        (r"https?//", "the colon is missing behind the scheme"),
        (r"(?:h?ttps?:?){2,}//|https?://https?(?::|//|%3a)", "a scheme twice"),
        (r"(?:htp|htttp|hhttp|ttp|http[a-rt-z]|htps|hptt|htt|tp|hxxp)s?:/", "a mistyped scheme"),
        (r"https?://[^/?#]*(?:\s|%20|,|\.\.|@@|<|>)", "signs that no host has"),
        (r"https?://\.", "a stray full stop in the host"),
        (r"www\.[a-z0-9-]+\.[a-z]{2,}", "https:// is missing: it stays inside the site"),
        (_MAIL + r"$", "mailto: is missing: it stays inside the site"),
        (r"mailto:\s*(?:$|\?(?!.*\bto=)|[^@]*$|//|.*\s\S*@)", "no address of mail"),
        (r"tel:[^0-9+]*$", "no number"),
        (r"(?:undefined|null|nan|\[object|#name\?|#ref!)", "what a program left there"),
        (r".*(?:\{\{|\}\}|%%|\$\{|<\?|\[url\]|%7b%7b)", "a placeholder that was never filled"),
        (r"(?:file:|[a-z]:[\\/]|\\\\)", "a place on somebody's own computer"),
    )
)


# An address as nearly all are: with none of these nothing is wrong in any of those ways.
_USUAL = re.compile(
    r"https?://[a-z0-9-]++(?:\.[a-z0-9-]++)++(?:[/?#][\w/.~?=&;:#+!*()'-]*+)?", re.ASCII
)


def malformed(raw: str) -> str:
    """What is wrong with an address as it stands there; empty for nothing."""
    if _USUAL.fullmatch(raw):
        return ""
    for pattern, words in _WRONG:
        if pattern.match(raw):
            return words
    return ""


@page_rule(
    Rule(
        id="links/malformed",
        reason="An address is written so that browsers go nowhere, or somewhere else than meant.",
        severity=Severity.ERROR,
        fix="Write the whole address, as the browser shows it on the page that is meant.",
        bad='<p>See <a href="http:/example.org/page">their page</a>.</p>',
        good='<p>See <a href="https://example.org/page">their page</a>.</p>',
        sample=True,
    )
)
def malformed_address(page: Page, limits: Limits) -> Iterator[Hit]:
    for link, _, raw in followed(page):
        if raw and (words := malformed(raw)):
            yield Hit(f"“{raw[:200]}”: {words}", raw, at(link), data=data(link))
