"""A planted password is looked for in everything that is written: it must be nowhere."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli import Cli
from wp_sync.cli.logs import logging_to
from wp_sync.cli.secrets import Redactor, find_password
from wp_sync.demo import DemoServer, Request, Response
from wp_sync.errors import Exit, UsageError

PASSWORD = "Zq7w Xk2m P9ra Tt4b Lw8c Vn3d"
ME = b'{"id":7,"name":"Ed","slug":"ed","roles":["editor"],"capabilities":{"edit_posts":true}}'


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WP_SYNC_PASSWORD", PASSWORD)
    return Cli(capsys)


@pytest.fixture
def site() -> Iterator[DemoServer]:
    def hook(request: Request) -> Response | None:
        if request.path.endswith("/users/me") and "authorization" in request.headers:
            return Response(200, ME, {"Content-Type": "application/json"})
        if request.path.endswith("/comments"):  # a site that shows what it was sent
            said = request.headers.get("authorization", "").encode() + PASSWORD.encode()
            return Response(400, b'{"code":"bad","message":"' + said + b'"}')
        return None

    with DemoServer(hook=hook) as server:
        yield server


def forms() -> set[bytes]:
    bare = PASSWORD.replace(" ", "")
    login = base64.b64encode(f"ed:{PASSWORD}".encode()).decode().rstrip("=")
    return {PASSWORD.encode(), bare.encode(), PASSWORD.replace(" ", "%20").encode(), login.encode()}


def assert_nowhere(folder: Path, *texts: str) -> None:
    for text in texts:
        assert not [form for form in forms() if form in text.encode()]
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not [form for form in forms() if form in data], file


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_password_is_in_no_output_log_archive_or_config(
    cli: Cli, site: DemoServer, tmp_path: Path, form: str
) -> None:
    log = ("-vv", "--log-file", "run.log", "--log-format", form)
    said = [cli("init", site.url, "--user", "ed", *log).said]
    said.append(cli("run", "--summary", *log).said)
    said.append(cli("pull", "--json", *log).said)
    said.append(cli("doctor", *log).said)
    said.append(cli("status", "--json", *log).said)
    assert any("authorization" in request.headers for request in site.requests)  # it was used
    assert Path("run.log").stat().st_size > 0
    assert_nowhere(tmp_path, *said)


def test_a_refused_login_says_so_and_not_with_what(cli: Cli, tmp_path: Path) -> None:
    with DemoServer() as site:  # knows no users: /users/me is 401 for everyone
        done = cli("pull", site.url, "--user", "ed", "--archive", "blog")
    assert done.code == Exit.FAILED
    assert "next:" in done.err
    assert not Path("blog").exists()
    assert_nowhere(tmp_path, done.said)


def test_a_password_over_plain_http_is_refused_before_it_is_sent(cli: Cli) -> None:
    done = cli("pull", "http://192.0.2.1", "--user", "ed")
    assert done.code in (Exit.USAGE, Exit.FAILED)
    assert "insecure" in done.err


def test_the_password_may_come_from_a_command(
    cli: Cli, site: DemoServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WP_SYNC_PASSWORD")
    script = tmp_path.parent / "secret.py"
    script.write_text(f"print({PASSWORD!r})")
    command = f'"{sys.executable}" "{script}"'
    done = cli(
        "pull", site.url, "--user", "ed", "--password-command", command, "--only", "terms", "-v"
    )
    assert done.code in (Exit.DONE, Exit.PARTIAL), done.err
    sent = [one.headers["authorization"] for one in site.requests if "authorization" in one.headers]
    assert sent
    assert_nowhere(tmp_path, done.said)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (f'"{sys.executable}" -c "raise SystemExit(3)"', "exit code 3"),
        (f'"{sys.executable}" -c "pass"', "printed nothing"),
        ("no-such-program-anywhere", "can't be run"),
        ("'unclosed", "can't be run"),
    ],
)
def test_a_password_command_that_fails_is_said(
    monkeypatch: pytest.MonkeyPatch, command: str, word: str
) -> None:
    monkeypatch.delenv("WP_SYNC_PASSWORD", raising=False)
    with pytest.raises(UsageError, match=word):
        find_password("ed", command, "https://blog.example.com")


def test_without_a_terminal_nothing_is_asked(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WP_SYNC_PASSWORD")
    done = cli("pull", "https://blog.example.com", "--user", "ed")
    assert done.code == Exit.USAGE
    assert "WP_SYNC_PASSWORD" in done.err


def test_a_password_without_a_user_is_not_sent(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--only", "terms")
    assert all("authorization" not in request.headers for request in site.requests)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=6, max_size=40))
def test_a_redacted_line_never_contains_the_secret(secret: str) -> None:
    redact = Redactor()
    redact.add(secret, user="ed")
    login = base64.b64encode(f"ed:{secret}".encode()).decode()
    if len(secret.replace(" ", "")) >= 3:
        line = redact(f"sent {secret}! Authorization: Basic {login} {secret.replace(' ', '')}")
        assert login not in line
        assert secret not in line.replace("••••••", "")


def test_tracebacks_and_arguments_of_other_libraries_are_covered(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    redact = Redactor()
    redact.add(PASSWORD, user="ed")
    with logging_to(verbose=2, quiet=False, form="text", file=tmp_path / "x.log", redact=redact):
        try:
            raise ValueError(f"login {PASSWORD} refused")
        except ValueError:
            logging.getLogger("other").exception("with %s", {"password": PASSWORD})
    assert "ValueError" in (tmp_path / "x.log").read_text()
    assert_nowhere(tmp_path, *capsys.readouterr())
