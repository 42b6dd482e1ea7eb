"""The built package, installed in an empty environment, works in an empty folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli import ROOT

pytestmark = pytest.mark.timeout(600)


def run(*words: object, cwd: Path, ok: bool = True) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, env=environment
    )
    if ok:
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that holds the wheel."""
    venv = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv)
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, "--python", programs / "python", "install", wheel, cwd=venv)
    return programs


def test_the_wheel_is_typed_and_holds_mappings_and_sample_site(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "wp_sync/py.typed" in names
    assert "wp_sync/demo/site.json.zst" in names
    for file in (ROOT / "mappings").glob("*.toml"):
        assert f"wp_sync/templates/mappings/{file.name}" in names
    assert not [name for name in names if name.startswith(("tests/", "lab/", "bench/"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_installed_it_lays_out_its_files_and_copies_the_sample_site(
    installed: Path, tmp_path: Path
) -> None:
    program = installed / "wp-sync"
    run(program, "init", "https://blog.example.com", "--offline", cwd=tmp_path)
    assert (tmp_path / "wp-sync.toml").is_file()
    assert len(list((tmp_path / "mappings").glob("*.toml"))) == len(
        list((ROOT / "mappings").glob("*.toml"))
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    done = json.loads(run(program, "demo", "--port", "0", "--json", cwd=empty))
    assert done["exit_code"] == 0
    assert done["normalize"]["terms"]["category"]["after"] > 0
    assert [path.name for path in empty.iterdir()] == ["demo-archive"]


def test_installed_it_is_typed_for_those_who_import_it(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(
        "from wp_sync.archive import open_archive\n"
        "with open_archive('x') as archive:\n"
        "    reveal_type(archive.sites())\n"
    )
    python = installed / ("python.exe" if os.name == "nt" else "python")
    said = run(
        sys.executable, "-m", "mypy", "--python-executable", python, "--strict", "use.py",
        cwd=tmp_path, ok=False,
    )  # fmt: skip
    assert "SiteState" in said
    assert "import-untyped" not in said


@pytest.mark.skipif(os.name == "nt", reason="make is not there")
@pytest.mark.parametrize("target", ["run", "test", "test-quick", "lint", "lab", "bench", "help"])
def test_every_target_of_the_makefile_is_well_formed(target: str) -> None:
    run("make", "--dry-run", target, cwd=ROOT)


@pytest.mark.skipif(os.name == "nt", reason="make is not there")
def test_make_run_works_in_a_fresh_checkout_and_again(tmp_path: Path) -> None:
    files = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    # The sample site's own port may be taken by somebody who is trying it.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = f"DEMO=--port {free.getsockname()[1]}"
    for _ in range(2):
        said = run("make", "run", port, f"PYTHON={sys.executable}", cwd=tmp_path)
        assert "is up to date in the archive" in said
        assert "\nNext\n" in said
        assert "demo-archive/audit/audit.html" in said.rpartition("\nNext\n")[2]
    assert (tmp_path / "demo-archive" / "archive.db").is_file()
