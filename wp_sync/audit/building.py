"""The tree that a browser makes of a body, built from its scan in one pass.

By the rules of the HTML standard's tree construction that matter for fragments: implied ends and
rows, misplaced table content, formatting that is closed out of order or never. Templates and
``noscript`` are left out: with scripts on, nobody meets what is in them. Pure; time is linear in
the tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from wp_sync.audit.tree import ROOT, Node, Tree
from wp_sync.normalize.links.scan import Comment, Scan, Tag

DEEPEST: Final = 512  # levels, where browsers stop nesting
_MOST_REMEMBERED: Final = 100  # formatting elements that are open at once
_MOST_ACTIVE: Final = 12  # formatting elements that are opened again; a page of <b> costs no more

VOID: Final = frozenset(
    ("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
     "keygen", "link", "meta", "param", "source", "track", "wbr")
)  # fmt: skip
_SKIPPED: Final = frozenset(("noscript", "template"))
_WORDLESS: Final = frozenset(("script", "style", "iframe", "noembed", "noframes"))
_IGNORED: Final = frozenset(("html", "head", "body", "frame", "frameset"))
_FORMATTING: Final = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt",
     "u")
)  # fmt: skip
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS: Final = _HEADINGS | frozenset(
    ("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl",
     "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "listing",
     "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search", "section", "summary", "table",
     "ul", "xmp")
)  # fmt: skip
_ENDED: Final = (_BLOCKS - {"p", "hr", "plaintext", "table", "xmp"}) | {"button"}
_ROWS: Final = frozenset(("tbody", "thead", "tfoot"))
_CELLS: Final = frozenset(("td", "th"))
_OF_TABLES: Final = _ROWS | _CELLS | {"tr", "caption", "col", "colgroup"}
_IN_TABLE: Final = _ROWS | {"table", "tr", "colgroup"}
_MAY_BE_IN_TABLE: Final = _OF_TABLES | {"script", "style", "template"}
_FENCES: Final = _CELLS | {"table", "caption", "applet", "marquee", "object", "template", ROOT}
_MARKERS: Final = _CELLS | {"caption", "applet", "marquee", "object"}
_SPECIAL: Final = _BLOCKS | _OF_TABLES | _IGNORED | VOID | frozenset(
    ("applet", "button", "dd", "dt", "iframe", "li", "marquee", "noembed", "noframes", "object",
     "script", "select", "style", "template", "textarea", "title", ROOT)
)  # fmt: skip
_ENDS_LIST_ITEM: Final = _SPECIAL - {"address", "div", "p"}
_IMPLIED: Final = frozenset(("dd", "dt", "li", "optgroup", "option", "p", "rb", "rp", "rt", "rtc"))
_FOREIGN: Final = frozenset(("svg", "math"))
_OUT_OF_FOREIGN: Final = frozenset(
    ("b", "big", "blockquote", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed",
     "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "listing", "menu", "nobr", "ol",
     "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u",
     "ul", "var")
)  # fmt: skip
_HTML_IN_FOREIGN: Final = frozenset(("foreignobject", "desc", "title"))


def build(scanned: Scan, attributes: Iterator[Mapping[str, str]] | None = None) -> Tree:
    """The tree of a scanned body. ``attributes`` are those of its start tags in order, where they
    are known already."""
    builder = _Builder(scanned)
    builder.run(attributes or (scanned.get(tag) for tag in scanned.tags if not tag.closing))
    by_name: dict[str, list[Node]] = {}
    waiting: list[Node | str] = [*reversed(builder.root.children)]
    while waiting:  # `walk`, without a generator for each element
        node = waiting.pop()
        if isinstance(node, str):
            continue
        by_name.setdefault(node.name, []).append(node)
        if node.children:
            waiting += reversed(node.children)
    return Tree(builder.root, by_name)


class _Builder:
    def __init__(self, scanned: Scan) -> None:
        self.scan = scanned
        self.root = Node(ROOT, {}, 0, 0)
        self.stack = [self.root]
        self.active: list[Node | None] = []  # formatting elements; None is a marker
        self.form: Node | None = None

    def run(self, attributes: Iterator[Mapping[str, str]]) -> None:
        source, text_end = self.scan.source, self.scan.end
        stops: list[Tag | Comment] = list(self.scan.tags)
        if self.scan.comments:
            stops += self.scan.comments
            stops.sort(key=lambda stop: stop.start)
        at = 0
        skipping = ""
        depth = 0
        for stop in stops:
            if len(stop) == 2:  # a comment
                if not skipping and stop[0] > at:
                    self.words(source[at : stop[0]])
                at = stop[1]
                continue
            if not skipping and stop[2] > at:
                self.words(source[at : stop[2]])
            at = stop[3]
            closing = stop[1]
            values = {} if closing else next(attributes)
            if skipping:
                if stop.name == skipping:
                    depth += -1 if closing else 1
                    if not depth:
                        skipping = ""
            elif closing:
                self.close(stop)
            elif stop.name in _SKIPPED:
                skipping, depth = stop.name, 1
            else:
                self.open(stop, values)
        if not skipping and text_end > at:
            self.words(source[at:text_end])

    # -- what stands open

    def push(self, node: Node) -> None:
        self.add(node)
        if len(self.stack) < DEEPEST:
            self.stack.append(node)

    def add(self, child: Node) -> None:
        child.parent = here = self.stack[-1]
        here.children.append(child)

    def pop_to(self, node: Node) -> None:
        """Close this element and all that stands open in it."""
        while self.stack[-1] is not node:
            self.popped(self.stack.pop())
        self.popped(self.stack.pop())

    def popped(self, node: Node) -> None:
        if node.name in _MARKERS:
            while self.active and self.active.pop() is not None:
                pass
        elif node is self.form:
            self.form = None

    def in_scope(self, name: str, *fences: str) -> Node | None:
        for node in reversed(self.stack):
            if node.name == name:
                return node
            if node.name in _FENCES or node.name in fences:
                return None
        return None

    def table(self) -> Node | None:
        for node in reversed(self.stack):
            if node.name == "table":
                return node
            if node.name in ("template", ROOT):
                return None
        return None

    # -- words

    def words(self, text: str) -> None:
        here = self.stack[-1]
        if here.name in _WORDLESS and not here.foreign:
            return
        blank = not text.strip(" \t\n\f\r")
        if here.name in _IN_TABLE and not blank:
            self.foster(text)
            return
        if not blank and self.active:
            self.reopen()
            here = self.stack[-1]
        here.children.append(text)

    def foster(self, child: Node | str) -> None:
        """What may not stand between rows stands before the table."""
        table = self.table()
        parent = (table.parent if table is not None else None) or self.stack[-1]
        if isinstance(child, Node):
            child.parent = parent
        children = parent.children
        before = (place for place in reversed(range(len(children))) if children[place] is table)
        children.insert(next(before, len(children)), child)

    # -- formatting that crosses

    def activate(self, node: Node) -> None:
        """Remember formatting that is open; of the same three times, as the standard says."""
        same = 0
        for place in range(len(self.active) - 1, -1, -1):
            entry = self.active[place]
            if entry is None:
                break
            if entry.name == node.name and entry.attributes == node.attributes:
                same += 1
                if same == 3:
                    del self.active[place]
                    break
        self.active.append(node)
        if len(self.active) > _MOST_REMEMBERED:
            del self.active[0]

    def reopen(self) -> None:
        """Formatting that was open when its paragraph ended goes on in the next."""
        last = len(self.active)
        entry = self.active[last - 1]
        if entry is None or entry in self.stack:  # nothing to open, nearly always
            return
        open_now = {id(node) for node in self.stack}
        first = last
        while first and (entry := self.active[first - 1]) is not None:
            if id(entry) in open_now:
                break
            first -= 1
        for place in range(max(first, last - _MOST_ACTIVE), last):
            entry = self.active[place]
            assert entry is not None
            again = Node(entry.name, entry.attributes, entry.start, entry.end)
            self.push(again)
            self.active[place] = again

    def format_ends(self, name: str) -> None:
        """The adoption of what stands in formatting that ends too early (13.2.6.4.7)."""
        for _ in range(8):
            entry = self._active(name)
            if entry is None:
                self.any_other_end(name)
                return
            if entry not in self.stack:
                self.active.remove(entry)
                return
            place = self.stack.index(entry)
            if any(node.name in _FENCES for node in self.stack[place + 1 :]):
                return
            block = next((n for n in self.stack[place + 1 :] if n.name in _SPECIAL), None)
            if block is None:
                self.pop_to(entry)
                self.active.remove(entry)
                return
            self._adopt(entry, place, block)

    def _active(self, name: str) -> Node | None:
        for entry in reversed(self.active):
            if entry is None:
                return None
            if entry.name == name:
                return entry
        return None

    def _adopt(self, entry: Node, place: int, block: Node) -> None:
        """The block moves out of the formatting, which goes on inside of it."""
        ancestor = self.stack[place - 1]
        last = block
        bookmark: Node = entry
        for steps, node in enumerate(reversed(self.stack[place + 1 : self.stack.index(block)]), 1):
            if steps > 3 and node in self.active:
                self.active.remove(node)
            if node not in self.active:
                self.stack.remove(node)
                continue
            twin = Node(node.name, node.attributes, node.start, node.end)
            self.active[self.active.index(node)] = twin
            self.stack[self.stack.index(node)] = twin
            bookmark = twin if last is block else bookmark
            _move(last, twin)
            last = twin
        if ancestor.name in _IN_TABLE:
            if last.parent is not None:
                last.parent.children.remove(last)
            self.foster(last)
        else:
            _move(last, ancestor)
        again = Node(entry.name, entry.attributes, entry.start, entry.end)
        again.children, block.children = block.children, [again]
        again.parent = block
        for child in again.elements():
            child.parent = again
        self.active.insert(self.active.index(bookmark) + 1, again)
        self.active.remove(entry)
        self.stack.remove(entry)
        self.stack.insert(self.stack.index(block) + 1, again)

    # -- start tags

    def open(self, tag: Tag, attributes: Mapping[str, str]) -> None:
        name = "img" if tag.name == "image" else tag.name
        if name in _IGNORED:
            return
        node = Node(name, attributes, tag.start, tag.end)
        here = self.stack[-1]
        if here.foreign and here.name not in _HTML_IN_FOREIGN:
            if name not in _OUT_OF_FOREIGN:
                node.foreign = True
                if self.scan.source[tag.end - 2] == "/":
                    self.add(node)
                else:
                    self.push(node)
                return
            while self.stack[-1].foreign:
                self.stack.pop()
        if name in _OF_TABLES or name == "table":
            self.open_table_part(node)
            return
        if self.stack[-1].name in _IN_TABLE and name not in _MAY_BE_IN_TABLE:
            if name == "form" or (name == "input" and node.get("type") == "hidden"):
                self.add(node)
                return
            self.foster(node)
            if name not in VOID:
                self.stack.append(node)
            if name in _FORMATTING:
                self.activate(node)
            return
        self.open_in_body(node, self.scan.source[tag.end - 2] == "/")

    def open_in_body(self, node: Node, closes_itself: bool) -> None:
        name = node.name
        if name in _BLOCKS:
            self.end_paragraph()
            if name in _HEADINGS and self.stack[-1].name in _HEADINGS:
                self.stack.pop()
            if name == "form":
                if self.form is not None:
                    return
                self.form = node
        elif name == "li":
            self.end_item(("li",))
        elif name in ("dd", "dt"):
            self.end_item(("dd", "dt"))
        elif name == "button":
            if (other := self.in_scope("button")) is not None:
                self.pop_to(other)
        elif name in ("option", "optgroup"):
            if self.stack[-1].name == "option":
                self.stack.pop()
            if name == "optgroup" and self.stack[-1].name == "optgroup":
                self.stack.pop()
        elif name == "a" and (other := self._active("a")) is not None:
            self.format_ends("a")
            if other in self.active:
                self.active.remove(other)
            if other in self.stack:
                self.stack.remove(other)
        if (
            self.active
            and name not in _BLOCKS
            and name not in ("li", "dd", "dt", "script", "style")
        ):
            self.reopen()
        if name in VOID:
            self.add(node)
            return
        if name in _FOREIGN:
            node.foreign = True
            if closes_itself:
                self.add(node)
                return
        self.push(node)
        if name in _FORMATTING:
            self.activate(node)
        elif name in _MARKERS:
            self.active.append(None)

    def end_paragraph(self) -> None:
        for node in reversed(self.stack):
            if node.name == "p":
                self.pop_to(node)
                return
            if node.name in _FENCES or node.name == "button":
                return

    def end_item(self, names: tuple[str, ...]) -> None:
        for node in reversed(self.stack):
            if node.name in names:
                self.pop_to(node)
                break
            if node.name in _ENDS_LIST_ITEM:
                break
        self.end_paragraph()

    def open_table_part(self, node: Node) -> None:
        name = node.name
        table = self.table()
        if name == "table":
            if table is not None and self.stack[-1].name in _IN_TABLE:
                self.pop_to(table)
            self.end_paragraph()
            self.push(node)
            return
        if table is None:
            return
        if name in _CELLS:
            self._back_to(_ROWS | {"tr", "table"})
            if self.stack[-1].name == "table":
                self.push(Node("tbody", {}, node.start, node.end))
            if self.stack[-1].name != "tr":
                self.push(Node("tr", {}, node.start, node.end))
            self.push(node)
            self.active.append(None)
        elif name == "tr":
            self._back_to(_ROWS | {"table"})
            if self.stack[-1].name == "table":
                self.push(Node("tbody", {}, node.start, node.end))
            self.push(node)
        elif name == "col":
            self._back_to({"colgroup", "table"})
            if self.stack[-1].name == "table":
                self.push(Node("colgroup", {}, node.start, node.end))
            self.add(node)
        else:
            self._back_to({"table"})
            self.push(node)
            if name == "caption":
                self.active.append(None)

    def _back_to(self, names: frozenset[str] | set[str]) -> None:
        while self.stack[-1].name not in names:
            self.popped(self.stack.pop())

    # -- end tags

    def close(self, tag: Tag) -> None:
        name = tag.name
        here = self.stack[-1]
        if here.name == name and name != "form":  # nothing is out of order, nearly always
            if name not in _FORMATTING:
                self.popped(self.stack.pop())
                return
            if self.active and self.active[-1] is here:
                del self.stack[-1], self.active[-1]
                return
        if here.foreign:
            for node in reversed(self.stack):
                if not node.foreign:
                    break
                if node.name == name:
                    self.pop_to(node)
                    return
        if name == "p":
            if self.in_scope("p", "button") is None:
                self.push(Node("p", {}, tag.start, tag.end))
            self.end_paragraph()
        elif name == "br":
            self.add(Node("br", {}, tag.start, tag.end))
        elif name in _FORMATTING:
            self.format_ends(name)
        elif name == "li":
            if (open := self.in_scope("li", "ol", "ul")) is not None:
                self.pop_to(open)
        elif name in ("dd", "dt"):
            if (open := self.in_scope(name)) is not None:
                self.pop_to(open)
        elif name in _HEADINGS:
            for node in reversed(self.stack):
                if node.name in _HEADINGS:
                    self.pop_to(node)
                    return
                if node.name in _FENCES:
                    return
        elif name == "form":
            if self.form is not None and self.form in self.stack and self.in_scope("form"):
                self.pop_to(self.form)
            self.form = None
        elif name in _ENDED:
            if (open := self.in_scope(name)) is not None:
                self.pop_to(open)
        elif name in _OF_TABLES or name == "table":
            for node in reversed(self.stack):
                if node.name == name:
                    self.pop_to(node)
                    return
                if node.name in ("table", ROOT, "template"):
                    return
        elif name in ("applet", "marquee", "object"):
            for node in reversed(self.stack):
                if node.name == name:
                    self.pop_to(node)
                    return
                if node.name in _FENCES:
                    return
        elif name not in VOID:
            self.any_other_end(name)

    def any_other_end(self, name: str) -> None:
        for node in reversed(self.stack):
            if node.name == name:
                self.pop_to(node)
                return
            if node.name in _SPECIAL:
                return


def _move(node: Node, to: Node) -> None:
    if node.parent is not None:
        node.parent.children.remove(node)
    node.parent = to
    to.children.append(node)
