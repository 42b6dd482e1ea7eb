"""Addresses that stand alone in a body as its author wrote it, as links. Pure.

WordPress shows what is there (a film, a post, a picture) in their place; what that would be only it
could ask, so a reader gets the way there.
"""

from __future__ import annotations

import re

from wp_sync.publish.markdown.escape import quoted

# On a line or in a paragraph of their own (WP_Embed::autoembed), and neither code nor links yet.
_HIDING = "a|code|kbd|pre|samp|script|style|textarea"
_URL = r"https?://[^\s<>\"]+"
_SEEN = re.compile(
    rf"(?P<comment><!--)|<p(?:\s[^<>]*)?>\s*(?P<paragraph>{_URL})(?=\s*</p>)"
    rf"|<(?P<end>/?)(?P<hiding>{_HIDING})(?=[\s/>])[^<>]*>|<[a-z/][^<>]*>"
    rf"|^[ \t]*(?P<line>{_URL})(?=[ \t\r]*$)",
    re.IGNORECASE | re.MULTILINE,
)


def linked(body: str) -> str:
    """The body with its lone addresses as links; every other byte stays."""
    if "://" not in body:
        return body
    parts: list[str] = []
    done = at = 0
    hidden = ""  # the element around us that shows its text as it is
    while seen := _SEEN.search(body, at):
        at = seen.end()
        if seen["comment"]:
            at = body.find("-->", at) + 3
            if at < 3:
                break
        elif seen["hiding"]:
            name = seen["hiding"].lower()
            if not hidden and not seen["end"]:
                hidden = name
            elif hidden == name and seen["end"]:
                hidden = ""
        elif not hidden and (url := seen["paragraph"] or seen["line"]):
            parts += (body[done : at - len(url)], f'<a href="{quoted(url)}">{quoted(url)}</a>')
            done = at
    return "".join((*parts, body[done:]))
