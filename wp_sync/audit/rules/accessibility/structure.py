"""Headings and lists, by which people who listen find their way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, words
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.shared import axe_rule, called, hit
from wp_sync.audit.tree import Node

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def _headings(page: Page) -> list[Node]:
    """The headings that are met, in order, those by role among them."""
    naming = page.naming
    found = [one for one in seen(naming, *_HEADINGS) if naming.role(one) == "heading"]
    if "role" in page.attribute_names:
        found += [
            one
            for one in page.tree.root.walk()
            if one.name not in _HEADINGS
            and one.attributes.get("role") == "heading"
            and not naming.hidden(one)
        ]
        found.sort(key=lambda one: one.start)
    return found


def _level(node: Node) -> int:
    match = re.match(r"\s*(\d{1,4})", node.attributes.get("aria-level", ""))
    if match and int(match[1]) > 0:
        return int(match[1])
    return int(node.name[1]) if node.name in _HEADINGS else 2


@page_rule(
    axe_rule(
        "empty-heading",
        "minor",
        "A heading without words is a stop on the way through the page where there is nothing.",
        "Take the heading out, or put words into it.",
        "<h2></h2><p>Words.</p>",
        "<h2>Breathing</h2><p>Words.</p>",
    )
)
def empty_heading(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in _headings(page):
        if not page.naming.says(node) and not page.naming.has_name(node):
            yield hit(page, node, f"an <{node.name}> has no words")


@page_rule(
    axe_rule(
        "heading-order",
        "moderate",
        "A skipped level suggests a part of the page that is not there.",
        "Use the level below the heading before it.",
        "<h2>Masks</h2><p>a</p><h4>Straps</h4><p>b</p>",
        "<h2>Masks</h2><p>a</p><h3>Straps</h3><p>b</p>",
    )
)
def heading_order(page: Page, limits: Limits) -> Iterator[Hit]:
    before = 0
    for node in _headings(page):
        level = _level(node)
        if before and level - before > 1:
            text = page.naming.says(node)
            message = f"{called(text)} is of level {level}, the heading before it of level {before}"
            yield hit(page, node, message, f"{node.name} {text}")
        before = level


def _stranger(page: Page, child: Node | str, names: tuple[str, ...], roles: tuple[str, ...]) -> str:
    """What stands between items that is none; empty when it is one, or not met."""
    if isinstance(child, str):
        text = words(child).strip()
        return called(text) if text else ""
    if page.naming.hidden(child):
        return ""
    if explicit := page.naming.explicit(child):
        return "" if explicit in roles else f"<{child.name} role={explicit}>"
    if child.name in names or page.naming.role(child) in roles:
        return ""
    return f"<{child.name}>"


@page_rule(
    axe_rule(
        "list",
        "serious",
        "What is no item stands between the items of a list, which is then not read as one.",
        "Put it into an item, or end the list before it.",
        "<ul><li>Pillow</li><p>and</p><li>Book</li></ul>",
        "<ul><li>Pillow</li><li>Book</li></ul>",
    )
)
def list_items(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "ul", "ol"):
        if node.get("role"):
            continue
        strangers = [_stranger(page, one, ("li",), ("listitem",)) for one in node.children]
        if found := next(filter(None, strangers), ""):
            yield hit(page, node, f"{found} stands between the items of an <{node.name}>")


@page_rule(
    axe_rule(
        "listitem",
        "serious",
        "An item outside of a list is not announced as one of many.",
        "Put a <ul> or <ol> around the items.",
        "<div><li>Pillow</li></div>",
        "<ul><li>Pillow</li></ul>",
    )
)
def listitem(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    for node in seen(naming, "li"):
        if node.get("role"):
            continue
        parent = node.parent
        if parent is None or naming.role(parent) not in ("list", *PRESENTATION):
            yield hit(page, node, f"an item stands outside of a list: {called(naming.shown(node))}")


@page_rule(
    axe_rule(
        "definition-list",
        "serious",
        "What is neither term nor definition stands in a list of definitions.",
        "Keep only <dt>, <dd> and <div> around them in a <dl>, each term with a definition.",
        "<dl><dt>CPAP</dt><dd>A mask</dd><p>and so on</p></dl>",
        "<dl><dt>CPAP</dt><dd>A mask</dd></dl>",
    )
)
def definition_list(page: Page, limits: Limits) -> Iterator[Hit]:
    roles = ("definition", "term", "listitem")
    for node in seen(page.naming, "dl"):
        if node.get("role"):
            continue
        children: list[Node | str] = []
        for one in node.children:
            group = isinstance(one, Node) and one.name == "div" and not page.naming.explicit(one)
            children += one.children if isinstance(one, Node) and group else [one]
        strangers = [_stranger(page, one, ("dt", "dd"), roles) for one in children]
        if found := next(filter(None, strangers), ""):
            yield hit(page, node, f"{found} stands in a list of definitions")
        elif not _pairs(node):
            yield hit(page, node, "a term without its definition, or the other way round")


def _pairs(node: Node) -> bool:
    """Whether a definition stands behind a term among what is directly in the list."""
    names = [one.name for one in node.elements()]
    if "dt" not in names and "dd" not in names:
        return True
    return "dt" in names and "dd" in names[names.index("dt") :]


@page_rule(
    axe_rule(
        "dlitem",
        "serious",
        "A term or definition outside of a list of definitions is not announced as one.",
        "Put a <dl> around terms and definitions.",
        "<div><dt>REM</dt><dd>The dreaming sleep</dd></div>",
        "<dl><dt>REM</dt><dd>The dreaming sleep</dd></dl>",
    )
)
def dlitem(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    for node in seen(naming, "dd", "dt"):
        if node.get("role"):
            continue
        parent = node.parent
        plain_group = parent is not None and parent.name == "div"
        if plain_group and parent and naming.explicit(parent) in ("", *PRESENTATION):
            parent = parent.parent
        fits = parent is not None and parent.name == "dl"
        if not fits or (parent and naming.explicit(parent) not in ("", "list", *PRESENTATION)):
            text = called(naming.shown(node))
            yield hit(page, node, f"<{node.name}> stands outside of a <dl>: {text}", text)
