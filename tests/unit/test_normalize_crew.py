"""Posts derived by helpers: the same rows as without them, whatever becomes of the helpers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.errors import Interrupted
from wp_sync.normalize import crew
from wp_sync.normalize.crew import FEW, helpers_for
from wp_sync.normalize.engine import NormalizeResult, normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.progress import Stop

POSTS = 500  # three batches


def body(id: int) -> str:
    links = f"<p>See <a href='/post-{1 + id * 7 % (POSTS + 20)}/'>another</a>, number {id}.</p>"
    if id % 100 == 0:
        return f"{links}\x00<a href='cut"
    return f"{links}<h3>Related posts</h3><ul><li><a href='/post-{1 + id % 9}/'>x</a></li></ul>"


def filled(archive: Archive) -> SiteArchive:
    site = archive.of(SITE)
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    ids = range(1, POSTS + 1)
    site.save(run, [make_record("posts/post", id, content={"rendered": body(id)}) for id in ids])
    return site


@pytest.fixture
def site() -> Iterator[SiteArchive]:
    with tmp_archive() as archive:
        yield filled(archive)


def rows(site: SiteArchive) -> list[list[str]]:
    tables = ("posts", "links", "related_posts", "post_dependencies", "cleanings")
    return [sorted(map(repr, site.query(f"SELECT * FROM {table}"))) for table in tables]


def told(result: NormalizeResult) -> list[Any]:
    return [result.read, result.written, result.links, result.related, result.findings]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The helpers that a test starts."""
    found: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **named: Any) -> None:
            super().__init__(*words, **named)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return found


def test_the_rows_and_findings_are_those_of_one_process_and_no_helper_stays(
    site: SiteArchive, started: list[subprocess.Popen[bytes]]
) -> None:
    alone = told(normalize_site(site, Rules(), helpers=0))
    assert len(alone[-1]) == POSTS // 100 * 2
    assert started == []
    with tmp_archive() as archive:
        other = filled(archive)
        assert told(normalize_site(other, Rules(), helpers=3)) == alone
        assert rows(other) == rows(site)
    assert [helper.poll() is not None for helper in started] == [True] * 3


def killed(helpers: list[subprocess.Popen[bytes]]) -> None:
    helpers[0].kill()


def all_killed(helpers: list[subprocess.Popen[bytes]]) -> None:
    for helper in helpers:
        helper.kill()


@pytest.mark.parametrize("end", [killed, all_killed])
def test_a_helper_that_is_killed_is_done_without(
    site: SiteArchive,
    started: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[list[subprocess.Popen[bytes]]], None],
) -> None:
    put = site.put_posts

    def put_and_kill(posts: Any) -> int:
        end(started)
        return put(posts)

    monkeypatch.setattr(site, "put_posts", put_and_kill)
    result = normalize_site(site, Rules(), helpers=2)
    assert (len(started), result.posts_written) == (2, POSTS)
    found = rows(site)
    site.set_derived_under("")
    assert normalize_site(site, Rules(), helpers=0).changed == 0
    assert rows(site) == found


@pytest.mark.parametrize(
    "wrong",
    [
        "no such program",
        sys.executable + "\0",
        "/bin/false" if os.name == "posix" else "cmd",
        "/bin/echo" if os.name == "posix" else "cmd",
    ],
)
def test_helpers_that_never_start_or_talk_nonsense_are_done_without(
    site: SiteArchive, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(sys, "executable", wrong)
    assert normalize_site(site, Rules(), helpers=2).posts_written == POSTS


def test_a_stop_ends_the_helpers_and_the_next_run_makes_up_for_it(
    site: SiteArchive, started: list[subprocess.Popen[bytes]]
) -> None:
    class Impatient(Stop):
        def check(self) -> None:
            if site.query("SELECT count(*) AS n FROM posts")[0]["n"]:
                self.request()
            super().check()

    with pytest.raises(Interrupted):
        normalize_site(site, Rules(), stop=Impatient(), helpers=2)
    assert [helper.poll() is not None for helper in started] == [True, True]
    assert 0 < len(site.query("SELECT id FROM posts")) < POSTS
    normalize_site(site, Rules(), helpers=0)
    assert len(site.query("SELECT id FROM posts")) == POSTS


def test_few_posts_and_one_core_get_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    def cores(count: int) -> None:
        monkeypatch.setattr(crew, "cores", lambda: count)

    cores(8)
    assert (helpers_for(FEW - 1), helpers_for(FEW)) == (0, 3)
    cores(2)
    assert helpers_for(1_000_000) == 2
    cores(1)
    assert helpers_for(1_000_000) == 0
