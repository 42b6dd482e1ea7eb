"""Pushes into a real WordPress while something goes wrong: each fault fires, and afterwards the
target holds each thing exactly once, and the next push writes nothing."""

from __future__ import annotations

import json
import multiprocessing
import signal
import socket
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from lab import Lab, Server
from tests.conftest import wanted
from tests.faults.proxy import Answer, Exchange, Fault, Proxy, Rule
from tests.fire import FIRE
from tests.helpers import SITE, make_record, tmp_archive
from tests.moving import FEW, Moving, both, post, push_alone
from wp_sync.archive import open_archive
from wp_sync.errors import LoginFailed, PlanStale

NEWEST = wanted()[-1]
# WordPress lets administrators alone edit the page of this number, and an emptied site gives the
# number once more.
NO_PRIVACY_PAGE = (
    "UPDATE wp_options SET option_value='0' WHERE option_name='wp_page_for_privacy_policy'"
)


@pytest.fixture(scope="module")
def target(lab: Lab) -> Iterator[Server]:
    server = lab.variant(NEWEST, empty=True)
    yield server
    server.stop()


@pytest.fixture
def proxy(target: Server) -> Iterator[Proxy]:
    with Proxy(target.address) as proxy:
        yield proxy
    target.reset()


@pytest.fixture
def moving(target: Server, proxy: Proxy) -> Iterator[Moving]:
    with tmp_archive() as archive:
        yield Moving(archive.of(SITE), target, url=proxy.url, records=FEW)


def settled(moving: Moving, proxy: Proxy, *, after_one_more: bool = False) -> None:
    """Each thing is there once, and a push sends no write; where the first could not do all,
    ``after_one_more``."""
    if after_one_more:
        assert moving.push().left == 0
    moving.each_once()
    proxy.meet(())
    again = moving.push()
    assert (again.writes, again.left, again.over) == (0, 0, None), again.problems
    assert {one.method for one in proxy.asked} == {"GET"}
    assert not moving.site.ledger("new").intents()


def after_it_took_place(status: int, body: bytes = b"<h1>Oops</h1>") -> Fault:
    """The real server does it; what comes back says that it failed."""

    def fault(exchange: Exchange) -> None:
        exchange.fetch()
        exchange.send(Answer(status, {"Content-Type": "text/html"}, body))

    return fault


def done_and_silent(exchange: Exchange) -> None:
    """The real server does it; nobody says so."""
    exchange.fetch()
    exchange.cut()


def instead(status: int, code: str = "", text: str = "No.") -> Fault:
    """The server is not asked at all."""
    body = json.dumps({"code": code, "message": text, "data": {"status": status}}) if code else text

    def fault(exchange: Exchange) -> None:
        kind = "application/json" if code else "text/html"
        exchange.send(Answer(status, {"Content-Type": kind}, body.encode()))

    return fault


BATCH = r"^POST .*/batch/v1"
TERM = r"^POST .*/wp/v2/(categories|tags)\?"
MEDIA = r"^POST .*/wp/v2/media\?"
COMMENT = r"^POST .*/wp/v2/comments\?"
WRITES = (BATCH, MEDIA, COMMENT)


LOST = [(what, fault) for what in WRITES for fault in (after_it_took_place(500), done_and_silent)]


@pytest.mark.parametrize(("what", "fault"), LOST if FIRE else [LOST[0], LOST[3], LOST[4]])
def test_a_write_whose_answer_is_lost_is_found_and_not_repeated(
    moving: Moving, proxy: Proxy, what: str, fault: Fault
) -> None:
    with proxy.under(Rule(what, fault, nth=1, times=1)):
        pushed = moving.push()
    assert (pushed.left, pushed.over) == (0, None), pushed.problems
    settled(moving, proxy)


