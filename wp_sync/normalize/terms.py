"""Terms put in order: which of the source's categories and tags become what, by the owner's rules.

Pure: the terms of one taxonomy and its rules in, `Terms` out, the same whatever the order of the
input. A term that no rule renames keeps its slug, so that its address lives on; a renamed one gets
the slug of its new name, or the one that the rule states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wp_sync.content import Term, TermSource
from wp_sync.normalize.paths import fold_path, split_path
from wp_sync.normalize.rules import Match, TaxonomyRules, TermRule
from wp_sync.normalize.text import clean_name, decoded_slug, fold, integer, string, unique

_LONGEST_NAME = 200  # wp_terms.name is varchar(200); a pattern never sees more of hostile input


@dataclass(frozen=True, slots=True)
class SourceTerm:
    """A term as the site sent it, its words decoded. ``parent`` is an id, 0 at the top."""

    id: int
    name: str
    slug: str
    parent: int = 0
    description: str = ""
    count: int = 0
    live: bool = True

    @classmethod
    def of(cls, id: int, data: Mapping[str, Any], *, live: bool = True) -> SourceTerm:
        return cls(
            id=id,
            name=clean_name(string(data.get("name"))) or decoded_slug(string(data.get("slug"))),
            slug=decoded_slug(string(data.get("slug"))) or f"term-{id}",
            parent=integer(data.get("parent")),
            description=string(data.get("description")),
            count=integer(data.get("count")),
            live=live,
        )


@dataclass(frozen=True, slots=True)
class TermNote:
    """Something about a term that a person should see. ``kind``: unmapped, refused, orphan,
    circle, clash (two rules fit), slug (taken), same-name."""

    taxonomy: str
    kind: str
    id: int
    name: str
    message: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """One taxonomy after the rules. ``slug_of`` maps a source id to its term's slug; dropped and
    refused ones are absent."""

    taxonomy: str
    terms: tuple[Term, ...] = ()
    sources: tuple[TermSource, ...] = ()
    slug_of: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[TermNote, ...] = ()


@dataclass(slots=True)
class _Node:
    """A term in the making; ``parent`` is a node, ``ids`` the source's terms that end here."""

    name: str
    slug: str
    parent: _Node | None = None
    description: str = ""
    source: SourceTerm | None = None
    rule: TermRule | None = None
    into: _Node | None = None
    dropped: bool = False
    ids: list[int] = field(default_factory=list)

    def end(self) -> _Node:
        """Where merges lead; circles have been cut before anyone asks."""
        node = self
        while node.into is not None:
            node = node.into
        return node


def order_terms(
    taxonomy: str, source: Iterable[SourceTerm], rules: TaxonomyRules, *, default_id: int = 0
) -> Terms:
    """Apply a taxonomy's rules to its terms.

    Where several rules fit a term, the more exact one wins: id, path, slug, name, pattern; among
    patterns the first in the file. ``default_id`` is the site's default category, known by its id.
    """
    return _Order(taxonomy, sorted(source, key=lambda term: term.id), rules, default_id).run()


