"""Links, buttons and other things to press, that no words name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from wp_sync.audit.base import Hit, Limits, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, tab_index
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.shared import axe_rule, called, hit
from wp_sync.audit.tree import Node

_SIGNS = re.compile(r"[^\w\s]|[\U00010000-\U0010ffff]")


@page_rule(
    axe_rule(
        "link-name",
        "serious",
        "A link without words is read out as its bare address, and can't be asked for by name.",
        "Put words into the link, or an alternative text for the picture in it.",
        '<a href="/hours/"></a>',
        '<a href="/hours/">Opening hours</a>',
    )
)
def link_name(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    for node in seen(naming, "a"):
        if "href" not in node.attributes:
            continue
        if naming.says(node) or naming.has_name(node):
            if naming.tabbable(node) and not naming.name(node):
                yield hit(page, node, f"the link to {node.get('href')} has no name")
            continue
        yield hit(page, node, f"the link to {node.get('href')} has no words")


@page_rule(
    axe_rule(
        "button-name",
        "critical",
        "A button without words does not say what it does.",
        "Put words into the button, or an aria-label on it.",
        '<button><span class="icon"></span></button>',
        '<button><span class="icon"></span> Open</button>',
    )
)
def button_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "button"):
        if page.naming.says(node) or _named(page, node):
            continue
        yield hit(page, node, "a button has no words")


def _named(page: Page, node: Node) -> bool:
    naming = page.naming
    return (
        naming.has_name(node)
        or naming.role(node) in PRESENTATION
        or bool(naming.labels(node) and naming.label(node))
        or any(up.name == "label" and naming.label_text(up, node) for up in node.above())
    )


@page_rule(
    axe_rule(
        "input-button-name",
        "critical",
        "A button without words does not say what it does.",
        "Give the button a value.",
        '<form action="/s/"><input type="button"></form>',
        '<form action="/s/"><input type="button" value="Search"></form>',
    )
)
def input_button_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "input"):
        kind = node.attributes.get("type", "").lower()
        if kind not in ("button", "submit", "reset"):
            continue
        value = node.get("value")
        if value is None and kind != "button":  # browsers have words of their own for these
            continue
        if (value or "").strip() or _named(page, node):
            continue
        yield hit(page, node, f"a button of the type {kind} has no words")


@page_rule(
    axe_rule(
        "input-image-alt",
        "critical",
        "A button that is a picture has no words to be read out.",
        "Say in alt what the button does.",
        '<form action="/s/"><input type="image" src="/go.gif"></form>',
        '<form action="/s/"><input type="image" src="/go.gif" alt="Search"></form>',
    )
)
def input_image_alt(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "input"):
        if node.attributes.get("type", "").lower() != "image":
            continue
        if (node.get("alt") or "").strip() or _named(page, node):
            continue
        yield hit(page, node, f"the button {(node.get('src') or '')[:80]} has no words")


@page_rule(
    axe_rule(
        "summary-name",
        "serious",
        "What unfolds here has no words to say what it is.",
        "Put words into the summary.",
        "<details><summary></summary><p>Words.</p></details>",
        "<details><summary>What to bring</summary><p>Words.</p></details>",
    )
)
def summary_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "summary"):
        parent = node.parent
        if parent is None or parent.name != "details":
            continue
        if next((one for one in parent.elements() if one.name == "summary"), None) is not node:
            continue
        if not page.naming.says(node) and not page.naming.has_name(node):
            yield hit(page, node, "a summary has no words")


@page_rule(
    axe_rule(
        "tabindex",
        "serious",
        "A place of its own in the tab order sends the keyboard to and fro on the page.",
        "Take the tabindex away, or make it 0.",
        '<a href="/first/" tabindex="5">First</a>',
        '<a href="/first/">First</a>',
    )
)
def tabindex(page: Page, limits: Limits) -> Iterator[Hit]:
    if "tabindex" not in page.attribute_names:
        return
    for node in page.tree.root.walk():
        index = tab_index(node)
        if index is not None and index > 0 and not page.naming.hidden(node):
            yield hit(page, node, f"<{node.name}> is number {index} in the tab order")


@page_rule(
    axe_rule(
        "identical-links-same-purpose",
        "minor",
        "Links with the same words lead to different places, and out of context nobody can tell.",
        "Say in each link where it leads, or let both lead to one place.",
        '<a href="/east/">Hours</a> <a href="/west/">Hours</a>',
        '<a href="/east/">Hours in the east</a> <a href="/west/">Hours in the west</a>',
        review=True,
    )
)
def identical_links(page: Page, limits: Limits) -> Iterator[Hit]:
    naming = page.naming
    called_so: dict[str, list[Node]] = {}
    for node in page.tree.named("a", "area"):
        if "href" not in node.attributes or naming.role(node) != "link":
            continue
        if name := " ".join(_SIGNS.sub("", naming.name(node)).lower().split()):
            called_so.setdefault(name, []).append(node)
    for name, nodes in called_so.items():
        if len(nodes) < 2 or len({node.attributes["href"] for node in nodes}) < 2:
            continue
        targets = {_target(page, node.attributes["href"]) for node in nodes}
        if len(targets) > 1:
            message = f"{called(name)} leads to {len(targets)} places"
            yield hit(page, nodes[0], message, f"links {name}")


def _target(page: Page, href: str) -> str:
    try:
        parts = urlsplit(urljoin(page.post.link or page.setting.home, href.strip()))
    except ValueError:
        return href
    place = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return f"{parts.netloc}{parts.path.rstrip('/')}?{parts.query}#{place}"
