"""The related-posts graph for a picture: who hangs together with whom, and who with nobody.

Pure but for the rows it is handed. A picture of thousands of dots tells nothing, so of large sites
only the islands and the most linked posts are drawn; the numbers speak of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_DRAWN = 160  # dots; beyond that lines are a tangle (own choice)
_FROM_THE_MAIN = 60


@dataclass(frozen=True, slots=True)
class Graph:
    """``nodes``: (post, component, links in, links out), component 0 the largest, -1 for posts
    that neither list nor are listed. ``islands``: sizes of the other components."""

    posts: int = 0
    edges: int = 0
    main: int = 0
    islands: tuple[int, ...] = ()
    orphans: tuple[int, ...] = ()
    nodes: tuple[tuple[int, int, int, int], ...] = ()
    lines: tuple[tuple[int, int], ...] = field(default=())


class _Sets:
    """Union-find over post ids."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def top(self, one: int) -> int:
        parent = self._parent
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]
        return one

    def join(self, one: int, other: int) -> None:
        self._parent[self.top(one)] = self.top(other)

    def members(self) -> Mapping[int, Sequence[int]]:
        found: dict[int, list[int]] = {}
        for one in self._parent:
            found.setdefault(self.top(one), []).append(one)
        return found


def graph_of(posts: Iterable[int], edges: Iterable[tuple[int, int]]) -> Graph:
    """The graph of a site's posts; ``edges`` are (post, the post that it lists)."""
    sets = _Sets()
    ins: Counter[int] = Counter()
    outs: Counter[int] = Counter()
    kept: list[tuple[int, int]] = []
    for post, target in edges:
        if post != target:
            sets.join(post, target)
            outs[post] += 1
            ins[target] += 1
            kept.append((post, target))
    everyone = sorted(set(posts) | set(ins) | set(outs))
    orphans = tuple(one for one in everyone if one not in ins and one not in outs)
    groups = sorted(sets.members().values(), key=lambda group: (-len(group), min(group)))
    component = {one: number for number, group in enumerate(groups) for one in group}
    drawn = _drawn(groups, ins, outs)
    return Graph(
        len(everyone),
        len(kept),
        len(groups[0]) if groups else 0,
        tuple(len(group) for group in groups[1:]),
        orphans,
        tuple((one, component[one], ins[one], outs[one]) for one in drawn),
        tuple(edge for edge in kept if edge[0] in drawn and edge[1] in drawn),
    )


def _drawn(
    groups: Sequence[Sequence[int]], ins: Mapping[int, int], outs: Mapping[int, int]
) -> dict[int, None]:
    """Whom to draw, in a stable order: all where there is room, else islands and hubs."""

    def weight(one: int) -> tuple[int, int]:
        return -(ins.get(one, 0) + outs.get(one, 0)), one

    everyone = sorted((one for group in groups for one in group), key=weight)
    if len(everyone) <= MOST_DRAWN:
        return dict.fromkeys(everyone)
    found = dict.fromkeys(sorted(groups[0], key=weight)[:_FROM_THE_MAIN])
    for group in groups[1:]:
        if len(found) + len(group) <= MOST_DRAWN:
            found |= dict.fromkeys(sorted(group, key=weight))
    return found


def as_json(graph: Graph, named: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    """What the page draws and lists. ``named``: titles and addresses of posts."""
    index = {node[0]: number for number, node in enumerate(graph.nodes)}
    return {
        "posts": graph.posts,
        "edges": graph.edges,
        "main": graph.main,
        "islands": list(graph.islands),
        "orphans": [list(named.get(one, (f"post {one}", ""))) for one in graph.orphans[:500]],
        "orphan_count": len(graph.orphans),
        "nodes": [
            [*named.get(post, (f"post {post}", "")), component, ins, outs]
            for post, component, ins, outs in graph.nodes
        ],
        "lines": [[index[one], index[other]] for one, other in graph.lines],
    }
