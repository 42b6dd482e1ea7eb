"""What an address in a post means."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.model import State
from wp_sync.normalize.links.urls import UrlIndex, parse_address
from wp_sync.normalize.rules import LinkRules

HOME = "https://blog.example.com/news"
LIVE, GONE = State.LIVE, State.GONE
RECORDS = [
    (f"{HOME}/2017/11/back-pain/", "posts/post", 5, "back-pain", LIVE, "publish"),
    (f"{HOME}/?p=6", "posts/post", 6, "in-the-works", LIVE, "draft"),
    (f"{HOME}/about/team/", "posts/page", 7, "team", LIVE, "publish"),
    (f"{HOME}/%d1%81%d0%be%d0%bd/", "posts/post", 8, "%d1%81%d0%be%d0%bd", LIVE, "publish"),
    (f"{HOME}/2018/01/taken-down/", "posts/post", 9, "taken-down", GONE, "publish"),
    (f"{HOME}/2018/01/binned/", "posts/post", 10, "binned__trashed", State.TRASHED, "trash"),
    (f"{HOME}/photo-page/", "posts/attachment", 11, "photo-page", LIVE, "inherit"),
    (f"{HOME}/2019/01/hidden/", "posts/post", 12, "hidden", LIVE, "private"),
    (f"{HOME}/2020/02/twice/", "posts/post", 13, "twice", LIVE, "publish"),
    (f"{HOME}/topics/twice/", "posts/topic", 14, "twice", LIVE, "publish"),
    (f"{HOME}/category/pain/", "terms/category", 3, "pain", LIVE, ""),
    (f"{HOME}/tag/sleep/", "terms/post_tag", 4, "sleep", LIVE, ""),
    (f"{HOME}/author/jane/", "users/user", 2, "jane", LIVE, ""),
]
FILES = [
    (f"{HOME}/wp-content/uploads/2017/11/plan-scaled.jpg", 20),
    (f"{HOME}/wp-content/uploads/2017/11/plan.jpg", 20),
    (f"{HOME}/wp-content/uploads/photo-500x1000.jpg", 21),
    (f"{HOME}/wp-content/uploads/photo.jpg", 22),
]


def made(records: list[tuple[str, str, int, str, State, str]] | None = None) -> UrlIndex:
    index = UrlIndex(HOME, LinkRules(aliases=("old.example.org", "example.net/site")))
    for record in records or RECORDS:
        index.add(*record)
    index.add_old("backpain", f"{HOME}/2016/01/backpain/", 5)
    for url, attachment in FILES:
        index.add_file(url, attachment)
    return index


INDEX = made()
BASE = INDEX.base(f"{HOME}/about/team/")


@pytest.mark.parametrize(
    ("url", "state", "kind", "target"),
    [
        # the same post in every spelling
        (f"{HOME}/2017/11/back-pain/", "resolved", "posts/post", 5),
        ("/news/2017/11/back-pain", "resolved", "posts/post", 5),
        ("../../2017/11/back-pain/", "resolved", "posts/post", 5),
        ("//blog.example.com/news/2017/11/back-pain/", "resolved", "posts/post", 5),
        ("http://www.blog.example.com:80/news/2017/11/Back-Pain/", "resolved", "posts/post", 5),
        ("HTTPS://BLOG.EXAMPLE.COM./news//2017/11/./back-pain/", "resolved", "posts/post", 5),
        ("https://u:p@blog.example.com/news/2017/11/back-pain/", "resolved", "posts/post", 5),
        (f"{HOME}/index.php/2017/11/back-pain/", "resolved", "posts/post", 5),
        (f"{HOME}/2017/11/back-pain/?utm_source=a&fbclid=b#c", "resolved", "posts/post", 5),
        (f"{HOME}/2017/11/back-pain/feed/", "resolved", "posts/post", 5),
        (f"{HOME}/2017/11/back-pain/amp/", "resolved", "posts/post", 5),
        (f"{HOME}/2017/11/back-pain/2/", "resolved", "posts/post", 5),
        (f"{HOME}/2017/11/back-pain/comment-page-3/#comment-9", "resolved", "posts/post", 5),
        (f" {HOME}/2017/11/back\n-pain/ ", "resolved", "posts/post", 5),
        (f"{HOME}/?p=5", "resolved", "posts/post", 5),
        (f"{HOME}?page_id=5&preview=true", "resolved", "posts/post", 5),
        ("https://old.example.org/2017/11/back-pain/", "resolved", "posts/post", 5),
        ("https://example.net/site/2017/11/back-pain/", "resolved", "posts/post", 5),
        ("/news/сон/", "resolved", "posts/post", 8),
        ("/news/%D1%81%D0%BE%D0%BD", "resolved", "posts/post", 8),
        # other addresses that a post once had
        (f"{HOME}/2016/01/backpain/", "moved", "posts/post", 5),
        (f"{HOME}/other/scheme/backpain/", "moved", "posts/post", 5),
        (f"{HOME}/back-pain.html", "moved", "posts/post", 5),
        (f"{HOME}/twice/", "missing", "", 0),  # two posts have the slug: no guess
        # what visitors can't see, and what is no more
        (f"{HOME}/?p=6", "unpublished", "posts/post", 6),
        (f"{HOME}/2020/01/in-the-works/", "unpublished", "posts/post", 6),
        (f"{HOME}/2018/01/binned/", "unpublished", "posts/post", 10),
        (f"{HOME}/2019/01/hidden/", "unpublished", "posts/post", 12),
        (f"{HOME}/2018/01/taken-down/", "missing", "posts/post", 9),
        (f"{HOME}/no/such/thing/", "missing", "", 0),
        (f"{HOME}/?p=404", "missing", "", 0),
        (f"{HOME}/?p=99999999999999999999999", "missing", "", 0),
        # the page itself
        ("", "self", "posts/page", 7),
        ("/news/about/team", "self", "posts/page", 7),
        ("#doctors", "fragment", "posts/page", 7),
        ("/news/about/team/#doctors", "fragment", "posts/page", 7),
        # archives, the home page, machinery
        (f"{HOME}/category/pain/page/2/", "resolved", "terms/category", 3),
        (f"{HOME}/?cat=3", "resolved", "terms/category", 3),
        (f"{HOME}/tag/sleep/feed/", "resolved", "terms/post_tag", 4),
        (f"{HOME}/?author=2", "resolved", "users/user", 2),
        (f"{HOME}/", "resolved", "site/site", 0),
        (HOME, "resolved", "site/site", 0),
        (f"{HOME}/?s=pain", "resolved", "site/site", 0),
        (f"{HOME}/2017/11/", "resolved", "site/site", 0),
        (f"{HOME}/wp-login.php", "other", "", 0),
        # files
        (f"{HOME}/wp-content/uploads/2017/11/plan-300x200.jpg", "resolved", "posts/attachment", 20),
        (f"{HOME}/wp-content/uploads/photo-500x1000.jpg", "resolved", "posts/attachment", 21),
        (f"{HOME}/wp-content/uploads/photo-50x100.jpg", "resolved", "posts/attachment", 22),
        (f"{HOME}/wp-content/uploads/gone-50x100.jpg", "missing", "", 0),
        (
            "https://i0.wp.com/blog.example.com/news/wp-content/uploads/photo.jpg?w=30",
            "resolved",
            "posts/attachment",
            22,
        ),
        # elsewhere
        ("https://blog.example.com/shop/", "outside", "", 0),
        ("https://blog.example.com.evil.example/news/", "outside", "", 0),
        ("https://example.net/elsewhere/", "outside", "", 0),
        ("\\\\evil.example\\news", "outside", "", 0),
        ("https:/evil.example/x", "outside", "", 0),
        ("mailto:a@b.example", "other", "", 0),
        ("tel:+1", "other", "", 0),
        ("java\nscript:alert(1)", "other", "", 0),
        ("javascript:alert(1)", "other", "", 0),
        ("https://", "other", "", 0),
        ("http://[::1", "outside", "", 0),
    ],
)
def test_what_an_address_means(url: str, state: str, kind: str, target: int) -> None:
    meaning = INDEX.meaning(url, BASE, 7)
    assert (meaning.state, meaning.kind, meaning.target) == (state, kind, target)


def test_the_resolved_address_has_no_trackers_and_no_password_and_keeps_the_rest() -> None:
    url = "https://me:secret@blog.example.com/news/x?b=2&utm_medium=m&a=1&gclid=3#part"
    resolved = INDEX.meaning(url, BASE).resolved
    assert resolved == "https://blog.example.com/news/x?b=2&a=1#part"


def test_the_owner_adds_and_keeps_arguments() -> None:
    index = UrlIndex(HOME, LinkRules(trackers=("partner",), keep_arguments=("gclid", "utm_id")))
    resolved = index.meaning("/news/x?partner=1&gclid=2&utm_id=3&utm_source=4", BASE).resolved
    assert resolved.endswith("/news/x?gclid=2&utm_id=3")


def test_a_site_with_plain_permalinks() -> None:
    index = UrlIndex("http://plain.example", LinkRules())
    index.add("http://plain.example/?p=3", "posts/post", 3, "three", LIVE, "publish")
    index.add("http://plain.example/?book=dune", "posts/book", 4, "dune", LIVE, "publish")
    base = index.base("http://plain.example/?p=3")
    assert index.meaning("/?p=3", base).target == 3
    assert index.meaning("/?book=dune&utm_source=x", base).target == 4
    assert index.meaning("/?p=3", base, 3).state == "self"
    assert index.meaning("/", base, 3).kind == "site/site"


@given(st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(chance: random.Random) -> None:
    same = (f"{HOME}/2017/11/back-pain/", "posts/attachment", 99, "x", LIVE, "inherit")
    records = [*RECORDS, same]
    shuffled = list(records)
    chance.shuffle(shuffled)
    one, other = made(records), made(shuffled)
    for link, *_ in records:
        assert one.meaning(link, BASE) == other.meaning(link, BASE)


@given(st.text(max_size=200))
def test_no_text_is_too_strange(url: str) -> None:
    meaning = INDEX.meaning(url, BASE, 7)
    assert meaning.resolved == "" or parse_address(meaning.resolved) is not None


@given(st.text('/\\.:?#@%&=[]<>" \t\nabc123', max_size=60))
def test_no_punctuation_is_too_strange(url: str) -> None:
    INDEX.meaning(url, BASE, 7)
    INDEX.meaning("https://" + url, BASE, 7)
    INDEX.meaning(HOME + url, BASE, 7)
