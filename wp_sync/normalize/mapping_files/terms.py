"""The files on terms (``categories.toml``, ``tags.toml``, any taxonomy's) into `TaxonomyRules`."""

from __future__ import annotations

from collections.abc import Sequence

from wp_sync.normalize.mapping_files.shared import (
    claimed_once,
    claims,
    match_of,
    policy,
    slug_options,
)
from wp_sync.normalize.paths import fold_path, split_path
from wp_sync.normalize.rules import TaxonomyRules, TermRule
from wp_sync.normalize.text import clean_name, decoded_slug
from wp_sync.toml import Table


def read_terms(top: Table, default: str) -> TaxonomyRules:
    taxonomy = top.text("taxonomy", default)
    unmapped = policy(top)
    slugs = slug_options(top.table("slugs"))
    tables = list(top.tables("rule"))
    rules = [_term_rule(table) for table in tables]
    claimed_once(zip(tables, (rule.match for rule in rules), strict=True))
    _no_cycles(tables, rules)
    return TaxonomyRules(taxonomy, tuple(rules), unmapped, slugs)


def _term_rule(table: Table) -> TermRule:
    rule = TermRule(
        match=match_of(table, paths=True),
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
        for claim in claims(rule.match):
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
                    if word == "into" and len(list(claims(rules[start].match))) > 1:
                        continue  # the others are merged into the one that is named so already
                    what = f"the rule puts a term {word} itself"
                tables[circle[0]].complain(
                    f"a circle: {what} ({places})",
                    key=word,
                    hint="break it in one rule",
                )
            done.update(trail)
