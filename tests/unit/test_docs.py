"""Every command that the documents show is run, against the sample site; every link leads on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.main import get_command

from tests.cli import ROOT
from wp_sync.cli.app import EXIT_CODES, build
from wp_sync.demo import DemoServer, Request, Response

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# Its commands need a site to write to: tests/live/test_moving.py runs them.
LIVE = {"moving.md"}
SITE = "https://blog.example.com"
ME = b'{"id":7,"name":"Ed","slug":"ed","roles":["editor"],"capabilities":{"edit_posts":true}}'


def blocks(document: Path, language: str) -> list[str]:
    text = document.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(document: Path) -> list[str]:
    """The lines behind a dollar sign in ``console`` blocks."""
    lines = "\n".join(blocks(document, "console")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.fixture
def site() -> Iterator[DemoServer]:
    def hook(request: Request) -> Response | None:
        if request.path.endswith("/users/me") and "authorization" in request.headers:
            return Response(200, ME, {"Content-Type": "application/json"})
        return None

    with DemoServer(hook=hook) as server:
        # The many short updates of the sample site show a reader nothing that the others don't.
        posts = server.site.listings["/wp/v2/posts"].items
        for id in [id for id in posts if 1001 <= id <= 1300]:
            del posts[id]
        yield server


@pytest.fixture(scope="module")
def programs() -> Iterator[Path]:
    """A folder for PATH with the commands as an installation would have them."""
    from tests import forked

    with forked.programs() as folder:
        yield folder


@pytest.mark.skipif(os.name == "nt", reason="written for a POSIX shell")
@pytest.mark.parametrize(
    "document",
    [one for one in DOCUMENTS if commands(one) and one.name not in LIVE],
    ids=lambda one: one.name,
)
def test_the_commands_of_a_document_work(
    document: Path, site: DemoServer, programs: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    # One shell for the whole document, since a reader follows it from top to bottom.
    script = "\n".join(["set -ex", *commands(document)]).replace(SITE, site.url)
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-1000:]
    assert any("wp-sync" in line for line in done.stderr.splitlines())


def test_the_runner_finds_the_commands() -> None:
    assert len(commands(ROOT / "README.md")) >= 10
    assert len(commands(ROOT / "docs" / "cron.md")) >= 5


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_links_inside_the_project_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_commands_in_other_blocks_exist_too(document: Path) -> None:
    shown = "\n".join(blocks(document, "(?:sh|cron|ini)"))
    text = re.sub(r"#.*", "", shown)
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) <= known
    menu = getattr(get_command(build()), "commands")  # noqa: B009 - a group's
    assert set(re.findall(r"wp-sync ([a-z]+)", text)) <= set(menu)


def test_the_readme_lists_every_exit_code() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code, _ in EXIT_CODES:
        assert f"| {code.replace(' / ', ', ')} |" in readme


def test_the_picture_of_an_audit_is_one_and_small() -> None:
    data = (ROOT / "docs" / "img" / "audit.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n")
    assert len(data) < 200_000


def test_the_picture_is_a_picture_and_fetches_nothing() -> None:
    text = (ROOT / "docs" / "img" / "terminal.svg").read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert "wp-sync" in text
    assert "url(http" not in text
    assert 'url("http' not in text
