"""Fields of forms that nobody says the purpose of."""

from __future__ import annotations

from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, page_rule
from wp_sync.audit.naming import PRESENTATION, seen, spaced
from wp_sync.audit.page import Page
from wp_sync.audit.rules.accessibility.shared import axe_rule, hit
from wp_sync.audit.tree import Node

_NO_FIELDS = ("hidden", "image", "button", "submit", "reset")


def labelled(page: Page, node: Node) -> bool:
    """Whether a field has a label, around it, by its id, or otherwise."""
    naming = page.naming
    around = next((up for up in node.above() if up.name == "label"), None)
    labels = naming.labels(node) if node.get("id") else []
    if labels and naming.hidden(labels[0]) and not naming.name(node):
        return False
    if around is not None and naming.label_text(around, node):
        return True
    if any(naming.hidden(one) or naming.label_text(one, node) for one in labels):
        return True
    return naming.has_name(node) or naming.role(node) in PRESENTATION


@page_rule(
    axe_rule(
        "label",
        "critical",
        "A field without a label does not say what to write into it.",
        "Put a <label for> before the field that names its id.",
        '<form action="/s/"><input name="q"></form>',
        '<form action="/s/"><label for="q">Search</label><input id="q" name="q"></form>',
    )
)
def label(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "input", "textarea"):
        if node.name == "input" and node.attributes.get("type", "").lower() in _NO_FIELDS:
            continue
        if labelled(page, node) or spaced(node.get("placeholder") or ""):
            continue
        called = node.get("name") or node.get("id") or node.get("type") or node.name
        yield hit(page, node, f"the field {called[:80]} has no label")


@page_rule(
    axe_rule(
        "select-name",
        "critical",
        "A choice without a label does not say what is to be chosen.",
        "Put a <label for> before the choice that names its id.",
        '<form action="/s/"><select name="w"><option>East</option></select></form>',
        '<form action="/s/"><label>Ward <select><option>East</option></select></label></form>',
    )
)
def select_name(page: Page, limits: Limits) -> Iterator[Hit]:
    for node in seen(page.naming, "select"):
        if not labelled(page, node):
            called = node.get("name") or node.get("id") or "select"
            yield hit(page, node, f"the choice {called[:80]} has no label")
