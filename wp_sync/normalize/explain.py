"""One record told through: which rule did what to it, to which value, and why.

Runs the very code of a normalization over that record, under the rules as they are now, and turns
all that came out into `Decision` values. Writes nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.content import Cleaning, Derived, Link, Post, Related
from wp_sync.normalize.authors.authors import Authors
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.engine import Prepared, prepare
from wp_sync.normalize.links.moves import Moves, archived_addresses
from wp_sync.normalize.records import post_of
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.terms.filing import term_decision
from wp_sync.normalize.terms.terms import Terms
from wp_sync.progress import Progress, Stop

_VIA = {
    "address": "it is the address of",
    "id": "its number is that of",
    "shortlink": "it is the short address of",
    "file": "it is a file of",
    "old address": "it was once the address of",
    "old slug": "its last part was once the slug of",
    "slug": "its last part is the slug of",
    "redirect": "a redirect leads to",
}
_STATES = {
    "missing": "it points into the site, and nothing is there",
    "outside": "it is another site's",
    "fragment": "it is a place in the same text",
    "other": "it leads to no page",
}
_COMPUTED = "proposed from shared words and terms, since the post has none that visitors can follow"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the rules make of one record, decision by decision.

    ``post`` is None for a term. ``notes`` are what a person should know of the post's markup.
    """

    kind: str
    id: int
    title: str
    post: Post | None
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = ()


def explain(
    archive: SiteArchive,
    rules: Rules,
    kind: str,
    id: int,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Explanation | None:
    """Explain a post or a term; None for other kinds, which no rule concerns, and where it is not.

    Raises:
        ArchiveError: the archive can't be read.
        Interrupted: a stop was asked for.
    """
    family, _, name = kind.partition("/")
    current = next(iter(archive.current(kind, ids=[id])), None)
    if current is None or family not in ("posts", "terms") or kind == "posts/attachment":
        return None
    prepared = prepare(archive, rules, progress, stop)
    paths = _paths(prepared.taxonomies)
    if family == "terms":
        told = tuple(_with_paths(_of_term(prepared.taxonomies, rules, name, id), paths))
        return Explanation(kind, id, told[0].before if told else "", None, told)
    page = prepared.pages(kind, [current]).get(id)
    derived, notes = prepared.deriver.derive(current, page)
    moves = Moves(prepared.index, rules.links, archived_addresses(archive, rules.links))
    decisions = (
        *_with_names(_with_paths(prepared.deriver.decisions(current), paths), prepared.authors),
        *_of_related(derived.related, rules),
        *_of_links(current, derived, rules, moves, prepared),
        *_of_cleaning(derived.cleanings, rules),
    )
    return Explanation(kind, id, derived.post.title, derived.post, decisions, tuple(notes))


def _paths(taxonomies: Sequence[Terms]) -> Mapping[tuple[str, str], str]:
    return {(term.taxonomy, term.slug): term.path for each in taxonomies for term in each.terms}


def _with_paths(
    decisions: Sequence[Decision], paths: Mapping[tuple[str, str], str]
) -> Iterator[Decision]:
    """Slugs of terms as the paths that people know."""
    for one in decisions:
        family, _, taxonomy = one.concern.partition("/")
        if family != "terms":
            yield one
            continue
        there, mark, slug = one.after.partition(": ")
        if mark and (there, slug) in paths:
            yield replace(one, after=f"{there}: {paths[there, slug]}")
            continue
        before = paths.get((taxonomy, one.before), one.before) if one.action == "left" else ""
        after = paths.get((taxonomy, one.after), one.after)
        yield replace(one, before=before or one.before, after=after)


def _with_names(decisions: Iterator[Decision], authors: Authors) -> Iterator[Decision]:
    """Slugs of people as their names; of guests whom no list of the site has, only slugs are."""
    names = {author.slug: author.name for author in authors.authors}
    for one in decisions:
        if one.concern == "authors":
            before = names.get(one.before, one.before) if one.action == "trusted" else one.before
            one = replace(one, before=before, after=names.get(one.after, one.after))
        yield one


def _of_term(taxonomies: Sequence[Terms], rules: Rules, name: str, id: int) -> list[Decision]:
    digests = {rule.where: rule.digest for rule in rules.of(name).rules}
    return [
        term_decision(row, digests.get(row.rule, ""))
        for terms in taxonomies
        for row in terms.sources
        if (row.taxonomy, row.source_id) == (name, id)
    ]


def _of_related(entries: Sequence[Related], rules: Rules) -> Iterator[Decision]:
    for one in entries:
        where, _, form = one.origin.partition(":")
        why = _COMPUTED if one.origin == "computed" else f"found in {_where(where)} ({form})"
        target = f"post {one.target}" if one.target else ""
        after = " · ".join(part for part in (one.title, target) if part)
        yield Decision("related", one.state, one.url, after, why)
    if rules.related.body != "keep" and any(one.origin.startswith("content:") for one in entries):
        after = {"strip": "taken out", "replace": "one uniform block"}[rules.related.body]
        why = f'[body] do = "{rules.related.body}" in related.toml'
        yield Decision("related", "body", "the blocks in the text", after, why)


def _where(origin: str) -> str:
    return {"rest": "a plugin's field", "content": "the text", "page": "the rendered page"}.get(
        origin, origin
    )


def _of_links(
    current: Current, derived: Derived, rules: Rules, moves: Moves, prepared: Prepared
) -> Iterator[Decision]:
    base = prepared.index.base(post_of(current, {}).link)
    for link in derived.links:
        new = moves.becomes(link.url, base, current.id) if moves.needed else None
        rule = ""
        if new is not None and link.state == "outside":
            rule = _external(link, rules)
        after = new if new is not None else link.resolved or link.url
        action = "rewritten" if new is not None and new != link.url else link.state
        yield Decision("links", action, link.url, after, _why(link), rule)


def _why(link: Link) -> str:
    if link.target and link.via in _VIA:
        name = link.target_kind.partition("/")[2] or link.target_kind
        state = ", which visitors can't see" if link.state == "unpublished" else ""
        return f"{_VIA[link.via]} {name} {link.target}{state}"
    return _STATES.get(link.state, link.target_type)


def _external(link: Link, rules: Rules) -> str:
    """The place of the rule on another site's addresses that fits longest."""
    where = link.resolved.partition("://")[2].removeprefix("www.")
    fitting = [rule for rule in rules.links.external if where.startswith(rule.old)]
    return max(fitting, key=lambda rule: len(rule.old)).where if fitting else ""


def _of_cleaning(cleanings: Sequence[Cleaning], rules: Rules) -> Iterator[Decision]:
    blocks = sorted(rules.boilerplate.blocks, key=lambda block: -len(block.name))
    for one in cleanings:
        action = "done" if one.done else "reported"
        if one.rule == "boilerplate":
            named = (block.where for block in blocks if one.what.startswith(f"{block.name}, "))
            yield Decision("boilerplate", action, one.before, one.after, one.what, next(named, ""))
            continue
        mode = getattr(rules.cleaning, one.rule, "report")
        why = f'{one.what} ({one.rule} = "{mode}" in cleaning.toml)'
        yield Decision("cleaning", action, one.before, one.after, why)
