"""Sanitizing: nothing that runs is left, what authors may write stays."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bodies import bodies, recorded_bodies
from wp_sync.normalize.sanitize import DEEPEST, sanitize

HARM = st.sampled_from(
    ["<script>x()</script>", "<img src=x onerror=x()>", "<a href='javascript:x()'>",
     "<svg/onload=x>",
     "<iframe src=//x.example>", "<style>@import '//x'</style>", "<math><mtext></table></math>",
     "<a href=' jav&#x09;ascript:x()'>", "<form action=//x><input>", "<!--", "-->", "<noscript>",
     "<b onclick=x>", "<object data=x>", "<embed src=x>", "<meta http-equiv=refresh>",
     "<base href=x>",
     "<p style='background:url(javascript:x)'>", "<a href=\"data:text/html,x\">", "</p>", "<table>",
     "<svg><style><img src=x onerror=x>", "<template>", "<plaintext>", "<title>", "<select>"]
)  # fmt: skip
GONE = ("script", "style", "iframe", "object", "embed", "form", "input", "meta", "base", "svg",
        "math", "link", "template", "plaintext")  # fmt: skip


def elements(source: str) -> list[Any]:
    tree = html5lib.parseFragment(source, namespaceHTMLElements=False)
    return [each for each in tree.iter() if isinstance(each.tag, str)]


@given(st.lists(st.one_of(HARM, bodies().map(lambda made: made[0])), max_size=10).map("".join))
def test_nothing_that_runs_is_left(body: str) -> None:
    safe = sanitize(body).body
    for element in elements(safe):
        assert element.tag not in GONE
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcdoc", "action", "formaction")
            if name in ("href", "src"):
                scheme = "".join(value.split()).lower()
                assert not scheme.startswith(("javascript:", "data:", "vbscript:"))


def test_what_authors_write_stays() -> None:
    body = (
        '<!-- wp:image {"id":3} -->\n<figure class="wp-block-image" id="f"><img src="/a.jpg" '
        'srcset="/a.jpg 1x" alt="A" width="3" loading="lazy"><figcaption>C &amp; D</figcaption>'
        '</figure>\n<!-- /wp:image --><a href="/x" rel="nofollow" target="_blank">x</a>'
        '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table><a href="tel:+1">t</a>'
        '<video src="/v.mp4" controls=""></video><span lang="de" data-x="1" aria-label="l">y</span>'
    )
    assert sanitize(body).body == body
    assert sanitize(body).notes == ()


def test_recorded_bodies_keep_their_words() -> None:
    for body in recorded_bodies()[::7]:
        if not any(
            tag in body for tag in ("<script", "<style", "<svg", "<form", "<iframe", "<input")
        ):
            before = "".join(html5lib.parseFragment(body).itertext())
            after = "".join(html5lib.parseFragment(sanitize(body).body).itertext())
            assert after == before


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<span><p>", "<table><tr><td>", "<ul><li>"])
def test_ten_thousand_levels_become_as_many_as_a_parser_can_take(piece: str) -> None:
    safe = sanitize(piece * 10_000 + "words")
    depth = deepest = 0
    for part in safe.body.split("<")[1:]:
        depth += -1 if part.startswith("/") else 1
        deepest = max(deepest, depth)
    assert deepest <= DEEPEST * 2
    assert safe.body.count("words") == 1
    assert safe.notes


def test_tags_that_are_never_closed_are_not_multiplied() -> None:
    opened = "".join(f"<b class=x{number}>" for number in range(150))
    safe = sanitize(f"<p>{opened}</p>" + "<p>x</p>" * 2000)
    assert len(safe.body) < 40_000
    assert "150 tags" in safe.notes[0]
