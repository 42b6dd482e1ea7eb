"""Links to other sites: what counts as broken, how hosts are treated, and who is never asked."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import Interrupted, SourceError
from wp_sync.http.client import Answer, Http, Limits
from wp_sync.http.failures import Cause, Forbidden, NoSuchName, NotSecure, Trouble
from wp_sync.linkcheck.ask import USER_AGENT, ask
from wp_sync.linkcheck.hosts import Hosts, Politeness, host_of
from wp_sync.linkcheck.judge import State, Verdict, of_answer, of_error
from wp_sync.linkcheck.run import CheckOptions, check_links, outside_links
from wp_sync.progress import Stop

HERE = "127.0.0.1"


def here(address: str) -> bool:
    """What counts as public in these tests."""
    return address == HERE


class Web:
    """A web of one server: what each path answers, and what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], Any]] = {}
        web = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                web.asked.append((self.command, self.path, self.headers.get("User-Agent", "")))
                made = web.answers[self.path](self)
                if made is None:
                    return
                status, headers, body = made
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_HEAD = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HERE, 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{HERE}:{self.port}{path}"

    def says(self, path: str, status: int = 200, body: bytes = b"page", **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: (status, named, body)
        return self.url(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http(connections=2, public=here)
    yield made
    made.close()


# -- one address


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, State.OK),
        (204, State.OK),
        (404, State.BROKEN),
        (410, State.BROKEN),
        (401, State.BLOCKED),
        (403, State.BLOCKED),
        (406, State.BLOCKED),
        (429, State.BLOCKED),
        (451, State.BLOCKED),
        (999, State.BLOCKED),
        (500, State.TRANSIENT),
        (502, State.TRANSIENT),
        (503, State.TRANSIENT),
        (400, State.UNKNOWN),
    ],
)
def test_what_a_status_says(web: Web, http: Http, status: int, state: State) -> None:
    found = ask(http, web.says("/a", status))
    assert (found.state, found.status) == (state, status)


def test_a_head_is_enough_and_a_get_follows_where_it_is_refused(web: Web, http: Http) -> None:
    assert ask(http, web.says("/fine")).state is State.OK
    web.answers["/get"] = lambda it: (405 if it.command == "HEAD" else 200, {}, b"page")
    assert ask(http, web.url("/get")).state is State.OK
    web.answers["/hangs-up"] = lambda it: (
        it.connection.close() if it.command == "HEAD" else (200, {}, b"page")
    )
    assert ask(http, web.url("/hangs-up")).state is State.OK
    assert [(one, path) for one, path, _ in web.asked][:3] == [
        ("HEAD", "/fine"),
        ("HEAD", "/get"),
        ("GET", "/get"),
    ]


def test_who_asks_says_so_and_no_firewall_reads_link(web: Web, http: Http) -> None:
    ask(http, web.says("/a"))
    assert web.asked[0][2] == USER_AGENT
    assert "link" not in USER_AGENT.lower()
    assert "+https://" in USER_AGENT


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (403, b"<title>Just a moment...</title>", {}),
        (404, b"Please solve the CAPTCHA", {}),
        (503, b"checking your browser: cf-chl-bypass", {}),
        (200, b"", {"cf_mitigated": "challenge"}),
        (202, b"", {}),
    ],
)
def test_a_captcha_is_no_broken_link(
    web: Web, http: Http, status: int, body: bytes, headers: dict[str, str]
) -> None:
    assert ask(http, web.says("/a", status, body, **headers)).state is State.BLOCKED


def test_a_page_about_captchas_is_a_page(web: Web, http: Http) -> None:
    assert ask(http, web.says("/a", body=b"What is a CAPTCHA?")).state is State.OK


