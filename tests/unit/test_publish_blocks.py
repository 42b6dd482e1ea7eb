"""Block markup in canonical form: what WordPress respells on update compares equal, and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.publish.blocks import canonical_markup
from wp_sync.publish.wordpress.alike import alike, alike_comment


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ('<!-- wp:heading { "level": 3 } -->\n<h3>a</h3>\n<!-- /wp:heading -->',
         '<!-- wp:heading {"level":3} -->\n<h3>a</h3>\n<!-- /wp:heading -->'),
        ('<!-- wp:core/image {"id":4} /-->', '<!-- wp:image {"id":4} /-->'),
        ('<!-- wp:x/y {"a":"b--c&<>\\"d"} /-->',
         '<!-- wp:x/y {"a":"b\\u002d\\u002dc\\u0026\\u003c\\u003e\\u0022d"} /-->'),
        ('<!-- wp:cover {"url":"https:\\/\\/a.example\\/b"} -->x<!-- /wp:cover -->',
         '<!-- wp:cover {"url":"https://a.example/b"} -->x<!-- /wp:cover -->'),
        ("<!-- wp:spacer {} /-->", "<!-- wp:spacer /-->"),
        ('<!-- wp:a {"style":{}} /-->', '<!-- wp:a {"style":[]} /-->'),
        ("<!-- wp:separator --><!-- /wp:separator -->", "<!-- wp:separator /-->"),
        ("<!-- wp:group --><p>open</p>", "<!-- wp:group --><p>open</p><!-- /wp:group -->"),
        ('<!-- wp:a {"b":1,"c":2.0} /-->', '<!--  wp:a {"c":2,"b":1}  /-->'),
        ('<!-- wp:a {"t":"\\u00fc"} /-->', '<!-- wp:a {"t":"ü"} /-->'),
    ],
)  # fmt: skip
def test_two_spellings_of_the_same_blocks_are_one(sent: str, held: str) -> None:
    assert canonical_markup(sent) == canonical_markup(held)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<!-- wp:heading {"level":3} /-->', '<!-- wp:heading {"level":4} /-->'),
        ("<!-- wp:a -->x<!-- /wp:a -->", "<!-- wp:a -->y<!-- /wp:a -->"),
        ("<!-- wp:a -->\n<!-- /wp:a -->", "<!-- wp:a /-->"),
        ("<p>a</p>", "<p>a</p> "),
        ("<!-- more -->", "<!--more-->"),
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert canonical_markup(one) != canonical_markup(other)


def test_what_is_no_block_stays_byte_for_byte() -> None:
    text = "<!--more-->\n<!-- a wp:comment -->\n<p>a --> b</p><!-- wp:broken {nope} /--><!--"
    assert canonical_markup(text) == text


_PIECES = st.sampled_from(
    ["<!-- wp:a ", "<!-- /wp:a -->", "<!-- wp:b /-->", '{"x":1}', "-->", "/-->", " ", "<p>t</p>",
     "<!--", '{"y":', "<!-- wp:core/c -->"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=20).map("".join))
def test_the_canonical_form_is_its_own(text: str) -> None:
    once = canonical_markup(text)
    assert canonical_markup(once) == once


def test_what_wordpress_sets_into_links_makes_no_difference_and_all_else_does() -> None:
    sent = '<a class="b" href="/a" target="_blank" rel="dofollow">x</a>'
    held = '<a class="b" href="/a" target="_blank" rel="dofollow noopener">x</a>'
    assert alike(sent) == alike(held)
    assert alike(sent) != alike(held.replace("/a", "/b"))
    assert alike('<a href="/a">x</a>') != alike('<a href="/a" rel="noopener">x</a>')
    assert alike_comment('<a href="/a">x</a>') == alike_comment(
        '<a href="/a" rel="nofollow ugc">x</a>'
    )
