"""Bodies in the form in which two are compared, where WordPress rewrites what is saved; pure.

Beside block delimiters (`wp_sync.publish.blocks`), WordPress 5.1 to 6.6 set ``rel="noopener"`` into
every link with a target and write such a link's attributes anew; links in comments get
``rel="nofollow ugc"`` the same way.
"""

from __future__ import annotations

from wp_sync.normalize.links.scan import Tag, scan
from wp_sync.publish.blocks import canonical_markup

_ADDED = frozenset(("noopener", "noreferrer", "nofollow", "ugc"))


def alike(body: str) -> str:
    """A body such that what WordPress does to it while saving makes no difference."""
    return canonical_markup(_links(body, "target") if "target" in body else body)


def alike_comment(text: str) -> str:
    """The same for a comment."""
    return _links(text, "href")


def _links(body: str, having: str) -> str:
    """Links that have an attribute, in one spelling and without the words that WordPress adds."""
    scanned = scan(body)
    parts: list[str] = []
    at = 0
    for tag in scanned.tags:
        if tag.name != "a" or tag.closing or body.find(having, tag.start, tag.end) < 0:
            continue
        attributes = scanned.get(tag)
        if having in attributes:
            parts += (body[at : tag.start], _spelled(tag, attributes))
            at = tag.end
    return "".join((*parts, body[at:])) if parts else body


def _spelled(tag: Tag, attributes: dict[str, str]) -> str:
    words = [word for word in attributes.pop("rel", "").split() if word.lower() not in _ADDED]
    if words:
        attributes["rel"] = " ".join(dict.fromkeys(words))
    spelled = " ".join(f'{name}="{value}"' for name, value in sorted(attributes.items()))
    return f"<{tag.name} {spelled}>"