def test_redirects_are_followed_and_told(web: Web, http: Http) -> None:
    web.says("/new", 200)
    web.says("/step", 301, Location="/new#part")
    found = ask(http, web.says("/old", 308, Location="/step"))
    assert (found.state, found.leads_to, found.status) == (State.OK, web.url("/new"), 308)
    found = ask(http, web.says("/for-now", 302, Location="/new"))
    assert (found.state, found.leads_to, found.status) == (State.OK, web.url("/new"), 302)
    found = ask(http, web.says("/to-nothing", 301, Location=web.says("/gone", 404)))
    assert (found.state, found.status) == (State.BROKEN, 404)


def test_circles_and_redirects_to_no_page_are_no_broken_links(web: Web, http: Http) -> None:
    web.says("/b", 302, Location="/a")
    assert ask(http, web.says("/a", 302, Location="/b")).state is State.BLOCKED
    assert ask(http, web.says("/app", 302, Location="myapp://open")).state is State.UNKNOWN
    for number in range(12):
        web.says(f"/{number}", 302, Location=f"/{number + 1}")
    assert ask(http, web.url("/0")).state is State.BLOCKED


def test_a_server_that_never_stops_sending_is_read_a_little(web: Web, http: Http) -> None:
    left = threading.Event()

    def endless(it: BaseHTTPRequestHandler) -> Any:
        if it.command == "HEAD":
            return 405, {}, b""
        it.send_response(200)
        it.end_headers()
        try:
            for _ in range(10_000):
                it.wfile.write(b"x" * 10_000)
        except OSError:
            it.close_connection = True
            left.set()
        return None

    web.answers["/a"] = endless
    assert ask(http, web.url("/a")).state is State.OK
    assert left.wait(60), "all of it was read"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NoSuchName("no", cause=Cause.NETWORK), State.BROKEN),
        (Trouble("slow", cause=Cause.SLOW), State.TRANSIENT),
        (Trouble("refused", cause=Cause.NETWORK), State.TRANSIENT),
        (NotSecure("the encrypted connection failed: certificate has expired"), State.BROKEN),
        (NotSecure("Hostname mismatch, certificate is not valid for 'a.b'"), State.BROKEN),
        (NotSecure("unable to get local issuer certificate"), State.UNKNOWN),
        (Forbidden("private"), State.UNKNOWN),
        (SourceError("this is not a web address"), State.UNKNOWN),
    ],
)
def test_what_a_failure_says(error: SourceError, state: State) -> None:
    assert of_error(error).state is state


def test_nobody_there(http: Http) -> None:
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    found = ask(http, f"http://{HERE}:{port}/")
    assert (found.state, found.silent) == (State.TRANSIENT, True)
    assert ask(http, "http://no-such-host.invalid/").state is State.BROKEN


@given(st.integers(100, 999), st.binary(max_size=60), st.text(max_size=20))
def test_any_answer_has_one_of_five_states(status: int, body: bytes, header: str) -> None:
    answer = Answer("http://a/", status, {"cf-mitigated": header}, body, 0.1, None)
    assert of_answer(answer).state in State


# -- private networks


