"""What people get wrong, through the real command line: one clear message with the place and the
next step, the right exit code, no traceback, and an archive that is byte for byte as it was.

Sites that are down, the mappings' mistakes in `run`, and a file where a folder is expected are in
``test_cli_sync``; ordinary users' permissions in ``test_archive_opening``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli import Cli, Done
from tests.needs import lacking
from wp_sync.demo import DemoServer, Request, Response
from wp_sync.errors import Exit

POSTS = "/wp/v2/posts"
PASSWORD = "Zq7w-Xk2m-P9ra"
# What SQLite lays beside a database that is being read; nothing of the archive is in them.
SIDECARS = ("archive.db-shm", "archive.db-wal", "archive.lock")
READERS = [["status"], ["check"], ["check", "--read-data"], ["log", "post/101"], ["normalize"]]
Damage = Callable[[bytearray], bytearray]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WP_SYNC_PASSWORD", raising=False)
    return Cli(capsys)


@pytest.fixture(scope="module")
def site() -> Iterator[DemoServer]:
    with DemoServer() as server:
        posts = server.site.listings[POSTS].items
        for id in sorted(posts)[40:]:
            del posts[id]
        yield server


@pytest.fixture(scope="module")
def sound(site: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole archive, to be copied."""
    from wp_sync.cli.app import build

    place = tmp_path_factory.mktemp("sound") / "blog"
    with pytest.raises(SystemExit) as end:
        build()(["pull", site.url, "--archive", str(place), "--quiet"])
    assert end.value.code == 0
    return place


@pytest.fixture
def blog(sound: Path, cli: Cli) -> Path:
    """The archive ``blog`` in the current folder."""
    return Path(shutil.copytree(sound, "blog"))


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in SIDECARS
    }


def assert_refused(done: Done, code: int, *words: str) -> None:
    """One message: its words, a next step, no traceback, and nothing on stdout."""
    assert done.code == code, done.said
    assert done.out == ""
    assert done.err.count("error: ") == 1
    assert "Traceback" not in done.said
    assert "sorry" not in done.err.lower()
    assert "next:" in done.err
    for word in words:
        assert word in done.err, done.err


# -- the site


@pytest.mark.parametrize("word", ["hello world", "ftp://x", "http://", "https://a b/"])
@pytest.mark.parametrize("command", ["pull", "doctor", "run", "init"])
def test_not_an_address(cli: Cli, blog: Path, command: str, word: str) -> None:
    before = contents(Path())
    assert_refused(cli(command, word), Exit.USAGE, "https://blog.example.com", word.split()[0])
    assert contents(Path()) == before


@pytest.mark.parametrize("command", ["pull", "doctor", "run", "init"])
def test_no_address_at_all(cli: Cli, command: str) -> None:
    assert_refused(cli(command, ""), Exit.USAGE, "Which site", "https://")
    assert contents(Path()) == {}


def test_a_site_that_is_not_there(cli: Cli, blog: Path) -> None:
    before = contents(blog)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = cli("pull", f"http://127.0.0.1:{port}", "--archive", "blog")
    assert_refused(done, Exit.TRY_LATER, f"127.0.0.1:{port}", "where:")
    assert contents(blog) == before


def test_a_name_that_nobody_has(cli: Cli, blog: Path) -> None:
    before = contents(blog)
    done = cli("pull", "http://no-such-site.invalid", "--archive", "blog")
    assert done.code in (Exit.FAILED, Exit.TRY_LATER)  # by what this machine's resolver says
    assert_refused(done, done.code, "no-such-site.invalid")
    assert contents(blog) == before


def answering(response: Response, *, under: str = "") -> Callable[[Request], Response | None]:
    return lambda request: response if request.path.startswith(under) else None


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (Response(200, b"<html>hello</html>", {"Content-Type": "text/html"}), ["WordPress"]),
        (Response(404, b"not here", {"Content-Type": "text/plain"}), ["WordPress"]),
    ],
    ids=["a page", "nothing"],
)
def test_a_site_without_wordpress(
    cli: Cli, blog: Path, response: Response, words: list[str]
) -> None:
    before = contents(blog)
    with DemoServer(hook=answering(response)) as other:
        done = cli("pull", other.url, "--archive", "blog")
        assert_refused(done, Exit.FAILED, *words, other.host)
    assert contents(blog) == before


def test_rest_is_closed(cli: Cli, blog: Path) -> None:
    before = contents(blog)
    body = b'{"code":"rest_disabled","message":"The REST API is disabled.","data":{"status":401}}'
    closed = Response(401, body, {"Content-Type": "application/json"})

    def hook(request: Request) -> Response | None:
        return closed if "wp-json" in request.path or "rest_route" in request.query else None

    with DemoServer(hook=hook) as other:
        done = cli("pull", other.url, "--archive", "blog")
        assert_refused(done, Exit.FAILED, "rest_disabled", "401", other.host)
    assert contents(blog) == before


