"""Accessibility rules against what axe-core said of the same fragments, recorded."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.axe_labels import differences, disagreements, fragments, labels, page_of
from tests.bodies import recorded_bodies
from wp_sync.audit.building import build
from wp_sync.audit.tree import Node
from wp_sync.normalize.links.scan import scan


def test_our_rules_say_what_axe_says_but_for_what_is_listed() -> None:
    labelled = labels()
    assert [html for html, _ in labelled] == fragments(), "run: python -m tests.axe_labels --write"
    assert len(labelled) >= 300
    apart = disagreements(labelled)
    assert {html for html, _, _ in apart} == set(differences())
    assert len(apart) <= 0.02 * len(labelled)


def _ours(node: Node) -> list[object]:
    return [(one.name, _ours(one)) for one in node.elements()]


def _theirs(element: object) -> list[object]:
    found: list[object] = []
    for one in element:  # type: ignore[attr-defined]
        name = one.tag.rpartition("}")[2].lower() if isinstance(one.tag, str) else ""
        if name and name not in ("template", "noscript"):
            found.append((name, _theirs(one)))
    return found


def test_the_tree_is_that_of_html5lib_on_every_recorded_body() -> None:
    for body in (*recorded_bodies(), *fragments()):
        if "<template" in body:  # of whose content html5lib makes a part of the tree
            continue
        inside = f"<div>{body}"  # html5lib loses what is moved out of a table at the very top
        tree = html5lib.parseFragment(inside, scripting=True)
        assert _ours(build(scan(inside)).root) == _theirs(tree), body


_PIECES = [
    "<p>", "</p>", "<b>", "</b>", "<i>", "</i>", '<a href="/x/">', "</a>", "<div>", "</div>",
    "<ul>", "<li>", "</li>", "</ul>", "<h2>", "</h2>", "<img>", "<br>", "<span>", "</span>",
    "<dl>", "<dt>", "<dd>", "</dl>", "<button>", "</button>", "<svg>", "<path/>", "</svg>",
    "<label>", "</label>", "<blockquote>", "</blockquote>", "<figure>", "</figure>", "words",
    "<table><tr><td>", "</td></tr></table>", "<table><tr><th>a</th></tr></table>",
]  # fmt: skip


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_the_tree_is_that_of_html5lib_for_broken_markup_too(pieces: str) -> None:
    body = f"<div>{pieces}"
    tree = html5lib.parseFragment(body, scripting=True)
    assert _ours(build(scan(body)).root) == _theirs(tree)


@pytest.mark.parametrize("body", ["</root>", "<p></root>a<root></root>", "<span></root></root>b"])
def test_a_tag_that_is_called_root_ends_nothing_but_its_own(body: str) -> None:
    assert _ours(build(scan(body)).root) == _theirs(html5lib.parseFragment(body, scripting=True))


@pytest.mark.parametrize(
    "body",
    ["<div>" * 20_000, "<b>" * 5_000 + "<p>x" * 5_000, "<table>" * 3_000, "<a href=x><p>" * 3_000,
     "<ul><li>" * 5_000, "<svg>" * 5_000, "<button>" * 5_000, "</p>" * 5_000],
)  # fmt: skip
def test_a_hostile_body_takes_no_longer_than_its_length_allows(body: str) -> None:
    from time import process_time

    began = process_time()
    page_of(body).tree.named("p", "a")
    assert process_time() - began < 5