def half_of_it(exchange: Exchange) -> None:
    """The real server gets the head of a request and half of what it announces."""
    host, _, port = exchange.proxy.real.partition(":")
    head = [f"{exchange.method} {exchange.target} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in exchange.headers.items()]
    with socket.create_connection((host, int(port)), timeout=60) as real:
        whole = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + exchange.body
        real.sendall(whole[: len(whole) - len(exchange.body) // 2])


def none_of_it(exchange: Exchange) -> None:
    """The real server is not asked."""


def all_of_it(exchange: Exchange) -> None:
    """The real server does it."""
    exchange.fetch()


KILLS = [
    (what, reached)
    for what in (MEDIA, BATCH, COMMENT)
    for reached in (half_of_it, all_of_it, none_of_it)
]


@pytest.mark.parametrize(("what", "reached"), KILLS if FIRE else [KILLS[0], KILLS[1], KILLS[4]])
def test_a_push_killed_during_a_write_is_made_up_for(
    target: Server, proxy: Proxy, tmp_path: Path, what: str, reached: Fault
) -> None:
    """Killed while a file, a batch or a comment is on its way: before the server has any of it,
    with half of it there, and when all is done and not yet told."""
    folder = tmp_path / "archive"
    with open_archive(folder) as archive:
        moving = Moving(archive.of(SITE), target, url=proxy.url, records=FEW)
        pushing = multiprocessing.get_context("spawn").Process(
            target=push_alone, args=(str(folder), moving.settings)
        )

        def killed(exchange: Exchange) -> None:
            reached(exchange)
            pushing.kill()
            wait([pushing.sentinel])  # its end is waited for, and noted elsewhere
            exchange.cut()

        with proxy.under(Rule(what, killed)):
            pushing.start()
            pushing.join(60)
        assert pushing.exitcode == -signal.SIGKILL
        assert moving.site.ledger("new").intents(), "it was killed before it wrote anything down"
        settled(moving, proxy, after_one_more=True)
        assert moving.id_of("posts/attachment:9")
        parity = moving.verify()
        assert parity.clean, parity.differences


def test_a_busy_server_is_waited_for(moving: Moving, proxy: Proxy) -> None:
    def busy(exchange: Exchange) -> None:
        exchange.send(Answer(503, {"Retry-After": "0"}, b"busy"))

    with proxy.under(Rule(BATCH, busy, times=2)):
        pushed = moving.push()
    assert (pushed.left, pushed.over) == (0, None)
    settled(moving, proxy)


def test_a_login_revoked_midway_ends_the_push_and_the_next_goes_on(
    moving: Moving, proxy: Proxy, target: Server
) -> None:
    def revoke(exchange: Exchange) -> None:
        target.sql(
            "UPDATE wp_usermeta SET meta_key='_away' WHERE meta_key='_application_passwords'"
        )
        exchange.send(exchange.fetch())

    with proxy.under(Rule(MEDIA, revoke)):
        pushed = moving.push()
    assert isinstance(pushed.over, LoginFailed)
    target.sql("UPDATE wp_usermeta SET meta_key='_application_passwords' WHERE meta_key='_away'")
    settled(moving, proxy, after_one_more=True)


def test_a_blocked_batch_and_a_blocked_delete_are_gone_around(moving: Moving, proxy: Proxy) -> None:
    with proxy.under(
        Rule(BATCH, instead(403, text="<h1>Forbidden</h1>"), times=0),
        Rule(r"^DELETE ", instead(405, text="<h1>Method Not Allowed</h1>"), times=0),
    ):
        pushed = moving.push()
        assert (pushed.left, pushed.over) == (0, None), pushed.problems
        assert any("_method=DELETE" in one.words for one in proxy.asked)
    settled(moving, proxy)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (instead(413, text="<h1>413 Request Entity Too Large</h1>"), "too large"),
        (instead(500, "rest_upload_sideload_error", "not allowed to upload this type"), "type"),
        (instead(400, "rest_upload_limited_space", "Not enough space to upload."), "space"),
    ],
    ids=["413", "forbidden type", "quota"],
)
def test_a_file_that_is_refused_is_told_and_the_rest_goes_on(
    moving: Moving, proxy: Proxy, fault: Fault, said: str
) -> None:
    with proxy.under(Rule(MEDIA, fault, times=0)):
        pushed = moving.push()
    assert pushed.left == 1
    assert any(said in str(problem) for problem in pushed.problems)
    assert moving.id_of("posts/post:20")
    settled(moving, proxy, after_one_more=True)
    assert moving.id_of("posts/attachment:9")


def test_an_upload_whose_sizes_break_the_server_is_finished(moving: Moving, proxy: Proxy) -> None:
    def broken(exchange: Exchange) -> None:
        made = exchange.fetch()
        number = str(made.json["id"])
        exchange.send(Answer(500, {"X-WP-Upload-Attachment-ID": number}, b"memory exhausted"))

    with proxy.under(Rule(MEDIA, broken)):
        pushed = moving.push()
        finished = [one for one in proxy.asked if "post-process" in one.words]
    assert (pushed.left, pushed.over, len(finished)) == (0, None, 1)
    settled(moving, proxy)


def test_a_term_in_other_letters_is_adopted(moving: Moving, proxy: Proxy, target: Server) -> None:
    """Made by a stranger between the plan and the write."""

    def first(exchange: Exchange) -> None:
        target.php("return wp_insert_term('SLEEP', 'post_tag', array('slug' => 'sleep'));")
        exchange.send(exchange.fetch())

    with proxy.under(Rule(r"^POST .*/wp/v2/tags|" + BATCH, first)):
        moving.push()
    assert target.sql("SELECT COUNT(*) FROM wp_terms WHERE slug LIKE 'sleep%'") == [["1"]]
    assert moving.id_of("terms/post_tag:sleep")
    moving.push()
    moving.each_once()


def test_a_name_that_a_stranger_takes_first_never_becomes_ours_with_a_number(
    moving: Moving, proxy: Proxy, target: Server
) -> None:
    def first(exchange: Exchange) -> None:
        if not target.sql("SELECT ID FROM wp_posts WHERE post_name='post-21'"):
            target.php(
                "return wp_insert_post(array('post_title' => 'A stranger',"
                " 'post_name' => 'post-21', 'post_status' => 'publish'));"
            )
        exchange.send(exchange.fetch())

    with proxy.under(Rule(BATCH, first, times=0)):
        pushed = moving.push()
    moving.each_once()
    named = target.sql("SELECT post_title FROM wp_posts WHERE post_name LIKE 'post-21%'")
    assert named == [["A stranger"]]
    assert any("A stranger" in str(problem) for problem in pushed.problems)
    conflict = [step for step in moving.plan().steps if step.key == "posts/post:21"]
    assert [step.action for step in conflict] == ["conflict"]


def test_two_pushes_at_once_from_two_archives_make_each_thing_once(
    proxy: Proxy, target: Server
) -> None:
    """A push of another archive of the same site begins and ends while ours is under way."""
    records = [record for record in FEW if record.kind != "comments/comment"]
    with tmp_archive() as one, tmp_archive() as another:
        moving = Moving(one.of(SITE), target, url=proxy.url, records=records)
        other = Moving(another.of(SITE), target, records=records)

        def meanwhile(exchange: Exchange) -> None:
            assert other.push().left == 0
            exchange.send(exchange.fetch())

        with proxy.under(Rule(MEDIA, meanwhile)):
            pushed = moving.push()
        assert (pushed.left, pushed.over, pushed.problems) == (0, None, [])
        settled(moving, proxy)
        for key in ("terms/post_tag:sleep", "posts/attachment:9", "posts/post:20"):
            assert moving.id_of(key) == other.id_of(key)
        assert other.push().writes == 0


def test_a_target_put_back_from_an_old_backup_and_an_old_plan(
    moving: Moving, proxy: Proxy, target: Server, tmp_path: Path
) -> None:
    moving.push()
    backup = target.back_up(tmp_path)
    moving.pull([post(21, content=both("<p>Anew.</p>")), post(28)])
    old = moving.plan()
    assert [(step.action, step.key) for step in old.steps] == [
        ("update", "posts/post:21"),
        ("create", "posts/post:28"),
    ]
    assert moving.push().left == 0
    number = moving.id_of("posts/post:28")

    def refused() -> None:
        proxy.meet(())
        with pytest.raises(PlanStale):
            moving.push(old)
        assert {one.method for one in proxy.asked} == {"GET"}

    refused()  # the target is further than the plan
    target.restore(backup)
    refused()  # it is where it was, and is not what we remember
    stranger = (
        "return wp_insert_post(array('post_title' => 'New there', 'post_status' => 'publish'));"
    )
    while int(target.php(stranger)) < int(number):
        pass  # until somebody else's post has the number that ours had
    found = [(step.action, step.key) for step in moving.plan().steps]
    assert found == [("update", "posts/post:21"), ("conflict", "posts/post:28")]
    moving.policy(put_back=True)
    assert moving.push().left == 0
    assert moving.id_of("posts/post:28") != number
    assert moving.push().writes == 0
    named = target.sql("SELECT post_name FROM wp_posts WHERE post_name LIKE 'post-2%' ORDER BY 1")
    assert named == [["post-20"], ["post-21"], ["post-28"]]
    parity = moving.verify()
    assert parity.clean, parity.differences


def test_what_is_edited_at_the_target_during_the_push_is_not_overwritten(
    moving: Moving, proxy: Proxy, target: Server
) -> None:
    moving.push()
    number = moving.id_of("posts/post:26")
    moving.pull([post(26, slug="%e7%97%9b%e3%81%bf", title=both("Ours now"))])
    approved = moving.plan()

    def edited(exchange: Exchange) -> None:
        target.php(f"return wp_update_post(array('ID' => {number}, 'post_title' => 'Theirs now'));")
        exchange.send(exchange.fetch())

    with proxy.under(Rule(rf"/wp/v2/posts\?.*include={number}\b", edited)):
        pushed = moving.push(approved)
    assert pushed.left == 1
    assert moving.held("posts/post:26").fields["title"] == "Theirs now"
    (step,) = [one for one in moving.plan().steps if one.key == "posts/post:26"]
    assert step.action == "conflict"
    assert "title" in [change.field for change in step.changes]


def test_rights_that_are_too_low_are_told_before_the_first_write(
    target: Server, proxy: Proxy
) -> None:
    with tmp_archive() as archive:
        target.sql(NO_PRIVACY_PAGE)
        moving = Moving(archive.of(SITE), target, who="author", url=proxy.url)
        publisher = moving.mirror()[1]
        doctor = publisher.doctor()
        publisher.close()
        assert {"unfiltered_html", "authors", "category", "page", "comment"} <= set(doctor.losses)
        # Where nothing of the kind is in the archive, nobody is asked.
        kinds = [loss.place.kind for loss in doctor.losses.values() if loss.place.kind]
        assert {"posts/page", "terms/nav_menu"} <= set(kinds)
        with pytest.raises(Exception, match="script, style"):
            moving.push()
        assert {one.method for one in proxy.asked} == {"GET"}
        moving.policy(accept=frozenset(doctor.losses))
        pushed = moving.push()
        assert (pushed.over, pushed.left) == (None, 0), pushed.problems
        assert moving.held("posts/post:20").fields["sticky"] is False  # as told
        assert moving.id_of("posts/attachment:9")


def test_an_editor_finds_the_accounts_and_loses_menus_alone(target: Server, proxy: Proxy) -> None:
    target.sql(NO_PRIVACY_PAGE)
    with tmp_archive() as archive:
        moving = Moving(archive.of(SITE), target, who="editor", url=proxy.url)
        publisher = moving.mirror()[1]
        assert set(publisher.doctor().losses) == {"nav_menu", "nav_menu_item"}
        publisher.close()
        pushed = moving.push()
        assert (pushed.over, pushed.left) == (None, 0), pushed.problems
        by_name = target.sql("SELECT ID FROM wp_users WHERE user_login='ilse'")
        assert [[str(moving.held("posts/post:23").fields["author"])]] == by_name


def test_a_comment_that_is_there_already_is_adopted(
    moving: Moving, proxy: Proxy, target: Server
) -> None:
    moving.push()
    who = {"author_name": "Cy", "author_email": "cy@guests.example"}
    moving.pull([make_record("comments/comment", 62, post=20, content=both("Twice."), **who)])
    number = moving.id_of("posts/post:20")

    def first(exchange: Exchange) -> None:
        target.php(
            f"return wp_insert_comment(array('comment_post_ID' => {number}, 'comment_author' =>"
            " 'Cy', 'comment_author_email' => 'cy@guests.example', 'comment_content' => 'Twice.',"
            " 'comment_date_gmt' => '2024-04-03 10:00:00',"
            " 'comment_date' => '2024-04-03 03:00:00'));"
        )
        exchange.send(exchange.fetch())

    with proxy.under(Rule(COMMENT, first)):
        pushed = moving.push()
    assert (pushed.left, pushed.over) == (0, None), pushed.problems
    assert target.sql("SELECT COUNT(*) FROM wp_comments WHERE comment_author='Cy'") == [["1"]]


def test_no_password_is_ever_told(moving: Moving, proxy: Proxy, tmp_path: Path) -> None:
    secret = moving.settings.password

    def echo(exchange: Exchange) -> None:
        exchange.send(Answer(400, {}, f"you sent {exchange.headers['Authorization']}".encode()))

    with proxy.under(Rule(BATCH, echo, times=0)):
        pushed = moving.push()
    said = repr(pushed) + repr(moving.settings)
    assert secret not in said
    assert "Basic " not in said
