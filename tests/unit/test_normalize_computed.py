"""Computed related posts: what is like what, the same on every machine, and only where wanted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.related.computed import Likeness
from wp_sync.normalize.rules import RelatedRules, Rules

# (id, subject, title, text): three subjects in three languages, filed or not.
POSTS = [
    (1, "bread", "Sourdough for beginners", "Flour, water, starter. Knead the dough, let it rise."),
    (2, "bread", "Why the crust of bread cracks", "Steam in the oven keeps a crust of dough soft."),
    (3, "bread", "Feeding a sourdough starter", "A starter wants flour every day, and water."),
    (4, "bikes", "Truing a bicycle wheel", "Tighten spokes on the rim until the wheel runs true."),
    (5, "bikes", "How to mend a puncture", "Take the wheel off, find the hole in the tube, patch."),
    (6, "bikes", "Spokes, rims and hubs", "A wheel is made of a hub, a rim and thirty-two spokes."),
    (
        7,
        "tea",
        "Grüner Tee aus Japan",
        "Sencha wird gedämpft, Gyokuro beschattet. Wasser: 60 Grad.",
    ),
    (8, "tea", "Sencha richtig aufgießen", "Für Sencha das Wasser abkühlen lassen, eine Minute."),
    (9, "tea", "Gyokuro, der beschattete Tee", "Beschattet wächst der Tee süßer als Sencha."),
    (10, "onsen", "東京の温泉めぐり", "東京の近くにある温泉を紹介します。露天風呂もあります。"),
    (11, "onsen", "冬の露天風呂", "雪を見ながら入る露天風呂と温泉宿の楽しみ方。"),
    (12, "onsen", "温泉のマナー", "温泉に入る前に体を洗いましょう。露天風呂でも同じです。"),
]
SUBJECT = {id: subject for id, subject, _, _ in POSTS}


def likeness(posts: Sequence[tuple[int, str, str, str]] = POSTS) -> Likeness:
    alike = Likeness()
    for id, _, title, text in posts:
        alike.add(id, title, f"/?p={id}", (), f"<p>{text}</p>")
    return alike


@pytest.mark.parametrize("id", SUBJECT)
def test_posts_of_one_subject_are_proposed_and_no_others(id: int) -> None:
    found = likeness().like(id, 3)
    assert found
    assert {SUBJECT[each.id] for each in found} == {SUBJECT[id]}
    assert id not in {each.id for each in found}
    assert [each.likeness for each in found] == sorted(
        (each.likeness for each in found), reverse=True
    )


def test_a_shared_rare_term_brings_posts_together() -> None:
    def like(term: str) -> list[int]:
        alike = Likeness()
        for id, _, title, text in POSTS:
            terms = [term, "post_tag:evening"] if id in (1, 7) else ["category:all"]
            alike.add(id, title, "", terms, text)
        return [each.id for each in alike.like(1, 1)]

    assert like("post_tag:breakfast") == [7]
    assert like("") != []


def test_words_that_every_post_has_say_nothing() -> None:
    alike = Likeness()
    for id in range(1, 40):
        alike.add(id, f"Our clinic {chr(96 + id % 26) * 5}", "", (), "<p>Welcome to our clinic</p>")
    assert alike.like(5, 3) == [each for each in alike.like(5, 3) if each.id % 26 == 5]


def test_nothing_is_like_an_empty_or_unknown_post() -> None:
    alike = likeness()
    alike.add(13, "", "", (), "")
    assert alike.like(13, 3) == []
    assert alike.like(99, 3) == []
    assert Likeness().like(1, 3) == []


def test_ids_come_in_order() -> None:
    with pytest.raises(ValueError, match="post 1 is added after 12"):
        likeness([*POSTS, POSTS[0]])


def test_the_same_post_again_is_wholly_alike_and_the_newer_comes_first() -> None:
    twice = [*POSTS, *((id + 100, subject, *rest) for id, subject, *rest in POSTS)]
    twice += [(id + 200, subject, *rest) for id, subject, *rest in POSTS]
    first, second, *_ = likeness(twice).like(4, 5)  # type: ignore[arg-type]
    assert [(first.id, first.likeness), (second.id, second.likeness)] == [(204, 1000), (104, 1000)]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), max_size=12))
def test_any_text_is_taken_and_gives_the_same_twice(posts: list[tuple[str, str]]) -> None:
    def made() -> list[object]:
        alike = Likeness()
        for id, (title, text) in enumerate(posts, 1):
            alike.add(id, title, "", (), text)
        return [alike.like(id, 3) for id in range(len(posts) + 1)]

    assert made() == made()


# -- over an archive


def records() -> list[Record]:
    made = []
    for id, _, title, text in POSTS:
        data: dict[str, Any] = {
            "title": {"rendered": title},
            "content": {"rendered": f"<p>{text}</p>", "protected": False},
            "link": f"https://{SITE}/p{id}/",
        }
        if id == 1:
            data["content"]["rendered"] += "<h3>Related posts</h3><p><a href='/p9/'>Tee</a></p>"
        if id == 2:
            data["content"]["rendered"] += "<h3>Related posts</h3><p><a href='/gone/'>x</a></p>"
        if id == 6:
            data["status"] = "draft"
        made.append(make_record("posts/post", id, **data))
    made.append(make_record("posts/page", 20, title={"rendered": "Sourdough starter flour bread"}))
    return made


COMPUTED = Rules(related=RelatedRules(fallback="computed", computed_most=2))


def filled(archive: Archive, of: Sequence[Record]) -> SiteArchive:
    site = archive.of(SITE)
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    for record in of:
        site.save(run, [record])
    return site


def related(site: SiteArchive) -> set[tuple[Any, ...]]:
    return {
        (row["post"], row["position"], row["origin"], row["state"], row["target"])
        for row in site.query("SELECT * FROM related_posts")
    }


def test_only_posts_without_entries_that_visitors_can_follow_get_proposals() -> None:
    with tmp_archive() as archive:
        site = filled(archive, records())
        normalize_site(site, COMPUTED)
        found = related(site)
        assert {each for each in found if each[0] == 1} == {
            (1, 0, "content:heading", "resolved", 9)
        }
        assert {each for each in found if each[0] == 2} == {
            (2, 0, "content:heading", "missing", 0),
            (2, 1, "computed", "resolved", 1),
        }
        targets = {each[4] for each in found if each[2] == "computed"}
        assert 6 not in targets  # nobody can read a draft
        assert 5 in targets
        assert 20 not in {each[0] for each in found}  # a page
        (row,) = site.query("SELECT * FROM related_posts WHERE post = 8 AND position = 0")
        assert (row["target"], row["url"]) in {
            (7, f"https://{SITE}/p7/"),
            (9, f"https://{SITE}/p9/"),
        }
        assert row["title"] in {title for _, _, title, _ in POSTS}


def test_without_the_fallback_nothing_is_computed() -> None:
    with tmp_archive() as archive:
        site = filled(archive, records())
        normalize_site(site, Rules())
        assert {each[2] for each in related(site)} == {"content:heading"}


def test_other_words_in_one_post_change_what_another_proposes() -> None:
    with tmp_archive() as archive:
        site = filled(archive, records())
        normalize_site(site, COMPUTED)
        assert (12, 0, "computed", "resolved", 10) in related(site)
        text = {"rendered": "<p>Flour, water, starter.</p>", "protected": False}
        title = {"rendered": "Flour"}
        link = f"https://{SITE}/p10/"
        edited = make_record("posts/post", 10, title=title, content=text, link=link)
        site.save(site.begin_run("pull", "anonymous"), [edited])
        normalize_site(site, COMPUTED)
        assert (12, 0, "computed", "resolved", 11) in related(site)


def test_a_change_elsewhere_gives_what_a_fresh_archive_gives() -> None:
    """A new post changes what its neighbours propose, though their own records stay."""
    late = records()[4]  # post 5
    with tmp_archive() as archive, tmp_archive() as fresh:
        site = filled(archive, [one for one in records() if one.id != 5])
        normalize_site(site, COMPUTED)
        before = related(site)
        site.save(site.begin_run("pull", "anonymous"), [late])
        normalize_site(site, COMPUTED)
        assert related(site) != before
        mixed = records()
        random.Random(3).shuffle(mixed)
        other = filled(fresh, mixed)
        normalize_site(other, COMPUTED)
        assert related(site) == related(other)
        assert normalize_site(site, COMPUTED).changed == 0
