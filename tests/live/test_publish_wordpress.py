"""A small site into an empty WordPress of every version: what arrives, and what comes after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import Lab, Server
from tests.conftest import wanted
from tests.helpers import SITE, tmp_archive
from tests.moving import RECORDS, RULES, Moving, address, both, post
from wp_sync.model import State
from wp_sync.normalize.engine import normalize_site
from wp_sync.publish.apply import Pushed
from wp_sync.publish.wordpress.site import TargetSite


@pytest.fixture(params=wanted(), scope="module")
def moved(request: pytest.FixtureRequest, lab: Lab) -> Iterator[tuple[Moving, Pushed]]:
    """The small site, pushed once into an empty site of each version."""
    server = lab.variant(str(request.param), empty=True)
    with tmp_archive() as archive:
        moving = Moving(archive.of(SITE), server)
        yield moving, moving.push()
    server.stop()


def test_everything_arrives_and_is_what_was_wanted(moved: tuple[Moving, Pushed]) -> None:
    moving, pushed = moved
    assert not pushed.over
    assert not pushed.left, pushed.problems
    assert pushed.done.total() == len(RECORDS) - 4  # the site, who has an account, and a twin
    moving.each_once()


def test_the_next_push_writes_nothing(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    again = moving.push()
    assert (again.writes, again.left) == (0, 0)
    assert not moving.plan().steps


def test_verify_finds_nothing(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    parity = moving.verify()
    assert [one for one in parity.differences if one.state != "extra"] == []
    assert parity.clean
    assert parity.bytes_compared > 0


def test_ids_and_addresses_are_the_target_s(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    text = moving.held("posts/post:20").fields["content"]
    picture, block = moving.id_of("posts/attachment:9"), moving.id_of("posts/wp_block:15")
    home = moving.server.url
    assert f'"id":{picture}' in text.replace(" ", "")
    assert f"wp-image-{picture}" in text
    assert f'[gallery ids="{picture}"]' in text
    assert f'"ref":{block}' in text
    assert f'<a href="{home}/post-21/#b">' in text
    assert f'<a href="{home}/page-31/page-30/">' in text
    assert f'<a href="{home}/?p={moving.id_of("posts/post:22")}">' in text
    assert f'src="{home}/wp-content/uploads/' in text
    assert "-300x225.png" in text
    assert SITE not in text


def test_states_dates_and_ties_are_the_source_s(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    rows = moving.server.sql(
        "SELECT post_title, post_status, post_name, post_date_gmt, post_password, post_parent,"
        " menu_order, comment_status FROM wp_posts WHERE post_type IN ('post','page')"
    )
    found = {row[0]: row[1:] for row in rows}
    assert found["Post 22"][0] == "draft"
    assert found["Post 23"][0] == "private"
    assert found["Post 24"][0] == "future"
    assert found["Post 24"][2] == "2031-06-01 09:00:00"
    assert found["Post 25"][3] == "open sesame"
    assert found["痛み"][1] == "%e7%97%9b%e3%81%bf"
    assert found["One & only"][2] == "2013-04-21 10:20:00"
    assert found["Page 30"][4] == moving.id_of("posts/page:31")
    assert found["Page 30"][5] == "1"
    assert found["Post 21"][6] == "closed"
    one = moving.held("posts/post:20").fields
    assert one["sticky"] is True
    assert str(one["featured_media"]) == moving.id_of("posts/attachment:9")
    assert (
        str(one["author"])
        == moving.server.sql("SELECT ID FROM wp_users WHERE user_login='mara.editor'")[0][0]
    )
    by_name = moving.server.sql("SELECT ID FROM wp_users WHERE user_login='ilse'")
    assert [[str(moving.held("posts/post:23").fields["author"])]] == by_name
    assert moving.held("posts/post:21").fields["format"] == "aside"
    kept = "SELECT meta_value FROM wp_postmeta WHERE meta_key='_wp_page_template'"
    assert not moving.server.sql(kept), "a template of no name was kept for posts without one"
    pain = moving.held("terms/category:pain").fields
    assert str(pain["parent"]) == moving.id_of("terms/category:body")
    assert [str(id) for id in one["categories"]] == [moving.id_of("terms/category:pain")]


def test_the_file_is_the_file_in_its_month_tied_to_its_post(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    held = moving.held("posts/attachment:9")
    assert held.fields["alt_text"] == "A knee"
    assert held.fields["caption"] == "By <b>us</b>"
    assert str(held.fields["post"]) == moving.id_of("posts/post:20")
    ((path,),) = moving.server.sql(
        "SELECT meta_value FROM wp_postmeta WHERE meta_key='_wp_attached_file'"
    )
    if moving.server.version in ("6.8", "7.1"):  # 6.6 and later go by the date of the post
        assert path == "2013/04/knee.png"
    else:
        assert path.endswith("/knee.png")
    assert "300x225" in held.facts["sizes"]


def test_a_picture_that_the_source_has_twice_is_uploaded_once(
    moved: tuple[Moving, Pushed],
) -> None:
    moving, _ = moved
    count = moving.server.sql("SELECT COUNT(*) FROM wp_posts WHERE post_type='attachment'")
    assert count == [["1"]]
    held = moving.held("posts/post:23").fields
    picture = moving.id_of("posts/attachment:9")
    assert str(held["featured_media"]) == picture
    assert f'class="wp-image-{picture}"' in held["content"]
    assert "/knee-300x225.png" in held["content"]
    assert any("uploaded once" in note for note in moving.plan().notes)


def test_comments_keep_thread_date_and_state_on_a_closed_discussion(
    moved: tuple[Moving, Pushed],
) -> None:
    moving, _ = moved
    rows = moving.server.sql(
        "SELECT comment_author, comment_date_gmt, comment_approved, comment_parent, comment_content"
        " FROM wp_comments ORDER BY comment_date_gmt"
    )
    assert [row[1:3] for row in rows] == [
        ["2024-04-03 10:00:00", "1"],
        ["2024-04-03 11:00:00", "0"],
    ]
    assert rows[1][3] == moving.id_of("comments/comment:60")
    # As its author typed it: WordPress takes paragraphs out when somebody edits a comment.
    assert rows[0][4] == r"Well said.\n\nBy me\non a walk."
    ((status,),) = moving.server.sql(
        f"SELECT comment_status FROM wp_posts WHERE ID={moving.id_of('posts/post:21')}"
    )
    assert status == "closed"


def test_what_the_target_published_at_its_hour_stays_so(
    moved: tuple[Moving, Pushed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive knows of a scheduled post; its hour has come at the target since."""
    moving, _ = moved
    moving.push()
    monkeypatch.setattr(TargetSite, "changed", lambda _: "2031-06-01T09:00:01Z")
    number = moving.id_of("posts/post:24")
    try:
        moving.server.sql(f"UPDATE wp_posts SET post_status='publish' WHERE ID={number}")
        assert not [step for step in moving.plan().steps if step.action != "skip"]
        assert moving.push().writes == 0
        assert moving.held("posts/post:24").fields["status"] == "publish"
    finally:
        moving.server.sql(f"UPDATE wp_posts SET post_status='future' WHERE ID={number}")


