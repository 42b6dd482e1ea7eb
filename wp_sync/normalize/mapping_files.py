"""Mapping files into `Rules`: reads ``mappings/*.toml`` and names every mistake at once.

Decides only whether the files make sense by themselves; whether a rule meets a term of the site
is seen when the rules are applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import soupsieve

from wp_sync.errors import ConfigError, Place, Problem
from wp_sync.normalize.rules import (
    FORMAT,
    UNMAPPED,
    AuthorRule,
    AuthorRules,
    BlockRule,
    LinkRules,
    Match,
    RelatedRules,
    Rules,
    TaxonomyRules,
    TermRule,
    Unmapped,
)
from wp_sync.normalize.text import SlugOptions, clean_name, decoded_slug, fold
from wp_sync.toml import Table, did_you_mean, read

# A file's name says what it is about; any other name is that of a taxonomy.
TAXONOMY_OF = {"categories": "category", "tags": "post_tag"}
OTHER_FILES = ("authors", "links", "related")
LANGUAGES = ["en", "es", "de", "fr", "pt", "it", "nl", "pl", "ru", "ja", "tr", "ar"]

_SEPARATOR = re.compile(r"\s*>\s*")
_HOST = re.compile(r"(?:[^\s/:@\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:/\S*)?")


def fold_path(path: str) -> str:
    """A path of names in the form in which paths are compared."""
    return " > ".join(fold(part) for part in split_path(path))


def split_path(path: str) -> list[str]:
    """The names of a path such as ``Body > Back pain``, cleaned, outermost first."""
    names = (clean_name(part) for part in _SEPARATOR.split(path))
    return [name for name in names if name]


def load_rules(folder: Path | None) -> Rules:
    """Read a folder of mapping files; without one, or for missing files, the defaults.

    Raises:
        ConfigError: with every problem of every file: its line, what was expected, a near name.
    """
    if folder is None:
        return Rules()
    if not folder.is_dir():
        hint = "name an existing folder, or leave it out to work without rules"
        place = Place(file=str(folder))
        raise ConfigError([Problem("there is no such folder of mapping files", place, hint)])
    problems: list[Problem] = []
    taxonomies: dict[str, TaxonomyRules] = {}
    authors, links, related = AuthorRules(), LinkRules(), RelatedRules()
    homes: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        file = read(path, f"{folder.name}/{path.name}")
        top = file.table()
        if not file.problems:
            _version(top)
            if path.stem == "authors":
                authors = _authors(top)
            elif path.stem == "links":
                links = _links(top)
            elif path.stem == "related":
                related = _related(top)
            else:
                rules = _taxonomy(top, TAXONOMY_OF.get(path.stem, path.stem))
                if rules.taxonomy in homes:
                    first = homes[rules.taxonomy]
                    message = f'the taxonomy "{rules.taxonomy}" has its rules in {first} already'
                    top.complain(message, key="taxonomy", hint="keep them in one file")
                homes.setdefault(rules.taxonomy, file.path)
                taxonomies[rules.taxonomy] = rules
            top.finish()
        problems += sorted(file.problems, key=lambda problem: problem.place.line or 0)
    if problems:
        raise ConfigError(problems)
    return Rules(dict(sorted(taxonomies.items())), authors, links, related)


def _version(top: Table) -> None:
    version = top.integer("version", FORMAT)
    if "version" not in top:
        top.complain(
            "the format's version is missing", hint=f"begin the file with version = {FORMAT}"
        )
    elif version != FORMAT:
        hint = "a newer wp-sync may know it" if version > FORMAT else f"write version = {FORMAT}"
        top.complain(f"version {version} of the format is not known here", key="version", hint=hint)


def _policy(table: Table) -> Unmapped:
    chosen = table.text("unmapped", "keep", choices=UNMAPPED)
    return next(policy for policy in UNMAPPED if policy == chosen)


def _slugs(table: Table) -> SlugOptions:
    pairs: list[tuple[str, str]] = []
    for text in table.texts("replacements"):
        old, arrow, new = text.partition("=>")
        if not arrow or not old.strip():
            table.complain(
                f'a replacement is written "old => new", not "{text}"', key="replacements"
            )
            continue
        pairs.append((old.strip(), new.strip()))
    options = SlugOptions(
        allow_unicode=table.flag("allow_unicode"),
        max_length=table.integer("max_length", 0, least=0, most=200),
        replacements=tuple(pairs),
    )
    table.finish()
    return options


def _match(table: Table, *, paths: bool) -> Match:
    """The ``match`` table of a rule."""
    inner = table.table("match")
    ids = inner.integers("id")
    slugs = tuple(decoded_slug(text.strip().lower()) for text in inner.texts("slug"))
    names = tuple(fold(text) for text in inner.texts("name"))
    found = tuple(fold_path(text) for text in inner.texts("path")) if paths else ()
    patterns = inner.texts("pattern")
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            inner.complain(f"pattern is not a regular expression: {error}", key="pattern")
            patterns = tuple(each for each in patterns if each != pattern)
    inner.finish()
    for key in ("id", "slug", "name", "path", "pattern"):
        if (
            "" in inner.data.get(key, ())
            if isinstance(inner.data.get(key), list)
            else (inner.data.get(key) == "")
        ):
            inner.complain(f"{key} is empty", key=key, hint="an empty text matches nothing")
    if not any(key in inner for key in ("id", "slug", "name", "path", "pattern")):
        known = "id, slug, name, path or pattern" if paths else "id, slug, name or pattern"
        table.complain(
            "the rule does not say what it matches", hint=f"match = {{ … }} with {known}"
        )
    return Match(ids, slugs, found, names, patterns)


def _claims(match: Match) -> Iterator[tuple[str, str]]:
    for kind, values in (
        ("id", match.ids),
        ("slug", match.slugs),
        ("path", match.paths),
        ("name", match.names),
        ("pattern", match.patterns),
    ):
        for value in values:
            yield kind, str(value)


def _claimed_once(rules: Iterable[tuple[Table, Match]]) -> None:
    """Two rules that claim one term (or person) by the same key contradict each other."""
    first: dict[tuple[str, str], Table] = {}
    for table, match in rules:
        for claim in _claims(match):
            if claim in first:
                message = f'{claim[0]} "{claim[1]}" is claimed by the rule at {first[claim].where}'
                table.complain(f"{message} already", key="match", hint="leave it to one of them")
            else:
                first[claim] = table


def _taxonomy(top: Table, default: str) -> TaxonomyRules:
    taxonomy = top.text("taxonomy", default)
    unmapped = _policy(top)
    slugs = _slugs(top.table("slugs"))
    tables = list(top.tables("rule"))
    rules = [_term_rule(table) for table in tables]
    _claimed_once(zip(tables, (rule.match for rule in rules), strict=True))
    _no_cycles(tables, rules)
    return TaxonomyRules(taxonomy, tuple(rules), unmapped, slugs)


def _term_rule(table: Table) -> TermRule:
    rule = TermRule(
        match=_match(table, paths=True),
        name=clean_name(table.text("name")),
        slug=decoded_slug(table.text("slug").strip()),
        under=table.text("under") if "under" in table else None,
        into=" > ".join(split_path(table.text("into"))),
        drop=table.flag("drop"),
        keep=table.flag("keep"),
        where=table.where,
    )
    table.finish()
    change = [key for key in ("name", "slug", "under") if key in table]
    sole = [key for key in ("into", "drop", "keep") if key in table]
    if not change and not sole:
        table.complain(
            "the rule does not say what to do", hint="one of name, slug, under, into, drop, keep"
        )
    for key in ("drop", "keep"):
        if key in table and table.data[key] is False:
            table.complain(f"{key} = false says nothing", key=key, hint="leave it out")
    if len(sole) > 1 or (sole and change):
        both = " and ".join(sole + change)
        table.complain(f"{both} contradict each other", key=(sole + change)[1], hint="keep one")
    for key in ("name", "slug", "into"):
        if key in table and isinstance(table.data[key], str) and not table.data[key].strip():
            table.complain(f"{key} is empty", key=key)
    if "/" in rule.slug or " " in rule.slug:
        table.complain("a slug has no slash and no space in it", key="slug")
    return rule


def _no_cycles(tables: Sequence[Table], rules: Sequence[TermRule]) -> None:
    """Rules that send a term round in a circle: merged into what is merged back, or under itself.

    Followed by names, slugs and paths as the file writes them. What closes a circle only together
    with the site's own tree is found when the rules are applied.
    """
    by_key: dict[tuple[str, str], int] = {}
    for number, rule in enumerate(rules):
        for claim in _claims(rule.match):
            by_key.setdefault(claim, number)

    def meant(path: str) -> int | None:
        folded = fold_path(path)
        claims = [("path", folded), ("slug", path.strip().lower())]
        if " > " not in folded:
            claims.append(("name", folded))
        return next((by_key[claim] for claim in claims if claim in by_key), None)

    for word in ("into", "under"):
        done: set[int] = set()
        for start in range(len(rules)):
            trail: list[int] = []
            at: int | None = start
            while at is not None and at not in done and at not in trail:
                trail.append(at)
                path = rules[at].into if word == "into" else rules[at].under
                at = meant(path) if path else None
            if at is not None and at in trail:
                circle = trail[trail.index(at) :]
                places = ", ".join(rules[number].where for number in circle)
                what = f"these rules put terms {word} each other"
                if len(circle) == 1:
                    if word == "into" and len(list(_claims(rules[start].match))) > 1:
                        continue  # the others are merged into the one that is named so already
                    what = f"the rule puts a term {word} itself"
                tables[circle[0]].complain(
                    f"a circle: {what} ({places})",
                    key=word,
                    hint="break it in one rule",
                )
            done.update(trail)


def _authors(top: Table) -> AuthorRules:
    unmapped = _policy(top)
    login_like = top.text("login_like", "report", choices=("report", "house"))
    house = top.table("house")
    house_name, house_slug = clean_name(house.text("name")), house.text("slug").strip()
    house.finish()
    slugs = _slugs(top.table("slugs"))
    tables = list(top.tables("rule"))
    rules = [_author_rule(table) for table in tables]
    _claimed_once(zip(tables, (rule.match for rule in rules), strict=True))
    if not house_name:
        for table, rule in zip(tables, rules, strict=True):
            if rule.house:
                table.complain("there is no house", key="house", hint='add [house] name = "…"')
        if login_like == "house":
            top.complain("there is no house", key="login_like", hint='add [house] name = "…"')
    named: dict[str, AuthorRule] = {}
    for table, rule in zip(tables, rules, strict=True):
        other = named.setdefault(rule.slug, rule) if rule.slug else rule
        if other.name != rule.name and other.name and rule.name:
            message = f'the slug "{rule.slug}" has another name at {other.where}'
            table.complain(message, key="slug", hint="one slug is one person")
    chosen = "house" if login_like == "house" else "report"
    return AuthorRules(
        tuple(rules),
        unmapped,
        "house" if chosen == "house" else "report",
        house_name,
        house_slug,
        slugs,
    )


def _author_rule(table: Table) -> AuthorRule:
    rule = AuthorRule(
        match=_match(table, paths=False),
        name=clean_name(table.text("name")),
        slug=decoded_slug(table.text("slug").strip()),
        house=table.flag("house"),
        where=table.where,
    )
    table.finish()
    if rule.house and (rule.name or rule.slug):
        table.complain("house and name contradict each other", key="house", hint="keep one")
    elif not (rule.house or rule.name or rule.slug):
        table.complain("the rule does not say who it is", hint="one of name, slug, house")
    return rule


def _links(top: Table) -> LinkRules:
    aliases = []
    for alias in top.texts("aliases"):
        bare = re.sub(r"^(?:https?:)?//", "", alias.strip(), flags=re.IGNORECASE).rstrip("/")
        if not _HOST.fullmatch(bare):
            top.complain(
                f'"{alias}" is not an address', key="aliases", hint='such as "old.example.com/blog"'
            )
            continue
        aliases.append(bare)
    tracking = top.table("tracking")
    rules = LinkRules(
        aliases=tuple(aliases),
        trackers=tuple(name.lower() for name in tracking.texts("add")),
        keep_arguments=tuple(name.lower() for name in tracking.texts("keep")),
    )
    tracking.finish()
    for name in set(rules.trackers) & set(rules.keep_arguments):
        tracking.complain(f'"{name}" is both added and kept', key="keep", hint="keep one")
    return rules


def _related(top: Table) -> RelatedRules:
    look = top.table("look")
    rest, content, page = look.flag("rest", True), look.flag("content", True), look.flag("page")
    look.finish()
    most = top.integer("most", 50, least=1, most=1000)
    phrases: dict[str, tuple[str, ...]] = {}
    for key in ("headings", "leads"):
        table = top.table(key)
        found: list[str] = []
        for language in table.data:
            if not re.fullmatch(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?", language):
                hint = did_you_mean(language, LANGUAGES)
                table.complain(f'"{language}" is not a language code', key=language, hint=hint)
            for text in table.texts(language):
                if not fold(text):
                    table.complain("a phrase is empty", key=language)
                else:
                    found.append(fold(text))
        table.finish()
        phrases[key] = tuple(sorted(set(found)))
    blocks = tuple(_block(table) for table in top.tables("block"))
    return RelatedRules(rest, content, page, most, phrases["headings"], phrases["leads"], blocks)


def _block(table: Table) -> BlockRule:
    rule = BlockRule(
        name=table.text("name").strip(),
        classes=table.texts("class"),
        ids=table.texts("id"),
        selector=table.text("selector"),
    )
    table.finish()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", rule.name):
        table.complain("name must be one word", key="name", hint="small letters, digits, hyphens")
    if not (rule.classes or rule.ids or rule.selector):
        table.complain("the block says nothing of its markup", hint="one of class, id, selector")
    for key, words in (("class", rule.classes), ("id", rule.ids)):
        if any(not word or re.search(r"[\s.#>]", word) for word in words):
            table.complain(f"{key} is one bare word", key=key, hint="use selector for more")
    if rule.selector:
        try:
            soupsieve.compile(rule.selector)
        except soupsieve.SelectorSyntaxError as error:
            message = str(error).splitlines()[0]
            table.complain(f"selector is not CSS: {message}", key="selector")
    return rule
