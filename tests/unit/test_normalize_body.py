"""Related-posts blocks in a body: they go whole, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.related_found import PARTS, Body, Finder, bodies
from wp_sync.normalize.links.scan import scan
from wp_sync.normalize.related.body import uniform_block, with_blocks_as_ruled
from wp_sync.normalize.related.find import blocks_in, phrases_of
from wp_sync.normalize.rules import BlockRule, RelatedRules

FINDER = Finder()
STRIP = RelatedRules(body="strip", body_leave=())
REPLACE = replace(STRIP, body="replace")
ITEMS = [("/2019/11/better-pillows/", "Pillows & more"), ("/2020/07/heat-and-sleep/", "Heat")]
VOID = {"img", "br", "hr", "input", "link", "meta", "source", "col", "wbr"}


def made(source: str, rules: RelatedRules, items: list[tuple[str, str]] | None = None) -> str:
    scanned = scan(source)
    blocks = blocks_in(scanned, FINDER.mean, phrases_of(rules))
    return with_blocks_as_ruled(scanned, blocks, rules, items or [])


def open_ends(source: str) -> list[str]:
    """The tags of a fragment whose other half is not in it, in order."""
    stays: list[str] = []
    opened: list[str] = []
    for tag in scan(source).tags:
        if tag.name in VOID:
            continue
        if not tag.closing:
            opened.append(tag.name)
        elif tag.name in opened:
            while opened.pop() != tag.name:
                pass
        else:
            stays.append(f"/{tag.name}")
    return [*stays, *opened]


def is_part_of(text: str, source: str) -> bool:
    """Whether a text is the source with some of its signs left out."""
    signs = iter(source)
    return all(sign in signs for sign in text)


LIST = '<ul><li><a href="/2019/11/better-pillows/">Pillows</a></li></ul>'
CASES = {
    "a heading and its list": ("<p>A</p>\n|<h3>Related posts</h3>\n" + LIST + "|\n<p>B</p>"),
    "a plugin's block": f"<p>A</p>|<div class='yarpp-related'><h3>x</h3>{LIST}</div>|<p>B",
    "its wrapper, left empty": f"<p>A</p>|<div>\n<div class='yarpp-related'>{LIST}</div> </div>|B",
    "a wrapper that holds more": f"<div>A|<div class='yarpp-related'>{LIST}</div>|</div>",
    "the heading before a plugin's block": "<p>A</p>|<h2>Related reading</h2>"
    f"<ul class='yoast-seo-related-links'>{LIST[4:]}|<p>B</p>",
    "a lead": '<p>A</p>|<p><b>Read also:</b> <a href="/2019/11/better-pillows/">x</a></p>|<p>B</p>',
    "block comments": "<!-- wp:paragraph --><p>A</p><!-- /wp:paragraph -->|<!-- wp:heading "
    '{"level":3} --><h3>Related posts</h3><!-- /wp:heading --><!-- wp:list --><ul><li>'
    '<a href="/2019/11/better-pillows/">x</a></li></ul><!-- /wp:list -->|<p>B</p>',
    "a plugin's own comments": "<p>A</p>|<!-- Begin Yuzo --><div class='yuzo_related_post'>"
    f"{LIST}</div><!-- End Yuzo :) -->|<p>B</p>",
    "an empty place": "<p>A</p>|<div class='jp-relatedposts'><h3><em>Related</em></h3></div>|<p>B",
    "never closed": f"<p>A</p>|<div class='yarpp-related'>{LIST}|",
}


@pytest.mark.parametrize("name", CASES)
def test_strip_takes_the_block_and_nothing_else(name: str) -> None:
    before, block, after = CASES[name].split("|")
    kept = made(before + block + after, STRIP)
    if name == "never closed":  # the tag that was never closed stays, as it has no other half
        block = block.removeprefix("<div class='yarpp-related'>")
        before += "<div class='yarpp-related'>"
    assert kept == before + after


def test_a_heading_in_another_wrapper_leaves_no_half_of_a_tag() -> None:
    plugin = f"<div class='yarpp-related'>{LIST}</div>"
    source = f"<div><h2>Related</h2></div>{plugin}<p>B</p>"
    assert made(source, STRIP) == "<p>B</p>"
    source = f"<div>A<h2>Related</h2></div>{plugin}<p>B</p>"
    assert made(source, STRIP) == "<div>A</div><p>B</p>"


def test_what_divides_a_post_stays() -> None:
    source = f"<div class='yarpp-related'><!--nextpage-->{LIST}</div>"
    assert made(source, STRIP) == "<!--nextpage-->"


def test_keep_changes_nothing_and_origins_can_be_left() -> None:
    source = f"<h3>Related posts</h3>{LIST}<div class='yarpp-related'>{LIST}</div>"
    assert made(source, RelatedRules(), ITEMS) == source
    left = made(source, replace(STRIP, body_leave=("yarpp",)))
    assert left == f"<div class='yarpp-related'>{LIST}</div>"


def test_replace_puts_one_block_where_the_last_list_stood() -> None:
    lead = '<p>See also: <a href="/2019/11/better-pillows/">x</a></p>'
    source = f"<p>A</p>{lead}<p>B</p><h3>Related posts</h3>{LIST}<p>C</p>{lead}"
    block = uniform_block("Related posts", ITEMS)
    assert made(source, REPLACE, ITEMS) == f"<p>A</p><p>B</p>{block}<p>C</p>"
    assert made(f"<p>A</p>{lead}", REPLACE, ITEMS) == f"<p>A</p>{block}"
    assert made("<p>A</p>", REPLACE, ITEMS) == f"<p>A</p>{block}"
    assert made(f"<p>A</p>{lead}", REPLACE, []) == "<p>A</p>"


def test_the_uniform_block_is_escaped_and_found_again() -> None:
    block = uniform_block("A < B", [('/2019/11/better-pillows/?a="', "<script>")])
    assert "<script>" not in block
    assert 'a=&quot;"' in block
    assert "A &lt; B" in block
    found = blocks_in(scan(f"<p>A</p>{block}"), FINDER.mean, phrases_of(STRIP))
    assert [(each.origin, each.start, len(each.entries)) for each in found] == [
        ("content:theme", 8, 1)
    ]


def test_a_block_by_an_owners_selector_goes_too() -> None:
    rules = replace(STRIP, blocks=(BlockRule("mine", selector="section[data-x]"),))
    cards = '<section data-x><a href="/2019/11/better-pillows/">x</a></section>'
    source = f'<p data-tag-number="0">A</p>{cards}<p>B</p>'
    assert made(source, rules) == '<p data-tag-number="0">A</p><p>B</p>'


@pytest.mark.parametrize("part", PARTS)
def test_every_labelled_body_keeps_its_other_words_and_its_nesting(part: str) -> None:
    for body in bodies(part):
        if body.where == "content":
            check(body)


def check(body: Body) -> None:
    before, after = "<p>Words before &amp; <B>bold</b>.</p>\n", "\n<p>Words  after<br/>it.</p>"
    source = before + body.text.strip() + after
    kept = made(source, STRIP)
    assert is_part_of(kept, source), body.name
    assert kept.startswith(before), body.name
    if not body.name.startswith(("broken", "h-broken")):
        assert kept.endswith(after), body.name
        assert open_ends(kept) == open_ends(source), body.name
    if body.negative and "empty" not in body.form:
        assert kept == source, body.name
    else:
        again = blocks_in(scan(kept), FINDER.mean, phrases_of(STRIP))
        assert [each for each in again if each.entries] == [], body.name


PIECES = [
    "<h3>", "</h3>", "Related posts", "<ul>", "<li>", "</ul>", "</a>",
    '<a href="/2019/11/better-pillows/">',
    "<p>", "</p>", "See also: ", "<div class='yarpp'>", "<div>", "</div>", "<br>", "<b>",
    "</b>", "<!-- wp:list -->", "<!-- /wp:list -->", "<!--more-->", "words", "<span>", "</span>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_no_markup_loses_more_than_its_blocks(pieces: list[str]) -> None:
    source = "".join(pieces)
    kept = made(source, STRIP)
    assert is_part_of(kept, source)
    assert kept.count("<!--more-->") == source.count("<!--more-->")
    block = uniform_block("x", ITEMS)
    assert made(source, replace(REPLACE, body_heading="x"), ITEMS).replace(block, "", 1) == kept


@pytest.mark.parametrize(
    "piece",
    ["<div class=yarpp-related>", "</div><div class=jp-relatedposts>", "<div><!-- relat -->"],
)
def test_half_a_megabyte_of_halves_comes_to_an_end(piece: str) -> None:
    """Ends: looking for each tag's other half anew would take hours."""
    source = piece * (500_000 // len(piece))
    assert is_part_of(made(source, STRIP), source)


def test_ten_thousand_wrappers_go_with_what_they_hold() -> None:
    depth = 10_000
    block = f"<div class='yarpp-related'>{LIST}</div>"
    assert made(f"A{'<div>' * depth}{block}{'</div>' * depth}B", STRIP) == "AB"
