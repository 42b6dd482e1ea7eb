"""Reading a target back: the same, what differs and where, missing, extra."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import SITE, make_record, tmp_archive
from tests.unit.test_publish_push import Bench, both
from wp_sync.publish.base import FileTarget, LiveTarget, digest_of
from wp_sync.publish.parity.compare import around, differing
from wp_sync.publish.parity.nouns import Parity
from wp_sync.publish.parity.verify import Verifier
from wp_sync.publish.targets import BUILT_IN, target_kind


@pytest.fixture
def bench() -> Iterator[Bench]:
    with tmp_archive() as archive:
        yield Bench(archive.of(SITE))


def verify(bench: Bench) -> Parity:
    bench.target.forbidden = True
    found = Verifier(bench.mirror()).verify()
    bench.target.forbidden = False
    return found


def told(parity: Parity) -> list[tuple[str, str, str]]:
    return [(one.state, one.key, one.field) for one in parity.differences]


def test_after_a_push_everything_is_the_same(bench: Bench) -> None:
    bench.push()
    parity = verify(bench)
    assert parity.clean
    assert not parity.differences
    assert parity.items["posts/page"] == (2, 2)
    assert parity.count("same") == 7


def test_before_a_push_everything_is_missing(bench: Bench) -> None:
    assert verify(bench).count("missing") == 7


def test_each_field_that_differs_is_named_with_both_values(bench: Bench) -> None:
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs", content="<p>Parent!</p>")
    parity = verify(bench)
    assert not parity.clean
    assert told(parity) == [
        ("differs", "posts/page:31", "title"),
        ("differs", "posts/page:31", "content"),
    ]
    assert (parity.differences[0].ours, parity.differences[0].theirs) == ("Page 31", "Theirs")
    assert parity.counts["posts/page", "differs"] == 1


def test_white_space_that_means_nothing_is_no_difference(bench: Bench) -> None:
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), content="<p>Parent</p>\n")
    assert verify(bench).clean


def test_missing_extra_and_kept_are_told_apart(bench: Bench) -> None:
    bench.policy(on_conflict="theirs")
    bench.push()
    bench.target.edit(bench.id_of("posts/page:31"), title="Theirs")
    bench.push()
    bench.target.drop(bench.id_of("posts/page:30"))
    bench.target.add("posts/page", slug="stranger", title="A stranger's")
    parity = verify(bench)
    assert sorted(told(parity)) == [
        ("extra", "", ""),
        ("kept", "posts/page:31", "title"),
        ("missing", "posts/page:30", ""),
    ]
    assert parity.to_plain()["counts"]["posts/page"] == {
        "kept": 1, "same": 1, "missing": 1, "extra": 1,
    }  # fmt: skip


def test_what_was_taken_from_visitors_on_purpose_is_not_extra(bench: Bench) -> None:
    bench.push()
    bench.gone(30, kind="posts/page")
    bench.push()
    assert verify(bench).clean
    assert verify(bench).count("extra") == 0


def test_links_that_still_lead_to_the_old_site_are_found(bench: Bench) -> None:
    bench.push()
    id = bench.id_of("posts/page:31")
    bench.target.edit(id, content=f'<p><a href="https://{SITE}/post-20/">x</a></p>')
    assert ("link", "posts/page:31", "old site") in told(verify(bench))
    bench.target.edit(id, content="", url=f"https://{SITE}/post-20/")  # as a menu's entry has one
    assert ("link", "posts/page:31", "old site") in told(verify(bench))


def test_related_posts_that_are_not_there_are_found(bench: Bench) -> None:
    body = '<div class="yarpp-related"><ul><li><a href="/post-21/">Two</a></li></ul></div>'
    bench.pull([make_record("posts/page", 31, content=both(body))])
    bench.push()
    assert verify(bench).clean
    bench.target.drop(bench.id_of("posts/post:21"))
    bench.mirror().ledger.settle(1, gone=["posts/post:21"])
    assert ("related", "posts/page:31", "related") in told(verify(bench))


@given(ours=st.text(), theirs=st.text())
def test_an_excerpt_shows_where_two_texts_differ(ours: str, theirs: str) -> None:
    one, other = around(ours, theirs)
    assert max(len(one), len(other)) <= 124
    assert (one == other) == (ours == theirs) or digest_of(ours) == digest_of(theirs)


def test_only_fields_of_ours_are_compared() -> None:
    assert list(differing({"a": 1, "b": [1]}, {"a": 1, "b": [2], "c": 3})) == [("b", "[1]", "[2]")]


def test_the_package_names_the_same_kinds() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["wp_sync.publishers"] == BUILT_IN
    assert project["entry-points"]["pytest11"] == {"wp_sync": "wp_sync.testing.plugin"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_kind_of_target_can_be_loaded(name: str) -> None:
    assert isinstance(target_kind(name), LiveTarget | FileTarget)
