"""Rewriting: a link becomes another where it stands, and no other byte of the body changes."""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.html5_links import links as tree_links
from bench.html5_links import written_out
from bench.links_found import compare, labelled_bodies
from tests.bodies import bodies, recorded_bodies
from wp_sync.normalize.links.addresses import Found, find_addresses
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.scan import scan

MARKUP = st.text("<>/!-a ='\"\\{}[]&;:wp,.()\n é#", max_size=60)
ANYTHING = st.lists(
    st.one_of(
        MARKUP,
        st.sampled_from(["https://h.example/", "//h.example/", '<a href="', "<img srcset='", "<p ",
                         '<!-- wp:x {"url":"', '"} -->', "[x url=", "style='url(", ")'", "<pre>",
                         "</pre>", "<style>", "</style>", "data-x='{\"a\":\"", "\"}'", "&quot;"]),
    ),
    max_size=12,
).map("".join)  # fmt: skip
NEW = st.builds(
    "https://new.example{}".format,
    st.sampled_from(["", "/", "/a b/", "/?x=1&y=2", "/it's", '/"q"', "/(1)/", "/a,b,", "/--/x",
                     "/é", "/<x>", "/end.", "/[x]", "/?copy=3&lt=4", "/#top", "/a\\b", "/\x00\n"]),
)  # fmt: skip


def found(source: str) -> list[Found]:
    return [each for each in find_addresses(scan(source)) if each.url]


def meant(address: str) -> str:
    return unquote(address)


@given(bodies())
def test_every_link_of_a_generated_body_is_found_and_nothing_else(
    made: tuple[str, list[str]],
) -> None:
    body, links = made
    assert [each.url for each in found(body)] == links


@given(st.one_of(ANYTHING, bodies().map(lambda made: made[0])))
def test_rewriting_to_what_is_there_changes_no_byte(body: str) -> None:
    assert rewrite(body, lambda link: link.url) == body
    assert rewrite(body, lambda link: None) == body


@given(st.one_of(ANYTHING, bodies().map(lambda made: made[0])), NEW, st.data())
def test_one_link_rewritten_changes_its_own_place_only_and_is_found_there_again(
    body: str, new: str, data: st.DataObject
) -> None:
    before = found(body)
    if not before:
        return
    number = data.draw(st.integers(0, len(before) - 1))
    asked = iter(range(len(before)))
    after = rewrite(body, lambda link: new if next(asked) == number else None)
    place = before[number]
    assert after[: place.start] == body[: place.start]
    assert after.endswith(body[place.end :])
    again = found(after)
    assert meant(again[number].url) == meant(new)
    assert [each.url for each in again[:number]] == [each.url for each in before[:number]]
    assert [each.url for each in again[number + 1 :]] == [each.url for each in before[number + 1 :]]
    assert again[number].start == place.start
    assert len(after) - again[number].end == len(body) - place.end


@given(bodies())
def test_rewriting_twice_is_rewriting_once(made: tuple[str, list[str]]) -> None:
    def move(link: Found) -> str:
        return link.url.replace("h.example", "new.example/sub")

    once = rewrite(made[0], move)
    twice = rewrite(once, lambda link: link.url if "new.example" in link.url else move(link))
    assert twice == once


def test_recorded_bodies_keep_every_byte_that_is_no_link() -> None:
    """Each body, all links moved and moved back: the bytes that it had."""
    moved = 0
    for body in recorded_bodies():
        assert rewrite(body, lambda link: link.url) == body
        links = found(body)
        everywhere = rewrite(body, lambda link: "https://new.example/")
        at = at_new = 0
        for link, new in zip(links, found(everywhere), strict=True):
            assert everywhere[at_new : new.start] == body[at : link.start]
            assert new.url == "https://new.example/"
            at, at_new = link.end, new.end
            moved += 1
        assert everywhere[at_new:] == body[at:]
    assert moved > 200


def in_attributes(source: str) -> Counter[tuple[str, str, str]]:
    return Counter(
        (each.element, each.attribute, each.url)
        for each in find_addresses(scan(source))
        if set(each.layers) <= {"attribute", "srcset", "css"}
    )


def test_the_links_of_recorded_bodies_are_those_of_an_html5_tree() -> None:
    links = words = 0
    for body in recorded_bodies():
        theirs = Counter(tree_links(body))
        links += sum(theirs.values())
        assert in_attributes(body) == theirs
        spelled = written_out(body)
        mine = [each.url for each in found(body) if each.layers == ("text",)]
        words += len(spelled)
        assert [one.startswith(two) for one, two in zip(mine, spelled, strict=True)] == (
            [True] * len(mine)
        )
    assert links > 200


