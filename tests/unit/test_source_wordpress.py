"""Finding a site, being known there, and keeping credentials, time and bytes in bounds."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rest_server import Asked, Reply, Site, error, post, serving
from tests.unit.test_source_listing import POSTS, drain, ids, quick
from wp_sync.errors import (
    Exit,
    LoginFailed,
    NotWordPress,
    RestClosed,
    SourceError,
    TryLater,
    UsageError,
)
from wp_sync.http.client import Limits
from wp_sync.http.discover import clean_address, same_site
from wp_sync.http.identity import site_key
from wp_sync.model import State
from wp_sync.source.wordpress import WordPressSource

LINK = '<{}>; rel="https://api.w.org/"'


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    with serving() as site:
        yield site


# -- discovery


def test_the_link_header_names_a_renamed_api(site: Site) -> None:
    site.rest = "/api/v9/"
    site.page_headers["Link"] = LINK.format(f"{site.url}/api/v9/")
    with quick(site) as source:
        assert source.identify().api == f"{site.url}/api/v9/"
        assert source.found.how == "the Link header"


def test_the_link_in_the_page_s_html_does_too(site: Site) -> None:
    site.rest = "/api/"
    site.page = (
        "<html><head><meta name='generator' content='WordPress 6.8.1' />"
        f"<link href='{site.url}/api/' rel='https://api.w.org/' /></head>"
    ).encode()
    with quick(site) as source:
        identity = source.identify()
    assert identity.api == f"{site.url}/api/"
    assert identity.generator == "WordPress 6.8.1"


def test_without_a_sign_the_usual_address_is_tried(site: Site) -> None:
    with quick(site) as source:
        identity = source.identify()
    assert identity.api == f"{site.url}/wp-json/"
    assert identity.name == "A & B"
    assert identity.key == site.url.removeprefix("http://")
    assert identity.view == "anonymous"


def test_plain_permalinks_join_parameters_to_the_route(site: Site) -> None:
    site.rest = ""
    site.fill(130)
    with quick(site) as source:
        assert source.identify().api == f"{site.url}/?rest_route=/"
        sightings, walked = drain(source.census(POSTS))
    assert len(sightings) == 130
    assert walked.complete


def test_a_site_in_a_subfolder_is_found_from_a_page_in_it(site: Site) -> None:
    site.rest = "/blog/wp-json/"
    site.home = "/blog"
    with WordPressSource(f"{site.url}/blog/some-post/") as source:
        assert source.identify().api == f"{site.url}/blog/wp-json/"


def test_not_wordpress_is_said_with_what_was_tried(site: Site) -> None:
    site.rest = ""
    site.hooks.append(lambda asked: Reply(b"<html>a shop</html>", 200))
    with quick(site) as source, pytest.raises(NotWordPress) as caught:
        source.identify()
    assert "/wp-json/" in caught.value.message
    assert caught.value.hint


def test_rest_closed_by_a_plugin_is_said_in_words_that_help(site: Site) -> None:
    site.hooks.append(
        lambda asked: error(401, "rest_disabled") if "wp-json" in asked.path else None
    )
    site.page_headers["Link"] = LINK.format(f"{site.url}/wp-json/")
    with quick(site) as source, pytest.raises(RestClosed) as caught:
        source.identify()
    assert "401 rest_disabled" in caught.value.message
    assert "security plugin" in caught.value.message
    assert "ask" in caught.value.hint


def test_a_site_that_is_down_is_a_later_try() -> None:
    with serving() as site:
        url = site.url
    with WordPressSource(url) as source:
        source._sleep = lambda seconds: None  # type: ignore[method-assign]
        with pytest.raises(TryLater) as caught:
            source.identify()
    assert caught.value.exit_code is Exit.TRY_LATER


@pytest.mark.parametrize(
    "url", ["", "   ", "ftp://x.example", "http://", "https://a b.example", "http://[::1"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        WordPressSource(url)
    assert caught.value.exit_code is Exit.USAGE


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        WordPressSource("https://me:hunter2@blog.example.com/")
    assert "hunter2" not in str(caught.value) + caught.value.hint


def test_addresses_as_people_type_them() -> None:
    assert clean_address(" Blog.example.com ") == "https://Blog.example.com/"
    assert clean_address("http://x.example/a/?utm=1#top") == "http://x.example/a/"
    assert clean_address("127.0.0.1:8080") == "http://127.0.0.1:8080/"
    assert site_key("https://Blog.example.com:443/news/") == "blog.example.com/news"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/", "https://a.example/", True),
        ("https://a.example/", "https://www.a.example/x", True),
        ("https://a.example/", "http://a.example/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://a.example:8443/", False),
        ("https://a.example/", "https://a.example.evil.example/", False),
    ],
)
def test_which_redirects_stay_at_the_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


# -- who we are, and where credentials go


def test_a_wrong_password_is_found_although_public_routes_answer(site: Site) -> None:
    site.password = "right"
    with (
        quick(site, user="me", password="wrong") as source,
        pytest.raises(LoginFailed) as caught,
    ):
        source.identify()
    assert "application password" in caught.value.hint
    assert "wrong" not in str(caught.value)


def test_a_login_is_known_with_its_rights(site: Site) -> None:
    site.password = "right"
    with quick(site, user="me", password="right") as source:
        login = source.identify().login
    assert (login.id, login.roles) == (7, ("editor",))
    assert "list_users" in login.capabilities


def test_credentials_never_follow_a_redirect_to_another_origin(site: Site, elsewhere: Site) -> None:
    site.password = "right"
    site.fill(3)
    fired = []

    def away(asked: Asked) -> Reply | None:
        if asked.path != "/wp-json/wp/v2/posts":
            return None
        fired.append(asked)
        return Reply(b"", 302, {"Location": f"{elsewhere.url}/wp-json/wp/v2/posts"})

    with quick(site, user="me", password="right") as source:
        source.identify()
        site.hooks.append(away)
        with pytest.raises(SourceError):
            source.total(POSTS)
    assert fired
    assert elsewhere.asked == []


def test_the_api_of_another_host_does_not_get_the_password(site: Site, elsewhere: Site) -> None:
    site.page_headers["Link"] = LINK.format(f"{elsewhere.url}/wp-json/")
    with quick(site, user="me", password="secret") as source, pytest.raises(LoginFailed):
        source.identify()
    assert all("authorization" not in asked.headers for asked in elsewhere.asked)


def test_a_password_over_plain_http_is_refused_before_anything_is_sent() -> None:
    with WordPressSource("http://blog.example.com/", user="me", password="secret") as source:
        with pytest.raises(UsageError) as caught:
            source.identify()
        assert source.requests_made() == 0
    assert "https" in caught.value.hint


def test_what_is_sent_with_every_request(site: Site) -> None:
    def bake(asked: Asked) -> None:
        site.extra = {"Set-Cookie": "session=1; Path=/"}

    site.hooks.append(bake)
    site.fill(3)
    with quick(site) as source:
        drain(source.walk(POSTS))
        drain(source.walk(POSTS))
    for asked in site.asked:
        assert asked.headers["user-agent"].startswith("wp-sync/")
        assert asked.headers["cache-control"] == "no-cache"
        assert "cookie" not in asked.headers
        assert "authorization" not in asked.headers


def test_proxies_and_netrc_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with quick(site) as source:
        source.identify()
    assert all("authorization" not in asked.headers for asked in site.asked)


# -- bounds in time and bytes


def wire(body: bytes, *headers: str) -> Reply:
    head = "\r\n".join(["HTTP/1.1 200 OK", "Date: Fri, 02 Jan 2026 03:04:05 GMT", *headers])
    return Reply(wire=head.encode() + b"\r\n\r\n" + body)


def once(site: Site, reply: Reply) -> list[Asked]:
    """Answer the first listing in this way, the others properly."""
    fired: list[Asked] = []

    def hook(asked: Asked) -> Reply | None:
        if fired or asked.path != "/wp-json/wp/v2/posts":
            return None
        fired.append(asked)
        return reply

    site.hooks.append(hook)
    return fired


GOOD = json.dumps([{"id": 1}]).encode()


@pytest.mark.parametrize(
    "reply",
    [
        wire(GOOD[:-2], f"Content-Length: {len(GOOD)}"),
        wire(b"", "Content-Length: 10"),
        wire(b'5\r\n[{"id', "Transfer-Encoding: chunked"),
        wire(gzip.compress(GOOD)[:-9], "Content-Encoding: gzip"),
        wire(b"not gzip at all", "Content-Encoding: gzip", "Content-Length: 15"),
        Reply(wire=b""),
        Reply(wire=b"HTTP/1.1 200 OK\r\nDate: Fri"),
    ],
    ids=["short", "nothing", "chunk", "gzip", "no gzip", "reset", "reset in the headers"],
)
def test_a_body_cut_short_is_noticed_and_asked_for_again(site: Site, reply: Reply) -> None:
    site.fill(20)
    with quick(site) as source:
        source.identify()
        fired = once(site, reply)
        total, newest = source.total(POSTS)
    assert fired
    assert (total, len(newest)) == (20, 20)


@pytest.mark.parametrize("form", ["gzip", "two members", "zlib", "raw deflate"])
def test_compressed_answers_in_every_form(site: Site, form: str) -> None:
    body = json.dumps([post(1)]).encode()
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(body),
        "two members": gzip.compress(body[:40]) + gzip.compress(body[40:]),
        "zlib": zlib.compress(body),
        "raw deflate": raw.compress(body) + raw.flush(),
    }[form]
    name = "gzip" if form in ("gzip", "two members") else "deflate"
    headers = {"Content-Encoding": name, "X-WP-Total": "1"}
    site.hooks.append(
        lambda asked: Reply(packed, headers=headers) if asked.path.endswith("/posts") else None
    )
    with quick(site) as source:
        assert ids(source.total(POSTS)[1]) == [1]


def test_a_decompression_bomb_is_cut_off(site: Site) -> None:
    bomb = gzip.compress(b"[" + b" " * (40 << 20) + b"]")
    with quick(site) as source:
        source.identify()
        source._http.limits = Limits(body_bytes=1 << 20)
        fired = once(site, Reply(bomb, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(TryLater) as caught:
            source.total(POSTS)
    assert fired
    assert "larger" in caught.value.message


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_byte_now_and_then_does_not_outlive_the_deadline(site: Site, where: str) -> None:
    stop: list[bool] = []

    def drip() -> Iterator[bytes]:
        while not stop:
            yield b"x"
            time.sleep(0.05)

    start = b"HTTP/1.1 200 OK\r\nX: " if where == "headers" else b"HTTP/1.1 200 OK\r\n\r\n"
    with quick(site) as source:
        source.identify()
        source._http.limits = Limits(seconds=0.6)
        site.hooks.append(
            lambda asked: (
                Reply(wire=start, pieces=drip()) if asked.path.endswith("/posts") else None
            )
        )
        with pytest.raises(TryLater) as caught:
            source.total(POSTS)
    stop.append(True)
    assert "within" in caught.value.message


# -- items


def test_fetch_brings_what_is_there_and_names_what_is_not(site: Site) -> None:
    site.fill(300)
    del site.posts[7]
    with quick(site) as source:
        parts = list(source.fetch(POSTS, [*range(1, 251), 9999]))
    assert [record.id for part in parts for record in part.records] == [
        id for id in range(1, 251) if id != 7
    ]
    assert [id for part in parts for id in part.missing] == [7, 9999]
    assert max(len(asked.ids) for asked in site.asked) <= 100


def test_fetch_from_a_server_that_caps_its_pages_calls_nothing_missing(site: Site) -> None:
    site.fill(120)
    site.cap = 9
    with quick(site) as source:
        parts = list(source.fetch(POSTS, range(1, 121)))
    assert sorted(r.id for part in parts for r in part.records) == list(range(1, 121))
    assert [id for part in parts for id in part.missing] == []


def test_very_long_ids_make_no_endless_address(site: Site) -> None:
    big = [10**15 + id for id in range(100)]
    site.posts = {id: post(id) for id in big}
    with quick(site) as source:
        parts = list(source.fetch(POSTS, big))
    assert sum(len(part.records) for part in parts) == 100
    assert max(len(asked.words.get("include", "")) for asked in site.asked) < 1600


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (error(404, "rest_post_invalid_id"), State.GONE),
        (error(401, "rest_forbidden"), State.WITHHELD),
        (error(403, "rest_forbidden"), State.WITHHELD),
        (error(404, "rest_no_route"), None),
        (Reply(b"<html>404</html>", 404), None),
        (Reply(b"<html>410</html>", 410), None),
        (Reply(b"[]"), None),
        (Reply(b'{"id": 6, "status": "publish"}'), None),
        (error(500, "internal_server_error"), None),
        (Reply(b'{"id": 5, "status": "trash"}'), State.TRASHED),
        (Reply(b'{"id": 5, "status": "publish"}'), State.LIVE),
    ],
)
def test_only_wordpress_s_own_word_makes_an_item_gone(
    site: Site, reply: Reply, state: State | None
) -> None:
    site.hooks.append(lambda asked: reply if asked.path.endswith("/posts/5") else None)
    with quick(site) as source:
        found, record = source.fate(POSTS, 5)
    assert found is state
    assert (record is not None) == (state in (State.LIVE, State.TRASHED))


def test_fate_goes_past_page_caches(site: Site) -> None:
    site.fill(5)
    with quick(site) as source:
        source.fate(POSTS, 5)
        source.fate(POSTS, 5)
    words = [asked.words["_fresh"] for asked in site.asked if asked.path.endswith("/posts/5")]
    assert len(set(words)) == 2


def test_collections_and_what_is_closed(site: Site) -> None:
    site.fill(3)
    site.terms = {1: {"id": 1, "name": "A", "extra": 1, "_links": {}}}
    site.hooks.append(
        lambda asked: error(401, "rest_user_cannot_view") if asked.path.endswith("/users") else None
    )
    with quick(site) as source:
        collections, problems = source.collections()
        before = len(site.asked)
        totals = {each.kind: source.total(each)[0] for each in collections}
        spent = len(site.asked) - before
    assert totals == {"posts/post": 3, "terms/category": 1, "comments/comment": 0}
    assert spent == 0  # the probes were the first totals
    posts, terms = collections[0], collections[1]
    assert posts.taxonomies == {"terms/category": "categories"}
    assert "categories" in posts.stamp_fields
    assert terms.fields == ("id", "name", "extra")
    (problem,) = problems
    assert problem.place.kind == "users/user"
    assert "rest_user_cannot_view" in problem.message


def test_rights_are_used_step_by_step(site: Site) -> None:
    site.password = "right"
    site.fill(3)
    types = {
        "post": {
            "rest_base": "posts",
            "capabilities": {"edit_others_posts": "edit_others_posts"},
        }
    }

    def refuse_statuses(asked: Asked) -> Reply | None:
        if asked.path.endswith("/types"):
            return Reply(json.dumps(types).encode())
        if asked.path.endswith("/posts") and "status" in asked.words:
            return error(400, "rest_invalid_param")
        return None

    site.hooks.append(refuse_statuses)
    with quick(site, user="me", password="right") as source:
        collections, problems = source.collections()
    posts = next(each for each in collections if each.kind == "posts/post")
    assert dict(posts.query) == {"context": "edit"}
    assert any("less than whole" in problem.message for problem in problems)


def test_closing_ends_what_waits(site: Site) -> None:
    site.fill(3)
    site.hooks.append(
        lambda asked: (
            Reply(b"", 503, {"Retry-After": "100"}) if asked.path.endswith("/posts") else None
        )
    )
    import threading

    source = WordPressSource(site.url)
    source.identify()
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            source.total(POSTS)
        except TryLater as error:
            ended.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not any(asked.path.endswith("/posts") for asked in site.asked):
        time.sleep(0.01)
    source.close()
    thread.join(60)
    assert not thread.is_alive()
    assert ended
