"""The scanner: every address with its exact place, in time proportional to the input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from wp_sync.normalize.links.addresses import Found, find_addresses
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.links.spelling import json_text, unescape


def found(source: str) -> list[Found]:
    return list(find_addresses(scan(source)))


def urls(source: str) -> list[str]:
    return [each.url for each in found(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<a href="/x">', ["/x"]),
        ("<A HREF='/x'>", ["/x"]),
        ("<a href=/x>", ["/x"]),
        ("<a href = /x/ class=y>", ["/x/"]),
        ('<a title="a > b" href="/x">', ["/x"]),
        ("<a title=it's href=/x>", ["/x"]),
        ('<a href="/x" href="/y">', ["/x"]),
        ('<a/href="/x">', ["/x"]),
        ("<a href>", [""]),
        ('<a data-href="/x">', []),
        ('<a\nhref="/x"\n>', ["/x"]),
        ('<a href="https&#58;//h.example/?a=1&amp;b=2">', ["https://h.example/?a=1&b=2"]),
        ('<a href="?b=2&copy=3&copy;">', ["?b=2&copy=3©"]),
        ('<!-- <a href="/x"> -->', []),
        ("<!--> <a href=/x> -->", ["/x"]),
        ('<script>"<a href=/x>"</script><a href=/y>', ["/y"]),
        ("<style><a href=/x></style ><a href=/y>", ["/y"]),
        ("<textarea><a href=/x></textarea>", []),
        ("<svg><title><a href=/x></a></title></svg>", ["/x"]),
        ("<noscript><img src=/x></noscript>", ["/x"]),
        ("1 < 2 <a href=/x>", ["/x"]),
        ("<?php <a href=/x> ?><a href=/y>", ["/y"]),
        ('<img src="/a.jpg" srcset="/a,1.jpg 1x, /b.jpg 300w,/c.jpg">',
         ["/a.jpg", "/a,1.jpg", "/b.jpg", "/c.jpg"]),
        ('<source srcset="/a.webp, /b.webp 2x">', ["/a.webp", "/b.webp"]),
        ("<div style=\"background: url('/a.png')\">", ["/a.png"]),
        ('<div style="background:url(&quot;/a.png&quot;)">', ["/a.png"]),
        ('<video poster="/p.jpg" src="/v.mp4"></video>', ["/p.jpg", "/v.mp4"]),
        ('<!-- wp:image {"url":"https:\\/\\/h.example\\/a.jpg","id":3} -->',
         ["https://h.example/a.jpg"]),
        ('<!-- wp:group {"a":{"b":["//h.example/\\u00e9"]},"c":"no // address"} /-->',
         ["//h.example/é"]),
    ],
)  # fmt: skip
def test_addresses(source: str, expected: list[str]) -> None:
    assert urls(source) == expected


def test_places_are_those_of_the_source_so_that_values_can_be_spliced() -> None:
    source = (
        '<p>é <a class="x" href="/one?a&amp;b">1</a><img srcset="/two 1x, /three 2x">'
        "<i style='background:url(/four)'></i>"
        '<!-- wp:x {"u":"https:\\/\\/five.example"} --><a href=six>'
    )
    spelled = [source[each.start : each.end] for each in found(source)]
    assert spelled == ["/one?a&amp;b", "/two", "/three", "/four", "https:\\/\\/five.example", "six"]
    layers = ["+".join(each.layers) for each in found(source)]
    srcset = "attribute+srcset"
    assert layers == ["attribute", srcset, srcset, "attribute+css", "json", "attribute"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<a href=x>One <b>two</b>&nbsp;&amp;\n three</a> four", "One two & three"),
        ("<a href=x>One <a href=y>two</a>", "One"),
        ("<a href=x><script>no</script>yes</a>", "yes"),
        ("<a href=x>never closed", "never closed"),
        ("<a href=x><!-- no -->yes</a>", "yes"),
    ],
)
def test_the_words_of_an_anchor(source: str, text: str) -> None:
    assert found(source)[0].text == text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<p>cut in <a href='/x", "a tag without end"),
        ("<p>cut <!-- wp:x", "a comment without end"),
        ("<script>cut", "<script> without end"),
    ],
)
def test_markup_cut_in_the_middle_is_said_to_be_broken(source: str, message: str) -> None:
    (said,) = scan(source).broken
    assert message in said


def test_json_escapes() -> None:
    assert json_text("\\ud83d\\ude00\\/\\u00e9\\n\\q") == "😀/é\nq"
    assert json_text("\\ud83d").encode()  # half a character is no reason to fail later


def test_attribute_entities() -> None:
    assert unescape("&amp;&lt&notit;&not=1&#x41;&#65 &nosuch;") == "&<&notit;&not=1AA &nosuch;"


HOSTILE = [
    "<", "<a ", "<a", "<a <a", '<a href="', "<a href='x'>", "<a href=x ", "</", "<!--",
    "<!-- wp:x {\"",
    "<!", "<div>", "<div", "<script>", "</script", "<textarea", "<a =", "<a/", "<img srcset='a,(",
    "<b style='url(", "&", "&a", "\\", '"', "<svg>", "<a href=x><!--", '{"a":"\\', "<a href=x>y",
]  # fmt: skip


class Counting(str):
    """A text that counts how many of its characters were copied out of it."""

    copied = 0

    def __getitem__(self, key: object) -> str:  # type: ignore[override]
        part = str.__getitem__(self, key)  # type: ignore[index]
        Counting.copied += len(part)
        return part


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_the_worst_is_read_once(piece: str) -> None:
    """Work grows with the input, not with its square: what is copied out stays within a few times
    the text, and a scan that looked back over a megabyte at every sign would not end today."""
    for end in ("", ">", "-->"):
        source = Counting(piece * (1_000_000 // len(piece)) + end)
        Counting.copied = 0
        scanned = scan(source)
        for each in find_addresses(scanned):
            assert each.start <= each.end <= len(source)
        assert Counting.copied <= 70 * len(source)


PIECES = st.lists(
    st.sampled_from(
        ["<a href=\"/1\">", "<a href='/2'>", "<a href=/3 >", "</a>", "<p>", "</p>", "text", " & ",
         "<img src=/4.png>", "<b class=x>", "</b>", "<br/>", "<!-- c -->", "&amp;", "1 < 2",
         "<a title='<a href=/no>' href=\"/5?a=1&amp;b\">", "<script>'<a href=/no>'</script>",
         "<i x='\"'>", "</i>", "<!-- <a href=/no> -->", "<a name=y>"]
    ),
    max_size=30,
)  # fmt: skip


@given(PIECES)
def test_the_links_are_those_of_a_tree(pieces: list[str]) -> None:
    source = "".join(pieces)
    tree = lxml_html.fragment_fromstring(source, create_parent="div")
    theirs = [str(each.get("href")) for each in tree.iter("a") if each.get("href") is not None]
    assert [each.url for each in found(source) if each.element == "a"] == theirs


@given(st.text("<>/!-a ='\"\\{}&;wp:scriptyle\n", max_size=120))
def test_no_markup_is_too_broken(source: str) -> None:
    scanned = scan(source)
    ends = [0]
    for tag in scanned.tags:
        assert ends[-1] <= tag.start < tag.end <= len(source)
        ends.append(tag.end)
    for each in find_addresses(scanned):
        assert 0 <= each.start <= each.end <= len(source)