class _Order:
    def __init__(
        self, taxonomy: str, source: list[SourceTerm], rules: TaxonomyRules, default_id: int
    ) -> None:
        self.taxonomy = taxonomy
        self.rules = rules
        self.default_id = default_id
        self.nodes = {
            term.id: _Node(term.name, term.slug, description=term.description, source=term)
            for term in source
        }
        self.made: dict[str, _Node] = {}
        self.notes: list[TermNote] = []
        self._patterns = [
            (re.compile(pattern, re.IGNORECASE), rule)
            for rule in rules.rules
            for pattern in rule.match.patterns
        ]

    def run(self) -> Terms:
        self._parents()
        paths = {id: self._path(node) for id, node in self.nodes.items()}
        self._index(paths)
        self._choose(paths)
        self._rename()
        self._merge()
        self._move()
        self._unite()
        self._drop()
        self._name_slugs()
        return self._result()

    def _note(self, kind: str, node: _Node, message: str) -> None:
        term = node.source
        where = node.rule.where if node.rule else ""
        self.notes.append(
            TermNote(self.taxonomy, kind, term.id if term else 0, node.name, message, where)
        )

    def _parents(self) -> None:
        """The source's own tree; a parent that is not there, or a circle, ends at the top."""
        for node in self.nodes.values():
            term = node.source
            if term is None or not term.parent:
                continue
            node.parent = self.nodes.get(term.parent)
            if node.parent is None:
                message = f"its parent {term.parent} is not there; it stands at the top level"
                self._note("orphan", node, message)
            elif _above(node.parent, node):
                node.parent = None
                self._note("circle", node, "its parents form a circle; it stands at the top level")

    def _path(self, node: _Node) -> str:
        names = []
        at: _Node | None = node
        while at is not None:
            names.append(at.name)
            at = at.parent
        return " > ".join(reversed(names))

    def _index(self, paths: Mapping[int, str]) -> None:
        self.by_path: dict[str, _Node] = {}
        self.by_name: dict[str, list[_Node]] = {}
        self.by_slug: dict[str, _Node] = {}
        for id, node in self.nodes.items():
            self.by_path.setdefault(fold_path(paths[id]), node)
            self.by_name.setdefault(fold(node.name), []).append(node)
            self.by_slug.setdefault(node.slug.lower(), node)

    def _choose(self, paths: Mapping[int, str]) -> None:
        exact: dict[tuple[str, str], TermRule] = {}
        for rule in self.rules.rules:
            match: Match = rule.match
            for kind, values in (
                ("id", match.ids),
                ("path", match.paths),
                ("slug", match.slugs),
                ("name", match.names),
            ):
                for value in values:
                    exact.setdefault((kind, str(value)), rule)
        for id, node in self.nodes.items():
            keys = (
                ("id", str(id)),
                ("path", fold_path(paths[id])),
                ("slug", node.slug.lower()),
                ("name", fold(node.name)),
            )
            fitting = [exact[key] for key in keys if key in exact]
            if self._patterns:
                name = node.name[:_LONGEST_NAME]
                fitting += [rule for pattern, rule in self._patterns if pattern.fullmatch(name)]
            if fitting:
                node.rule = fitting[0]
                others = sorted({rule.where for rule in fitting[1:] if rule is not fitting[0]})
                if others:
                    message = f"also fits the rule at {', '.join(others)}; the more exact one won"
                    self._note("clash", node, message)
            elif self.rules.unmapped == "report":
                self._note("unmapped", node, "no rule names it; it is kept")
            elif self.rules.unmapped == "refuse":
                self._note("refused", node, "no rule names it, and such terms are refused")

    def _rename(self) -> None:
        for node in self.nodes.values():
            rule = node.rule
            if rule is None:
                continue
            if rule.name and rule.name != node.name:
                node.name = rule.name
                node.slug = "" if not rule.slug else node.slug
            if rule.slug:
                node.slug = rule.slug

    def _target(self, path: str) -> _Node:
        """The term that a path, a slug or a name means, made where there is none yet."""
        folded = fold_path(path)
        if folded in self.by_path:
            return self.by_path[folded]
        names = split_path(path)
        if len(names) == 1:
            if names[0].lower() in self.by_slug:
                return self.by_slug[names[0].lower()]
            named = self.by_name.get(folded, [])
            if len(named) == 1:
                return named[0]
        for node in self.nodes.values():  # a name that a rule gives
            if node.rule and fold_path(self._path(node)) == folded:
                return node
        if folded not in self.made:
            parent = self._target(" > ".join(names[:-1])) if len(names) > 1 else None
            self.made[folded] = _Node(names[-1] if names else path, "", parent=parent)
        return self.made[folded]

    def _merge(self) -> None:
        for node in self.nodes.values():
            if node.rule and node.rule.into:
                target = self._target(node.rule.into)
                if target is node:
                    continue
                at: _Node | None = target
                while at is not None and at is not node:
                    at = at.into
                if at is node:
                    self._note("circle", node, "merging it would form a circle; it is kept")
                else:
                    node.into = target

    def _move(self) -> None:
        for node in self.nodes.values():
            if node.rule is None or node.rule.under is None:
                continue
            parent = self._target(node.rule.under) if split_path(node.rule.under) else None
            if parent is not None and (parent is node or _above(parent, node)):
                self._note("circle", node, "it would stand under itself; it stays where it was")
                continue
            node.parent = parent

    def _unite(self) -> None:
        """A rule that gives a term the place and name of another one means that other one."""
        there: dict[tuple[int, str], _Node] = {}
        nodes = [*self.nodes.values(), *self.made.values()]
        for ruled in (False, True):
            for node in nodes:
                changed = node.rule is not None and bool(node.rule.name or node.rule.under)
                if node.into is not None or changed is not ruled or self._gone(node):
                    continue
                parent = node.parent.end() if node.parent else None
                key = (id(parent), fold(node.name))
                other = there.setdefault(key, node)
                if other is node:
                    continue
                if ruled and not (node.rule and node.rule.slug):
                    if not _above(other, node):
                        node.into = other
                else:
                    self._note("same-name", node, f'"{self._path(node)}" is there twice')

    def _gone(self, node: _Node) -> bool:
        if node.rule is not None:
            return node.rule.drop
        return node.source is not None and self.rules.unmapped == "refuse"

    def _drop(self) -> None:
        for node in self.nodes.values():
            node.dropped = node.into is None and self._gone(node)
        for node in [*self.nodes.values(), *self.made.values()]:
            # Children follow what their parent was merged into, and rise past what was dropped.
            seen = 0
            while node.parent is not None and (node.parent.into or node.parent.dropped):
                up = node.parent
                node.parent = up.into if up.into is not None else up.parent
                seen += 1
                if node.parent is node or seen > len(self.nodes) + len(self.made):
                    node.parent = None
        for node in [*self.nodes.values(), *self.made.values()]:
            if node.parent is not None and _above(node.parent, node):
                node.parent = None
                self._note("circle", node, "it would stand under itself; it goes to the top")

    def _kept(self) -> list[_Node]:
        kept = [node for node in self.nodes.values() if node.into is None and not node.dropped]
        kept += [node for node in self.made.values() if node.into is None]
        needed = {id(node.end()) for node in self.nodes.values()}
        for node in list(kept):
            at = node.parent
            while at is not None:
                needed.add(id(at))
                at = at.parent
        return [node for node in kept if node.source is not None or id(node) in needed]

    def _name_slugs(self) -> None:
        """Slugs unique in the taxonomy: those that stay have the first claim, in order of id."""
        taken: set[str] = set()
        later = []
        for node in self._kept():
            kept = node.source is not None and node.slug == node.source.slug
            if kept and node.slug not in taken:
                taken.add(node.slug)
            else:
                later.append(node)
        for node in later:
            fallback = f"term-{node.source.id}" if node.source else "term"
            wanted = node.slug or self.rules.slugs.slug(node.name, fallback)
            node.slug = unique(wanted, taken)
            if node.slug != wanted:
                message = f'the slug "{wanted}" is taken; it has "{node.slug}"'
                self._note("slug", node, message)
            taken.add(node.slug)

    def _result(self) -> Terms:
        slug_of: dict[int, str] = {}
        sources = []
        for id, node in self.nodes.items():
            end = node.end()
            action = self._action(node)
            gone = end.dropped
            if not gone:
                slug_of[id] = end.slug
                end.ids.append(id)
            term = node.source
            sources.append(
                TermSource(
                    taxonomy=self.taxonomy,
                    source_id=id,
                    source_name=term.name if term else "",
                    source_slug=term.slug if term else "",
                    action=action,
                    to_taxonomy="" if gone else self.taxonomy,
                    to_slug="" if gone else end.slug,
                    rule=node.rule.where if node.rule else "",
                )
            )
        terms = [self._term(node) for node in self._kept()]
        return Terms(
            taxonomy=self.taxonomy,
            terms=tuple(sorted(terms, key=lambda term: term.slug)),
            sources=tuple(sources),
            slug_of=slug_of,
            notes=tuple(sorted(self.notes, key=lambda note: (note.kind, note.id, note.message))),
        )

    def _action(self, node: _Node) -> str:
        rule, term = node.rule, node.source
        if node.into is not None:
            return "merged"
        if rule is None:
            return {"report": "unmapped", "refuse": "refused"}.get(self.rules.unmapped, "kept")
        if node.dropped:
            return "dropped"
        if term is not None and (node.name != term.name or node.slug != term.slug):
            return "renamed"
        before = self.nodes.get(term.parent) if term else None
        return "moved" if rule.under is not None and node.parent is not before else "kept"

    def _term(self, node: _Node) -> Term:
        counts = [self.nodes[id].source for id in node.ids]
        return Term(
            taxonomy=self.taxonomy,
            slug=node.slug,
            name=node.name,
            path=self._path(node),
            parent=node.parent.slug if node.parent else "",
            description=node.description,
            source_ids=tuple(node.ids),
            source_count=sum(term.count for term in counts if term),
            default=self.default_id in node.ids if self.default_id else False,
        )


def _above(start: _Node, sought: _Node) -> bool:
    """Whether a node stands among another one and its ancestors (or these form a circle)."""
    seen: set[int] = set()
    at: _Node | None = start
    while at is not None:
        if at is sought or id(at) in seen:
            return True
        seen.add(id(at))
        at = at.parent
    return False


def default_category(site: Mapping[str, Any]) -> int:
    """The id of the site's default category from what the site says of itself; 0 if it does not.

    By id, never by name: WordPress localises the words "Uncategorized" and "uncategorized".
    """
    settings = site.get("settings")
    inner = settings.get("default_category") if isinstance(settings, Mapping) else None
    return integer(inner) or integer(site.get("default_category"))
