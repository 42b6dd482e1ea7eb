"""Several authors, guests and bylines: who wrote a post, by what plugins show and the text says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.content import Post
from wp_sync.model import Record
from wp_sync.normalize.authors.authors import Authors, SourceAuthor, order_authors
from wp_sync.normalize.authors.co_authors import Bylines, guests, mentions
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.engine import NormalizeResult, normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import AuthorRules, Rules

JANE = SourceAuthor(7, "Jane Roe", "jane")
ADMIN = SourceAuthor(1, "ketamine@dmin", "ketaminedmin")


def rules_of(folder: Path, text: str) -> AuthorRules:
    (folder / "authors.toml").write_text(f"version = 2\n{text}", encoding="utf-8")
    return load_rules(folder).authors


def a_post(author: str = "jane", content: str = "", at: str = "2017-11-15T09:00:00Z") -> Post:
    return Post(1, "post", "publish", "live", "a", "A", "", author, at, "", "", content)


# What each plugin shows, and the (user, keys, name, slug) that it means.
FORMS: dict[str, tuple[dict[str, Any], list[tuple[int, tuple[str, ...], str, str]]]] = {
    "PublishPress": (
        {
            "authors": [
                {"term_id": 45, "user_id": 7, "slug": "jane", "display_name": "Jane"},
                {"term_id": 46, "user_id": 0, "slug": "ann", "display_name": "Ann B"},
            ]
        },
        [(7, (), "Jane", "jane"), (0, ("term:46",), "Ann B", "ann")],
    ),
    "Co-Authors Plus, terms": ({"coauthors": [12, "13"]}, [(0, ("term:12",), "", ""),
                                                           (0, ("term:13",), "", "")]),
    "Co-Authors Plus, objects": (
        {"coauthors": [{"displayName": "R&amp;D", "userNicename": "cap-rd"}]},
        [(0, (), "R&D", "rd")],
    ),
    "Molongui": (
        {
            "meta": {
                "_molongui_main_author": ["guest-23"],
                "_molongui_author": [["guest-23", "user-7"]],
            }
        },
        [(0, ("post:23",), "", ""), (7, (), "", "")],
    ),
    "no plugin": ({"author": 7, "authors": [], "coauthors": "", "meta": []}, []),
    "a theme's own field": ({"authors": ["Jane", 7], "coauthors": [{}]}, []),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_each_plugin_shows(form: str) -> None:
    data, expected = FORMS[form]
    assert [(one.user, one.keys, one.name, one.slug) for one in mentions(data)] == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["user_id", "slug", "display_name", "term_id"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["authors", "coauthors", "meta", "_molongui_author"]), JSON))
def test_fields_of_any_shape_raise_nothing(data: dict[str, Any]) -> None:
    found, _ = Bylines(Authors()).of(a_post(), data)
    assert found
    assert [row.position for row in found] == list(range(len(found)))


def test_guests_are_known_by_their_own_record_and_accounts_by_theirs() -> None:
    terms = [(12, {"slug": "cap-jane", "name": "jane"}), (13, {"slug": "cap-ann", "name": "ann"})]
    posts = [(23, {"slug": "cap-ann", "title": {"rendered": "Ann &#8220;B&#8221;"}})]
    listed = guests([JANE], terms, posts)
    assert [(one.id, one.name, one.keys) for one in listed] == [
        (7, "Jane Roe", ("term:12",)),
        (0, "Ann “B”", ("post:23", "term:13")),
    ]
    authors = order_authors(listed, AuthorRules())
    assert authors.guests == {"term:12": "jane", "post:23": "ann", "term:13": "ann"}
    found, _ = Bylines(authors).of(a_post(), {"coauthors": [13, 12, 99]})
    assert [(row.author, row.origin) for row in found] == [
        ("ann", "co-authors-plus"),
        ("jane", "co-authors-plus"),
    ]


def test_a_guest_with_a_persons_name_is_that_person_and_another_keeps_apart() -> None:
    bylines = Bylines(order_authors([JANE, ADMIN], AuthorRules()))
    data = {"authors": [{"display_name": "JANE ROE", "slug": "jroe"},
                        {"display_name": "Jane Doe", "slug": "jane"}]}  # fmt: skip
    found, _ = bylines.of(a_post(), data)
    assert [row.author for row in found] == ["jane", "jane-guest"]
    assert [row.name for row in found] == ["JANE ROE", "Jane Doe"]


def test_rules_speak_of_guests_too(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        '[house]\nname = "The clinic"\n[[rule]]\nmatch = { name = "ann b" }\nname = "Ann Bee"\n'
        '[[rule]]\nmatch = { slug = "staff" }\nhouse = true\n',
    )
    bylines = Bylines(order_authors([JANE], rules), rules)
    found, _ = bylines.of(
        a_post(), {"authors": [{"display_name": "Ann B", "slug": "ann"},
                               {"display_name": "Team", "slug": "staff"}]},
    )  # fmt: skip
    assert [row.author for row in found] == ["ann-bee", "the-clinic"]
    assert [row.name for row in found] == ["Ann Bee", "The clinic"]


@pytest.mark.parametrize("policy", ["refuse", "drop"])
def test_those_whom_the_rules_leave_out_write_nothing(tmp_path: Path, policy: str) -> None:
    rules = rules_of(
        tmp_path, f'unmapped = "{policy}"\n[[rule]]\nmatch = {{ id = 7 }}\nname = "J"\n'
    )
    authors = order_authors([JANE, ADMIN], rules)
    assert authors.slug_of == {7: "j", 1: ""}
    assert len(authors.notes) == (2 if policy == "refuse" else 1)  # and login-like
    found, _ = Bylines(authors, rules).of(
        a_post(), {"authors": [{"user_id": 1}, {"user_id": 7}, {"display_name": "X"}]}
    )
    assert [row.author for row in found] == ["j"]


def test_an_author_who_is_named_twice_stands_once(tmp_path: Path) -> None:
    both = '[[rule]]\nmatch = { id = [1, 7] }\nname = "Jane Roe"\n'
    authors = order_authors([JANE, ADMIN], rules_of(tmp_path, both))
    found, _ = Bylines(authors).of(a_post(), {"authors": [{"user_id": 1}, {"user_id": 7}]})
    assert [(row.position, row.author) for row in found] == [(0, "jane")]


def test_an_account_that_the_site_hides_is_known_by_its_id_or_name() -> None:
    bylines = Bylines(Authors())
    found, _ = bylines.of(a_post(), {"authors": [{"user_id": 5}]})
    assert [row.author for row in found] == ["author-5"]
    found, _ = bylines.of(
        a_post(), {"authors": [{"user_id": 5, "display_name": "Eva", "slug": "e"}]}
    )
    assert [row.author for row in found] == ["e"]


# -- bylines in the text

LINE = "<p>By {} | November 15th, 2017 | Categories: Chronic Pain</p><p>Text.</p>"


def told(bylines: Bylines, name: str, author: str = "jane", **fields: Any) -> list[str]:
    return bylines.of(a_post(author, LINE.format(name), **fields), {"author": 7})[1]


def test_a_byline_that_agrees_says_nothing_and_one_that_differs_is_told(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        '[[rule]]\nmatch = { id = 7 }\nname = "Dr. Jane Roe"\nslug = "jane"\n'
        '[[rule]]\nmatch = { pattern = "j\\\\. roe" }\nname = "Dr. Jane Roe"\n',
    )
    bylines = Bylines(order_authors([JANE, ADMIN], rules), rules)
    for name in ("Jane Roe", "dr. jane roe", "Jane", "J. Roe", "Bob and Jane Roe"):
        assert told(bylines, name) == [], name
    assert told(bylines, "Bob") == ['the byline names "Bob", and the post has another author']
    assert told(bylines, "Jane Roe", at="2019-01-01T00:00:00Z") == [
        "the byline is of 2017-11-15, and the post of 2019-01-01"
    ]
    silent = rules_of(tmp_path, 'bylines = "ignore"\n')
    assert told(Bylines(Authors(), silent), "Bob") == []


def test_a_trusted_byline_names_the_author_where_the_posts_own_is_no_person(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, 'bylines = "trust"\n')
    bylines = Bylines(order_authors([JANE, ADMIN], rules), rules)

    def author(own: str, name: str) -> list[tuple[str, str]]:
        found, _ = bylines.of(a_post(own, LINE.format(name)), {"author": 1})
        return [(row.author, row.origin) for row in found]

    assert author("ketaminedmin", "Jane Roe") == [("jane", "byline")]
    assert author("ketaminedmin", "Dr. Bob Doe") == [("dr-bob-doe", "byline")]
    assert author("ketaminedmin", "editor") == [("ketaminedmin", "wordpress")]
    assert author("jane", "Dr. Bob Doe") == [("jane", "wordpress")]
    trace: list[Decision] = []
    bylines.of(a_post("ketaminedmin", LINE.format("Jane Roe")), {"author": 1}, trace)
    assert [(one.action, one.before, one.after) for one in trace] == [
        ("trusted", "ketaminedmin", "jane")
    ]


def test_why_an_author_is_who_they_are_can_be_told(tmp_path: Path) -> None:
    rules = rules_of(tmp_path, '[[rule]]\nmatch = { id = 1 }\nname = "Ann"\n')
    trace: list[Decision] = []
    Bylines(order_authors([ADMIN], rules), rules).of(a_post("ann"), {"author": 1}, trace)
    assert [(one.before, one.after, one.why, one.rule[-15:]) for one in trace] == [
        ("ketamine@dmin", "ann", "a rule says who that is", "/authors.toml:2")
    ]


# -- over an archive


@pytest.fixture
def site() -> Iterator[SiteArchive]:
    records = [
        make_record("users/user", 7, name="Jane Roe", slug="jane"),
        make_record("terms/author", 12, name="jane", slug="cap-jane"),
        make_record("terms/author", 13, name="ann", slug="cap-ann"),
        make_record("posts/guest-author", 23, slug="cap-ann", title={"rendered": "Ann Bee"}),
        make_record("posts/post", 1, author=7, coauthors=[13, 12]),
        make_record(
            "posts/post", 2, author=7, authors=[{"display_name": "Only Here", "slug": "o"}]
        ),
        make_record("posts/post", 3, author=7, content={"rendered": LINE.format("Bob")}),
    ]
    with tmp_archive() as archive:
        one = archive.of(SITE)
        one.set_site(make_identity())
        save(one, records)
        yield one


def save(site: SiteArchive, records: Sequence[Record]) -> None:
    run = site.begin_run("pull", "anonymous")
    for record in records:
        site.save(run, [record])


def by_post(site: SiteArchive) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in site.query("SELECT post, author FROM post_authors WHERE post_type = 'post' ORDER BY"
                          " post, position"):  # fmt: skip
        found.setdefault(int(str(row["post"])), []).append(str(row["author"]))
    return found


def names(site: SiteArchive) -> dict[str, str]:
    return {str(row["slug"]): str(row["name"]) for row in site.query("SELECT * FROM authors")}


def run(site: SiteArchive, rules: Rules | None = None) -> NormalizeResult:
    return normalize_site(site, rules or Rules())


def test_the_tables_know_all_authors_of_a_post(site: SiteArchive) -> None:
    result = run(site)
    assert by_post(site) == {1: ["ann", "jane"], 2: ["o"], 3: ["jane"]}
    assert names(site) == {"jane": "Jane Roe", "ann": "Ann Bee", "o": "Only Here"}
    assert {str(row["author"]) for row in site.query("SELECT author FROM posts WHERE id = 1")} == {
        "ann"
    }
    messages = [(problem.place.id, problem.message) for problem in result.findings]
    assert (3, 'the byline names "Bob", and the post has another author') in messages
    assert all(problem.place.url for problem in result.findings)


def test_a_guest_met_on_posts_only_stays_while_a_post_names_them(site: SiteArchive) -> None:
    run(site)
    save(site, [make_record("posts/post", 3, author=7)])
    assert set(run(site).written) == {"posts"}  # no author comes or goes
    assert "o" in names(site)
    save(site, [make_record("posts/post", 2, author=7)])
    run(site)
    assert "o" not in names(site)
    assert run(site).changed == 0


def test_a_rule_on_authors_reaches_the_posts(site: SiteArchive, tmp_path: Path) -> None:
    run(site)
    rules = rules_of(tmp_path, '[[rule]]\nmatch = { name = "only here" }\nname = "Ann Bee"\n')
    run(site, Rules(authors=rules))
    assert by_post(site)[2] == ["ann"]
    assert set(names(site)) == {"jane", "ann"}


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.permutations(range(3)))
def test_the_order_of_arrival_changes_no_author(order: list[int]) -> None:
    posts = [
        make_record("posts/post", id, authors=[{"display_name": f"Guest {id % 2}", "slug": "g"}])
        for id in (1, 2, 3)
    ]
    with tmp_archive() as archive:
        one = archive.of(SITE)
        one.set_site(make_identity())
        save(one, [posts[number] for number in order])
        run(one)
        assert by_post(one) == {1: ["g"], 2: ["g"], 3: ["g"]}
        assert names(one) == {"g": "Guest 1"}
        save(one, [make_record("posts/post", 1, authors=[])])
        run(one)
        assert names(one) == {"g": "Guest 0"}  # as if the first post had never named them