# -- the login


def test_a_wrong_password(
    cli: Cli, blog: Path, site: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over plain http, which is fine on loopback."""
    before = contents(blog)
    monkeypatch.setenv("WP_SYNC_PASSWORD", PASSWORD)
    done = cli("pull", site.url, "--user", "ed", "--archive", "blog")
    assert_refused(done, Exit.FAILED, site.host, "ed")
    assert PASSWORD not in done.said
    assert any("authorization" in request.headers for request in site.requests)
    assert contents(blog) == before


def test_a_password_over_http_is_refused_until_allowed(
    cli: Cli, blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(blog)
    monkeypatch.setenv("WP_SYNC_PASSWORD", PASSWORD)
    words = ["pull", "http://no-such-site.invalid", "--user", "ed", "--archive", "blog"]
    done = cli(*words)
    assert_refused(done, Exit.USAGE, "unencrypted", "no-such-site.invalid", "--insecure-http")
    allowed = cli(*words, "--insecure-http")
    assert_refused(allowed, allowed.code, "no-such-site.invalid")
    assert "unencrypted" not in allowed.err
    assert PASSWORD not in done.said + allowed.said
    assert contents(blog) == before


# -- files


def test_a_configuration_with_five_mistakes(cli: Cli, blog: Path, site: DemoServer) -> None:
    Path("wp-sync.toml").write_text(
        '[site]\nurl = "ftp://x"\nusr = "ed"\n[pull]\nmedia = "orginals"\n'
        'full_every = "often"\n[normalise]\nmappings = "mappings"\n'
    )
    before, asked = contents(Path()), len(site.requests)
    done = cli("pull", site.url, "--archive", "blog")
    assert done.code == Exit.USAGE
    assert "5 mistakes" in done.err
    for line in (2, 3, 5, 6, 7):
        assert f"wp-sync.toml:{line}:" in done.err
    assert "Traceback" not in done.said
    assert "did you mean" in done.err
    problems = cli("pull", site.url, "--json").json["error"]["problems"]
    assert [problem["place"]["line"] for problem in problems] == [2, 3, 5, 6, 7]
    assert (contents(Path()), len(site.requests)) == (before, asked)


def test_mapping_files_with_three_mistakes(cli: Cli, blog: Path) -> None:
    Path("mappings").mkdir()
    Path("mappings/tags.toml").write_text('version = 1\nunmappd = "keep"\nunmapped = "perhaps"\n')
    Path("mappings/authors.toml").write_text("version = 1\n[[rule\n")
    before = contents(Path())
    done = cli("normalize", "--archive", "blog")
    assert done.code == Exit.USAGE
    assert "3 mistakes" in done.err
    for place in ("tags.toml:2", "tags.toml:3", "authors.toml:2"):
        assert place in done.err
    assert "Traceback" not in done.said
    assert contents(Path()) == before


# -- the archive


def test_an_archive_of_another_site(cli: Cli, blog: Path, site: DemoServer) -> None:
    before = contents(blog)
    with DemoServer(site.site) as other:
        done = cli("pull", other.url, "--archive", "blog")
        assert_refused(done, Exit.REFUSED, other.host, site.host, "--archive")
    assert contents(blog) == before


@pytest.mark.parametrize("command", [*READERS, ["pull"]], ids=" ".join)
def test_an_archive_of_a_newer_version(
    cli: Cli, blog: Path, site: DemoServer, command: list[str]
) -> None:
    database = sqlite3.connect(blog / "archive.db")
    with database:
        database.execute("INSERT INTO schema_version VALUES (99, 'later', '2030-01-01T00:00:00Z')")
    database.close()
    before = contents(blog)
    words = [*command, site.url] if command == ["pull"] else command
    assert_refused(cli(*words, "-a", "blog"), Exit.FAILED, "newer wp-sync", "pip install", "blog")
    assert contents(blog) == before


def no_database(_: bytearray) -> bytearray:
    return bytearray(b"not a database at all, only words " * 200)


def truncated(data: bytearray) -> bytearray:
    return data[: len(data) // 3]


def overwritten(data: bytearray) -> bytearray:
    """Every page but the first, in its middle and at its head."""
    for page in range(4096, len(data), 4096):
        data[page : page + 64] = data[page + 2000 : page + 2064] = b"\xa5" * 64
    return data


@pytest.mark.parametrize("command", [*READERS, ["pull"]], ids=" ".join)
@pytest.mark.parametrize("damage", [no_database, truncated, overwritten])
def test_a_broken_database(
    cli: Cli, blog: Path, site: DemoServer, damage: Damage, command: list[str]
) -> None:
    file = blog / "archive.db"
    file.write_bytes(damage(bytearray(file.read_bytes())))
    before = contents(blog)
    words = [*command, site.url] if command == ["pull"] else command
    done = cli(*words, "-a", "blog")
    assert_refused(done, Exit.FAILED, "blog", "where:")
    assert "estore" in done.err
    assert contents(blog) == before


def test_bytes_overwritten_inside_are_found_and_change_nothing(cli: Cli, blog: Path) -> None:
    """Damage that opening the archive does not meet."""
    file = blog / "archive.db"
    data = bytearray(file.read_bytes())
    for page in range(len(data) // 2, len(data) // 2 + 40 * 4096, 4096):
        data[page + 3000 : page + 3008] = b"\xa5" * 8
    file.write_bytes(data)
    before = contents(blog)
    done = cli("check", "--read-data", "-a", "blog")
    assert done.code == Exit.FAILED
    assert "Traceback" not in done.said
    assert "→" in done.out or "next:" in done.err
    assert contents(blog) == before


# -- the disk


@pytest.mark.parametrize("command", ["pull", "init"])
def test_a_file_where_a_folder_is_expected(cli: Cli, site: DemoServer, command: str) -> None:
    Path("file").write_text("mine")
    where = ["--archive", "file"] if command == "pull" else ["--folder", "file"]
    assert_refused(cli(command, site.url, *where), Exit.FAILED, "file")
    assert Path("file").read_text() == "mine"


@pytest.fixture
def own_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may mount a file system")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        lacking(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("room", [0, 40_960], ids=["not a byte", "a little"])
def test_a_full_disk(cli: Cli, site: DemoServer, own_disk: Path, room: int) -> None:
    place = own_disk / "blog"
    done = cli(
        "pull", site.url, "--archive", place, "--media", "none", "--quiet", "--only", "terms"
    )
    assert done.code == Exit.DONE, done.err
    with (own_disk / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 4096)
    os.truncate(own_disk / "ballast", (own_disk / "ballast").stat().st_size - room)
    done = cli("pull", site.url, "--archive", place, "--media", "none", "--quiet")
    assert_refused(done, Exit.FAILED, "disk is full", "Free some space")
    (own_disk / "ballast").unlink(missing_ok=True)
    assert cli("check", "--read-data", "-a", place).code == Exit.DONE
    done = cli("pull", site.url, "--archive", place, "--media", "none", "--only", "terms", "--json")
    assert done.code == Exit.DONE
    assert done.json["pull"]["kinds"]["terms/category"]["unchanged"] > 0


def test_a_disk_that_can_only_be_read(
    cli: Cli, site: DemoServer, sound: Path, own_disk: Path
) -> None:
    place = own_disk / "blog"
    place.mkdir()
    shutil.copy(sound / "archive.db", place)
    before = contents(own_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(own_disk)], check=True)
    done = cli("pull", site.url, "--archive", place)
    assert_refused(done, Exit.FAILED, str(own_disk), "permissions")
    done = cli("pull", site.url, "--archive", own_disk / "new")
    assert_refused(done, Exit.FAILED, str(own_disk))
    assert contents(own_disk) == before


# -- PostgreSQL


class Refusing:
    """Speaks as much of PostgreSQL's protocol as it takes to refuse a password."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            with line:
                if line.recv(4096)[4:8] in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                    line.sendall(b"N")  # no encryption
                    line.recv(4096)
                line.sendall(b"R\0\0\0\x08\0\0\0\x03")  # the password, in clear text
                line.recv(4096)
                words = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "ed"\0\0'
                line.sendall(b"E" + (len(words) + 4).to_bytes(4, "big") + words)


@pytest.mark.parametrize("command", [["status"], ["check"], ["pull"]], ids=" ".join)
def test_a_database_server_that_is_not_there(
    cli: Cli, site: DemoServer, command: list[str]
) -> None:
    pytest.importorskip("psycopg")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = [*command, site.url] if command == ["pull"] else command
    done = cli(*words, "-a", f"postgresql://ed:{PASSWORD}@127.0.0.1:{port}/blog?media=media")
    assert_refused(done, Exit.FAILED, f"127.0.0.1:{port}", "o PostgreSQL server answers")
    assert PASSWORD not in done.said
    assert contents(Path()) == {}


@pytest.mark.parametrize("form", [[], ["--json"], ["-vv"]], ids=["words", "json", "verbose"])
def test_a_wrong_password_of_the_database_is_never_shown(cli: Cli, form: list[str]) -> None:
    pytest.importorskip("psycopg")
    server = Refusing()
    with server.server:
        url = f"postgresql://ed:{PASSWORD}@127.0.0.1:{server.port}/blog?media=media"
        done = cli("status", "-a", url, *form)
    assert done.code == Exit.FAILED
    assert "the server refuses the login" in done.err.lower()
    assert "check user and password" in done.err.lower()
    assert "Traceback" not in done.said
    assert PASSWORD not in done.said
