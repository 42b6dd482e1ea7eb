"""Mapping files held against an archive: rules that meet nothing, names that nothing maps.

Pure: terms, people and rules in, findings out. Whether the files make sense by themselves is seen
when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wp_sync.errors import NOWHERE, Place
from wp_sync.normalize.authors.authors import Authors, SourceAuthor, fitting
from wp_sync.normalize.choice import LONGEST_NAME, Chooser
from wp_sync.normalize.mapping_files.shared import claims
from wp_sync.normalize.rules import AuthorRule, AuthorRules, Match, Rules, TaxonomyRules, TermRule
from wp_sync.normalize.terms.assign import named_ids
from wp_sync.normalize.terms.paths import fold_path
from wp_sync.normalize.terms.terms import SourceTerm, Terms
from wp_sync.normalize.text import fold
from wp_sync.toml import nearest

_NEAR = 4  # characters that two spellings may differ in length
_MOST_ALIKE = 300  # names that one is compared with


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the mapping files that a person should see.

    ``code``: no-match (a rule, or one of the things it names, meets nothing), no-effect (a surer
    rule takes all it fits), no-term (a condition names a term that is not there), new-term (a rule
    names a place that is not there yet and is made), unmapped, login-like, or a term note's kind.
    ``serious`` ones mean a rule does not do what it says.
    """

    code: str
    concern: str
    message: str
    place: Place = NOWHERE
    hint: str = ""
    serious: bool = True
    name: str = ""


def check_terms(
    sources: Mapping[str, Sequence[SourceTerm]], rules: Rules, ordered: Sequence[Terms]
) -> Iterator[Finding]:
    """The files on terms. ``ordered`` is what the rules made of the sources."""
    all_terms = {terms.taxonomy: terms for terms in ordered}
    for taxonomy, of in sorted(rules.taxonomies.items()):
        terms = all_terms[taxonomy]
        source = sources.get(taxonomy, ())
        if not source and (of.rules or of.assign):
            place = place_of((of.rules or of.assign)[0].where)
            message = f'the archive has no terms of the taxonomy "{taxonomy}"'
            hint = _near(taxonomy, sources) or "pull the site, or take the file away"
            yield Finding("no-match", f"terms/{taxonomy}", message, place, hint)
            continue
        known = [
            (
                [("id", str(term.id)), ("path", terms.source_paths[term.id]),
                 ("slug", term.slug.lower()), ("name", fold(term.name))],
                term.name, term.lang,
            )
            for term in source
        ]  # fmt: skip
        winners = {row.rule for row in terms.sources}
        yield from _met(f"terms/{taxonomy}", of.rules, known, winners)
        yield from _conditions(of, all_terms)
        yield from _made(of, terms)
        yield from _unmapped(of, terms)
    for terms in ordered:
        for note in terms.notes:
            if note.kind not in ("unmapped", "refused"):
                concern = f"terms/{terms.taxonomy}"
                hint = "" if note.rule else "a rule can say what becomes of it"
                yield Finding(
                    note.kind, concern, note.message, place_of(note.rule), hint,
                    note.kind in ("circle", "ambiguous") and bool(note.rule), note.name,
                )  # fmt: skip


def check_authors(
    source: Sequence[SourceAuthor], rules: AuthorRules, ordered: Authors
) -> Iterator[Finding]:
    """The file on authors."""
    known = [
        (
            [("slug", user.slug.lower()), ("name", fold(user.name)),
             *([] if user.guest else [("id", str(user.id))])],
            user.name, "",
        )
        for user in source
    ]  # fmt: skip
    chooser = Chooser(rules.rules)
    winners = {fits[0].rule.where for user in source if (fits := fitting(chooser, user))}
    yield from _met("authors", rules.rules, known, winners)
    for note in ordered.notes:
        hint = "say who it is with a rule" if note.kind == "login-like" else ""
        serious = note.kind == "refused"
        place = place_of(note.rule)
        yield Finding(note.kind, "authors", note.message, place, hint, serious, note.name)


_Known = Sequence[tuple[Sequence[tuple[str, str]], str, str]]


