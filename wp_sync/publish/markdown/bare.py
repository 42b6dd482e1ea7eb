"""Addresses that stand bare in a text, spelled as links that every Markdown reads the same. Pure.

Some make links of bare addresses and some don't; those that do read no backslashes in them, and
show or cut what `escape` would make of ``~`` and ``_``. So whoever sees one marks it as a link.
"""

from __future__ import annotations

import re

from wp_sync.publish.markdown import escape

# Letters of scripts that set no spaces between words would take the words behind along.
_BARE = re.compile(
    r"(?:(?<![A-Za-z])(?:https?|ftp)://|(?<![^\s(*_\[\]~])(www\.))"
    r"[A-Za-z0-9\[\u00c0-\u1fff][!#-;=?-\[\]_a-z~\u00c0-\u1fff]{0,2000}",
    re.IGNORECASE,
)
_BEHIND = ".,;:!?'*_~)]"  # at the end of an address: the sentence's, not its own
_PAIRS = {")": "(", "]": "["}
_PLAIN = re.compile(
    r"(?:https?|ftp)://(?:[A-Za-z0-9/._~:?#@!$'()*+,;=%-]|&(?!#?[0-9A-Za-z]{1,40};))+",
    re.IGNORECASE,
)


def words(text: str) -> str:
    """Text inside a line, no link around it: `escape.words`, and bare addresses as links."""
    if "://" not in text and "www." not in text and "WWW." not in text:
        return escape.words(text)
    parts: list[str] = []
    at = 0
    for match in _BARE.finditer(text):
        url = _trimmed(match[0])
        before, spelled = escape.words(text[at : match.start()]), _spelled(url, bool(match[1]))
        if before[-1:] == "!" and spelled[0] == "[":
            before = f"{before[:-1]}\\!"  # else it would be a picture
        parts += (before, spelled)
        at = match.start() + len(url)
    return "".join((*parts, escape.words(text[at:])))


def autolink(url: str) -> str:
    """An address between angle brackets; empty where those would not hold it."""
    return f"<{url}>" if _PLAIN.fullmatch(url) else ""


def _spelled(url: str, schemeless: bool) -> str:
    target = f"http://{url}" if schemeless else url
    return autolink(url) or f"[{escape.label(escape.words(url))}]({escape.destination(target)})"


def _trimmed(url: str) -> str:
    while url[-1] in _BEHIND:
        last = url[-1]
        if last in _PAIRS and url.count(last) <= url.count(_PAIRS[last]):
            break
        url = url[:-1]
    return url
