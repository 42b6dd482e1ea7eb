"""docs/archive.md shows what works: its queries, its Python, its list of tables."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import Archive
from wp_sync.archive.schema import METADATA
from wp_sync.archive.views import VIEWS
from wp_sync.content import Derived, Link, Post, PostTerm, Related, Term, TermSource
from wp_sync.model import MediaFile, Outcome, State

GUIDE = (Path(__file__).parents[2] / "docs" / "archive.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive in which every query of the guide has something to find."""
    place = tmp_path_factory.mktemp("guide") / "archive"
    with open_archive(place) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("pull", "anonymous")
        link = f"https://{SITE}/2024/05/hello/"
        site.save(run, [make_record("posts/post", id) for id in (1, 2)])
        site.save(run, [make_record("posts/post", 42, link=link)])
        site.vanish(run, "posts/post", {2: State.GONE})
        site.want_files([MediaFile("https://x/a.jpg", 9)])
        site.put_terms(
            [Term("category", "news", "News", "News")],
            [TermSource("category", 3, "news!", "news-2", "merged", "category", "news", "c:1")],
        )
        site.put_posts(
            [
                Derived(
                    Post(
                        42, "post", "publish", "live", "hello", "Hello", link, "ann", "", "", "", ""
                    ),
                    "d:live:x",
                    [PostTerm("category", "news", 0)],
                    [Link(0, "/gone/", "there", "a", "missing")],
                    [Related(0, "content:heading", "/gone/", "Gone", "missing")],
                )
            ]
        )
        site.put_posts([_listing(43, 42), _listing(44, 45), _listing(45, 44)])
        site.finish_run(run, Outcome.DONE, {}, [], 3)
    return place


def _listing(id: int, target: int) -> Derived:
    link = f"https://{SITE}/{id}/"
    post = Post(id, "post", "publish", "live", str(id), f"Post {id}", link, "", "", "", "", "")
    entry = Related(0, "content:heading", f"/{target}/", "", "resolved", target)
    return Derived(post, "d:live:y", [], [], [entry])


@pytest.fixture
def archive(folder: Path) -> Iterator[Archive]:
    with open_archive(folder, read_only=True) as opened:
        yield opened


@pytest.mark.parametrize("sql", QUERIES, ids=lambda sql: sql.split("\n")[0][:60])
def test_every_query_finds_something(archive: Archive, sql: str) -> None:
    assert archive.of(SITE).query(sql.rstrip().rstrip(";"))


def test_the_python_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        for code in PYTHON:
            exec(code, {})
    assert said.getvalue().startswith("1 2024-05-01 12:00:00+00:00 ")


def test_every_table_and_view_is_told_of() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE))
    assert told == set(METADATA.tables) | {"schema_version"}
    assert all(f"`{view}`" in GUIDE for view in VIEWS)


def test_the_keys_are_those_of_the_tables() -> None:
    for name, key in re.findall(r"^\| `(\w+)` \|.*\|([^|]*)\|$", GUIDE, re.MULTILINE):
        if name in METADATA.tables:
            columns = [column.name for column in METADATA.tables[name].primary_key]
            assert ["site", *re.findall(r"`(\w+)`", key)] == columns, name