def test_the_links_of_labelled_bodies_are_those_of_an_html5_tree() -> None:
    """Every plugin's and theme's form, twelve languages and more, broken markup among them."""
    found = [compare(body) for body in labelled_bodies()]
    assert len(found) >= 300
    assert sum(total for total, _, _ in found) > 600
    assert [(missed, invented) for _, missed, invented in found if missed or invented] == []


def test_an_anchor_that_is_never_closed_is_one_link_of_the_tree() -> None:
    assert tree_links("<p><a href=/x>one<p>two<p>three") == [("a", "href", "/x")]


@given(st.one_of(bodies().map(lambda made: made[0])))
def test_the_links_of_generated_bodies_are_those_of_an_html5_tree(body: str) -> None:
    mine = {place for place in in_attributes(body) if not place[1].startswith("data-settings")}
    assert mine == set(tree_links(body))


@pytest.mark.parametrize(
    ("before", "address", "after"),
    [
        ('<a href="/x">', 'https://n/?a=1&b="', '<a href="https://n/?a=1&amp;b=%22">'),
        ("<a href='/x'>", "/it's", "<a href='/it&#039;s'>"),
        ("<a href=/x class=y>", "/a b>c", "<a href=/a%20b%3Ec class=y>"),
        ("<a  HREF = '/x'\n>", "/y", "<a  HREF = '/y'\n>"),
        ('<img srcset="/x 1x">', "/a,", '<img srcset="/a%2C 1x">'),
        ("<b style='background:url(/x)'>", "/a)(b", "<b style='background:url(/a%29%28b)'>"),
        ('<!-- wp:x {"url":"https:\\/\\/h\\/"} -->', "https://n/--&",
         '<!-- wp:x {"url":"https:\\/\\/n\\/\\u002d\\u002d\\u0026"} -->'),
        ('<!-- wp:x {"url":"https://h/"} -->', "https://n/", '<!-- wp:x {"url":"https://n/"} -->'),
        ('<!-- wp:x {"h":"\\u003ca href=\\u0022/x\\u0022\\u003e //"} -->', "/?a&b",
         '<!-- wp:x {"h":"\\u003ca href=\\u0022/?a\\u0026amp;b\\u0022\\u003e //"} -->'),
        ('<div data-s="{&quot;u&quot;:&quot;https:\\/\\/h\\/&quot;}">', "https://n/&",
         '<div data-s="{&quot;u&quot;:&quot;https:\\/\\/n\\/\\u0026&quot;}">'),
        ("[b url='/x']", "/y?a&b'", "[b url='/y?a&amp;b%27']"),
        ("at https://h/x.", "https://n/y.", "at https://n/y%2E."),
    ],
)  # fmt: skip
def test_an_address_is_written_as_its_place_needs_it(before: str, address: str, after: str) -> None:
    assert rewrite(before, lambda link: address) == after


@pytest.mark.parametrize(
    ("source", "urls"),
    [
        ("见https://h.example/页。下一个", ["https://h.example/页"]),
        ("(https://h.example/a_(b)) and https://h.example/c!",
         ["https://h.example/a_(b)", "https://h.example/c"]),
        ("https://h.example/?a=1&amp;b=2&quot; x", ["https://h.example/?a=1&b=2"]),
        ("https&#58;//h.example/x", ["https://h.example/x"]),
        ("[audio https://h.example/a.mp3][embed]https://h.example/v[/embed]",
         ["https://h.example/a.mp3", "https://h.example/v"]),
        ("[x title=\"it's\" url=“/y/” 3]", ["/y/"]),
        ("[[x url='/y/']] [x title='/y/']", []),
        ('<!-- wp:navigation-link {"label":"/no","url":"/about/"} /-->', ["/about/"]),
        ('<!-- wp:x {"broken":"https://h.example/a","b": -->', ["https://h.example/a"]),
        ("xhttps://h.example/ see:https://h.example", ["https://h.example"]),
        ('<div data-x="a//b" data-y="/z"></div>', []),
        ("<svg><a xlink:href='/s'><image href=/i.svg></a></svg>", ["/s", "/i.svg"]),
        ("<code>https://no.example <a href='/manual'>f()</a></code>", ["/manual"]),
        ("<a href='cut https://no.example", []),
        ("<!-- wp:code -->https://no.example<!-- /wp:code -->https://h.example",
         ["https://h.example"]),
        ('<!-- wp:code {"a":"https://no.example"} /-->https://h.example', ["https://h.example"]),
    ],
)  # fmt: skip
def test_addresses_in_words_shortcodes_and_blocks(source: str, urls: list[str]) -> None:
    assert [each.url for each in find_addresses(scan(source))] == urls


def test_an_empty_address_is_refused() -> None:
    with pytest.raises(ValueError, match="/x"):
        rewrite("<a href=/x>", lambda link: "")
