"""Reading a target back: the same, what differs and where, missing, extra."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import SITE, make_record, tmp_archive
from tests.unit.test_publish_push import RULES, Bench, both
from wp_sync.errors import TargetRefused
from wp_sync.publish.base import (
    Atlas,
    FileTarget,
    Held,
    Item,
    LiveTarget,
    Payload,
    digest_of,
)
from wp_sync.publish.memory import MemoryPublisher
from wp_sync.publish.mirror import Mirror
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


def test_a_kind_that_the_target_takes_nothing_of_is_missing_unless_that_was_accepted(
    bench: Bench,
) -> None:
    bench.push()
    bench.target.kinds = tuple(one for one in bench.target.kinds if one != "comments/comment")
    parity = verify(bench)
    assert parity.items["comments/comment"] == (1, 0)
    assert told(parity) == [("missing", "comments/comment:60", "")]
    assert not parity.clean
    bench.policy(accept=frozenset(("comment",)))
    parity = verify(bench)
    assert told(parity) == [("refused", "comments/comment:60", "")]
    assert parity.differences[0].theirs == "the target takes no comment"
    assert parity.clean
    assert parity.verdict == "the same, but for 1 thing that could not come"


def test_what_can_not_come_is_told_with_the_reason(bench: Bench) -> None:
    mirror = bench.mirror()
    render = mirror.publisher.render

    def refusing(item: Item, atlas: Atlas) -> Payload:
        if item.key == "posts/page:31":
            raise TargetRefused("its file is nowhere")
        return render(item, atlas)

    mirror.publisher.render = refusing  # type: ignore[method-assign]
    mirror.push()
    parity = Verifier(mirror).verify()
    # The page below it can't stand there without it, and that is no reason of its own.
    assert told(parity) == [("refused", "posts/page:31", ""), ("missing", "posts/page:30", "")]
    assert parity.differences[0].theirs == "its file is nowhere"


class Dead(MemoryPublisher):
    """A target that says of some addresses in its texts that they lead nowhere."""

    def dead(self, held: Held, known: Callable[[str], bool]) -> Iterable[str]:
        home = self.doctor().home
        for path in ("/no-such-page/", "/post-20/", "/post-22/"):
            if path in held.fields.get("content", "") and not known(home + path):
                yield home + path


def test_a_link_that_led_nowhere_before_is_no_loss(bench: Bench) -> None:
    draft = make_record("posts/post", 22, status="draft")
    dead = ("no-such-page", "post-20", "post-22")
    links = " ".join(f'<a href="/{path}/">x</a>' for path in dead)
    bench.pull([draft, make_record("posts/page", 31, content=both(f"<p>{links}</p>"))])
    bench.push()
    publisher = Dead(bench.target)
    bench.target.edit(bench.id_of("posts/page:31"), content=f"<p>{links}</p>")
    parity = Verifier(Mirror(bench.site, RULES, publisher, bench.settings)).verify()
    lost = {(one.state, one.theirs) for one in parity.differences if "nowhere" in one.field}
    home = publisher.doctor().home
    assert lost == {
        ("link", f"{home}/no-such-page/"),
        ("explained", f"{home}/post-22/"),
        ("link", f"{home}/post-20/"),
    }
    assert parity.notes[0].startswith("1 link leads nowhere where the archive knows of nothing")
    gone = f"https://{SITE}/no-such-page/"
    bench.pull([make_record("redirects/followed", 1, url=gone, answer=404, leads_to="")])
    parity = Verifier(Mirror(bench.site, RULES, publisher, bench.settings)).verify()
    lost = {(one.state, one.theirs) for one in parity.differences if "nowhere" in one.field}
    assert ("explained", f"{home}/no-such-page/") in lost
    assert not parity.notes


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
