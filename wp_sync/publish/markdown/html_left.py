"""HTML that stays HTML inside Markdown: safe, in one piece, without a blank line that would end it.

Takes subtrees, gives text. Scripts, styles, event handlers and addresses that run something go:
the text comes from a site, and nobody vouches for it.
"""

from __future__ import annotations

import re
from copy import deepcopy

from lxml import etree, html
from lxml.html import HtmlElement

from wp_sync.publish.markdown.dialect import Dialect
from wp_sync.publish.markdown.escape import safe_address

DROPPED = frozenset(("script", "style", "noscript", "template", "link", "meta", "base", "title"))
_ADDRESSES = frozenset(
    ("href", "src", "action", "formaction", "data", "poster", "cite", "background", "xlink:href",
     "{http://www.w3.org/1999/xlink}href")
)  # fmt: skip
_KEPT_DATA = re.compile(r"data-(?:lang|language)$")
_NOISE = frozenset(("srcset", "sizes", "loading", "decoding", "fetchpriority"))
_BLANK = re.compile(r"\n[ \t]*(?=\n)")
_PRE = re.compile(r"<(pre|textarea)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def kept(element: HtmlElement, dialect: Dialect) -> str:
    """An element as HTML, its tail left out."""
    copy = deepcopy(element)
    copy.tail = None
    _tidied(copy)
    text = str(html.tostring(copy, encoding="unicode")).strip()
    text = _PRE.sub(
        lambda match: match[0].replace("\n\n", "&#10;\n").replace("\n\n", "&#10;\n"), text
    )
    text = _BLANK.sub("", text)
    if dialect.templates is not None and dialect.templates.search(text):
        text = text.replace("{{", "&#123;&#123;").replace("}}", "&#125;&#125;")
    return text


def attributes_of(element: HtmlElement, *names: str) -> str:
    """Some attributes of an element, as they stand in a tag."""
    found = [(name, element.get(name)) for name in names]
    return "".join(
        f' {name}="{value.replace("&", "&amp;").replace(chr(34), "&quot;").replace("<", "&lt;")}"'
        for name, value in found
        if value
    )


def _tidied(root: HtmlElement) -> None:
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            _drop(element)
            continue
        if element.tag in DROPPED and element is not root:
            _drop(element)
            continue
        for name in list(element.attrib):
            value = element.attrib[name]
            if (
                name.lower().startswith("on")
                or name == "style"
                or (name.startswith("data-") and not _KEPT_DATA.match(name))
                or (name in _NOISE and element.tag != "source" and not _wanted(name, element))
                or name == "srcdoc"
                or (name in _ADDRESSES and not safe_address(value))
            ):
                del element.attrib[name]


def _wanted(name: str, element: HtmlElement) -> bool:
    """A choice of sizes, where there is one: what names the same file each time is none."""
    candidates = {
        one.split()[0] for one in (element.get("srcset") or "").split(", ") if one.strip()
    }
    return name in ("srcset", "sizes") and len(candidates) > 1


def _drop(element: etree._Element) -> None:
    """Take a node out and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail or ""
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
