"""Which terms one post is filed under, by what the site says and what the rules make of it.

Pure: a record's own ids, the terms after the rules and the rules on posts in; rows and, where asked
for, every decision behind them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wp_sync.content import Post, PostTerm, TermSource
from wp_sync.normalize.authors.authors import Authors
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.links.urls import UrlIndex
from wp_sync.normalize.rules import Rules, TaxonomyRules, digest
from wp_sync.normalize.terms.assign import Asked, Ready, author_words, ready
from wp_sync.normalize.terms.paths import fold_path
from wp_sync.normalize.terms.terms import Terms
from wp_sync.normalize.text import fold, integer, string

# The fields that file a post under the built-in taxonomies; others are named like the taxonomy
# unless they state a rest_base.
TERM_FIELDS = {"category": ("categories",), "post_tag": ("tags",)}
# Where plugins keep a post's primary term: Yoast, Rank Math, The SEO Framework.
_PRIMARY = ("_yoast_wpseo_primary_{}", "rank_math_primary_{}", "_primary_term_{}")

_Key = tuple[str, int]


class Filing:
    """Files posts one by one; made once a run from what all posts share."""

    def __init__(
        self,
        taxonomies: Sequence[Terms],
        rules: Rules | None = None,
        authors: Authors | None = None,
        default_id: int = 0,
    ) -> None:
        self._terms = {terms.taxonomy: terms for terms in taxonomies}
        self._rules = rules or Rules()
        self._authors = author_words(authors or Authors())
        self._assign: dict[str, list[Ready]] = {}
        self._digests: dict[str, str] = {}  # of the rules by their place
        for name in self._terms:
            of: TaxonomyRules = self._rules.of(name)
            if of.assign:
                self._assign[name] = ready(name, of.assign, self._terms, default_id)
            self._digests.update((rule.where, rule.digest) for rule in of.rules)
            self._digests.update((rule.where, rule.digest) for rule in of.assign)
        self._named: dict[str, dict[str, str]] = {}
        self._depth = {
            (term.taxonomy, term.slug): term.path.count(" > ")
            for terms in taxonomies
            for term in terms.terms
        }

    @property
    def context(self) -> list[Any]:
        """All that may file a post elsewhere, beside its own record: for a digest."""
        return [
            [
                name,
                sorted(terms.places.items()),
                sorted(terms.targets.items()),
                self._rules.of(name).primary,
                [
                    [each.rule.digest, sorted(each.left), sorted(each.concerns or ())]
                    for each in self._assign.get(name, ())
                ],
            ]
            for name, terms in sorted(self._terms.items())
        ]

    def term_digests(self) -> dict[str, dict[int, str]]:
        """What each of the source's terms, by taxonomy and id, comes to for posts that have it."""
        deepest = {name for name in self._terms if self._rules.of(name).primary == "deepest"}
        return {
            name: {
                id: digest(
                    [
                        places,
                        terms.slug_of.get(id),
                        [self._depth.get(place) for place in places if place[0] in deepest],
                    ]
                )
                for id, places in terms.places.items()
            }
            for name, terms in self._terms.items()
        }

    def rules_on_posts(self) -> Iterator[tuple[str, str, frozenset[_Key] | None]]:
        """Each rule on posts in its order: taxonomy, digest of all it does, whom it concerns.

        The last are the source's terms without one of which no post meets it; None is any post.
        """
        for name, rules in self._assign.items():
            targets = self._terms[name].targets
            for each in rules:
                ways = [
                    (slug := targets.get(to, ""), self._depth.get((name, slug)))
                    for to in each.rule.to
                ]
                asked = [sorted(part.ids) for part in (*each.when, *each.some, *each.none)]
                primary = self._slug_of(name, each.rule.primary) if each.rule.primary else ""
                parts = [each.rule.digest, sorted(each.left), ways, asked, primary]
                yield name, digest(parts), each.concerns

    def source_terms(self, data: Mapping[str, Any]) -> Iterator[_Key]:
        """The source's terms, (taxonomy, id), that a record files itself under."""
        return ((name, id) for name in self._terms for id in ids_of(data, name))

    def file(
        self,
        post: Post,
        data: Mapping[str, Any],
        index: UrlIndex,
        trace: list[Decision] | None = None,
    ) -> list[PostTerm]:
        """A post's terms, each once, in the post's own order; ``trace`` takes the decisions."""
        ids = {name: ids_of(data, name) for name in self._terms}
        filed: dict[str, dict[str, str]] = {name: {} for name in self._terms}
        for own in (True, False):  # what came from another taxonomy stands last
            for name, terms in self._terms.items():
                for id in ids[name]:
                    for taxonomy, slug in terms.places.get(id, ()):
                        if (taxonomy == name) is own:
                            filed.setdefault(taxonomy, {}).setdefault(slug, "")
        if trace is not None:
            trace += self._traced(ids)
        if self._assign:
            self._reassign(post, ids, filed, trace)
        found: list[PostTerm] = []
        for name, slugs in filed.items():
            if slugs:
                first = self._primary(post, data, name, ids, slugs, index, trace)
                found += [
                    PostTerm(name, slug, position, slug == first, rule)
                    for position, (slug, rule) in enumerate(slugs.items())
                ]
        return found

    def _traced(self, ids: Mapping[str, Sequence[int]]) -> Iterator[Decision]:
        for name, terms in self._terms.items():
            mine = set(ids[name])
            for row in terms.sources:
                if row.source_id in mine:
                    yield term_decision(row, self._digests.get(row.rule, ""))

    def _reassign(
        self,
        post: Post,
        ids: Mapping[str, Sequence[int]],
        filed: dict[str, dict[str, str]],
        trace: list[Decision] | None,
    ) -> None:
        keys = frozenset((name, id) for name, found in ids.items() for id in found)
        asked = Asked(post, keys, self._authors.get(post.author, frozenset({fold(post.author)})))
        for name, rules in self._assign.items():
            terms = self._terms[name]
            leaving: set[_Key] = set()
            going: dict[str, str] = {}
            for each in rules:
                if not each.rule.to or not (why := each.why(asked)):
                    continue
                digest = each.rule.digest
                leaving |= each.left & keys
                for path in each.rule.to:
                    slug = terms.targets.get(path, "")
                    if not slug or slug in going:
                        continue
                    going[slug] = digest
                    if trace is not None and slug not in filed[name]:
                        decision = ("assigned", "", slug, why, each.rule.where, digest)
                        trace.append(Decision(f"terms/{name}", *decision))
            stays = {
                place[1]
                for id in ids[name]
                if (name, id) not in leaving
                for place in terms.places.get(id, ())
                if place[0] == name
            }
            gone = (
                {place[1] for _, id in leaving for place in terms.places.get(id, ())}
                - stays
                - going.keys()
            )
            for slug in [slug for slug in filed[name] if slug in gone]:
                del filed[name][slug]
                if trace is not None:
                    trace.append(
                        Decision(f"terms/{name}", "left", slug, "", "a rule moved the post")
                    )
            for slug, digest in going.items():
                filed[name].setdefault(slug, digest)

    # -- the primary term

    def _primary(
        self,
        post: Post,
        data: Mapping[str, Any],
        name: str,
        ids: Mapping[str, Sequence[int]],
        slugs: Mapping[str, str],
        index: UrlIndex,
        trace: list[Decision] | None,
    ) -> str:
        """The slug of the primary term: what a rule says, else a plugin, else the policy."""
        told = Decision(f"terms/{name}", "primary", "", "")
        for each in self._assign.get(name, ()):
            if not (path := each.rule.primary):
                continue
            slug = self._slug_of(name, path)
            keys = frozenset((of, id) for of, found in ids.items() for id in found)
            author = self._authors.get(post.author, frozenset({fold(post.author)}))
            if slug in slugs and (why := each.why(Asked(post, keys, author))):
                _tell(trace, told, slug, why, each.rule.where, each.rule.digest)
                return slug
        terms = self._terms.get(name)
        said = _said(data, terms, ids.get(name, ()), index) if terms else ""
        if said in slugs:
            _tell(trace, told, said, "a plugin says so")
            return said
        policy = self._rules.of(name).primary
        if policy == "keep":
            return ""
        first = next(iter(slugs))
        if policy == "deepest":
            first = max(slugs, key=lambda slug: self._depth.get((name, slug), 0))
        _tell(trace, told, first, f'primary = "{policy}" where no plugin says')
        return first

    def _slug_of(self, name: str, path: str) -> str:
        """The slug of a term after the rules, by path, slug or name."""
        if name not in self._named:
            known: dict[str, str] = {}
            terms = self._terms[name].terms
            for words in (
                [fold_path(term.path) for term in terms],
                [fold(term.slug) for term in terms],
                [fold(term.name) for term in terms],
            ):
                for word, term in zip(words, terms, strict=True):
                    known.setdefault(word, term.slug)
            self._named[name] = known
        return self._named[name].get(fold_path(path), "")