class Tripwire:
    """A server that nobody may so much as knock at."""

    def __init__(self) -> None:
        self.knocks = 0
        self._socket = socket.socket()
        self._socket.bind((HERE, 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        try:
            while True:
                connection, _ = self._socket.accept()
                self.knocks += 1
                connection.close()
        except OSError:
            return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def tripwire() -> Iterator[Tripwire]:
    made = Tripwire()
    yield made
    made.close()


NAMES = (HERE, "localhost", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "LOCALHOST.")


@pytest.mark.parametrize("name", NAMES)
def test_a_private_address_is_not_even_knocked_at(tripwire: Tripwire, name: str) -> None:
    http = Http(connections=1)
    try:
        found = ask(http, f"http://{name}:{tripwire.port}/")
    finally:
        http.close()
    assert found.state is not State.OK
    time.sleep(0.05)
    assert tripwire.knocks == 0


def test_a_redirect_into_a_private_network_is_not_followed(tripwire: Tripwire, web: Web) -> None:
    http = Http(connections=1, public=lambda address: address == HERE and not tripwire.knocks)
    web.says("/a", 302, Location=f"http://127.0.0.2:{tripwire.port}/")
    try:
        assert ask(http, web.url("/a")).state is State.UNKNOWN
    finally:
        http.close()
    assert tripwire.knocks == 0


def test_what_was_looked_at_is_what_is_connected_to(
    tripwire: Tripwire, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when asked first and private a moment later (DNS rebinding)."""
    real = socket.getaddrinfo
    answers = iter((HERE, "127.0.0.9", "127.0.0.9"))

    def rebinding(host: Any, port: Any, *args: Any, **more: Any) -> Any:
        if host == "rebinding.example":
            host = next(answers)
        return real(host, port, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    web.says("/a")
    http = Http(connections=1, public=here)
    try:
        answer = http.get(
            f"http://rebinding.example:{web.port}/a", public_only=True, limits=Limits(seconds=5)
        )
    finally:
        http.close()
    assert answer.status == 200
    assert next(answers) == "127.0.0.9", "the name was looked up twice"


def test_tls_still_checks_the_name_and_not_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = ssl.SSLContext.wrap_socket

    def wrap(self: ssl.SSLContext, sock: Any, *args: Any, **more: Any) -> Any:
        asked.append(more.get("server_hostname") or args[3])
        return real(self, sock, *args, **more)

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen()
        port = server.getsockname()[1]

        def hang_up() -> None:
            server.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        lookup = socket.getaddrinfo

        def named(host: Any, *args: Any, **more: Any) -> Any:
            return lookup(HERE if host == "a.example" else host, *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", named)
        http = Http(connections=1, public=here)
        with pytest.raises(SourceError):
            http.get(f"https://a.example:{port}/", public_only=True, limits=Limits(seconds=5))
        http.close()
    assert asked == ["a.example"]


# -- many addresses


def simulate(
    urls: list[str], answers: Callable[[str, float], tuple[float, Verdict]], polite: Politeness
) -> tuple[list[tuple[float, str]], Counter[str], list[str]]:
    """Six hands over `Hosts` in made-up time: when what was asked, how often, and what was left."""
    hosts = Hosts(urls, polite)
    now, under_way = 0.0, list[tuple[float, str, Verdict]]()
    log: list[tuple[float, str]] = []
    counted: Counter[str] = Counter()
    given_up: list[str] = []
    while hosts.left:
        url, wait = hosts.take(now) if len(under_way) < 6 else ("", float("inf"))
        if url:
            log.append((now, url))
            seconds, verdict = answers(url, now)
            under_way.append((now + seconds, url, verdict))
            under_way.sort(key=lambda one: one[0])
            continue
        ends = under_way[0][0] if under_way else float("inf")
        assert min(ends, now + wait) < float("inf"), "nothing will ever happen again"
        now = min(ends, now + wait)
        if under_way and under_way[0][0] <= now:
            _, url, verdict = under_way.pop(0)
            counts, others = hosts.done(url, verdict, now)
            counted[url] += counts
            given_up += others
    return log, counted, given_up


OK = Verdict(State.OK, 200)
BUSY = Verdict(State.BLOCKED, 429, "slow down", wait=0.0)
GONE = Verdict(State.TRANSIENT, None, "no answer", silent=True)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), max_size=40, unique=True),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from((OK, BUSY, GONE))),
    st.floats(0.01, 3),
)
def test_every_address_has_one_result_and_no_host_more_than_its_share(
    wanted: list[tuple[str, int]], moods: dict[str, Verdict], seconds: float
) -> None:
    urls = [f"http://{host}.example/{number}" for host, number in wanted]
    polite = Politeness()

    def answers(url: str, now: float) -> tuple[float, Verdict]:
        return seconds, moods.get(host_of(url)[0], OK)

    log, counted, given_up = simulate(urls, answers, polite)
    assert sorted([*counted.elements(), *given_up]) == sorted(urls)
    for host in "abc":
        times = [at for at, url in log if host_of(url)[0] == host]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(gap >= polite.gap - 1e-9 for gap in gaps)
        under_way = [sum(at <= now < at + seconds - 1e-9 for at in times) for now in times]
        assert max(under_way, default=0) <= polite.at_once


def test_a_host_that_is_too_busy_is_left_alone_longer_each_time() -> None:
    urls = [f"http://a.example/{number}" for number in range(20)]
    log, _counted, given_up = simulate(urls, lambda *_: (0.01, BUSY), Politeness(at_once=1))
    times = [at for at, _ in log]
    gaps = [round(later - earlier, 1) for earlier, later in itertools.pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[0] >= 0.5
    assert gaps[-1] >= 8
    assert len(log) == Politeness().patience
    assert len(given_up) == 19


def test_a_host_is_left_alone_for_as_long_as_it_asks() -> None:
    def answers(url: str, now: float) -> tuple[float, Verdict]:
        busy = now < 25
        return 0.01, Verdict(State.BLOCKED, 429, "", wait=30.0) if busy else OK

    urls = [f"http://a.example/{number}" for number in range(3)]
    log, counted, given_up = simulate(urls, answers, Politeness(at_once=1))
    assert [at for at, _ in log if 0 < at < 30] == []
    assert (sum(counted.values()), given_up) == (3, [])


# -- the whole


@contextmanager
def site_with(links: list[str]) -> Iterator[SiteArchive]:
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.normalize.rules import Rules

    with tmp_archive() as store:
        site = store.of("blog.example.com")
        site.set_site(make_identity("blog.example.com"))
        run = site.begin_run("pull", "anonymous")
        body = "".join(f'<p><a href="{link}">there</a></p>' for link in links)
        site.save(run, [make_record("posts/post", 5, content={"rendered": body}, status="publish")])
        normalize_site(site, Rules())
        yield site


def quick(**more: Any) -> CheckOptions:
    return CheckOptions(again_after=0.0, politeness=Politeness(gap=0.0), public=here, **more)


def test_each_address_is_asked_once_and_what_failed_once_more(web: Web) -> None:
    fine, gone = web.says("/fine"), web.says("/gone", 404)
    flaky = iter((404, 404, 200))  # HEAD, GET, and the GET that asks again
    web.answers["/flaky"] = lambda _: (next(flaky), {}, b"")
    with site_with([fine, f"{fine}#part", gone, web.url("/flaky"), "mailto:a@b.c"]) as site:
        assert len(outside_links(site)) == 3
        done = check_links(site, quick())
        assert done.states == {"broken": 1, "ok": 2}
        kept = {one.url: one for one in site.audit_book().link_checks()}
        assert (kept[gone].tries, kept[gone].status) == (2, 404)
        assert Counter(path for _, path, _ in web.asked) == {"/fine": 1, "/gone": 3, "/flaky": 3}
        web.asked.clear()
        again = check_links(site, quick())
        assert {path for _, path, _ in web.asked} == {"/gone"}, "a success counts for a day"
        assert again.states == done.states
        first = kept[gone]
        kept = {one.url: one for one in site.audit_book().link_checks()}
        assert (kept[gone].since, kept[gone].tries) == (first.since, 4)


def test_a_check_that_is_stopped_keeps_what_it_learned(web: Web) -> None:
    links = [web.says(f"/{number}") for number in range(30)]
    stop, over, answered = Stop(), threading.Event(), threading.Event()

    def last(_: object) -> Any:
        stop.request()
        over.wait(60)  # nobody waits for this
        answered.set()
        return 200, {}, b"page"

    web.answers["/9"] = last
    with site_with(links) as site:
        with pytest.raises(Interrupted):
            check_links(site, quick(threads=1), stop=stop)
        assert not answered.is_set()
        over.set()
        learned = len(list(site.audit_book().link_checks()))
        assert 5 <= learned < 30
        web.says("/9")
        assert check_links(site, quick()).states == {"ok": 30}
