"""The places that a fragment can mean, against html5lib's tree: none missed, none invented."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.html5_links import anchors
from tests.axe_labels import fragments, page_of
from tests.bodies import recorded_bodies
from tests.planted import load

_PIECES = st.sampled_from(
    [
        '<a id="one">x</a>', "<a name='two'>y</a>", "<A NAME=three>", '<h2 id="caf&eacute;">z</h2>',
        '<p id="">e</p>', '<img name="no">', '<form name="no"><input id=four></form>',
        '<!-- <a id="no"> -->', '<script>"<a id=no>"</script>', '<svg><path id="five"/></svg>',
        '<textarea><a id="no"></textarea>', '<iframe id="six"><a id="no"></iframe>',
        '<pre><code>&lt;a id="no"&gt;</code></pre>', '<style id="seven">a{}</style>',
        '<div id="eight" id="no">', "</div>", '<b id="nine">', "</b>", "<p>", "<a href=#one>up</a>",
        '<li id=" ten ">', '<svg><a name="no" id="eleven">x</a></svg>', "<table><tr><td id=twelve>",
        "<noscript><a id=no></a></noscript>",
    ]
)  # fmt: skip


@settings(derandomize=True, max_examples=300)
@given(st.lists(_PIECES, max_size=8).map("".join))
def test_generated_bodies_have_the_anchors_that_html5lib_sees(body: str) -> None:
    assert page_of(body).anchors == anchors(body)


def test_recorded_and_planted_bodies_have_the_anchors_that_html5lib_sees() -> None:
    planted = [str(item.record.data["content"]["rendered"]) for item in load().items
               if "content" in item.record.data]  # fmt: skip
    bodies = [*recorded_bodies(), *fragments(), *planted]
    assert sum(bool(anchors(body)) for body in bodies) > 40
    for body in bodies:
        assert page_of(body).anchors == anchors(body), body
