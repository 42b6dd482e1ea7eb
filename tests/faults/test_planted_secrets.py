"""Planted secrets, looked for in everything that comes of real runs: they must be nowhere.

A password in the environment, a token in the words of a password command, passwords in addresses;
sites that repeat what they were sent in bodies, headers, redirects and what is no HTTP at all.
Looked through: output, logs, reports, tracebacks, every file, every cell of every table (bytes
decompressed), other processes' view of our command line, reprs and chains of exceptions.
"""

from __future__ import annotations

import base64
import html
import json
import os
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import zstandard

from lab import Server
from tests.cli import Cli, start
from tests.faults.proxy import Answer, Exchange, Proxy, Rule
from tests.faults.test_processes import Gate
from tests.rest_server import Asked, Reply, serving
from wp_sync import run
from wp_sync.config import Config
from wp_sync.demo import DemoServer, Request, Response, load
from wp_sync.errors import Exit, SourceError, WpSyncError
from wp_sync.http.retry import Waits
from wp_sync.redaction import Redactor
from wp_sync.source.wordpress import WordPressSource

PASSWORD = 'Zq7w Xk2m/P9ra "Tt4b+Lw8c&Vn3ç'
TOKEN = "tok5Jx9Qd2vBn7Rk4Wz8Lp"
IN_ADDRESS = "uIn7f/o9Sec+ret"
ME = b'{"id":7,"name":"Ed","slug":"ed","roles":["editor"],"capabilities":{"edit_posts":true}}'
JSON = {"Content-Type": "application/json"}


# -- looking everywhere ----------------------------------------------------------------------


def forms(secret: str) -> set[bytes]:
    """A secret as it is written in texts, addresses, JSON, HTML and headers."""
    found: set[str] = set()
    for one in {secret, secret.replace(" ", "")}:
        percent = {quote(one), quote(one, safe=""), quote_plus(one)}
        written = {one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1]}
        found |= written | {html.escape(one)}
        found |= percent | {form.lower() for form in percent if "%" in form}
        found |= {form.replace("/", "\\/") for form in written} | {repr(one)[1:-1]}
        for plain in (one, f"ed:{one}", f"admin:{one}"):
            found.add(base64.b64encode(plain.encode()).decode().rstrip("="))
    return {form.encode() for form in found}


SECRETS = {secret: forms(secret) for secret in (PASSWORD, TOKEN, IN_ADDRESS)}


def found_in(data: bytes) -> list[bytes]:
    return [form for all_forms in SECRETS.values() for form in all_forms if form in data]


