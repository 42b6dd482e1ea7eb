"""The HTML of a post as Markdown: the one entry. Pure and deterministic; never raises.

Why not a library: of those that install here the best one (html-to-markdown 3.21) turns escaped
text back into markup (``&lt;b&gt;`` becomes ``<b>``), leaves stars in prose unescaped, drops cells'
spans, and footnotes, definition lists, ``kbd``, ``sub`` and iframes become something else. What a
converter gets wrong here is wrong in every post, so it is written down and tested here.
"""

from __future__ import annotations

import re

import nh3
from lxml import etree, html
from lxml.html import HtmlElement

from wp_sync.publish.markdown.blocks import blocks
from wp_sync.publish.markdown.dialect import COMMON, Dialect
from wp_sync.publish.markdown.inline import Context

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_INSTRUCTION = re.compile(r"<[?][^>]*>")
_MORE = re.compile(r"<!--\s*more\b.*?-->", re.DOTALL)
_FRAGMENT = re.compile(r"""href\s*=\s*["']?[^"'#\s>]*#([^"'\s>]+)""", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")


def to_markdown(body: str, dialect: Dialect = COMMON) -> str:
    """Markdown with a line feed at its end; empty for nothing."""
    if not body.strip():
        return ""
    body = _INSTRUCTION.sub("", _CONTROLS.sub("", body))
    body = _MORE.sub('<span id="more-0"></span>', body)
    root = _parsed(body)
    if root is None:
        return str(nh3.clean(body)) + "\n"
    context = Context(dialect, wanted=frozenset(_FRAGMENT.findall(body)))
    if dialect.footnotes:
        context.notes = _footnotes(root)
    text = "\n\n".join(blocks(root, context)).strip("\n")
    return f"{text}\n" if text else ""


def _parsed(body: str) -> HtmlElement | None:
    try:
        return html.fragment_fromstring(body, create_parent="div")
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def _footnotes(root: HtmlElement) -> dict[str, int]:
    """The footnotes of WordPress's own block by id, numbered as they are listed."""
    found: dict[str, int] = {}
    marks = {one.get("data-fn") for one in root.iter("sup") if one.get("data-fn")}
    for listed in root.iter("ol"):
        if "wp-block-footnotes" not in (listed.get("class") or "").split():
            continue
        for item in listed:
            name = item.get("id") if item.tag == "li" else None
            if name and name in marks:
                found[name] = len(found) + 1
    return found
