"""What assistive technology makes of a tree: what it does not see, roles, and names of elements.

As axe-core works them out, from inline styles and attributes alone: a fragment has no style sheet.
Says nothing about what is wrong; `wp_sync.audit.rules.accessibility` does. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync import entities
from wp_sync.audit.tree import ROOT, Node, Tree

_NO_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*none\s*(?:!|;|$)", re.IGNORECASE)
_VISIBILITY = re.compile(r"(?:^|;)\s*visibility\s*:\s*([a-z]+)", re.IGNORECASE)
_NEVER_SHOWN = frozenset(
    ("script", "style", "template", "noscript", "title", "link", "meta", "base", "head", "param",
     "track", "datalist", "noembed", "noframes", "rp", "source")
)  # fmt: skip
_EMBEDDED = frozenset(
    ("audio", "canvas", "embed", "iframe", "img", "math", "object", "picture", "svg", "video")
)
_VALUES = frozenset(
    ("textbox", "searchbox", "progressbar", "scrollbar", "slider", "spinbutton", "combobox",
     "listbox")
)  # fmt: skip
# Global states and properties of ARIA 1.2, which take a presentational role back.
_GLOBAL = frozenset(
    f"aria-{name}"
    for name in (
        "atomic", "braillelabel", "brailleroledescription", "busy", "controls", "current",
        "describedby", "description", "details", "disabled", "dropeffect", "errormessage",
        "flowto", "grabbed", "haspopup", "hidden", "invalid", "keyshortcuts", "label",
        "labelledby", "live", "owns", "relevant", "roledescription",
    )
)  # fmt: skip
PRESENTATION = frozenset(("none", "presentation"))
_ROLES = PRESENTATION | frozenset(
    ("alert", "alertdialog", "application", "article", "banner", "blockquote", "button", "caption",
     "cell", "checkbox", "code", "columnheader", "combobox", "comment", "complementary",
     "contentinfo", "definition", "deletion", "dialog", "directory", "document", "emphasis", "feed",
     "figure", "form", "grid", "gridcell", "group", "heading", "image", "img", "insertion", "link",
     "list", "listbox", "listitem", "log", "main", "mark", "marquee", "math", "menu", "menubar",
     "menuitem", "menuitemcheckbox", "menuitemradio", "meter", "navigation", "note", "option",
     "paragraph", "progressbar", "radio", "radiogroup", "region", "row", "rowgroup", "rowheader",
     "scrollbar", "search", "searchbox", "separator", "slider", "spinbutton", "status", "strong",
     "subscript", "suggestion", "superscript", "switch", "tab", "table", "tablist", "tabpanel",
     "term", "text", "textbox", "time", "timer", "toolbar", "tooltip", "tree", "treegrid",
     "treeitem", "graphics-document", "graphics-object", "graphics-symbol")
)  # fmt: skip
_NAMED_BY_CONTENT = frozenset(
    ("button", "caption", "cell", "checkbox", "columnheader", "directory", "gridcell", "heading",
     "link", "listitem", "menuitem", "menuitemcheckbox", "menuitemradio", "option", "radio", "row",
     "rowgroup", "rowheader", "section", "sectionhead", "switch", "tab", "term", "tooltip",
     "treeitem", "text", "table", "mark", "comment", "suggestion")
)  # fmt: skip
_IMPLICIT = {
    "article": "article", "button": "button", "datalist": "listbox", "dd": "definition",
    "dfn": "term", "details": "group", "dialog": "dialog", "dt": "term", "fieldset": "group",
    "figure": "figure", "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading",
    "h5": "heading", "h6": "heading", "hr": "separator", "li": "listitem", "main": "main",
    "math": "math", "menu": "list", "meter": "meter", "nav": "navigation", "ol": "list",
    "optgroup": "group", "option": "option", "output": "status", "progress": "progressbar",
    "search": "search", "summary": "button", "table": "table", "tbody": "rowgroup",
    "textarea": "textbox", "tfoot": "rowgroup", "thead": "rowgroup", "tr": "row", "ul": "list",
}  # fmt: skip
_INPUTS = {
    "checkbox": "checkbox", "number": "spinbutton", "radio": "radio", "range": "slider",
    "search": "searchbox", "button": "button", "image": "button", "reset": "button",
    "submit": "button",
}  # fmt: skip
_BUTTON_WORDS = {"submit": "Submit", "image": "Submit", "reset": "Reset"}
_DEEPEST = 60  # levels that words are gathered from


def spaced(text: str) -> str:
    """Text with its white space folded, no-break spaces too."""
    return " ".join(text.split())


def words(text: str) -> str:
    """Words of the source, decoded."""
    return entities.unescape(text) if "&" in text else text


class Naming:
    """One tree as assistive technology meets it; everything is worked out once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._hidden: dict[Node, bool] = {}
        self._says: dict[Node, str] = {}
        self._names: dict[Node, str] = {}
        # Next to no text has it, and then nobody's parents need be asked.
        self._some_invisible = any(
            "visibility" in node.attributes["style"].lower()
            for nodes in tree.by_name.values()
            for node in nodes
            if "style" in node.attributes
        )
        self._ids: dict[str, Node] | None = None
        self._labels: dict[str, list[Node]] | None = None

    # -- what is there

    def by_id(self, id: str) -> Node | None:
        if self._ids is None:
            self._ids = {}
            for node in self.tree.root.walk():
                value = node.attributes.get("id")
                if value:
                    self._ids.setdefault(value, node)
        return self._ids.get(id)

    def labels(self, node: Node) -> list[Node]:
        """The labels that name an element by its id."""
        if self._labels is None:
            self._labels = {}
            for label in self.tree.by_name.get("label", ()):
                target = label.attributes.get("for")
                if target:
                    self._labels.setdefault(target, []).append(label)
        return self._labels.get(node.attributes.get("id") or "", [])

    def hidden(self, node: Node) -> bool:
        """Whether assistive technology does not meet it."""
        known = self._hidden.get(node)
        if known is None:
            known = self._out_of_sight(node)
        return known or (self._some_invisible and self._invisible(node))

    def _out_of_sight(self, node: Node) -> bool:
        known = self._hidden.get(node)
        if known is None:
            parent = node.parent
            known = self._hides(node) or (
                parent is not None and parent.name != ROOT and self._out_of_sight(parent)
            )
            self._hidden[node] = known
        return known

    def _hides(self, node: Node) -> bool:
        name, attributes = node.name, node.attributes
        if name == "area":
            return self._area_hidden(node)
        if (name in _NEVER_SHOWN and not node.foreign) or (
            name == "audio" and "controls" not in attributes
        ):
            return True
        parent = node.parent
        if (
            parent is not None
            and parent.name == "details"
            and name != "summary"
            and "open" not in parent.attributes
        ):
            return True
        if not attributes:
            return False
        if attributes.get("aria-hidden") == "true" or "inert" in attributes:
            return True
        if "hidden" in attributes and "display" not in attributes.get("style", ""):
            return True
        if name == "input" and attributes.get("type", "").lower() == "hidden":
            return True
        if name == "dialog" and "open" not in attributes:
            return True
        style = attributes.get("style")
        return style is not None and _NO_DISPLAY.search(style) is not None

    def _area_hidden(self, node: Node) -> bool:
        map = next((one for one in node.above() if one.name == "map"), None)
        name = map.attributes.get("name") if map else None
        if not name:
            return True
        shown = [
            image
            for image in self.tree.by_name.get("img", ())
            if image.attributes.get("usemap") == f"#{name}"
        ]
        return not any(not self.hidden(image) for image in shown)

    def _invisible(self, node: Node) -> bool:
        here: Node | None = node
        while here is not None:
            style = here.attributes.get("style")
            if style and (match := _VISIBILITY.search(style)):
                value = match[1].lower()
                if value != "inherit":
                    return value in ("hidden", "collapse")
            here = here.parent
        return False

    def focusable(self, node: Node) -> bool:
        """Whether the keyboard can get there by nature or by a tab index."""
        name, attributes = node.name, node.attributes
        if name in ("button", "input", "select", "textarea", "fieldset"):
            if "disabled" in attributes:
                return False
            if name != "fieldset":
                return attributes.get("type", "").lower() != "hidden"
        if name in ("a", "area"):
            return "href" in attributes or tab_index(node) is not None
        if name in ("summary", "iframe") or "contenteditable" in attributes:
            return True
        return tab_index(node) is not None

    def tabbable(self, node: Node) -> bool:
        index = tab_index(node)
        return self.focusable(node) and (index is None or index >= 0)

    # -- roles

    def explicit(self, node: Node) -> str:
        """The role that its attribute gives it, where that is one."""
        role = node.attributes.get("role")
        if not role:
            return ""
        role = role.strip().lower()
        return role if role in _ROLES else ""

    def role(self, node: Node) -> str:
        """The role that it has; empty for none."""
        explicit = self.explicit(node)
        if explicit and (explicit not in PRESENTATION or not self._conflict(node)):
            return explicit
        return self._implicit(node)

    def _conflict(self, node: Node) -> bool:
        return not _GLOBAL.isdisjoint(node.attributes) or self.focusable(node)

    def _implicit(self, node: Node) -> str:
        name, attributes = node.name, node.attributes
        if name in ("a", "area"):
            return "link" if "href" in attributes else ""
        if name == "img":
            empty = attributes.get("alt") == ""
            return "presentation" if empty and not self._conflict(node) else "img"
        if name == "input":
            return _INPUTS.get(attributes.get("type", "").lower(), "textbox")
        if name == "select":
            return "listbox" if "multiple" in attributes else "combobox"
        if name == "td":
            return "cell"
        if name == "th":
            return "rowheader" if attributes.get("scope") in ("row", "rowgroup") else "columnheader"
        if name == "svg":
            return "graphics-document"
        return _IMPLICIT.get(name, "")

    # -- names

    def has_name(self, node: Node) -> bool:
        """Whether ``aria-label``, ``aria-labelledby`` or ``title`` names it."""
        attributes = node.attributes
        return bool(attributes) and bool(
            spaced(attributes.get("aria-label", ""))
            # WordPress's own script puts the label in (Interactivity API, as of 6.4).
            or "data-wp-bind--aria-label" in attributes
            or self.labelled_by(node)
            or spaced(attributes.get("title", ""))
        )

    def labelled_by(self, node: Node) -> str:
        """The words of those whom ``aria-labelledby`` names."""
        ids = node.attributes.get("aria-labelledby")
        if not ids:
            return ""
        found = (self.by_id(id) for id in ids.split())
        return spaced(
            " ".join(
                self._text(one, set(), labelled=True, unseen=self.hidden(one))
                for one in found
                if one
            )
        )

    def name(self, node: Node) -> str:
        """Its accessible name."""
        known = self._names.get(node)
        if known is None:
            known = self._names[node] = spaced(self._text(node, set(), top=True))
        return known

    def label_text(self, label: Node, control: Node) -> str:
        """The words of a label, less what the control in it would say."""
        return spaced(self._text(label, {control}, control=True))

    def says(self, node: Node) -> str:
        """The words of what is in it, pictures' included."""
        known = self._says.get(node)
        if known is None:
            known = self._says[node] = spaced(self._subtree(node, set(), top=True))
        return known

    def _text(
        self,
        node: Node,
        seen: set[Node],
        *,
        top: bool = False,
        labelled: bool = False,
        control: bool = False,
        unseen: bool = False,
        deep: int = 0,
    ) -> str:
        if not (unseen and node.name not in ("script", "style")) and self.hidden(node):
            return ""
        attributes = node.attributes
        named = "aria-labelledby" in attributes and not labelled and not control
        if named and (text := self.labelled_by(node)):
            return text
        if (text := attributes.get("aria-label", "")) and text.strip():
            return text
        presentational = self.role(node) in PRESENTATION
        if not presentational and (text := self._native(node, seen, labelled, control)).strip():
            return text
        text = self._subtree(
            node, seen, top=top, labelled=labelled, control=control, unseen=unseen, deep=deep
        )
        if text.strip():
            return text
        title = attributes.get("title", "")
        return title if title and (not presentational or node.name == "iframe") else text

    def _native(self, node: Node, seen: set[Node], labelled: bool, control: bool) -> str:
        name, attributes = node.name, node.attributes
        if name in ("img", "area"):
            return attributes.get("alt", "")
        if name == "input":
            kind = attributes.get("type", "").lower()
            if kind in ("submit", "reset", "button", "image"):
                alt = attributes.get("alt", "") if kind == "image" else ""
                own = alt or attributes.get("value", "") or attributes.get("title", "")
                return own or _BUTTON_WORDS.get(kind, "")
        if name in ("input", "select", "textarea"):
            text = "" if control or labelled or node in seen else self.label(node)
            return text or ("" if name == "select" else attributes.get("placeholder", ""))
        wanted = {"svg": "title", "figure": "figcaption", "fieldset": "legend", "table": "caption"}
        if name in wanted:
            inner = next((one for one in node.walk() if one.name == wanted[name]), None)
            text = self._text(inner, seen, unseen=name == "svg") if inner is not None else ""
            if not text and name == "table":
                return attributes.get("summary", "")
            return text
        return ""

    def label(self, node: Node) -> str:
        """The words of an element's labels, those around it and those that name it by its id."""
        around = next((one for one in node.above() if one.name == "label"), None)
        labels = [*self.labels(node), *([around] if around is not None else [])]
        return spaced(" ".join(self.label_text(one, node) for one in labels))

    def _subtree(
        self,
        node: Node,
        seen: set[Node],
        *,
        top: bool = False,
        labelled: bool = False,
        control: bool = False,
        unseen: bool = False,
        deep: int = 0,
    ) -> str:
        role = self.role(node)
        if node in seen or node.name in _EMBEDDED or role in _VALUES or deep > _DEEPEST:
            return ""
        if top and role and role not in _NAMED_BY_CONTENT and role not in PRESENTATION:
            return ""
        seen.add(node)
        parts: list[str] = []
        for child in node.children:
            if isinstance(child, str):
                parts.append(words(child))
                continue
            text = self._text(
                child, seen, labelled=labelled, control=control, unseen=unseen, deep=deep + 1
            )
            parts += (text,) if child.name in _INLINE else (" ", text, " ")
        return "".join(parts)

    def shown_anyway(self, node: Node) -> str:
        """All words in it, whether they are met or not."""
        parts = [
            words(child) if isinstance(child, str) else self.shown_anyway(child)
            for child in node.children
        ]
        return spaced("".join(parts))

    def shown(self, node: Node) -> str:
        """The words in it that assistive technology meets, without pictures'."""
        parts: list[str] = []
        for child in node.children:
            if isinstance(child, str):
                parts.append(words(child))
            elif not self.hidden(child):
                parts.append(self.shown(child))
        return spaced("".join(parts)) if not self.hidden(node) else ""


_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins",
     "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "svg",
     "time", "u", "var", "button", "input", "picture", "wbr")
)  # fmt: skip


def tab_index(node: Node) -> int | None:
    """Its tab index, as browsers read numbers; None without one."""
    value = node.attributes.get("tabindex")
    match = re.match(r"\s*([+-]?\d{1,9})", value) if value else None
    return int(match[1]) if match else None


def seen(naming: Naming, *names: str) -> Iterator[Node]:
    """The elements of these names that assistive technology meets."""
    for node in naming.tree.named(*names):
        if not naming.hidden(node):
            yield node