def _met(
    concern: str, rules: Sequence[TermRule | AuthorRule], known: _Known, winners: Collection[str]
) -> Iterator[Finding]:
    """Rules that meet nothing, or never win."""
    there: dict[str, set[str]] = {}
    for keys, _, _ in known:
        for kind, value in keys:
            there.setdefault(kind, set()).add(value)
    for rule in rules:
        place = place_of(rule.where)
        missing = [
            (kind, value)
            for kind, value in claims(rule.match)
            if (kind != "pattern" and value not in there.get(kind, ()))
            or (
                (kind == "pattern" or rule.match.langs)
                and not _met_by((kind, value), rule.match, known)
            )
        ]
        total = len(list(claims(rule.match)))
        for kind, value in missing:
            message = f'nothing on the site has the {kind} "{value}"'
            if kind == "pattern":
                message = f'the pattern "{value}" fits no name of the site'
            if len(missing) == total and total == 1:
                message = f"the rule matches nothing: {message}"
            hint = "" if kind in ("id", "pattern") else _near(value, there.get(kind, ()))
            yield Finding("no-match", concern, message, place, hint)
        if len(missing) < total and rule.where not in winners:
            message = "the rule has no effect: surer rules take all that it fits"
            yield Finding(
                "no-effect", concern, message, place, "take it away, or narrow the others"
            )


def _met_by(claim: tuple[str, str], match: Match, known: _Known) -> bool:
    """Whether anything of the rule's languages is what one of its claims says."""
    kind, value = claim
    some = [one for one in known if not match.langs or one[2] in match.langs]
    if kind == "pattern":
        pattern = re.compile(value, re.IGNORECASE)
        return any(pattern.fullmatch(name[:LONGEST_NAME]) for _, name, _ in some)
    return any(claim in keys for keys, _, _ in some)


def _conditions(of: TaxonomyRules, all_terms: Mapping[str, Terms]) -> Iterator[Finding]:
    for rule in of.assign:
        for condition in (rule.when, rule.some, rule.none):
            for taxonomy, name in condition.terms:
                terms = all_terms.get(taxonomy)
                if terms is None or not named_ids(terms, [name]):
                    names = {fold(row.source_name) for row in terms.sources} if terms else set()
                    message = f'no term of "{taxonomy}" is called "{name}"'
                    concern = f"terms/{of.taxonomy}"
                    yield Finding(
                        "no-term", concern, message, place_of(rule.where), _near(name, names)
                    )


def _made(of: TaxonomyRules, terms: Terms) -> Iterator[Finding]:
    """Places that rules name and that are not there yet: meant, or mistyped."""
    before = set(terms.source_paths.values())
    places = _places(of)
    own = {row.to_slug for row in terms.sources if row.action not in ("merged", "split")}
    for term in terms.terms:
        path = fold_path(term.path)
        if term.slug in own or not (rule := places.get(path, "")):
            continue
        message = f'"{term.path}" is not on the site yet; it is made'
        concern = f"terms/{of.taxonomy}"
        yield Finding("new-term", concern, message, place_of(rule), _near(path, before), False)


def _places(of: TaxonomyRules) -> dict[str, str]:
    """Every path that a rule names, and the places above it, with the rule; exact ones go first."""
    named = [(fold_path(to), rule.where) for rule in of.assign for to in rule.to]
    for rule in of.rules:
        named += [(fold_path(target.path), rule.where) for target in rule.into]
        named += [(fold_path(rule.under), rule.where)] if rule.under else []
    places: dict[str, str] = {}
    for path, where in named:
        places.setdefault(path, where)
    for path, where in named:
        while " > " in path:
            path = path.rpartition(" > ")[0]
            places.setdefault(path, where)
    return places


def _unmapped(of: TaxonomyRules, terms: Terms) -> Iterator[Finding]:
    if not of.rules and of.unmapped == "keep":
        return
    done = {"keep": "it stays", "report": "it stays", "drop": "it is dropped"}
    for row in terms.sources:
        if not row.rule:
            message = f"no rule names it; {done.get(of.unmapped, 'it is refused')}"
            serious = of.unmapped == "refuse"
            concern = f"terms/{of.taxonomy}"
            yield Finding("unmapped", concern, message, NOWHERE, "", serious, row.source_name)


def _near(word: str, names: Collection[str]) -> str:
    """A hint at the name that may be meant; none where there are too many to compare with."""
    alike = [name for name in names if abs(len(name) - len(word)) <= _NEAR]
    if len(alike) > _MOST_ALIKE:
        alike = [name for name in alike if name[:1] == word[:1]][:_MOST_ALIKE]
    found = nearest(word, alike)
    return f'did you mean "{found}"?' if found else ""


def place_of(where: str) -> Place:
    """Where a rule stands, told as ``file:line``; of several files the first."""
    file, _, line = where.partition(", ")[0].rpartition(":")
    return Place(file=file, line=int(line)) if file and line.isdigit() else NOWHERE
