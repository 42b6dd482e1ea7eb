"""Who hears of a run: once when something changes, over every channel, and never a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import socketserver
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pytest_httpserver import HTTPServer

from wp_sync import toml
from wp_sync.errors import Exit, Place, Problem
from wp_sync.notify import decide, memory, settings
from wp_sync.notify.base import Condition, Notice, RunReport
from wp_sync.notify.decide import Memory
from wp_sync.notify.document import as_text
from wp_sync.notify.errors import NotifyError
from wp_sync.notify.mail import Mail
from wp_sync.notify.metrics import as_metrics
from wp_sync.notify.settings import NotifySettings
from wp_sync.notify.watch import Watch
from wp_sync.notify.webhook import SIGNATURE, Webhook, ping

BEGAN = datetime(2026, 11, 29, 3, 17, tzinfo=UTC)
LOST = Problem("3 posts can't be read", Place(kind="posts/post", id=5), "look at post 5")
OTHER = Problem("the mapping names nobody", Place(file="mappings/authors.toml", line=4))


def report(exit: Exit = Exit.DONE, *problems: Problem) -> RunReport:
    return RunReport("blog.example.com", "/srv/blog", exit, BEGAN, BEGAN + timedelta(90), problems)


def notice(*problems: Problem, now: Condition = Condition.ATTENTION) -> Notice:
    run = report(Exit.PARTIAL, *problems)
    return Notice(now, Condition.OK, "2026-11-29T03:17:00Z", run, problems)


def story(*runs: RunReport, after: int = 3) -> list[str]:
    """What one channel hears of several runs: an event for each that was told, else a dash."""
    known, heard = Memory(), []
    for run in runs:
        known = decide.after(known, run, unreachable_after=after)
        found = decide.notice(known, run, "c")
        known = decide.having_told(known, run, "c")
        heard.append(found.event if found else "-")
    return heard


# -- when


def test_a_state_is_told_once_and_its_end_too() -> None:
    bad = report(Exit.PARTIAL, LOST)
    assert story(report(), bad, bad, report(), report()) == [
        "-",
        "attention",
        "-",
        "recovered",
        "-",
    ]


def test_a_new_problem_under_an_old_state_is_told_and_a_vanished_one_is_not() -> None:
    one, two = report(Exit.PARTIAL, LOST), report(Exit.PARTIAL, LOST, OTHER)
    assert story(one, two, one, one) == ["attention", "attention", "-", "-"]


def test_a_problem_whose_numbers_change_is_the_same_problem() -> None:
    grown = replace(LOST, message="4 posts can't be read")
    assert story(report(Exit.PARTIAL, LOST), report(Exit.PARTIAL, grown)) == ["attention", "-"]


def test_a_site_that_is_down_for_a_while_is_news_and_a_blip_is_none() -> None:
    down = report(Exit.TRY_LATER, Problem("down"))
    assert story(down, down, report(), down, down) == ["-"] * 5
    assert story(down, down, down, down, report()) == ["-", "-", "unreachable", "-", "recovered"]


def test_a_run_that_was_interrupted_or_found_another_at_work_says_nothing() -> None:
    bad = report(Exit.FAILED, OTHER)
    quiet = [report(code) for code in (Exit.LOCKED, Exit.INTERRUPTED, Exit.TERMINATED)]
    assert story(bad, *quiet, bad) == ["failed", "-", "-", "-", "-"]


def test_a_site_out_of_reach_ends_no_other_trouble() -> None:
    bad, down = report(Exit.PARTIAL, LOST), report(Exit.TRY_LATER)
    assert story(bad, down, bad, report()) == ["attention", "-", "-", "recovered"]


CODES = st.sampled_from(list(Exit))


@given(st.lists(st.tuples(CODES, st.sets(st.sampled_from((LOST, OTHER))))), st.integers(1, 4))
def test_nobody_is_told_twice_and_nobody_is_left_in_the_dark(
    runs: list[tuple[Exit, set[Problem]]], after: int
) -> None:
    known, told, names = Memory(), Condition.OK, set[str]()
    for code, problems in runs:
        run = report(code, *sorted(problems, key=str))
        known = decide.after(known, run, unreachable_after=after)
        found = decide.notice(known, run, "c")
        known = decide.having_told(known, run, "c")
        if found is not None:
            assert found.now is not told or {str(one) for one in problems} - names
            told = found.now
        if run.condition is known.condition:  # what was told is how things stand
            assert told is known.condition
            names = {str(one) for one in problems}


# -- how


def test_a_webhook_gets_a_signed_document(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in", method="POST").respond_with_data("ok", 202)
    Webhook(httpserver.url_for("/in"), "hunter2").send(notice(LOST))
    request, _ = httpserver.log[0]
    body = request.get_data()
    mac = hmac.new(b"hunter2", body, hashlib.sha256).hexdigest()
    assert request.headers[SIGNATURE] == f"sha256={mac}"
    assert "Authorization" not in request.headers
    document = json.loads(body)
    assert document["event"] == "attention"
    assert document["text"] == "blog.example.com: 1 problem to look at"
    assert document["problems"] == [
        {
            "message": LOST.message,
            "hint": LOST.hint,
            "place": {"kind": "posts/post", "id": 5},
        }
    ]
    assert (document["was"], document["now"], document["exit_code"]) == ("ok", "attention", 3)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_refuses_is_told_without_its_address(
    httpserver: HTTPServer, status: int
) -> None:
    httpserver.expect_request("/T000/secret").respond_with_data(
        "no", status, headers={"Location": "http://127.0.0.1:1/"}
    )
    with pytest.raises(NotifyError) as caught:
        Webhook(httpserver.url_for("/T000/secret")).send(notice(LOST))
    assert str(status) in str(caught.value)
    assert "secret" not in str(caught.value) + caught.value.hint
    assert len(httpserver.log) == 1, "it followed a redirect, or sent it twice"


def test_a_webhook_that_is_not_there_is_told_without_its_address() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    with pytest.raises(NotifyError) as caught:
        Webhook(f"http://127.0.0.1:{port}/T000/secret").send(notice(LOST))
    assert "secret" not in str(caught.value) + caught.value.hint


def test_pings_keep_the_address_s_arguments(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/ping/1/start").respond_with_data("ok")
    ping(httpserver.url_for("/ping/1/") + "?create=1", "/start")
    request, _ = httpserver.log[0]
    assert (request.path, request.query_string) == ("/ping/1/start", b"create=1")


class Box:
    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[str, Box]]:
    kept = Box()
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as free:
        port = free.server_address[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}", kept
    controller.stop()


TO = ("editor@example.com",)


def test_a_mail_says_what_to_do_and_a_site_s_words_stay_in_its_body(
    box: tuple[str, Box],
) -> None:
    server, kept = box
    bad = replace(LOST, message="lost\r\nBcc: all@example.com\n\x1b[31mred", hint="look there")
    run = replace(notice(bad), report=replace(report(Exit.PARTIAL, bad), site="a\r\nBcc: b@c.d"))
    Mail(server, "wp-sync@example.com", TO).send(run)
    (mail,) = kept.mails
    assert mail["Bcc"] is None
    assert mail["To"] == "editor@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    assert "look there" in text
    assert "\nBcc" not in text
    assert "\x1b" not in text


def test_a_password_goes_over_no_open_line_but_on_this_machine(
    box: tuple[str, Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, kept = box
    there = server.replace("//", "//robot@")
    mail = Mail(there, "wp-sync@example.com", TO, "hunter2")
    monkeypatch.setattr("wp_sync.notify.mail._LOOPBACK", frozenset())
    monkeypatch.setattr(smtplib.SMTP, "login", lambda *_: pytest.fail("it sent the password"))
    with pytest.raises(NotifyError, match="offers no encryption") as caught:
        mail.send(notice(LOST))
    assert "smtps://" in caught.value.hint
    assert kept.mails == []


def test_metrics_are_what_prometheus_reads() -> None:
    run = replace(
        report(Exit.PARTIAL, LOST),
        site='odd"\\\nsite',
        counts={("items", (("kind", "posts/post"), ("change", "new"))): 7, ("requests", ()): 12},
    )
    known = decide.after(Memory(), run, unreachable_after=3)
    found = {
        (sample.name, sample.labels.get("condition", sample.labels.get("change", ""))): sample
        for family in text_string_to_metric_families(as_metrics(run, known))
        for sample in family.samples
    }
    assert found["wp_sync_items", "new"].value == 7
    assert found["wp_sync_items", "new"].labels["site"] == 'odd"\\\nsite'
    assert found["wp_sync_last_run_exit_code", ""].value == 3
    assert found["wp_sync_last_run_timestamp_seconds", ""].value == run.finished_at.timestamp()
    assert found["wp_sync_last_success_timestamp_seconds", ""].value == 0
    assert found["wp_sync_condition", "attention"].value == 1
    assert found["wp_sync_condition", "ok"].value == 0


# -- together


def test_what_one_channel_could_not_deliver_comes_after_the_next_run(
    httpserver: HTTPServer, box: tuple[str, Box], tmp_path: Path
) -> None:
    server, kept = box
    wanted = NotifySettings(
        webhook=httpserver.url_for("/in"),
        email_to=TO,
        email_from="a@b.c",
        smtp=server,
        metrics=str(tmp_path / "wp.prom"),
    )
    bad = report(Exit.PARTIAL, LOST)

    def run() -> Watch:
        watch = Watch(wanted, tmp_path / "kept.json", {})
        watch.ended(bad)
        return watch

    httpserver.expect_oneshot_request("/in").respond_with_data("broken", 500)
    httpserver.expect_request("/in").respond_with_data("ok")
    assert [one.message for one in run().problems] == ["the webhook answered 500"]
    assert run().problems == []
    assert run().problems == []
    assert len(httpserver.log) == 2
    assert len(kept.mails) == 1
    assert "wp_sync_condition" in (tmp_path / "wp.prom").read_text()


def test_a_health_check_hears_of_start_success_and_failure_and_not_of_a_site_that_is_down(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/p/start").respond_with_data("ok")
    httpserver.expect_request("/p").respond_with_data("ok")
    httpserver.expect_request("/p/fail").respond_with_data("ok")
    watch = Watch(NotifySettings(health_check=httpserver.url_for("/p")), tmp_path / "k", {})
    for code in (Exit.DONE, Exit.FAILED, Exit.TRY_LATER, Exit.LOCKED):
        watch.started()
        watch.ended(report(code))
    paths = [request.path for request, _ in httpserver.log]
    assert paths == ["/p/start", "/p", "/p/start", "/p/fail", "/p/start", "/p/start"]
    assert watch.problems == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"runs": 5}', '{"runs": {"a": {"told": 1}}}'])
def test_a_damaged_memory_is_none_and_made_whole_again(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "kept.json"
    path.write_text(damage)
    assert memory.load(path, "a") == Memory()
    known = decide.having_told(
        decide.after(Memory(), report(Exit.FAILED, LOST), unreachable_after=1),
        report(Exit.FAILED, LOST),
        "mail",
    )
    memory.save(path, "a", known)
    memory.save(path, "b", Memory())
    assert memory.load(path, "a") == known


def test_a_memory_that_can_t_be_kept_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotifyError) as caught:
        memory.save(tmp_path / "nowhere" / "kept.json", "a", Memory())
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_metrics_can_be_read_by_the_exporter(tmp_path: Path) -> None:
    memory.write_whole(tmp_path / "wp.prom", "a 1\n")
    assert (tmp_path / "wp.prom").stat().st_mode & stat.S_IRUSR
    assert [path.name for path in tmp_path.iterdir()] == ["wp.prom"]


# -- the configuration


def read(text: str) -> tuple[NotifySettings, list[str]]:
    file = toml.parse(text, "wp-sync.toml")
    found = settings.read(file.table().table("notify"), Path("/srv/blog"))
    return found, [str(one) for one in file.problems]


def test_mistakes_in_the_settings_are_told_with_their_line() -> None:
    _, problems = read(
        "[notify]\n"
        'webhook = "hooks.example.com"\n'
        'email_to = ["editor"]\n'
        'smtp = "smtp://robot:hunter2@mail.example.com"\n'
        "unreachable_after = 0\n"
    )
    told = "\n".join(problems)
    assert "wp-sync.toml:2: webhook is no web address" in told
    assert "wp-sync.toml:3: email_to names “editor”" in told
    assert "wp-sync.toml:4: smtp carries a password" in told
    assert "wp-sync.toml:5: unreachable_after is 0" in told
    assert "email_to needs email_from as well" in told
    assert "hunter2" not in told


def test_a_file_is_relative_to_the_configuration_and_the_environment_has_the_last_word() -> None:
    found, problems = read('[notify]\nmetrics = "wp.prom"\nwebhook = "https://a.example/x"\n')
    assert problems == []
    assert Path(found.metrics) == Path("/srv/blog/wp.prom")
    given = {"WP_SYNC_WEBHOOK": "https://b.example/secret", "WP_SYNC_HEALTH_CHECK": ""}
    assert found.in_environment(given).webhook == "https://b.example/secret"
    assert found.in_environment(given).wanted
    assert not NotifySettings().in_environment({}).wanted


def test_a_mail_marks_what_is_new(tmp_path: Path) -> None:
    both = replace(notice(LOST, OTHER), was=Condition.ATTENTION, fresh=(OTHER,))
    text = as_text(both)
    assert "* new: mappings/authors.toml:4: the mapping names nobody" in text
    assert "* posts/post 5: 3 posts can't be read" in text
