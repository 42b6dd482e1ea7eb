"""Terms and authors: what the owner's rules make of a site's own words."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.normalize.authors.authors import Authors, SourceAuthor, login_like, order_authors
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import AuthorRules, Match, Target, TaxonomyRules, TermRule
from wp_sync.normalize.terms.order import order_taxonomies, order_terms
from wp_sync.normalize.terms.terms import SourceTerm, Terms, default_category
from wp_sync.normalize.text import SlugOptions, fold

SITE = [
    SourceTerm(1, "Ohne Kategorie", "ohne-kategorie"),
    SourceTerm(2, "Body", "body"),
    SourceTerm(3, "Back pain", "back-pain", parent=2, count=4),
    SourceTerm(4, "Back Pains", "back-pains", count=2),
    SourceTerm(5, "News", "news"),
    SourceTerm(6, "Press", "press", parent=5),
]


def ordered(tmp_path: Path, rules: str, source: list[SourceTerm] | None = None) -> Terms:
    (tmp_path / "categories.toml").write_text(f"version = 2\n{rules}", encoding="utf-8")
    found = load_rules(tmp_path).of("category")
    return order_terms("category", source or SITE, found, default_id=1)


def tree(terms: Terms) -> dict[str, str]:
    return {term.path: term.slug for term in terms.terms}


def test_without_rules_all_stays_as_it_is() -> None:
    terms = order_terms("category", SITE, TaxonomyRules("category"), default_id=1)
    assert tree(terms) == {
        "Ohne Kategorie": "ohne-kategorie",
        "Body": "body",
        "Body > Back pain": "back-pain",
        "Back Pains": "back-pains",
        "News": "news",
        "News > Press": "press",
    }
    assert {row.action for row in terms.sources} == {"kept"}
    assert [term.slug for term in terms.terms if term.default] == ["ohne-kategorie"]


@pytest.mark.parametrize(
    "match",
    ["id = 4", 'slug = "back-pains"', 'path = "back pains"', 'name = "BACK&nbsp;PAINS"',
     'pattern = "back\\\\s+pains"'],
)  # fmt: skip
def test_a_merge_by_every_kind_of_match(tmp_path: Path, match: str) -> None:
    terms = ordered(tmp_path, f'[[rule]]\nmatch = {{ {match} }}\ninto = "Body > Back pain"\n')
    assert terms.slug_of[4] == terms.slug_of[3] == "back-pain"
    merged = next(term for term in terms.terms if term.slug == "back-pain")
    assert (merged.source_ids, merged.source_count) == ((3, 4), 6)
    row = next(row for row in terms.sources if row.source_id == 4)
    assert (row.action, row.to_slug) == ("merged", "back-pain")
    assert row.rule.endswith("categories.toml:2")


def test_a_rename_makes_a_slug_from_the_name_and_a_stated_slug_wins(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[slugs]\nreplacements = ["ü => ue"]\n'
        '[[rule]]\nmatch = { id = 1 }\nname = "Für alle"\n'
        '[[rule]]\nmatch = { id = 5 }\nname = "Neues"\nslug = "aktuell"\n',
    )
    assert tree(terms)["Für alle"] == "fuer-alle"
    assert tree(terms)["Neues"] == "aktuell"
    assert tree(terms)["Neues > Press"] == "press"
    assert {row.source_id for row in terms.sources if row.action == "renamed"} == {1, 5}


def test_a_move_under_a_parent_that_is_not_there_yet_makes_it(tmp_path: Path) -> None:
    terms = ordered(tmp_path, '[[rule]]\nmatch = { id = 3 }\nunder = "Health > Pain"\n')
    assert tree(terms)["Health > Pain > Back pain"] == "back-pain"
    made = next(term for term in terms.terms if term.path == "Health > Pain")
    assert (made.slug, made.parent, made.source_ids) == ("pain", "health", ())
    row = next(row for row in terms.sources if row.source_id == 3)
    assert row.action == "moved"


def test_children_rise_past_what_is_dropped_and_follow_what_is_merged(tmp_path: Path) -> None:
    dropped = ordered(tmp_path, "[[rule]]\nmatch = { id = 5 }\ndrop = true\n")
    assert "Press" in tree(dropped)
    assert 5 not in dropped.slug_of
    merged = ordered(tmp_path, '[[rule]]\nmatch = { id = 5 }\ninto = "Body"\n')
    assert "Body > Press" in tree(merged)


def test_a_chain_of_merges_ends_in_its_last_term(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { id = 4 }\ninto = "Press"\n'
        '[[rule]]\nmatch = { id = 6 }\ninto = "News"\n',
    )
    assert terms.slug_of[4] == terms.slug_of[6] == "news"


def test_a_rename_to_the_name_of_a_sibling_means_that_sibling(tmp_path: Path) -> None:
    terms = ordered(tmp_path, '[[rule]]\nmatch = { id = 4 }\nname = "News"\n')
    assert terms.slug_of[4] == "news"
    assert len(terms.terms) == 5


def test_what_no_rule_names_is_reported_or_refused_as_configured(tmp_path: Path) -> None:
    keep = "[[rule]]\nmatch = { id = [1, 2, 3, 4, 5] }\nkeep = true\n"
    told = ordered(tmp_path, f'unmapped = "report"\n{keep}')
    assert [(note.kind, note.id) for note in told.notes] == [("unmapped", 6)]
    assert told.slug_of[6] == "press"
    refused = ordered(tmp_path, f'unmapped = "refuse"\n{keep}')
    assert [(note.kind, note.id) for note in refused.notes] == [("refused", 6)]
    assert 6 not in refused.slug_of
    assert "press" not in {term.slug for term in refused.terms}


def test_the_surer_rule_wins_and_the_other_is_named(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { pattern = "back.*" }\ndrop = true\n'
        "[[rule]]\nmatch = { id = 4 }\nkeep = true\n",
    )
    assert 3 not in terms.slug_of
    assert terms.slug_of[4] == "back-pains"
    assert [(note.kind, note.id) for note in terms.notes] == [("clash", 4)]


def test_a_rule_that_only_the_sites_own_tree_makes_a_circle(tmp_path: Path) -> None:
    terms = ordered(tmp_path, '[[rule]]\nmatch = { id = 5 }\nunder = "News > Press"\n')
    assert tree(terms)["News > Press"] == "press"
    assert [note.kind for note in terms.notes] == ["circle"]


def row_of(terms: Terms, id: int) -> list[tuple[str, str, str]]:
    return [
        (row.action, row.to_taxonomy, row.to_slug) for row in terms.sources if row.source_id == id
    ]


def test_a_term_split_into_several_of_which_one_may_be_itself(tmp_path: Path) -> None:
    source = [*SITE, SourceTerm(7, "Pain & Sleep", "pain-sleep", count=3)]
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { id = 7 }\ninto = ["Body > Back pain", "Sleep"]\n'
        '[[rule]]\nmatch = { id = 4 }\ninto = ["Back Pains", "Body"]\n',
        source,
    )
    assert terms.places[7] == (("category", "back-pain"), ("category", "sleep"))
    assert row_of(terms, 7) == [("split", *place) for place in terms.places[7]]
    assert "Pain & Sleep" not in tree(terms)
    assert terms.places[4] == (("category", "back-pains"), ("category", "body"))


def test_merges_that_only_the_sites_ids_make_a_circle(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { id = 4 }\ninto = "News"\n'
        '[[rule]]\nmatch = { id = 5 }\ninto = ["Back Pains", "Body"]\n',
    )
    assert [(note.kind, note.id) for note in terms.notes] == [("circle", 5)]
    assert terms.places[4] == terms.places[5] == (("category", "body"),)


def test_what_is_merged_into_a_split_term_goes_where_its_parts_go(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { id = 4 }\ninto = "News"\n'
        '[[rule]]\nmatch = { id = 5 }\ninto = ["Body", "Press"]\n',
    )
    assert terms.places[4] == terms.places[5] == (("category", "body"), ("category", "press"))


def both(tmp_path: Path, categories: str, tags: str = "") -> dict[str, Terms]:
    (tmp_path / "categories.toml").write_text(f"version = 2\n{categories}", encoding="utf-8")
    (tmp_path / "tags.toml").write_text(f"version = 2\n{tags}", encoding="utf-8")
    sources = {"category": SITE, "post_tag": [SourceTerm(21, "Rest", "rest"),
                                             SourceTerm(22, "Press", "press-2")]}  # fmt: skip
    found = order_taxonomies(sources, load_rules(tmp_path), default_id=1)
    return {terms.taxonomy: terms for terms in found}


def test_a_category_becomes_a_tag_and_a_tag_a_category(tmp_path: Path) -> None:
    found = both(
        tmp_path,
        '[[rule]]\nmatch = { id = 5 }\ntaxonomy = "post_tag"\n'
        '[[rule]]\nmatch = { id = 6 }\ntaxonomy = "post_tag"\n'
        "[[rule]]\nmatch = { id = 4 }\ninto = "
        '[{ taxonomy = "post_tag", path = "Spine" }, "Body"]\n',
        '[[rule]]\nmatch = { id = 21 }\ntaxonomy = "category"\nunder = "Body"\nname = "Resting"\n',
    )
    categories, tags = found["category"], found["post_tag"]
    assert tree(tags) == {"News": "news", "Press": "press-2", "Spine": "spine"}
    assert tree(categories)["Body > Resting"] == "resting"
    assert categories.places[5] == (("post_tag", "news"),)
    assert categories.places[6] == (("post_tag", "press-2"),)  # the tag of that name
    assert categories.places[4] == (("post_tag", "spine"), ("category", "body"))
    assert tags.places[21] == (("category", "resting"),)
    assert row_of(categories, 5) == [("moved", "post_tag", "news")]
    assert 5 not in categories.slug_of


def test_children_of_what_became_a_tag_stay_behind(tmp_path: Path) -> None:
    found = both(tmp_path, '[[rule]]\nmatch = { id = 2 }\ntaxonomy = "post_tag"\n')
    assert "Back pain" in tree(found["category"])
    assert tree(found["post_tag"])["Body"] == "body"


def test_a_tag_sent_to_another_taxonomy_keeps_an_address_that_is_free_only(tmp_path: Path) -> None:
    found = both(
        tmp_path, "", '[[rule]]\nmatch = { id = 22 }\ntaxonomy = "category"\nslug = "press"\n'
    )
    assert {"press", "press-3"} & set(tree(found["category"]).values())
    assert len(set(tree(found["category"]).values())) == len(tree(found["category"]))


def test_what_no_rule_names_is_dropped_without_a_word_where_told_so(tmp_path: Path) -> None:
    terms = ordered(tmp_path, 'unmapped = "drop"\n[[rule]]\nmatch = { id = 3 }\nkeep = true\n')
    assert tree(terms) == {"Back pain": "back-pain"}
    assert terms.notes == ()
    assert row_of(terms, 5) == [("dropped", "", "")]


def test_a_term_that_comes_later_takes_no_slug_away_but_by_its_own_address(tmp_path: Path) -> None:
    rules = (
        '[[rule]]\nmatch = { id = 5 }\nname = "Current"\n'
        '[[rule]]\nmatch = { pattern = "press.*" }\nname = "Current"\n'
    )
    before = ordered(tmp_path, rules)
    assert (before.slug_of[5], before.slug_of[6]) == ("current", "current-2")
    more = [*SITE, SourceTerm(9, "Pressing", "pressing", parent=2), SourceTerm(10, "New", "new")]
    later = ordered(tmp_path, rules, more)
    assert later.slug_of[9] == "current-3"
    assert {id: later.slug_of[id] for id in before.slug_of} == before.slug_of
    # An address of the site lives on, even where a rule had given its slug away; this is told.
    own = ordered(tmp_path, rules, [*SITE, SourceTerm(9, "Now", "current")])
    assert (own.slug_of[9], own.slug_of[5]) == ("current", "current-2")
    assert ("slug", 5) in {(note.kind, note.id) for note in own.notes}


def test_language_twins_are_not_merged_by_accident(tmp_path: Path) -> None:
    twins = [
        SourceTerm(1, "News", "news", lang="en"),
        SourceTerm(2, "News", "news-de", lang="de"),
        SourceTerm(3, "Aktuelles", "aktuelles", lang="de"),
        SourceTerm(4, "Latest", "latest", lang="en"),
    ]
    rules = '[[rule]]\nmatch = { id = [3, 4] }\ninto = "News"\n'
    terms = ordered(tmp_path, rules, twins)
    assert terms.slug_of == {1: "news", 2: "news-de", 3: "news-de", 4: "news"}
    renamed = ordered(tmp_path, '[[rule]]\nmatch = { id = [3, 4] }\nname = "News"\n', twins)
    assert renamed.slug_of == terms.slug_of
    only = ordered(
        tmp_path, '[[rule]]\nmatch = { name = "news", lang = "de" }\ndrop = true\n', twins
    )
    assert set(only.slug_of) == {1, 3, 4}
    alone = ordered(tmp_path, '[[rule]]\nmatch = { id = 4 }\nname = "Aktuelles"\n', twins)
    assert alone.slug_of[4] != alone.slug_of[3]


def test_one_name_under_two_parents_stays_two_terms(tmp_path: Path) -> None:
    source = [
        SourceTerm(1, "Pain", "pain"),
        SourceTerm(2, "Sleep", "sleep"),
        SourceTerm(3, "Other", "other", parent=1),
        SourceTerm(4, "Other", "other-2", parent=2),
        SourceTerm(5, "Misc", "misc"),
    ]
    assert len(ordered(tmp_path, "", source).terms) == 5
    rule = '[[rule]]\nmatch = { path = "Sleep > Other" }\nname = "Rest"\n'
    terms = ordered(tmp_path, rule, source)
    assert {"Pain > Other", "Sleep > Rest"} <= set(tree(terms))
    unclear = ordered(tmp_path, '[[rule]]\nmatch = { id = 5 }\ninto = "Other"\n', source)
    assert [note.kind for note in unclear.notes] == ["ambiguous"]


def test_every_row_says_why_its_rule_fitted(tmp_path: Path) -> None:
    terms = ordered(
        tmp_path,
        '[[rule]]\nmatch = { name = ["x", "BACK PAINS"] }\ndrop = true\n'
        '[[rule]]\nmatch = { pattern = "n.ws" }\nkeep = true\n',
    )
    whys = {row.source_id: row.why for row in terms.sources}
    assert whys[4] == 'its name is "back pains"'
    assert whys[5] == 'its name fits the pattern "n.ws"'
    assert whys[2] == ""


def test_orphans_and_circles_of_the_source_stand_at_the_top_and_are_told() -> None:
    source = [
        SourceTerm(1, "A", "a", parent=2),
        SourceTerm(2, "B", "b", parent=1),
        SourceTerm(3, "C", "c", parent=77),
    ]
    terms = order_terms("category", source, TaxonomyRules("category"))
    assert sorted(note.kind for note in terms.notes) == ["circle", "orphan"]
    assert tree(terms)["C"] == "c"
    assert len(terms.terms) == 3


def test_names_are_decoded_and_slugs_readable() -> None:
    data = {"name": " R&amp;amp;D \u200b Früh&#8217;s\n", "slug": "%d1%81%d0%be%d0%bd", "parent": 0}
    term = SourceTerm.of(7, data)
    assert (term.name, term.slug) == ("R&D Früh’s", "сон")


@pytest.mark.parametrize("field", [None, [], {"x": 1}, 5, True])
def test_a_term_with_fields_of_the_wrong_type_still_is_a_term(field: object) -> None:
    term = SourceTerm.of(9, {"name": field, "slug": field, "parent": field, "count": "many"})
    assert term.slug
    assert order_terms("category", [term], TaxonomyRules("category")).slug_of[9]


def test_the_default_category_is_known_by_its_id() -> None:
    assert default_category({"settings": {"default_category": 8}}) == 8
    assert default_category({"default_category": 8}) == 8
    assert default_category({"name": "Uncategorized"}) == 0


NAMES = st.sampled_from(
    ["Pain", "pain ", "PAIN", "Sleep", "Schlaf", "Slaap & Rust", "眠り", "🙂", ""]
)
TERMS = st.lists(
    st.tuples(NAMES, st.integers(0, 9), st.sampled_from(["pain", "sleep", "x", "y"])), max_size=9
)
PATHS = st.sampled_from(["Pain", "Sleep", "Pain > Sleep", "Sleep > Pain", "New", "New > Pain", "x"])
RULES = st.lists(
    st.one_of(
        st.builds(
            TermRule,
            st.builds(Match, st.tuples(st.integers(1, 9))),
            into=st.lists(st.builds(Target, PATHS), min_size=1, max_size=3, unique=True).map(tuple),
        ),
        st.builds(TermRule, st.builds(Match, st.tuples(st.integers(1, 9))), under=PATHS),
        st.builds(TermRule, st.builds(Match, st.tuples(st.integers(1, 9))), name=NAMES, slug=PATHS),
        st.builds(TermRule, st.builds(Match, st.tuples(st.integers(1, 9))), drop=st.just(True)),
    ),
    max_size=6,
)


@given(TERMS, RULES, st.sampled_from(["keep", "refuse"]), st.randoms(use_true_random=False))
def test_any_terms_under_any_rules(
    raw: list[tuple[str, int, str]], rules: list[TermRule], unmapped: str, chance: random.Random
) -> None:
    source = [
        SourceTerm(id, name, f"{slug}-{id % 3}", parent)
        for id, (name, parent, slug) in enumerate(raw, 1)
    ]
    given_rules = TaxonomyRules("category", tuple(rules), unmapped)  # type: ignore[arg-type]
    terms = order_terms("category", source, given_rules)
    slugs = [term.slug for term in terms.terms]
    assert len(set(slugs)) == len(slugs)
    assert all(slugs)
    assert set(terms.slug_of.values()) <= set(slugs)
    parents = {term.slug: term.parent for term in terms.terms}
    for slug in slugs:  # every parent is there, and no walk up is endless
        for _ in range(len(slugs) + 1):
            if not slug:
                break
            slug = parents[slug]
        assert not slug
    filed = {id for term in terms.terms for id in term.source_ids}
    assert filed == set(terms.slug_of)
    for id, places in terms.places.items():
        assert {slug for _, slug in places} == {
            term.slug for term in terms.terms if id in term.source_ids
        }
    shuffled = list(source)
    chance.shuffle(shuffled)
    assert order_terms("category", shuffled, given_rules) == terms


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


# -- authors


def authors(tmp_path: Path, rules: str, *users: SourceAuthor) -> Authors:
    (tmp_path / "authors.toml").write_text(f"version = 1\n{rules}", encoding="utf-8")
    return order_authors(users, load_rules(tmp_path).authors)


LOGIN = SourceAuthor(1, "ketamine@dmin", "ketaminedmin")
JANE = SourceAuthor(2, "Jane Roe", "jane")
JANE_AGAIN = SourceAuthor(3, "jroe84", "jroe84")


@pytest.mark.parametrize(
    ("name", "slug", "expected"),
    [
        ("ketamine@dmin", "ketaminedmin", True),
        ("jane.roe@clinic.example", "janeroe", True),
        ("admin", "admin", True),
        ("jroe84", "jroe84", True),
        ("j_roe", "j_roe", True),
        ("jane", "jane", True),
        ("Jane Roe", "jane", False),
        ("Jane", "jane", False),
        ("Ольга", "olga", False),
        ("Dr. S. Mandel", "smandel", False),
        ("", "", False),
    ],
)
def test_names_that_look_like_logins(name: str, slug: str, expected: bool) -> None:
    assert login_like(name, slug) is expected


def test_logins_are_reported_and_become_the_house_when_told(tmp_path: Path) -> None:
    told = authors(tmp_path, "", LOGIN, JANE)
    assert [(note.kind, note.id) for note in told.notes] == [("login-like", 1)]
    assert [author.login_like for author in told.authors if author.slug == told.slug_of[1]] == [
        True
    ]
    house = authors(tmp_path, 'login_like = "house"\n[house]\nname = "The clinic"\n', LOGIN, JANE)
    assert house.slug_of == {1: "the-clinic", 2: "jane"}


def test_two_accounts_of_one_person_become_one(tmp_path: Path) -> None:
    found = authors(
        tmp_path,
        '[[rule]]\nmatch = { slug = "jroe84" }\nname = "Jane Roe"\n',
        JANE,
        JANE_AGAIN,
        LOGIN,
    )
    assert found.slug_of[2] == found.slug_of[3] == "jane"
    jane = next(author for author in found.authors if author.slug == "jane")
    assert (jane.name, jane.source_ids, jane.login_like) == ("Jane Roe", (2, 3), False)


def test_refused_authors_are_left_out_and_told(tmp_path: Path) -> None:
    found = authors(tmp_path, 'unmapped = "refuse"\n', JANE)
    assert found.authors == ()
    assert [note.kind for note in found.notes] == ["refused"]


@given(st.permutations([LOGIN, JANE, JANE_AGAIN]))
def test_authors_do_not_depend_on_their_order(users: list[SourceAuthor]) -> None:
    rules = AuthorRules(slugs=SlugOptions())
    assert order_authors(users, rules) == order_authors([LOGIN, JANE, JANE_AGAIN], rules)
