"""A body as the tree that a browser makes of it: elements, each with its place in the source.

Made by `wp_sync.audit.building`. Values; nothing is repaired in the source, nothing is rendered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

ROOT: Final = "#root"  # what no tag can be called


class Node:
    """An element: its lower-case name, attributes, children (elements, and words as they stand in
    the source), and where its start tag stands. One that the browser adds itself has no place:
    ``start`` and ``end`` are then those of the tag that brought it about."""

    __slots__ = ("attributes", "children", "end", "foreign", "name", "parent", "start")

    def __init__(
        self, name: str, attributes: Mapping[str, str], start: int, end: int, foreign: bool = False
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.start = start
        self.end = end
        self.foreign = foreign
        self.parent: Node | None = None
        self.children: list[Node | str] = []

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    def elements(self) -> Iterator[Node]:
        """The elements directly in it."""
        return (child for child in self.children if isinstance(child, Node))

    def walk(self) -> Iterator[Node]:
        """All elements in it, in the order of the document."""
        stack = [self.elements()]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                continue
            yield node
            stack.append(node.elements())

    def above(self) -> Iterator[Node]:
        """What it stands in, from the inside out, the root left out."""
        node = self.parent
        while node is not None and node.name != ROOT:
            yield node
            node = node.parent

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Tree(NamedTuple):
    """The root, whose children are the body's, and all elements by name in document order."""

    root: Node
    by_name: Mapping[str, list[Node]]

    def named(self, *names: str) -> list[Node]:
        found = [node for name in names for node in self.by_name.get(name, ())]
        return sorted(found, key=lambda node: node.start) if len(names) > 1 else found
