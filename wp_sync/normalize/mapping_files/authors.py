"""``authors.toml`` into `AuthorRules`."""

from __future__ import annotations

from wp_sync.normalize.mapping_files.layers import layer_of
from wp_sync.normalize.mapping_files.shared import claimed_once, match_of, policy, slug_options
from wp_sync.normalize.rules import BYLINES, AuthorRule, AuthorRules
from wp_sync.normalize.text import clean_name, decoded_slug
from wp_sync.toml import Table


def read_authors(top: Table) -> AuthorRules:
    unmapped = policy(top)
    login_like = top.text("login_like", "report", choices=("report", "house"))
    bylines = top.text("bylines", "report", choices=BYLINES)
    house = top.table("house")
    house_name, house_slug = clean_name(house.text("name")), house.text("slug").strip()
    house.finish()
    slugs = slug_options(top.table("slugs"))
    tables = list(top.tables("rule"))
    rules = [_author_rule(table) for table in tables]
    claimed_once(zip(tables, (rule.match for rule in rules), strict=True))
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
        next(each for each in BYLINES if each == bylines),
        house_name,
        house_slug,
        slugs,
    )


def _author_rule(table: Table) -> AuthorRule:
    rule = AuthorRule(
        match=match_of(table, terms=False),
        name=clean_name(table.text("name")),
        slug=decoded_slug(table.text("slug").strip()),
        house=table.flag("house"),
        where=table.where,
        layer=layer_of(table),
    )
    table.finish()
    if rule.house and (rule.name or rule.slug):
        table.complain("house and name contradict each other", key="house", hint="keep one")
    elif not (rule.house or rule.name or rule.slug):
        table.complain("the rule does not say who it is", hint="one of name, slug, house")
    return rule