def test_an_edit_is_written_alone_and_what_is_gone_is_unpublished(
    moved: tuple[Moving, Pushed],
) -> None:
    moving, _ = moved
    moving.push()
    other = moving.held("posts/post:23").stamp
    moving.pull([post(26, slug="%e7%97%9b%e3%81%bf", title=both("痛み, again"))])
    moving.site.vanish(1, "posts/post", {25: State.GONE})
    normalize_site(moving.site, RULES)
    plan = moving.plan()
    assert [(step.action, step.key, step.fields) for step in plan.steps] == [
        ("update", "posts/post:26", ("title",)),
        ("delete", "posts/post:25", ()),
    ]
    pushed = moving.push(plan)
    assert (pushed.writes, pushed.left) == (2, 0)
    assert moving.held("posts/post:26").fields["title"] == "痛み, again"
    assert moving.held("posts/post:25").fields["status"] == "draft"
    assert moving.held("posts/post:23").stamp == other
    assert moving.push().writes == 0
    moving.pull([post(23, status="private", content=both(f'<a href="{address("post-25")}">x</a>'))])
    moving.push()
    # It is gone at the source as well: told, and no difference.
    (dead,) = [one for one in moving.verify().differences if one.state == "explained"]
    assert (dead.key, dead.theirs) == ("posts/post:23", f"{moving.server.url}/post-25/")


def test_an_archive_built_anew_finds_its_work_again(
    moved: tuple[Moving, Pushed], newest: Server
) -> None:
    moving, _ = moved
    if moving.server.version != newest.version:
        return  # one version shows it
    with tmp_archive() as archive:
        anew = Moving(archive.of(SITE), moving.server)
        plan = anew.plan()
        assert [step.key for step in plan.steps if step.action == "create"] == []


def test_links_follow_a_page_below_one_that_was_renamed(moved: tuple[Moving, Pushed]) -> None:
    moving, _ = moved
    title = both("Parent")
    moving.pull([post(31, kind="posts/page", slug="renamed", title=title, menu_order=2)])
    pushed = moving.push()
    assert (pushed.writes, pushed.second, pushed.left) == (2, 1, 0)
    there = f'<a href="{moving.server.url}/renamed/page-30/">'
    assert there in moving.held("posts/post:20").fields["content"]
    assert moving.push().writes == 0