def term_decision(row: TermSource, digest: str = "") -> Decision:
    """What became of one of the source's terms, told as a decision."""
    to = (
        row.to_slug
        if row.to_taxonomy in ("", row.taxonomy)
        else f"{row.to_taxonomy}: {row.to_slug}"
    )
    why = row.why or {
        "unmapped": "no rule names it",
        "refused": "no rule names it",
        "dropped": "no rule names it",
    }.get(row.action, "no rule names it, so it stays")
    return Decision(f"terms/{row.taxonomy}", row.action, row.source_name, to, why, row.rule, digest)


def _tell(
    trace: list[Decision] | None, told: Decision, slug: str, why: str, rule: str = "", of: str = ""
) -> None:
    if trace is not None:
        trace.append(Decision(told.concern, told.action, "", slug, why, rule, of))


def ids_of(data: Mapping[str, Any], taxonomy: str) -> list[int]:
    """The ids of a taxonomy's terms that a post's record files it under, in its order."""
    for field in (*TERM_FIELDS.get(taxonomy, ()), taxonomy, f"{taxonomy}s"):
        value = data.get(field)
        if isinstance(value, list):
            return [id for each in value if (id := integer(each))]
    return []


def _said(data: Mapping[str, Any], terms: Terms, ids: Sequence[int], index: UrlIndex) -> str:
    """The slug of the term that a plugin's field names, else the one in Yoast's breadcrumbs.

    Empty where no plugin says so, or where it names a term that the post is not filed under.
    """
    meta = data.get("meta")
    places = [data, meta] if isinstance(meta, Mapping) else [data]
    for name in _PRIMARY:
        for place in places:
            value = place.get(name.format(terms.taxonomy))
            id = integer(value[0] if isinstance(value, list) and value else value)
            if id in ids:
                return terms.slug_of.get(id, "")
    last = 0
    for url in _breadcrumbs(data.get("yoast_head_json")):
        meaning = index.meaning(url, index.home)
        if meaning.kind == f"terms/{terms.taxonomy}" and meaning.target in ids:
            last = meaning.target
    return terms.slug_of.get(last, "") if last else ""


def _breadcrumbs(head: Any) -> Iterator[str]:
    """The addresses in the breadcrumbs that Yoast prints as schema.org JSON, outermost first."""
    schema = head.get("schema") if isinstance(head, Mapping) else None
    graph = schema.get("@graph") if isinstance(schema, Mapping) else None
    for piece in graph if isinstance(graph, list) else ():
        if not isinstance(piece, Mapping) or piece.get("@type") != "BreadcrumbList":
            continue
        crumbs = piece.get("itemListElement")
        for crumb in crumbs if isinstance(crumbs, list) else ():
            item = crumb.get("item") if isinstance(crumb, Mapping) else None
            url = string(item.get("@id") if isinstance(item, Mapping) else item)
            if url:
                yield url
