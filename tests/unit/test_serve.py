"""`serve`: an archive in the browser, for this computer alone, which nothing can write to."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.cli import Cli, start
from tests.helpers import make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.audit.engine import audit_site
from wp_sync.browse import functions
from wp_sync.browse.texts import readable
from wp_sync.model import Outcome
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules

SITE = "blog.example.com"
EVIL = "</td><script>alert(1)</script>"
SAID = escape(EVIL)  # as WordPress sends a title that speaks of markup
_open = build_opener(ProxyHandler({})).open


def made(folder: Path) -> Path:
    """An archive with an edited post, hostile words in every field, related posts and findings."""
    with open_archive(folder / "a?mode=rwc #1") as store:  # such a name must not open it wider
        site = store.of(SITE)
        site.set_site(make_identity(SITE))
        run = site.begin_run("pull", "anonymous")
        site.save(run, [make_record("terms/category", 1, name=f"Pain {SAID}", slug="pain")])
        body = '<p>Old words</p><p><a href="/nowhere/">x</a><h3>Related posts</h3><ul>{}</ul>'
        item = '<li><a href="/post-{0}/">Post {0}</a></li>'
        posts = [
            make_record(
                "posts/post",
                id,
                slug=f"post-{id}",
                link=f"https://{SITE}/post-{id}/",
                title={"rendered": f"Post {id} {SAID}"},
                content={"rendered": body.format(item.format(id % 3 + 1)) + SAID},
                categories=[1],
            )
            for id in (1, 2, 3)
        ]
        site.save(run, posts)
        edited = {"rendered": f"<p>Grüße über neue Wörter</p><p>{SAID}</p>" + "<p>Mehr</p>"}
        again = {"title": {"rendered": "x"}, "content": edited, "categories": [1]}
        site.save(run, [make_record("posts/post", 1, slug="post-1", **again)])
        site.finish_run(run, Outcome.DONE, {}, (), 3)
        normalize_site(site, load_rules(None))
        audit_site(site)
    return folder / "a?mode=rwc #1"


def digest(archive: Path) -> str:
    return hashlib.sha256((archive / "archive.db").read_bytes()).hexdigest()


@contextmanager
def serving(archive: Path, cwd: Path, *more: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = start("serve", "--archive", str(archive), "--port", "0", *more, cwd=cwd)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+/", line)
        assert found, line + process.communicate(timeout=30)[1]
        yield found[0], process
    finally:
        process.kill()
        process.communicate()


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, str, Any]:
    try:
        with _open(Request(url, method=method, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def address(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(archive, tmp_path_factory.mktemp("here")) as (address, _):
        yield address


def rows(address: str, query: str, **parameters: object) -> list[dict[str, Any]]:
    given = urlencode({"_shape": "array", **parameters})
    status, body, _ = ask(f"{address}{query}.json?{given}")
    assert status == 200, body
    found: list[dict[str, Any]] = json.loads(body)
    return found


def test_every_query_at_hand_works_as_a_page_and_as_json(address: str) -> None:
    text = functions.__file__.replace("functions.py", "metadata.yaml")
    metadata = yaml.safe_load(Path(text).read_text(encoding="utf-8"))
    known = {"kind": "posts/post", "type": "post", "id": 1, "number": 1, "words": "post"}
    known |= {"taxonomy": "category", "slug": "pain", "run": 1, "rule": "links/missing-target"}
    for database, parts in metadata["databases"].items():
        tables = {one["name"] for one in json.loads(ask(f"{address}{database}.json")[1])["tables"]}
        assert not tables & parts["queries"].keys(), "a query of that name would hide the table"
        for name, query in parts["queries"].items():
            given = {param: known[param] for param in query.get("params", ())}
            rows(address, f"{database}/{name}", **given)
            status, page, _ = ask(f"{address}{database}/{name}?{urlencode(given)}")
            assert status == 200, name
            assert "<script>alert" not in page, name


def test_versions_are_unpacked_and_compared(address: str) -> None:
    found = rows(address, "archive/differences", kind="posts/post", id=1)
    assert [one["number"] for one in found] == [2, 1]
    assert "+    <p>Grüße über neue Wörter</p>" in found[0]["differences"]
    assert "-    <p>Old words</p>" in found[0]["differences"]
    assert found[1]["differences"] == "the first version"
    status, page, _ = ask(f"{address}archive/differences?kind=posts/post&id=1")
    assert status == 200
    assert "<del>-    &lt;p&gt;Old words&lt;/p&gt;</del>" in page
    led = re.search(r'href="(/archive/version\?[^"]+)"', page)
    assert led
    status, page, _ = ask(address + led[1].lstrip("/").replace("&amp;", "&"))
    assert "&#34;slug&#34;" in page


def test_graph_terms_and_findings_are_there(address: str) -> None:
    graph = rows(address, "archive/who_lists_whom")
    assert len(graph) == 2
    (term,) = rows(address, "archive/terms_with_posts")
    assert term["posts"] == 3
    led = rows(
        address, term["→ posts"].partition("?")[0].lstrip("/"), taxonomy="category", slug="pain"
    )
    assert len(led) == 3
    by_rule = {one["rule"]: one["findings"] for one in rows(address, "archive/findings_by_rule")}
    assert by_rule["links/missing-target"] == 2
    found = rows(address, "archive/findings_of_a_rule", rule="links/missing-target")
    assert {one["title"] for one in found} == {f"Post 2 {EVIL}", f"Post 3 {EVIL}"}


def test_texts_are_found_by_their_words(address: str) -> None:
    until = time.monotonic() + 60  # it fills while pages are read
    while len(rows(address, "search/texts")) < 3:
        assert time.monotonic() < until
        time.sleep(0.1)
    (found,) = rows(address, "search/texts_with", words="gruße neue")
    assert "»Grüße«" in found["place"]
    assert found["→ differences"] == "/archive/differences?kind=posts%2Fpost&id=1"
    assert len(rows(address, "search/texts_with", words="post*")) == 2
    assert rows(address, "search/texts_with", words='"words old"') == []
    for odd in ("", '"', "a AND", "NEAR(", "title:", "*", "'", "^x -y", "\0"):
        rows(address, "search/texts_with", words=odd)


def test_bytes_are_told_not_shown(address: str) -> None:
    _, page, _ = ask(f"{address}archive/versions")
    assert re.search(r'<span class="bytes">\d+ bytes, packed</span>', page)
    assert ".blob" not in page


def test_nothing_can_be_written(address: str, archive: Path) -> None:
    before = digest(archive)
    assert ask(f"{address}archive", "POST")[0] == 405
    assert ask(f"{address}archive/posts", "DELETE")[0] == 405
    for sql in (
        "delete from posts",
        "with x as (select 1) delete from posts",
        "explain delete from posts",
        "attach database '/tmp/x' as y",
        "select load_extension('x')",
        "pragma journal_mode=delete",
    ):
        status, said, _ = ask(f"{address}archive.json?{urlencode({'sql': sql})}")
        assert status == 400 or "explain" in sql, (sql, said)
    assert digest(archive) == before
    with open_archive(archive) as store:  # as a run does, while it is served
        site = store.of(SITE)
        run = site.begin_run("pull", "anonymous")
        site.save(run, [make_record("posts/post", 9, slug="while-served")])
        site.finish_run(run, Outcome.DONE, {}, (), 1)
    assert [one["run"] for one in rows(address, "archive/versions", id=9)] == [run]
    assert len(rows(address, "archive/all_runs")) == 2


def test_it_is_of_this_computer_and_answers_to_its_own_names_only(address: str) -> None:
    port = int(address.rstrip("/").rpartition(":")[2])
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", port)) != 0
    assert ask(address, Host=f"localhost:{port}")[0] == 200
    for stranger in ("evil.example", f"evil.example:{port}", "", "127.0.0.1.evil.example"):
        assert ask(address, Host=stranger)[0] == 403
    headers = ask(address)[2]
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Access-Control-Allow-Origin"] is None


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_the_archive_as_it_was(
    archive: Path, tmp_path: Path, number: signal.Signals
) -> None:
    before = digest(archive)
    with serving(archive, tmp_path, "--no-search") as (address, process):
        assert ask(f"{address}archive")[0] == 200
        assert ask(f"{address}search")[0] == 404
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert digest(archive) == before
    assert list(tmp_path.iterdir()) == []


def test_what_can_t_be_served_is_said_in_words(
    cli: Cli, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = cli("serve", "--archive", "postgresql://user@host/base?media=m")
    assert said.code == 2
    assert "PostgreSQL" in said.err
    assert cli("serve", "--archive", tmp_path / "none").code == 2
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = cli("serve", "--archive", archive, "--port", taken.getsockname()[1])
    assert said.code == 2
    assert "--port" in said.err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = cli("serve", "--archive", archive)
    assert said.code == 2
    assert "pip install 'wp-sync[serve]'" in said.err


# -- the functions


@given(st.text())
def test_any_words_are_an_expression_of_fts5(words: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        database.execute("SELECT * FROM t WHERE t MATCH ?", (functions.sought(words),)).fetchall()


def test_a_damaged_version_is_told_as_such() -> None:
    packed = functions.Codec().compress(msgspec.json.encode({"a": 1}))
    assert "can't be read" in functions.whole(packed[:-2], 7, None)
    assert "can't be read" in functions.differences(packed, 7, None, b"", 7, None)
    assert functions.whole(packed, 7, None) == '{\n  "a": 1\n}'
    assert "can't be read" in functions.whole(functions.Codec().compress(b"[]"), 2, None)


def test_words_end_where_blocks_do() -> None:
    assert readable("<p>One</p><p>t<b>w</b>o &amp; more</p><br>x") == "One two & more x"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)
