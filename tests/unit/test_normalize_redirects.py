"""Redirects of the Redirection plugin, short addresses, and how a target is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from wp_sync.errors import ConfigError
from wp_sync.model import State
from wp_sync.normalize.links.redirects import redirects_of
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import LinkRules, Redirect

HOME = "https://blog.example.com"


def index() -> UrlIndex:
    made = UrlIndex(HOME, LinkRules(shortlinks=("wp.me/p8fRz",)))
    for id, slug in ((5, "back-pain"), (3844, "sleep")):
        made.add(f"{HOME}/{slug}/", "posts/post", id, slug, State.LIVE, "publish")
    made.add(f"{HOME}/team/", "posts/page", 7, "team", State.LIVE, "publish")
    made.add(f"{HOME}/?p=8", "posts/post", 8, "draft", State.LIVE, "draft")
    made.add(f"{HOME}/category/pain/", "terms/category", 3, "pain", State.LIVE, "")
    made.add(f"{HOME}/author/jane/", "users/user", 2, "jane", State.LIVE, "")
    made.add_file(f"{HOME}/wp-content/uploads/a.jpg", 9)
    made.add_old("backpain", f"{HOME}/2016/backpain/", 5)
    assert made.add_redirect("/old/", "/back-pain/")
    assert made.add_redirect("/two-hops", f"{HOME}/old")
    assert made.add_redirect("/away", "https://other.example/x")
    assert made.add_redirect("/round", "/round-2")
    assert made.add_redirect("/round-2", "/round")
    assert made.add_redirect("/item?id=3", "/sleep/")
    assert made.add_redirect("/draft-was-here", "/?p=8")
    assert made.add_redirect("^/news/(.*)$", "/$1", pattern=True)
    assert made.add_redirect("^/exact\\.html$", "/team/", pattern=True)
    return made


INDEX = index()


def meaning(url: str) -> Meaning:
    return INDEX.meaning(url, INDEX.base(f"{HOME}/team/"), 7)


@pytest.mark.parametrize(
    ("url", "state", "target"),
    [
        ("/old/", "moved", 5),
        ("/OLD?utm_source=x#part", "moved", 5),
        ("/two-hops/", "moved", 5),
        ("/item/?id=3", "moved", 3844),
        ("/item/?id=4", "missing", 0),
        ("/away", "outside", 0),
        ("/round", "missing", 0),
        ("/draft-was-here", "unpublished", 8),
        ("/news/back-pain/", "moved", 5),
        ("/news/no-such-post/", "missing", 0),
        ("/newsletter/", "missing", 0),
        ("/exact.html", "moved", 7),
        ("https://wp.me/p8fRz-10", "missing", 0),
        ("https://wp.me/p8fRz-5", "resolved", 5),
        ("https://wp.me/p8fRz-100", "resolved", 3844),
        ("https://wp.me/p8fRz-!", "outside", 0),
        ("https://wp.me/pOther-5", "outside", 0),
    ],
)
def test_where_redirects_and_short_addresses_lead(url: str, state: str, target: int) -> None:
    found = meaning(url)
    assert (found.state, found.target) == (state, target)


@pytest.mark.parametrize(
    ("url", "type", "via", "suffix"),
    [
        ("/back-pain/", "post", "address", ""),
        ("/back-pain/feed/", "feed", "address", "/feed"),
        ("/back-pain/amp/", "post", "address", "/amp"),
        ("/back-pain/2/", "post", "address", "/2"),
        ("/?p=5", "post", "id", ""),
        ("/x/back-pain/", "post", "slug", ""),
        ("/2016/backpain/", "post", "old address", ""),
        ("/y/backpain/", "post", "old slug", ""),
        ("/old/", "post", "redirect", ""),
        ("https://wp.me/p8fRz-5", "post", "shortlink", ""),
        ("/team/", "page", "address", ""),
        ("#x", "anchor", "address", ""),
        ("/category/pain/", "term", "address", ""),
        ("/category/pain/feed/", "feed", "address", "/feed"),
        ("/author/jane/", "author", "address", ""),
        ("/wp-content/uploads/a-300x200.jpg", "media", "file", ""),
        ("/", "home", "", ""),
        ("/feed/", "feed", "", ""),
        ("/?s=pain", "search", "", ""),
        ("/2019/04/", "date", "", ""),
        ("/wp-admin/", "system", "", ""),
        ("https://other.example/", "outside", "", ""),
        ("mailto:a@b.example", "mail", "", ""),
        ("tel:+1", "phone", "", ""),
        ("jAvA\tscript:alert(1)", "script", "", ""),
        ("\x01javascript:alert(1)", "script", "", ""),
        ("ftp://x.example/", "other", "", ""),
        ("/nothing/", "", "", ""),
    ],
)
def test_what_a_target_is_and_how_it_is_known(url: str, type: str, via: str, suffix: str) -> None:
    found = meaning(url)
    assert (found.type, found.via, found.suffix) == (type, via, suffix)


@pytest.mark.parametrize("source", ["^/(a+)+$", "/a|b", "^/x/(.*)/(.*)$", "(.*)", "^/[a-z]+$"])
def test_a_pattern_that_is_not_followed_is_said_so(source: str) -> None:
    assert not UrlIndex(HOME, LinkRules()).add_redirect(source, "/$1", pattern=True)


JSON = """{"plugin": {}, "redirects": [
  {"url": "/a", "match_type": "url", "action_type": "url", "action_data": {"url": "/b"},
   "enabled": true, "regex": false},
  {"url": "^/c/(.*)", "match_type": "url", "action_type": "url", "action_data": {"url": "/$1"},
   "enabled": true, "regex": true},
  {"url": "/off", "action_data": {"url": "/b"}, "enabled": false},
  {"url": "/gone", "action_type": "error", "action_data": {"url": ""}},
  {"url": "/login", "match_type": "login", "action_data": {"logged_in": "/x"}}, 7]}"""
CSV = "source,target,regex,code,type,match,hits,title,status\n/a,/b,0,301,url,url,3,,active\n"


def test_exports_in_both_forms() -> None:
    assert redirects_of(JSON) == [Redirect("/a", "/b"), Redirect("^/c/(.*)", "/$1", True)]
    assert redirects_of("\ufeff" + CSV) == [Redirect("/a", "/b")]
    assert redirects_of("/a,/b,0,301\n/c,/d\n") == [Redirect("/a", "/b"), Redirect("/c", "/d")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"redirects": 3}', 'has no list named "redirects"'),
        (b"{", "is not valid JSON"),
        (b"just words", "fewer than two columns"),
        (b"\xff\xfe", "not UTF-8"),
        (None, "can't be read"),
    ],
)
def test_an_export_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    (tmp_path / "links.toml").write_text('version = 2\n\nredirects = ["r.csv"]\n')
    if content is not None:
        (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load_rules(tmp_path)
    (problem,) = raised.value.problems
    assert message in problem.message
    assert problem.place.line == 3


def test_a_shared_file_names_exports_that_lie_beside_it(tmp_path: Path) -> None:
    shared, site = tmp_path / "shared", tmp_path / "site"
    for folder in (shared, site):
        folder.mkdir()
        (folder / "links.toml").write_text(f'version = 2\nredirects = ["{folder.name}.csv"]\n')
        (folder / f"{folder.name}.csv").write_text(f"/{folder.name},/b\n")
    (site / "folder.toml").write_text('version = 1\nextends = "../shared"\n')
    assert load_rules(site).links.redirects == (Redirect("/site", "/b"), Redirect("/shared", "/b"))


def test_what_links_toml_says(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(CSV)
    (tmp_path / "links.toml").write_text(
        'version = 2\naliases = ["https://old.example/blog/"]\nredirects = "r.csv"\n'
        'shortlinks = ["https://wp.me/p8fRz-5"]\n[tracking]\nclean = true\n'
        '[new]\nhome = "https://new.example/"\npermalinks = "/%category%/%postname%/"\n'
        '[[external]]\nfrom = "http://www.Partner.example/shop"\nto = "https://shop.example"\n'
    )
    links = load_rules(tmp_path).links
    assert links.aliases == ("old.example/blog",)
    assert links.redirects == (Redirect("/a", "/b"),)
    assert links.shortlinks == ("wp.me/p8fRz",)
    assert links.clean
    assert (links.new.home, links.new.permalinks) == (
        "https://new.example",
        "/%category%/%postname%/",
    )
    assert [(one.old, one.new) for one in links.external] == [
        ("partner.example/shop", "https://shop.example")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[new]\nhome = "new.example"', "not a whole address"),
        ('[new]\nhome = "https://n.example"\npermalinks = "/%year%/"', "two posts could get"),
        ('[new]\nhome = "https://n.example"\npermalinks = "/%postnme%/"', "%postnme% is not known"),
        ('[new]\npermalinks = "/%postname%/"', "without a home"),
        ('[[external]]\nfrom = "a.example"', "to is missing"),
        ('[[external]]\nfrom = "a.example"\nto = "b.example"\n'
         '[[external]]\nfrom = "http://www.a.example/"\nto = "c.example"', "already"),
        ('shortlinks = ["wp.me"]', "start of a short address"),
    ],
)  # fmt: skip
def test_mistakes_in_links_toml(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "links.toml").write_text(f"version = 2\n{text}\n")
    with pytest.raises(ConfigError) as raised:
        load_rules(tmp_path)
    assert message in " ".join(problem.message for problem in raised.value.problems)
