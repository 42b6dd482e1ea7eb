"""Terms put in order: which of the source's categories and tags become what, by the owner's rules.

Pure: the terms of all taxonomies and the rules in, `Terms` out, the same whatever the order of the
input. A term that no rule renames keeps its slug, so that its address lives on; a renamed one gets
the slug of its new name, or the one that the rule states. Where single posts go is decided by
`wp_sync.normalize.terms.assign`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from wp_sync.content import Term, TermSource
from wp_sync.normalize.choice import Chooser, others_of
from wp_sync.normalize.rules import Rules, TaxonomyRules
from wp_sync.normalize.terms.paths import fold_path, split_path
from wp_sync.normalize.terms.terms import SourceTerm, TermNote, Terms
from wp_sync.normalize.terms.tree import Key, Node, above, leads, like, one_language
from wp_sync.normalize.text import fold, unique


def order_terms(
    taxonomy: str, source: Iterable[SourceTerm], rules: TaxonomyRules, *, default_id: int = 0
) -> Terms:
    """Apply one taxonomy's rules to its terms; see `order_taxonomies`."""
    whole = Rules({taxonomy: rules})
    found = order_taxonomies({taxonomy: source}, whole, default_id=default_id)
    return next(terms for terms in found if terms.taxonomy == taxonomy)


def order_taxonomies(
    sources: Mapping[str, Iterable[SourceTerm]], rules: Rules, *, default_id: int = 0
) -> tuple[Terms, ...]:
    """Apply the rules to the terms of all taxonomies of a site, which may pass terms to each other.

    ``default_id`` is the site's default category, known by its id. A taxonomy that only a rule
    names is in the result too. The result is in order of the taxonomies' names.
    """
    ordered = {
        taxonomy: sorted(terms, key=lambda term: term.id) for taxonomy, terms in sources.items()
    }
    return _Order(dict(sorted(ordered.items())), rules, default_id).run()


