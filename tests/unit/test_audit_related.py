"""What the audit says of related posts and of who links to whom."""

from __future__ import annotations

import pytest

from tests.audit import findings, found, post
from tests.helpers import SITE, make_record
from wp_sync.findings import Certainty
from wp_sync.model import Record

HOME = f"https://{SITE}"


def link(*ids: int) -> str:
    return "<p>Words " + " ".join(f'<a href="/post-{id}/">about {id}</a>' for id in ids) + "</p>"


def block(*urls: str) -> str:
    entries = "".join(f'<li><a href="{url}">Entry {url}</a></li>' for url in urls)
    return f"<p>Words.</p><h3>Related posts</h3><ul>{entries}</ul>"


def told(rule: str, *records: Record) -> list[tuple[int, str]]:
    return [(one.id, one.subject) for one in found(rule, *records)]


RING = [post(1, link(2)), post(2, link(3)), post(3, link(1))]


def test_an_orphan_is_linked_to_by_no_other() -> None:
    assert told("related/orphan", *RING, post(4, link(1, 4))) == [(4, "")]
    assert told("related/orphan", *RING, post(4, link(1)), post(5, link(4))) == [(5, "")]


def test_drafts_neither_link_nor_are_orphans() -> None:
    draft = post(5, link(4), status="draft")
    assert told("related/orphan", *RING, post(4, link(1)), draft) == [(4, "")]


def test_the_front_page_and_what_menus_name_are_no_orphans() -> None:
    front = post(10, link(1), type="page", link=f"{HOME}/")
    named = post(11, link(1), type="page")
    menu = make_record("posts/nav_menu_item", 90, object_id=11, type="post_type")
    navigation = make_record(
        "posts/wp_navigation", 91, content={"rendered": '<a href="/page-12/">Us</a>'}
    )
    listed = post(12, link(1), type="page")
    chosen = post(13, link(1), type="page")
    site = make_record("site/site", 0, page_for_posts=13)
    assert told("related/orphan", *RING, front, named, menu, navigation, listed, chosen, site) == []


def test_a_page_that_may_stand_in_a_menu_is_to_be_looked_at() -> None:
    (one,) = found("related/orphan", *RING, post(10, link(1), type="page"))
    assert (one.kind, one.certainty) == ("posts/page", Certainty.REVIEW)


def test_one_link_alone() -> None:
    two = [post(1, link(2, 3)), post(2, link(3, 1)), post(3, link(1))]
    assert told("related/single-inlink", *two) == [(2, "")]


def test_a_dead_end_leads_nowhere_inside() -> None:
    outside = '<p>Words <a href="https://elsewhere.example.org/">there</a> <a href="#a">a</a></p>'
    assert told("related/dead-end", *RING, post(4, outside)) == [(4, "")]
    assert told("related/dead-end", *RING, post(4, block("/post-1/"))) == []
    assert told("related/dead-end", *RING, post(4, "")) == []  # empty: another rule's business


def test_long_pages_want_more_links() -> None:
    words = "<p>" + "word " * 900 + "</p>"
    assert told("related/few-links", *RING, post(4, words + link(1))) == [(4, "")]
    assert told("related/few-links", *RING, post(4, words + link(1, 2))) == []
    assert told("related/few-links", *RING, post(4, words * 2 + link(1, 2))) == [(4, "")]


def test_islands_are_told_by_their_first_page() -> None:
    (one,) = (
        f for f in findings(*RING, post(8, link(9)), post(9, link(8))) if f.rule == "related/island"
    )
    assert (one.id, one.data["posts"]) == (8, [8, 9])
    assert told("related/island", *RING, post(8, link(9)), post(9, link(8, 1))) == []


@pytest.fixture(scope="module")
def entries() -> dict[str, list[tuple[int, str]]]:
    urls = ("/post-2/", "/nowhere/", "/post-5/", "/post-4/", "/?p=2")
    by_rule: dict[str, list[tuple[int, str]]] = {}
    records = [*RING, post(4, block(*urls)), post(5, status="draft")]
    for one in findings(*records):
        by_rule.setdefault(one.rule, []).append((one.id, one.subject))
    return by_rule


def test_entries_that_lead_nowhere(entries: dict[str, list[tuple[int, str]]]) -> None:
    assert sorted(entries["related/broken-entry"]) == [(4, "/nowhere/"), (4, "/post-5/")]


def test_an_entry_of_the_post_itself(entries: dict[str, list[tuple[int, str]]]) -> None:
    assert entries["related/self-entry"] == [(4, "/post-4/")]


def test_an_entry_twice(entries: dict[str, list[tuple[int, str]]]) -> None:
    assert entries["related/duplicate-entry"] == [(4, "/?p=2")]


def test_a_block_is_missing_where_the_siblings_have_one() -> None:
    having = [post(id, block("/post-1/", "/post-2/")) for id in range(10, 22)]
    without = post(30, link(1))
    assert told("related/block-missing", *having, without) == [(30, "")]
    assert told("related/block-missing", *having, *(post(id) for id in range(30, 40))) == []


def test_an_entry_on_another_subject() -> None:
    terms = [make_record("terms/category", id, name=f"C{id}", slug=f"c{id}") for id in (1, 2)]
    sleep = {"title": {"rendered": "How much sleep children need"}, "categories": [1]}
    naps = post(2, title={"rendered": "Naps and their length"}, categories=[1])
    words = post(3, title={"rendered": "Children and light"}, categories=[2])
    lot = post(4, title={"rendered": "Our new parking lot"}, categories=[2])
    urls = ("/post-2/", "/post-3/", "/post-4/")
    assert told(
        "related/irrelevant-entry", *terms, post(1, block(*urls), **sleep), naps, words, lot
    ) == [(1, "/post-4/")]