def cells(database: Path) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, compressed ones as they were before."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as opened:
        tables = [name for (name,) in opened.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL")]  # fmt: skip
        known = [None]
        if "dictionaries" in tables:
            rows = opened.execute("SELECT data FROM dictionaries")
            known += [zstandard.ZstdCompressionDict(data) for (data,) in rows]
        for table in tables:
            for row in opened.execute(f'SELECT * FROM "{table}"'):
                for cell in row:
                    data = cell if isinstance(cell, bytes) else str(cell).encode()
                    yield table, data
                    for each in known if data[:4] == b"\x28\xb5\x2f\xfd" else ():
                        with suppress(zstandard.ZstdError):
                            yield (
                                table,
                                zstandard.decompress(data, 1 << 26)
                                if each is None
                                else (zstandard.ZstdDecompressor(dict_data=each).decompress(data)),
                            )
    opened.close()


def tables_with_secrets(folder: Path) -> set[str]:
    return {
        table
        for database in folder.rglob("*.db")
        for table, data in cells(database)
        if found_in(data)
    }


def assert_nowhere(folder: Path, *said: str) -> None:
    for text in said:
        assert not found_in(text.encode("utf-8", "surrogateescape")), text
    for file in folder.rglob("*"):  # the write-ahead log and parts of downloads among them
        if file.is_file():
            assert not found_in(file.read_bytes()), file
    assert not tables_with_secrets(folder)


# -- the world -------------------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; temporary files lie below it, too."""
    folder = tmp_path / "world"
    (folder / "tmp").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    monkeypatch.setenv("TMPDIR", str(folder / "tmp"))
    monkeypatch.setenv("WP_SYNC_PASSWORD", PASSWORD)
    return folder


@pytest.fixture
def cli(world: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, in this process; its second tries come after hundredths of a second."""
    defaults = WordPressSource.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "waits", Waits(0.01, 0.05, 0.1))
    return Cli(capsys)


def everything_after(cli: Cli, url: str, *, user: str = "ed", form: str = "json") -> list[str]:
    """Every command that speaks of a site or an archive, each as wordy as it can be."""
    log = ("-vv", "--log-file", "run.log", "--log-format", form)
    site = (url, "--user", user)
    said = [cli("pull", *site, "-a", "blog", *log, "--json", "--full")]
    said.append(cli("pull", *site, "-a", "blog", "--only", "posts", "--only", "comments"))
    said.append(cli("doctor", *site, *log))
    if Path("blog").exists():
        for words in (("status", "--json"), ("check", "--read-data", "--json"), ("status",),
                      ("normalize", "--json"), ("log", "1"), ("show", "1")):  # fmt: skip
            said.append(cli(*words, "-a", "blog", *(log if words[0] != "show" else ())))
    return [one.said for one in said]


def echo(request: Request | Asked | Exchange) -> str:
    """What a site was sent, as it may print it."""
    named = {name.lower(): value for name, value in request.headers.items()}
    return f"{named.get('authorization', '')} {PASSWORD} {PASSWORD.replace(' ', '')}"


def body(request: Request, code: str = "odd_echo") -> bytes:
    """WordPress's form of an error, with what was sent in it, in several spellings."""
    said = echo(request)
    spellings = (said, quote(said), html.escape(said), json.dumps(said))
    return json.dumps({"code": code, "message": " ".join(spellings)}).encode()


def raw(request: Request) -> bytes:
    return json.dumps({"code": "odd", "message": echo(request)}, ensure_ascii=False).encode()


def elsewhere(request: Request, host: str = "http://127.0.0.2:9/") -> Response:
    said = echo(request)
    headers = {"Location": f"{host}?{quote(said)}&{quote_plus(said)}", "Link": quote(said),
               "Set-Cookie": f"login={quote(said)}", "Retry-After": quote(said)}  # fmt: skip
    return Response(302, body(request), headers)


def loudly_refused(request: Request) -> Response:
    words = quote(echo(request))
    return Response(403, f"<html><title>{words}</title>{echo(request)}</html>".encode())


def odd_file(request: Request) -> Response:
    """Validators of a file are kept for the next request."""
    said = quote(echo(request))
    headers = {"ETag": f'"{said}"', "Last-Modified": said, "Content-Type": f"image/{said}"}
    return Response(200, b"\x89PNG\r\n\x1a\n", headers)


def broken_post(request: Request) -> Response | None:
    """One post that breaks every answer with its content; why is kept beside it in the archive."""
    if "content" not in request.query.get("_fields", "").split(","):
        return None
    include = request.query.get("include")
    broken = str(min(load().listings["/wp/v2/posts"].items))
    if include is None or broken in include.split(","):
        return Response(500, body(request), JSON)
    return None


HOSTILE: dict[str, tuple[str, Callable[[Request], Response | None]]] = {
    "a broken post": ("/wp/v2/posts", broken_post),
    "an error in JSON": ("/comments", lambda r: Response(400, body(r), JSON)),
    "a server error": ("/posts", lambda r: Response(500, body(r), JSON)),
    "a refusal": ("/tags", lambda r: Response(403, raw(r), JSON)),
    "a page in place of JSON": ("/comments", loudly_refused),
    "a page with 200": ("/comments", lambda r: Response(200, echo(r).encode())),
    "a redirect to another host": ("/posts", elsewhere),
    "a redirect in circles": ("/tags", lambda r: elsewhere(r, "/wp-json/wp/v2/tags")),
    "an encoding": ("/tags", lambda r: Response(200, b"[]", {"Content-Encoding": echo(r)[:90]
                    .encode("ascii", "replace").decode()})),
    "a busy server": ("/tags", lambda r: Response(429, body(r), {"Retry-After": "0"})),
    "a file's headers": ("/uploads/", odd_file),
    "a wrong password": ("/users/me", lambda r: Response(401, body(r, "incorrect_password"), JSON)),
}  # fmt: skip


class Hostile:
    """A sample site that repeats the request at one place; ``fired`` counts."""

    def __init__(self, place: str, answer: Callable[[Request], Response | None]) -> None:
        self.place = place
        self.answer = answer
        self.fired = 0

    def __call__(self, request: Request) -> Response | None:
        knows_us = "authorization" in request.headers
        if self.place in request.path and knows_us and (answer := self.answer(request)):
            self.fired += 1
            return answer
        if request.path.endswith("/users/me") and knows_us:
            return Response(200, ME, JSON)
        return None


# -- sites that repeat what they were sent ---------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_a_site_that_repeats_our_login_gets_it_into_nothing(
    name: str, cli: Cli, world: Path
) -> None:
    hostile = Hostile(*HOSTILE[name])
    form = ("json", "text")[len(name) % 2]
    with DemoServer(hook=hostile) as site:
        said = everything_after(cli, site.url, form=form)
    assert hostile.fired
    assert Path("run.log").stat().st_size or "wrong" in name  # refused before there is any news
    assert_nowhere(world, *said)


@pytest.mark.parametrize(
    "wire",
    [b"%s\r\n\r\n", b"HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %s\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"],
)  # fmt: skip
def test_what_is_no_http_is_not_repeated(wire: bytes, cli: Cli, world: Path) -> None:
    fired: list[Asked] = []

    def garble(asked: Asked) -> Reply | None:
        if asked.path.endswith("/categories"):
            fired.append(asked)
            return Reply(wire=wire.replace(b"%s", echo(asked).encode()))
        return None

    with serving() as site:
        site.fill(3)
        site.password = PASSWORD
        site.hooks.append(garble)
        words = ("pull", site.url, "--user", "ed", "-a", "blog", "-vv", "--log-file", "x.log")
        said = [cli(*words).said, cli("status", "-a", "blog", "--json").said]
    assert fired
    assert_nowhere(world, *said)


def test_an_echo_in_a_post_is_content_kept_as_it_is_and_not_shown(cli: Cli, world: Path) -> None:
    """The archive is verbatim: it would be no copy if it changed what a site publishes."""
    with DemoServer(hook=Hostile("/nothing", loudly_refused)) as site:
        route = "/wp/v2/posts"
        first = min(site.site.listings[route].items)
        said: list[str] = []
        for text in ("before", PASSWORD):
            content = {"rendered": f"<p>{text} {TOKEN}</p>", "protected": False}
            site.edit(route, first, modified="2030-01-01T00:00:00", content=content)
            said += everything_after(cli, site.url)
        shows = (("--raw",), ("--json",), ())
        for words in (*(("show", first, *one) for one in shows), ("log", first), ("diff", first)):
            done = cli(*words, "-a", "blog")
            assert done.code == Exit.DONE
            said.append(done.said)
    assert TOKEN in said[-1]  # a secret that nobody told us of
    assert not found_in("".join(said).replace(TOKEN, "").encode())
    assert "versions" in tables_with_secrets(world)
    assert not found_in(Path("run.log").read_bytes())


def test_nothing_is_left_where_tls_fails(cli: Cli, world: Path) -> None:
    with DemoServer() as site:
        done = cli("pull", site.url.replace("http:", "https:"), "--user", "ed", "-vv", "--json")
    assert done.code == Exit.FAILED
    assert "encrypted" in done.out
    assert_nowhere(world, done.said)


@pytest.mark.live
def test_a_real_wordpress_behind_a_proxy_that_repeats_the_login(
    proxy: Proxy, prepared: Server, cli: Cli, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = prepared.logins["admin"]
    monkeypatch.setenv("WP_SYNC_PASSWORD", login.password)
    monkeypatch.setitem(SECRETS, login.password, forms(login.password))

    def repeat(exchange: Exchange) -> None:
        sent = exchange.headers.get("Authorization", "")
        said = f"{sent} {login.password}"
        words = json.dumps({"code": "odd_echo", "message": said}).encode()
        exchange.send(Answer(500, {"Set-Cookie": quote(said), "Link": quote(said)}, words))

    only = ("--only", "posts/post", "--media", "none")
    log = ("-vv", "--log-file", "run.log")
    with proxy.under(Rule(r"/wp/v2/posts\?.*orderby=date", repeat, times=2)):
        said = [cli("pull", proxy.url, "--user", login.user, "-a", "blog", *only, *log).said]
    with proxy.under(Rule(r"per_page=\d+.*\bcontent\b", repeat, times=4)):
        said.append(cli("pull", proxy.url, "-a", "blog", "-u", login.user, "--refetch", *only).said)
    said += [cli("status", "-a", "blog", "--json").said, cli("check", "-a", "blog").said]
    monkeypatch.setenv("WP_SYNC_PASSWORD", PASSWORD)
    wrong = cli("pull", proxy.url, "--user", login.user, "-a", "blog", *only, *log, "--json")
    assert wrong.code == Exit.FAILED
    assert_nowhere(world, *said, wrong.said)


# -- our own mistakes ------------------------------------------------------------------------


@pytest.mark.parametrize("log", [(), ("--log-file", "run.log", "--log-format", "json")])
def test_a_mistake_of_ours_is_told_without_the_secret(
    log: tuple[str, ...], cli: Cli, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        login = base64.b64encode(f"ed:{PASSWORD}".encode()).decode()
        try:
            raise KeyError(PASSWORD)
        except KeyError as error:
            raise RuntimeError(f"sent {PASSWORD!r} as Basic {login}") from error

    monkeypatch.setattr(run.follow, "collection", mistaken)
    with DemoServer(hook=Hostile("/nothing", loudly_refused)) as site:
        done = cli("pull", site.url, "--user", "ed", "-a", "blog", "-vv", *log)
    assert "RuntimeError" in done.err
    kept = [Path("run.log")] if log else list(Path("tmp").glob("wp-sync-error-*"))
    assert "RuntimeError: sent" in kept[0].read_text(encoding="utf-8")
    assert_nowhere(world, done.said)


def test_reprs_and_chains_of_errors_hold_no_secret() -> None:
    redact = Redactor()
    redact.add(PASSWORD, user="ed")
    command = f"curl -H 'Authorization: Bearer {TOKEN}' https://vault.example"
    said = [repr(Config(user="ed", password_command=command)), repr(redact)]
    nowhere = "http://["
    hook = Hostile("/tags", lambda r: elsewhere(r, nowhere))
    with DemoServer(hook=hook) as site:
        source = WordPressSource(site.url, user="ed", password=PASSWORD)
        with source:
            said += [repr(source), repr(source._http), repr(source.identify())]
            with pytest.raises(SourceError) as refused:
                source.collections()
        with pytest.raises(WpSyncError) as closed:
            source.identify()
        for error in (refused.value, closed.value):
            chain: BaseException | None = error
            while chain is not None:
                said += [repr(chain), *traceback.format_exception(chain)]
                said += [repr(one) for one in chain.args]
                chain = chain.__context__
    assert hook.fired
    assert not found_in("\n".join(said).encode())


# -- what is typed ---------------------------------------------------------------------------

TYPED = [
    ("pull", f"https://ed:{quote(IN_ADDRESS, safe='')}@blog.example.com"),
    ("pull", f"https://ed:{IN_ADDRESS}@blog.example.com"),
    ("pull", f"https://ed:{IN_ADDRESS}@[::1"),
    ("pull", f"https://ed:{IN_ADDRESS}@host:port/"),
    ("pull", f"ed:{IN_ADDRESS}@blog.example.com"),
    ("init", f"ftp://ed:{IN_ADDRESS}@h/", "--offline"),
    ("doctor", f"//ed:{IN_ADDRESS}@h"),
    ("status", "-a", f"postgresql://ed:{quote(IN_ADDRESS, safe='')}@127.0.0.1:1/x"),
    ("status", "-a", f"postgresql://ed:{quote(IN_ADDRESS, safe='')}@127.0.0.1:x/x"),
    ("status", "-a", f"mysql://ed:{IN_ADDRESS}@127.0.0.1:x/x"),
    ("pull", "https://blog.example.com", "--password", IN_ADDRESS),
    ("pull", "https://blog.example.com", f"--password={IN_ADDRESS}"),
]


@pytest.mark.parametrize("words", TYPED, ids=lambda words: " ".join(words)[:40])
def test_a_password_typed_where_it_has_no_place_is_not_repeated(
    words: tuple[str, ...], cli: Cli, world: Path
) -> None:
    for more in ((), ("--json",), ("-vv", "--log-file", "x.log")):
        done = cli(*words, *more)
        assert done.code not in (Exit.DONE, None)
        assert_nowhere(world, done.said)


@pytest.mark.parametrize("how", ["raise SystemExit(3)", "pass", "print(1/0)"])
def test_a_password_command_that_fails_keeps_its_words_to_itself(
    how: str, cli: Cli, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WP_SYNC_PASSWORD")
    command = f'"{sys.executable}" -c "{how}" --token {TOKEN}'
    with DemoServer() as site:
        done = cli("pull", site.url, "--user", "ed", "--password-command", command, "-vv", "--json")
    assert done.code == Exit.USAGE
    assert_nowhere(world, done.said)


def test_help_shows_no_value_of_the_environment(cli: Cli, world: Path) -> None:
    said = [cli(*words, "--help").said for words in ((), ("pull",), ("run",), ("doctor",))]
    assert_nowhere(world, *said)


# -- other processes, and an end without warning ---------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="/proc is Linux's")
def test_a_killed_run_leaves_no_secret_and_showed_none_to_other_processes(
    world: Path, tmp_path: Path
) -> None:
    script = tmp_path / "ask.py"
    met = tmp_path / "met"  # made once other processes have met the command
    script.write_text(
        f"import os, time\nwhile not os.path.exists({str(met)!r}): time.sleep(0.01)\n"
        f"print({PASSWORD!r})",
        encoding="utf-8",
    )
    command = f'"{sys.executable}" "{script}"'
    env = {"WP_SYNC_PASSWORD": "", "TMPDIR": str(world / "tmp"), "PYTHONUTF8": "1"}
    gate = Gate(0)
    hostile = Hostile("/nothing", loudly_refused)

    def hook(request: Request) -> Response | None:
        if request.number >= 30:  # terms are in the archive by then
            gate(request)
        return hostile(request)

    with DemoServer(hook=hook) as site:
        words = ("pull", site.url, "--user", "ed", "--password-command", command, "-a", "blog")
        with start(*words, "-vv", "--log-file", "run.log", env=env, cwd=world) as process:
            try:
                seen: list[bytes] = []
                until = time.monotonic() + 120
                while not gate.came.wait(0.05) and time.monotonic() < until:
                    seen += command_lines(process.pid)
                    if any(str(script).encode() in line for line in seen):
                        met.touch()
                seen += command_lines(process.pid)
                assert gate.came.is_set()
            finally:
                process.kill()
                gate.free.set()
            said = process.communicate(timeout=60)
    assert any(str(script).encode() in line for line in seen)
    assert any("authorization" in request.headers for request in site.requests)
    assert not [line for line in seen if found_in(line)]
    assert any(world.joinpath("blog").iterdir())
    assert_nowhere(world, *said)


def command_lines(pid: int) -> list[bytes]:
    """What `ps` shows of a process and its children."""
    lines = []
    with suppress(OSError):
        lines.append(Path(f"/proc/{pid}/cmdline").read_bytes())
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                lines += command_lines(int(child))
    return lines


def test_the_search_itself_finds_what_is_planted(world: Path) -> None:
    """In a file, in a table's text, and in bytes compressed with a dictionary."""
    samples = [os.urandom(20).hex().encode() * 3 for _ in range(200)]
    trained = zstandard.train_dictionary(2000, samples)
    for number, secret in enumerate(SECRETS):
        packed = zstandard.ZstdCompressor(dict_data=trained).compress(secret.encode() * 2)
        with sqlite3.connect(world / f"{number}.db") as database:
            database.execute("CREATE TABLE dictionaries (data)")
            database.execute("INSERT INTO dictionaries VALUES (?)", (trained.as_bytes(),))
            database.execute("CREATE TABLE versions (data)")
            database.execute("INSERT INTO versions VALUES (?)", (packed,))
        database.close()
    assert tables_with_secrets(world) == {"versions"}
    for secret in SECRETS:
        login = base64.b64encode(f"ed:{secret}".encode()).decode()
        for text in (secret, quote(secret), json.dumps(secret), f"Basic {login}"):
            with pytest.raises(AssertionError):
                assert_nowhere(world / "tmp", f"x {text} y")