class _Order:
    def __init__(
        self, sources: Mapping[str, list[SourceTerm]], rules: Rules, default_id: int
    ) -> None:
        self.rules = rules
        self.default = ("category", default_id) if default_id else None
        self.nodes: dict[Key, Node] = {}
        for taxonomy, terms in sources.items():
            for term in terms:
                self.nodes[taxonomy, term.id] = Node(
                    taxonomy,
                    term.name,
                    term.slug,
                    description=term.description,
                    lang=term.lang,
                    source=term,
                    home=taxonomy,
                )
        self.taxonomies = list(sources)
        self.unmapped = {taxonomy: rules.of(taxonomy).unmapped for taxonomy in sources}
        self.made: dict[tuple[str, str], Node] = {}
        self.named: dict[tuple[str, str], Node] | None = None
        self.wanted: dict[tuple[str, str], Node] = {}
        self.notes: list[tuple[str, TermNote]] = []

    def run(self) -> tuple[Terms, ...]:
        self._parents()
        self.folded = {key: fold(node.name) for key, node in self.nodes.items()}
        self.paths: dict[Key, str] = {}  # folded, before any rule
        for key, node in self.nodes.items():
            self._source_path(key, node)
        self._index()
        self._choose()
        self._rename()
        self._merge()
        self._move()
        self._want()
        self._unite()
        self._drop()
        for taxonomy in self._all_taxonomies():
            self._name_slugs(taxonomy)
        return self._results()

    def _everything(self) -> Iterator[Node]:
        yield from self.nodes.values()
        yield from self.made.values()

    def _note(self, kind: str, node: Node, message: str) -> None:
        term = node.source
        where = node.rule.where if node.rule else ""
        home = node.home or node.taxonomy
        note = TermNote(home, kind, term.id if term else 0, node.name, message, where)
        self.notes.append((home, note))

    # -- the source's own tree, and which rule is about which term

    def _parents(self) -> None:
        """The source's own tree; a parent that is not there, or a circle, ends at the top."""
        for node in self.nodes.values():
            term = node.source
            if term is None or not term.parent:
                continue
            node.parent = self.nodes.get((node.home, term.parent))
            if node.parent is None:
                message = f"its parent {term.parent} is not there; it stands at the top level"
                self._note("orphan", node, message)
            elif above(node.parent, node):
                node.parent = None
                self._note("circle", node, "its parents form a circle; it stands at the top level")

    def _path(self, node: Node) -> str:
        names = []
        at: Node | None = node
        while at is not None:
            names.append(at.name)
            at = at.parent
        return " > ".join(reversed(names))

    def _source_path(self, key: Key, node: Node) -> str:
        """A source term's folded path, each ancestor's made once."""
        trail = []
        at: tuple[Key, Node] | None = (key, node)
        while at is not None and at[0] not in self.paths:
            trail.append(at[0])
            up = at[1].parent
            at = ((up.home, up.source.id), up) if up is not None and up.source else None
        above = self.paths[at[0]] if at is not None else ""
        for one in reversed(trail):
            own = self.folded[one]
            own = fold_path(self.nodes[one].name) if ">" in own else own
            above = self.paths[one] = f"{above} > {own}" if above else own
        return above

    def _index(self) -> None:
        self.by_path: dict[tuple[str, str], list[Node]] = {}
        self.by_name: dict[tuple[str, str], list[Node]] = {}
        self.by_slug: dict[tuple[str, str], Node] = {}
        for key, node in self.nodes.items():
            home = node.home
            self.by_path.setdefault((home, self.paths[key]), []).append(node)
            self.by_name.setdefault((home, self.folded[key]), []).append(node)
            self.by_slug.setdefault((home, node.slug.lower()), node)

    def _choose(self) -> None:
        choosers = {
            taxonomy: Chooser(self.rules.of(taxonomy).rules) for taxonomy in self.taxonomies
        }
        for key, node in self.nodes.items():
            keys = (
                ("id", str(key[1])),
                ("path", self.paths[key]),
                ("slug", node.slug.lower()),
                ("name", self.folded[key]),
            )
            fits = choosers[node.home].fitting(keys, node.name, node.lang)
            unmapped = self.unmapped[node.home]
            if fits:
                node.rule, node.why = fits[0].rule, fits[0].why
                if others := others_of(fits):
                    self._note("clash", node, f"also fits the rule at {others}; the surer one won")
            elif unmapped == "report":
                self._note("unmapped", node, "no rule names it; it is kept")
            elif unmapped == "refuse":
                self._note("refused", node, "no rule names it, and such terms are refused")

    # -- what becomes of them

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

    def _target(self, path: str, taxonomy: str, lang: str = "") -> Node:
        """The term that a path, a slug or a name means, made where there is none yet.

        Of twins in several languages the one of the asker's language is meant.
        """
        folded = fold_path(path)
        if there := self.by_path.get((taxonomy, folded)):
            return like(there, lang)
        names = split_path(path)
        if len(names) == 1:
            named = self.by_name.get((taxonomy, folded), [])
            if (taxonomy, names[0].lower()) in self.by_slug:
                found = self.by_slug[taxonomy, names[0].lower()]
                if len(named) > 1:
                    message = "several terms bear that name; the one with that slug is meant"
                    self._note("ambiguous", found, message)
                return found
            alike = [node for node in named if node.lang == lang] if len(named) > 1 else named
            if len(alike) == 1:
                return alike[0]
        if self.named is None:  # names that rules give
            self.named = {}
            for node in self.nodes.values():
                if node.rule:
                    key = (node.rule.taxonomy or node.home, fold_path(self._path(node)))
                    self.named.setdefault(key, node)
        if (taxonomy, folded) in self.named:
            return self.named[taxonomy, folded]
        if (taxonomy, folded) not in self.made:
            parent = self._target(" > ".join(names[:-1]), taxonomy) if len(names) > 1 else None
            node = Node(taxonomy, names[-1] if names else path, "", parent=parent)
            self.made[taxonomy, folded] = node
            if len(names) == 1 and len(self.by_name.get((taxonomy, folded), [])) > 1:
                self._note("ambiguous", node, "several terms bear that name; a new one was made")
        return self.made[taxonomy, folded]

    def _merge(self) -> None:
        for node in self.nodes.values():
            rule = node.rule
            if rule is None:
                continue
            into: list[Node] = []
            for target in rule.into:
                taxonomy = target.taxonomy or rule.taxonomy or node.home
                found = self._target(target.path, taxonomy, node.lang)
                if found is not node and leads(found, node):
                    self._note("circle", node, "merging it would form a circle; it is kept")
                elif found not in into:
                    into.append(found)
            if into != [node]:
                node.into = into
            if rule.taxonomy and not rule.into:
                node.taxonomy, node.parent = rule.taxonomy, None

    def _move(self) -> None:
        for node in self.nodes.values():
            if node.rule is None or node.rule.under is None:
                continue
            under = node.rule.under
            parent = self._target(under, node.taxonomy, node.lang) if split_path(under) else None
            if parent is not None and (parent is node or above(parent, node)):
                self._note("circle", node, "it would stand under itself; it stays where it was")
                continue
            node.parent = parent

    def _want(self) -> None:
        """The terms that rules on posts send posts to."""
        for taxonomy in sorted(self.rules.taxonomies):
            for rule in self.rules.of(taxonomy).assign:
                for path in rule.to:
                    self.wanted[taxonomy, path] = self._target(path, taxonomy)
        self.kept_for_posts = {id(node) for node in self.wanted.values()}

    def _unite(self) -> None:
        """A rule that gives a term the place and name of another one means that other one.

        Unless both are of different languages: twins bear one name with good reason.
        """
        there: dict[tuple[str, int, str], list[Node]] = {}
        for ruled in (False, True):
            for node in self._everything():
                rule = node.rule
                changed = bool(rule and (rule.name or rule.under or rule.taxonomy))
                if node.moves or changed is not ruled or self._gone(node):
                    continue
                parent = node.parent.end() if node.parent else None
                key = (node.taxonomy, id(parent), self._folded(node))
                same = there.setdefault(key, [])
                other = next((one for one in same if one_language(one, node)), None)
                same.append(node)
                if other is None:
                    continue
                if ruled and not (rule and rule.slug):
                    if not above(other, node) and not leads(other, node):
                        node.into = [other]
                else:
                    self._note("same-name", node, f'"{self._path(node)}" is there twice')

    def _folded(self, node: Node) -> str:
        source = node.source
        if source is not None and node.name == source.name:
            return self.folded[node.home, source.id]
        return fold(node.name)

    def _gone(self, node: Node) -> bool:
        if node.rule is not None:
            return node.rule.drop
        unmapped = self.unmapped[node.home] if node.source is not None else "keep"
        return unmapped in ("drop", "refuse") and id(node) not in self.kept_for_posts

    def _drop(self) -> None:
        for node in self.nodes.values():
            node.dropped = not node.into and self._gone(node)
        size = len(self.nodes) + len(self.made)
        for node in self._everything():
            # Children follow what their parent was merged into, and rise past what was dropped or
            # went to another taxonomy.
            seen = 0
            while (up := node.parent) is not None and (
                up.moves or up.dropped or up.taxonomy != node.taxonomy
            ):
                node.parent = up.end() if up.moves else self._before(up)
                seen += 1
                if node.parent is node or seen > size:
                    node.parent = None
        for node in self._everything():
            if node.parent is not None and above(node.parent, node):
                node.parent = None
                self._note("circle", node, "it would stand under itself; it goes to the top")

    def _before(self, node: Node) -> Node | None:
        """The parent of a term that is no longer in the way of its children."""
        if node.dropped or node.source is None:
            return node.parent
        return self.nodes.get((node.home, node.source.parent))

    # -- slugs and results

    def _all_taxonomies(self) -> list[str]:
        here = {node.taxonomy for node in self._everything()}
        return sorted(here | set(self.taxonomies) | set(self.rules.taxonomies))

    def _kept(self, taxonomy: str) -> list[Node]:
        needed = {id(end) for node in self.nodes.values() for end in node.ends()}
        needed |= {id(end) for node in self.wanted.values() for end in node.ends()}
        nodes = [node for node in self._everything() if node.taxonomy == taxonomy]
        kept = [node for node in nodes if not node.moves and not node.dropped]
        for node in list(kept):
            at = node.parent if node.source is not None or id(node) in needed else None
            while at is not None and id(at) not in needed:
                needed.add(id(at))
                at = at.parent
        return [node for node in kept if node.source is not None or id(node) in needed]

    def _name_slugs(self, taxonomy: str) -> None:
        """Slugs unique in the taxonomy: those that stay have the first claim, in order of id."""
        options = self.rules.of(taxonomy).slugs
        taken: set[str] = set()
        later = []
        for node in self._kept(taxonomy):
            source = node.source
            stays = source is not None and node.home == taxonomy and node.slug == source.slug
            if stays and node.slug not in taken:
                taken.add(node.slug)
            else:
                later.append(node)
        for node in later:
            fallback = f"term-{node.source.id}" if node.source else "term"
            wanted = node.slug or options.slug(node.name, fallback)
            node.slug = unique(wanted, taken)
            if node.slug != wanted:
                message = f'the slug "{wanted}" is taken; it has "{node.slug}"'
                self._note("slug", node, message)
            taken.add(node.slug)

    def _results(self) -> tuple[Terms, ...]:
        sources: dict[str, list[TermSource]] = {}
        places: dict[str, dict[int, tuple[tuple[str, str], ...]]] = {}
        for key, node in self.nodes.items():
            ends = [end for end in node.ends() if not end.dropped]
            for end in ends:
                end.ids.append(key)
            if ends:
                places.setdefault(node.home, {})[key[1]] = tuple(
                    (end.taxonomy, end.slug) for end in ends
                )
            sources.setdefault(node.home, []).extend(self._rows(node, ends))
        return tuple(
            Terms(
                taxonomy=taxonomy,
                terms=tuple(
                    sorted(
                        (self._term(node) for node in self._kept(taxonomy)),
                        key=lambda term: term.slug,
                    )
                ),
                sources=tuple(sources.get(taxonomy, ())),
                slug_of={
                    id: next(slug for of, slug in found if of == taxonomy)
                    for id, found in places.get(taxonomy, {}).items()
                    if any(of == taxonomy for of, _ in found)
                },
                places=places.get(taxonomy, {}),
                targets={
                    path: node.end().slug
                    for (of, path), node in self.wanted.items()
                    if of == taxonomy and not node.end().dropped
                },
                source_paths={
                    key[1]: fold_path(path)
                    for key, path in self.paths.items()
                    if key[0] == taxonomy
                },
                notes=tuple(
                    sorted(
                        {note for home, note in self.notes if home == taxonomy},
                        key=lambda note: (note.kind, note.id, note.message),
                    )
                ),
            )
            for taxonomy in self._all_taxonomies()
        )

    def _rows(self, node: Node, ends: list[Node]) -> Iterator[TermSource]:
        assert node.source is not None
        action = self._action(node, ends)
        to: list[Node | None] = [*ends] or [None]
        for end in to:
            yield TermSource(
                taxonomy=node.home,
                source_id=node.source.id,
                source_name=node.source.name,
                source_slug=node.source.slug,
                action=action,
                to_taxonomy=end.taxonomy if end else "",
                to_slug=end.slug if end else "",
                rule=node.rule.where if node.rule else "",
                why=node.why,
            )

    def _action(self, node: Node, ends: list[Node]) -> str:
        rule, term = node.rule, node.source
        unmapped = self.unmapped[node.home]
        if not ends:
            refused = rule is None and unmapped == "refuse" and not node.into
            return "refused" if refused else "dropped"
        if len(ends) > 1:
            return "split"
        if node.into:
            return "merged"
        if rule is None:
            return "unmapped" if unmapped == "report" else "kept"
        if node.taxonomy != node.home:
            return "moved"
        if term is not None and (node.name != term.name or node.slug != term.slug):
            return "renamed"
        before = self.nodes.get((node.home, term.parent)) if term else None
        return "moved" if rule.under is not None and node.parent is not before else "kept"

    def _term(self, node: Node) -> Term:
        found = [self.nodes[key].source for key in node.ids]
        return Term(
            taxonomy=node.taxonomy,
            slug=node.slug,
            name=node.name,
            path=self._path(node),
            parent=node.parent.slug if node.parent else "",
            description=node.description,
            source_ids=tuple(id for _, id in node.ids),
            source_count=sum(term.count for term in found if term),
            default=self.default in node.ids,
        )
