"""The tree of terms while it is being put in order: its nodes, and questions about where they lead.

Knows no rules but which one a node fell to; `wp_sync.normalize.terms.order` decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from wp_sync.normalize.rules import TermRule
from wp_sync.normalize.terms.terms import SourceTerm

Key = tuple[str, int]  # taxonomy and id of a source term


@dataclass(slots=True, eq=False)
class Node:
    """A term in the making. ``taxonomy`` is where it is going; ``parent`` and ``into`` are nodes;
    ``ids`` the source's terms that end here. One that is split leads into several."""

    taxonomy: str
    name: str
    slug: str
    parent: Node | None = None
    description: str = ""
    lang: str = ""
    source: SourceTerm | None = None
    home: str = ""  # the taxonomy that its source term is of
    rule: TermRule | None = None
    why: str = ""
    into: list[Node] = field(default_factory=list)
    dropped: bool = False
    ids: list[Key] = field(default_factory=list)

    @property
    def moves(self) -> bool:
        """Whether it goes up in others, itself no longer there."""
        return bool(self.into) and self not in self.into

    def ends(self) -> list[Node]:
        """Where merges lead, each once; circles have been cut before anyone asks."""
        if not self.into:
            return [self]
        found: dict[int, Node] = {}
        for node in self.into:
            for end in [self] if node is self else node.ends():
                found.setdefault(id(end), end)
        return list(found.values())

    def end(self) -> Node:
        return self.ends()[0]


def above(start: Node, sought: Node) -> bool:
    """Whether a node stands among another one and its ancestors (or these form a circle)."""
    seen: set[int] = set()
    at: Node | None = start
    while at is not None:
        if at is sought or id(at) in seen:
            return True
        seen.add(id(at))
        at = at.parent
    return False


def leads(start: Node, sought: Node) -> bool:
    """Whether merges lead from one node to another."""
    seen: set[int] = set()
    open_ = [start]
    while open_:
        at = open_.pop()
        if at is sought:
            return True
        if id(at) not in seen:
            seen.add(id(at))
            open_ += at.into
    return False


def one_language(one: Node, other: Node) -> bool:
    return one.lang == other.lang or not one.lang or not other.lang


def like(nodes: list[Node], lang: str) -> Node:
    """Of several terms the one of a language, else one without, else the first by id."""
    ranked = sorted(nodes, key=lambda node: 0 if node.lang == lang else 1 if not node.lang else 2)
    return ranked[0]
