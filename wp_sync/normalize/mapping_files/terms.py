"""The files on terms (``categories.toml``, ``tags.toml``, any taxonomy's) into `TaxonomyRules`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wp_sync.normalize.mapping_files.assign import read_assign
from wp_sync.normalize.mapping_files.layers import layer_of
from wp_sync.normalize.mapping_files.shared import (
    claimed_once,
    claims,
    match_of,
    policy,
    slug_options,
)
from wp_sync.normalize.rules import PRIMARY, Target, TaxonomyRules, TermRule
from wp_sync.normalize.terms.paths import fold_path, split_path
from wp_sync.normalize.text import clean_name, decoded_slug
from wp_sync.toml import Table

_CHANGES = ("name", "slug", "under")
_SOLE = ("into", "drop", "keep")
_TAXONOMY = re.compile(r"[a-z0-9_-]{1,32}")  # wp_term_taxonomy.taxonomy is varchar(32)


def read_terms(top: Table, default: str) -> TaxonomyRules:
    """What a file on terms says; ``default`` is the taxonomy that its name stands for."""
    taxonomy = top.text("taxonomy", default)
    chosen = top.text("primary", "keep", choices=PRIMARY)
    tables = list(top.tables("rule"))
    rules = [_term_rule(table, taxonomy) for table in tables]
    claimed_once(zip(tables, (rule.match for rule in rules), strict=True))
    _no_cycles(tables, rules)
    return TaxonomyRules(
        taxonomy,
        tuple(rules),
        policy(top),
        slug_options(top.table("slugs")),
        tuple(read_assign(table, taxonomy) for table in top.tables("assign")),
        next(primary for primary in PRIMARY if primary == chosen),
    )


def _term_rule(table: Table, taxonomy: str) -> TermRule:
    rule = TermRule(
        match=match_of(table, terms=True),
        name=clean_name(table.text("name")),
        slug=decoded_slug(table.text("slug").strip()),
        under=table.text("under") if "under" in table else None,
        into=_targets(table),
        taxonomy=table.text("taxonomy"),
        drop=table.flag("drop"),
        keep=table.flag("keep"),
        where=table.where,
        layer=layer_of(table),
    )
    table.finish()
    change = [key for key in _CHANGES if key in table]
    sole = [key for key in _SOLE if key in table]
    if not change and not sole and not rule.taxonomy:
        known = ", ".join((*_CHANGES, *_SOLE, "taxonomy"))
        table.complain("the rule does not say what to do", hint=f"one of {known}")
    for key in ("drop", "keep"):
        if key in table and table.data[key] is False:
            table.complain(f"{key} = false says nothing", key=key, hint="leave it out")
    against = sole + change + (["taxonomy"] if "taxonomy" in table and sole != ["into"] else [])
    if (len(sole) > 1 or (sole and change)) or (sole and "taxonomy" in against):
        both = " and ".join(against)
        table.complain(f"{both} contradict each other", key=against[1], hint="keep one")
    for key in ("name", "slug", "taxonomy"):
        if key in table and isinstance(table.data[key], str) and not table.data[key].strip():
            table.complain(f"{key} is empty", key=key)
    if "/" in rule.slug or " " in rule.slug:
        table.complain("a slug has no slash and no space in it", key="slug")
    for named in {rule.taxonomy, *(target.taxonomy for target in rule.into)} - {""}:
        _known_taxonomy(table, named)
    if rule.taxonomy == taxonomy:
        message = f'the rule stands in the file on "{taxonomy}" already'
        table.complain(message, key="taxonomy", hint="leave taxonomy out")
    return rule


def _known_taxonomy(table: Table, name: str) -> None:
    if not _TAXONOMY.fullmatch(name):
        hint = "WordPress's own word for it: category, post_tag, product_cat …"
        table.complain(f'"{name}" is no taxonomy\'s name', key="taxonomy", hint=hint)


def _targets(table: Table) -> tuple[Target, ...]:
    """``into``: a path, ``{ taxonomy = …, path = … }``, or a list of such."""
    given = table.any("into")
    found: list[Target] = []
    for number, part in enumerate(given if isinstance(given, list) else [given]):
        if part is None:
            continue
        path, taxonomy = (part, "") if isinstance(part, str) else ("", "")
        if isinstance(part, dict):
            path_to = ("into", number) if isinstance(given, list) else ("into",)
            inner = Table(table.file, (*table.path, *path_to), part)
            path, taxonomy = inner.text("path"), inner.text("taxonomy")
            inner.finish()
        elif not isinstance(part, str):
            table.complain(
                "into must be a path of names, or a list of paths",
                key="into",
                hint='into = "Body > Back pain"',
            )
            continue
        target = Target(" > ".join(split_path(path)), taxonomy)
        if not target.path:
            table.complain("into is empty", key="into", hint="drop = true leaves a term out")
        elif target not in found:
            found.append(target)
    if "into" in table and given == []:
        table.complain("into is empty", key="into", hint="drop = true leaves a term out")
    return tuple(found)


def _no_cycles(tables: Sequence[Table], rules: Sequence[TermRule]) -> None:
    """Rules that send a term round in a circle: merged into what is merged back, or under itself.

    Followed by names, slugs and paths as the file writes them. What closes a circle only together
    with the site's own tree is found when the rules are applied.
    """
    by_key: dict[tuple[str, str], int] = {}
    for number in sorted(range(len(rules)), key=lambda number: -rules[number].layer):
        for claim in claims(rules[number].match):
            by_key.setdefault(claim, number)

    def meant(path: str) -> int | None:
        folded = fold_path(path)
        claims = [("path", folded), ("slug", path.strip().lower())]
        if " > " not in folded:
            claims.append(("name", folded))
        return next((by_key[claim] for claim in claims if claim in by_key), None)

    def leads_to(rule: TermRule, word: str) -> str:
        if rule.taxonomy:
            return ""
        if word == "under":
            return rule.under or ""
        # Of a term that is split, one part may bear the old name.
        return rule.into[0].path if len(rule.into) == 1 and not rule.into[0].taxonomy else ""

    for word in ("into", "under"):
        done: set[int] = set()
        for start in range(len(rules)):
            trail: list[int] = []
            at: int | None = start
            while at is not None and at not in done and at not in trail:
                trail.append(at)
                path = leads_to(rules[at], word)
                at = meant(path) if path else None
            if at is not None and at in trail:
                _circle(tables, rules, trail[trail.index(at) :], word)
            done.update(trail)


def _circle(
    tables: Sequence[Table], rules: Sequence[TermRule], circle: list[int], word: str
) -> None:
    places = ", ".join(rules[number].where for number in circle)
    what = f"these rules put terms {word} each other"
    if len(circle) == 1:
        if word == "into" and len(list(claims(rules[circle[0]].match))) > 1:
            return  # the others are merged into the one that is named so already
        what = f"the rule puts a term {word} itself"
    tables[circle[0]].complain(
        f"a circle: {what} ({places})", key=word, hint="break it in one rule"
    )
