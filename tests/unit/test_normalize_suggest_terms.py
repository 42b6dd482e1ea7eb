"""Proposals on terms: each with its reason, its posts and a rule that the mapping files take."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.suggest.proposals import Proposal, in_order, rule_text, toml_value
from wp_sync.normalize.suggest.terms import Key, KnownTerm, TermUse, suggest_terms
from wp_sync.normalize.terms.order import order_terms
from wp_sync.normalize.terms.terms import SourceTerm

TERMS = [
    KnownTerm("category", 1, "Uncategorized", "uncategorized", default=True),
    KnownTerm("category", 2, "Body", "body"),
    KnownTerm("category", 3, "Back pain", "back-pain", parent=2),
    KnownTerm("category", 4, "Back Pain", "back-pain-2", parent=2),
    KnownTerm("category", 5, "Back pains", "back-pains", parent=2),
    KnownTerm("category", 6, "Recipe", "recipe"),
    KnownTerm("category", 7, "Recipes", "recipes"),
    KnownTerm("category", 8, "Empty", "empty"),
    KnownTerm("category", 9, "Seldom", "seldom"),
    KnownTerm("category", 10, "Covid-18", "covid-18"),
    KnownTerm("category", 11, "Covid-19", "covid-19"),
    KnownTerm("post_tag", 3, "recipes", "recipes"),
    KnownTerm("post_tag", 4, "Kitchen", "kitchen"),
    KnownTerm("post_tag", 5, "Stove & pan", "stove-pan"),
]
ON: dict[Key, list[int]] = {
    ("category", 1): [50, 51],
    ("category", 2): [1, 2],
    ("category", 3): [1, 2, 3, 4],
    ("category", 4): [5, 6],
    ("category", 5): [7],
    ("category", 6): [8, 9],
    ("category", 7): [10, 11, 12],
    ("category", 9): [13],
    ("category", 10): [14, 15],
    ("category", 11): [16, 17],
    ("post_tag", 3): [10, 11],
    ("post_tag", 4): [8, 9, 10, 11],
    ("post_tag", 5): [8, 9, 10, 11],
}


def used(terms: list[KnownTerm], on: dict[Key, list[int]]) -> TermUse:
    use = TermUse(terms)
    for post in sorted({post for posts in on.values() for post in posts}):
        use.add(post, [key for key, posts in on.items() if post in posts])
    return use


def proposed() -> list[Proposal]:
    return suggest_terms(TERMS, used(TERMS, ON))


def test_what_is_proposed_for_a_small_site() -> None:
    found = {(one.concern, one.kind, one.names): (one.posts, one.rule) for one in proposed()}
    into = '[[rule]]\nmatch = {{ slug = "{}" }}\ninto = "{}"\n'.format
    drop = '[[rule]]\nmatch = {{ slug = "{}" }}\ndrop = true\n'.format
    assert found == {
        ("terms/category", "case", ("Back Pain", "Back pain")): (
            2,
            into("back-pain-2", "Body > Back pain"),
        ),
        ("terms/category", "plural", ("Back pains", "Back pain")): (
            1,
            into("back-pains", "Body > Back pain"),
        ),
        ("terms/category", "plural", ("Recipe", "Recipes")): (2, into("recipe", "Recipes")),
        ("terms/category", "empty", ("Empty",)): (0, drop("empty")),
        ("terms/category", "single post", ("Seldom",)): (1, drop("seldom")),
        ("terms/category", "parent and child", ("Body", "Back pain")): (2, ""),
        ("terms/post_tag", "same posts", ("Stove & pan", "Kitchen")): (
            4,
            into("stove-pan", "Kitchen"),
        ),
        ("terms/post_tag", "tag and category", ("recipes", "Recipes")): (
            2,
            '[[rule]]\nmatch = { slug = "recipes" }\ntaxonomy = "category"\n',
        ),
    }


def test_the_surest_come_first_whatever_the_order() -> None:
    found = proposed()
    assert [one.confidence for one in found] == sorted(
        (one.confidence for one in found), reverse=True
    )
    mixed = random.Random(4).sample(TERMS, len(TERMS))
    assert suggest_terms(mixed, used(mixed, ON)) == found
    assert in_order(reversed(found)) == found
    assert found[0].file == "categories.toml"
    assert {one.file for one in found} == {"categories.toml", "tags.toml"}


def test_the_rules_load_and_do_what_the_proposals_say(tmp_path: Path) -> None:
    for name in ("categories", "tags"):
        rules = [one.rule for one in proposed() if one.file == f"{name}.toml"]
        (tmp_path / f"{name}.toml").write_text("version = 2\n" + "\n".join(rules), "utf-8")
    loaded = load_rules(tmp_path)
    source = [
        SourceTerm(one.id, one.name, one.slug, one.parent)
        for one in TERMS
        if one.taxonomy == "category"
    ]
    ordered = order_terms("category", source, loaded.of("category"), default_id=1)
    assert sorted(term.path for term in ordered.terms) == [
        "Body",
        "Body > Back pain",
        "Covid-18",
        "Covid-19",
        "Recipes",
        "Uncategorized",
    ]


def test_a_chain_ends_in_one_term() -> None:
    terms = [
        KnownTerm("post_tag", 1, "ebook", "a", posts=2),
        KnownTerm("post_tag", 2, "Ebook", "b", posts=5),
        KnownTerm("post_tag", 3, "Ebooks", "c", posts=9),
    ]
    found = [one for one in suggest_terms(terms) if one.kind != "single post"]
    assert {(one.names[0], tomllib.loads(one.rule)["rule"][0]["into"]) for one in found} == {
        ("ebook", "Ebooks"),
        ("Ebook", "Ebooks"),
    }


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (KnownTerm("t", 1, "News", "a", posts=5), KnownTerm("t", 2, "News", "b", posts=5), 0.9),
        (
            KnownTerm("t", 1, "Notes", "a", lang="en", posts=5),
            KnownTerm("t", 2, "Notes", "b", lang="fr", posts=5),
            None,
        ),
        (
            KnownTerm("t", 1, "News", "a", parent=8, posts=5),
            KnownTerm("t", 2, "News", "b", parent=9, posts=5),
            0.6,
        ),
    ],
)
def test_languages_and_parents_are_heeded(
    one: KnownTerm, other: KnownTerm, least: float | None
) -> None:
    found = suggest_terms([one, other])
    assert (found[0].confidence if found else None) == pytest.approx(least, abs=0.06)


def test_the_default_category_and_parents_are_never_dropped_or_merged() -> None:
    terms = [
        KnownTerm("category", 1, "General", "general", default=True),
        KnownTerm("category", 2, "general", "general-2", posts=9),
        KnownTerm("category", 3, "Parent", "parent"),
        KnownTerm("category", 4, "Child", "child", parent=3, posts=3),
    ]
    found = suggest_terms(terms)
    assert [(one.names, one.kind) for one in found] == [(("general", "General"), "case")]


def test_a_name_that_no_path_can_hold_gets_no_rule() -> None:
    terms = [
        KnownTerm("t", 1, "A > B tips", "a", posts=5),
        KnownTerm("t", 2, "a > b tips", "b", posts=2),
    ]
    (found,) = suggest_terms(terms)
    assert found.rule == ""


@given(st.text(max_size=30))
def test_any_slug_and_name_becomes_toml_that_reads_back(text: str) -> None:
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    made = rule_text({"slug": encodable, "id": 7}, {"into": encodable, "drop": True})
    (rule,) = tomllib.loads(made)["rule"]
    assert rule == {"match": {"slug": encodable, "id": 7}, "into": encodable, "drop": True}
    assert toml_value(True) == "true"


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from("abcABCés ")), max_size=12))
def test_no_term_gets_two_rules_and_no_merge_goes_in_circles(made: list[tuple[int, str]]) -> None:
    terms = [
        KnownTerm("t", id, f"word{name}", f"s{id}", parent=parent % 4, posts=parent)
        for id, (parent, name) in enumerate(made, 1)
    ]
    found = suggest_terms(terms)
    slugs = [tomllib.loads(one.rule)["rule"][0]["match"]["slug"] for one in found if one.rule]
    assert len(slugs) == len(set(slugs))
    assert len([one for one in found if one.kind not in ("empty", "single post")]) < max(
        1, len(terms)
    )


def test_a_tag_goes_where_the_category_of_its_name_will_stand() -> None:
    terms = [
        KnownTerm("category", 1, "Pain", "pain"),
        KnownTerm("category", 2, "Nerve Pain", "nerve-pain", parent=1, posts=5),
        KnownTerm("category", 3, "nerve pain", "nerve-pain-2", posts=2),
        KnownTerm("post_tag", 9, "Nerve Pain", "nerve", posts=4),
    ]
    found = {one.kind: one for one in suggest_terms(terms)}
    assert found["tag and category"].ids == (9, 2)
    assert 'into = "Pain > Nerve Pain"' in found["tag and category"].rule


def test_a_merge_into_the_younger_of_two_twins_means_that_one(tmp_path: Path) -> None:
    terms = [
        KnownTerm("category", 1, "Sleep", "sleep", posts=1),
        KnownTerm("category", 2, "Sleep", "sleep-2", posts=9),
    ]
    (one,) = suggest_terms(terms)
    (tmp_path / "categories.toml").write_text(f"version = 2\n{one.rule}", encoding="utf-8")
    rules = load_rules(tmp_path).of("category")
    sources = [SourceTerm(term.id, term.name, term.slug) for term in terms]
    assert order_terms("category", sources, rules).slug_of == {1: "sleep-2", 2: "sleep-2"}
