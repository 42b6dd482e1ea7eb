"""Every fault of networks and of overloaded servers, between the client and a real WordPress.

Each row meets its fault in a first pull and in a census of a full archive; `Ordeal.undergo` asserts
what must hold after all of them. Faults that pass are outlived; faults that last end the run in
words. TLS is terminated by the proxy, in front of the same server; a connection that never opens
is an accept queue that is full.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests

from lab import Server
from tests.faults import wrongs
from tests.faults.ordeal import (
    DEADLINE,
    FILE,
    HOME,
    INDEX,
    LATER,
    LISTING,
    MEDIA,
    PROBE,
    TERMS,
    TYPES,
    Ordeal,
    Row,
    assert_sound,
    content,
    each,
    look,
)
from tests.faults.proxy import Exchange, Proxy, Rule
from tests.faults.wrongs import Stranger
from tests.needs import program
from wp_sync.archive import open_archive
from wp_sync.errors import Exit

FIRST = ("first",)
PASSING = {
    "reset at once": wrongs.reset,
    "closed unanswered": wrongs.hang_up,
    "reset mid-header": wrongs.reset_at(0.5, of_head=True),
    "reset mid-body": wrongs.reset_at(0.5),
    "truncated below its length": wrongs.truncated(stated=True),
    "truncated without length": wrongs.truncated(stated=False),
    "truncated gzip": wrongs.gzip_truncated,
    "damaged gzip": wrongs.gzip_damaged,
    "silence": wrongs.stall,
    "silence mid-body": wrongs.stall_mid_body,
    "drip of the head": wrongs.drip(head=True),
    "drip of the body": wrongs.drip(head=False),
    "bomb": wrongs.bomb,
    "429": wrongs.instead(429),
    "502": wrongs.instead(502),
    "503": wrongs.instead(503, Retry_After="0"),
    "504": wrongs.instead(504),
}
SLOW = {"silence", "silence mid-body", "drip of the head", "drip of the body"}
ELSEWHERE = ("reset mid-header", "truncated below its length", "503")
POINTS = {"home": HOME, "index": INDEX, "types": TYPES, "probe": PROBE, "terms": TERMS}


def passing() -> Iterator[Row]:
    for name, fault in PASSING.items():
        # A census fetches less; what a fault does to its listing, a few kinds show.
        phases = ("first", "census") if name in ELSEWHERE else FIRST
        patience = 0.6 if name in SLOW else DEADLINE
        yield Row(name, (Rule(LATER, fault),), phases=phases, patience=patience)
    for point, address in POINTS.items():
        for name in ELSEWHERE:
            yield Row(f"{name} at {point}", (Rule(address, PASSING[name]),), phases=FIRST)
    # Each second a byte: no wait for the next one is ever long, only the whole is.
    second = wrongs.drip(head=False, pause=1.0)
    yield Row("a byte a second", (Rule(LATER, second),), phases=FIRST, patience=2.5)
    for status in (500, 502, 503, 504):
        yield Row(
            f"burst of {status}", (Rule(LATER, wrongs.instead(status), times=2),), phases=FIRST
        )


@pytest.mark.parametrize(("row", "phase"), each(list(passing())))
def test_a_fault_that_passes_is_outlived(ordeal: Ordeal, row: Row, phase: str) -> None:
    ordeal.undergo(row, phase)


# Everything asked of posts once they were found; the pieces that a failed window is cut into too.
AFTER_PROBE = r"/wp/v2/posts\?(?!orderby=date)"
LASTING = (
    ("reset at once", r"connection to .* failed"),
    ("closed unanswered", r"connection to .* failed"),
    ("reset mid-header", r"connection to .* failed"),
    ("reset mid-body", r"connection to .* failed"),
    ("truncated below its length", r"ended after \d+ of \d+ bytes"),
    ("truncated without length", r"JSON that ends early or is damaged"),
    ("truncated gzip", r"compressed answer is damaged: it ends in the middle"),
    ("damaged gzip", r"compressed answer is damaged"),
    ("silence", r"no complete answer within"),
    ("drip of the body", r"no complete answer within"),
    ("bomb", r"larger than allowed"),
    ("429", r"too much to do \(answer 429\)"),
    ("502", r"server failed \(answer 502\)"),
    ("503", r"too much to do \(answer 503\)"),
)


@pytest.mark.parametrize(
    ("row", "phase"),
    each(
        [
            Row(
                name,
                (Rule(AFTER_PROBE, PASSING[name], times=0),),
                ends=Exit.TRY_LATER,
                says=says,
                phases=("first", "census") if name in ELSEWHERE else ("census",),
                patience=0.4 if name in SLOW else DEADLINE,
            )
            for name, says in LASTING
        ]
    ),
)
def test_a_fault_that_lasts_ends_the_run_in_words_and_changes_nothing(
    ordeal: Ordeal, row: Row, phase: str
) -> None:
    ordeal.undergo(row, phase)


GONE_AWAY = [
    Row(
        f"server goes away at {point}",
        (Rule(address, wrongs.vanish),),
        ends=Exit.TRY_LATER,
        says=r"refuses connections.*try again later",
        phases=("first", "census") if address == LATER else FIRST,
    )
    for point, address in {"home": HOME, "types": TYPES, "listing": LATER}.items()
]


@pytest.mark.parametrize(("row", "phase"), each(GONE_AWAY))
def test_a_server_that_goes_away_is_tried_later(ordeal: Ordeal, row: Row, phase: str) -> None:
    ordeal.undergo(row, phase)


def test_a_server_that_never_takes_the_connection_is_tried_later(ordeal: Ordeal) -> None:
    """A full accept queue on loopback: the kernel drops what comes, as a silent firewall does."""
    with closing(socket.socket()) as deaf, ExitStack() as queue:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            waiting = queue.enter_context(closing(socket.socket()))
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        row = Row("deaf", (), source={"deadline": 0.4})
        with open_archive(ordeal.folder / "archive") as archive:
            proxied, ordeal.proxy.url = ordeal.proxy.url, url
            try:
                ends, said = ordeal.pull(archive, row)
            finally:
                ordeal.proxy.url = proxied
            assert ends is Exit.TRY_LATER
            assert "does not answer" in said
            assert archive.sites() == []
            assert ordeal.pull(archive, Row("again", ()))[0] is Exit.DONE
            assert content(ordeal.of(archive)) == look(ordeal.clean(row), ordeal.key)


KEEP_ALIVE = [
    Row("closed behind every answer", (Rule(r"^/wp-json", wrongs.last_word, times=0),)),
    Row("closed under the next question", (Rule(LISTING, wrongs.hang_up, nth=2),)),
]


@pytest.mark.parametrize(("row", "phase"), each(KEEP_ALIVE))
def test_kept_connections_that_are_closed_under_us_are_opened_anew(
    ordeal: Ordeal, row: Row, phase: str
) -> None:
    ordeal.undergo(row, phase)


# -- servers that ask to wait

WAITS = {
    "in seconds": ("1", 1.0),
    "as a date": ("+2", 1.0),
    "negative": ("-30", 0.0),
    "as a date gone by": ("-3600", 0.0),
    "as rubbish": ("soon-ish; perhaps", 0.0),
    "as no finite number": ("inf", 0.0),
}


def busy(status: int, asked: str) -> wrongs.Fault:
    def fault(exchange: Exchange) -> None:
        now = datetime.now(UTC)
        date = {"Date": format_datetime(now, usegmt=True)}
        value = asked
        if asked.startswith("+") or asked == "-3600":
            value = format_datetime(now + timedelta(seconds=int(asked)), usegmt=True)
        wrongs.instead(status, **date, Retry_After=value)(exchange)

    return fault


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "least"), WAITS.values(), ids=WAITS.keys())
def test_a_server_that_asks_to_wait_is_waited_for(
    ordeal: Ordeal, status: int, asked: str, least: float
) -> None:
    """Not sooner than asked; how much later is nobody's promise."""
    arrived: list[float] = []
    refuse = busy(status, asked)

    def fault(exchange: Exchange) -> None:
        arrived.append(exchange.at)
        if len(arrived) == 1:
            refuse(exchange)
        else:
            exchange.send(exchange.fetch())

    first_window = LISTING + r"=\d+&_fields"
    ordeal.undergo(Row("busy", (Rule(first_window, fault, times=0),)), "first")
    assert len(arrived) >= 2
    assert arrived[1] - arrived[0] >= least


@pytest.mark.parametrize(("status", "asked"), [(503, "86400"), (429, "9" * 11), (503, "+864000")])
def test_a_wait_of_hours_is_the_next_run_s_affair(ordeal: Ordeal, status: int, asked: str) -> None:
    said = ordeal.undergo(
        Row(
            "busy for long",
            (Rule(LATER, busy(status, asked), times=0),),
            ends=Exit.TRY_LATER,
            says=rf"too much to do \(answer {status}\).*asks to wait \d+ ",
        ),
        "census",
    )
    assert "Retry-After" not in said


# -- redirects


def to(location: str, status: int = 302) -> wrongs.Fault:
    return wrongs.instead(status, Location=location)


def go_round(exchange: Exchange) -> None:
    to(f"{exchange.target}{'&' if '?' in exchange.target else '?'}again=1", 307)(exchange)


@pytest.mark.parametrize(
    ("point", "says"),
    [(r"^/(\?|$)", "redirects in circles"), (TYPES, "redirects in circles"), (LATER, "in circles")],
)
def test_a_redirect_loop_is_left(ordeal: Ordeal, point: str, says: str) -> None:
    row = Row("loop", (Rule(point, go_round, times=0),), ends=Exit.FAILED, says=says)
    ordeal.undergo(row, "first")


def test_a_redirect_on_the_same_site_is_followed_with_the_login(ordeal: Ordeal) -> None:
    def on_the_same_site(exchange: Exchange) -> None:
        to(exchange.target + "&moved=1", 308)(exchange)

    row = Row("moved", (Rule(LATER, on_the_same_site),), user="admin")
    ordeal.undergo(row, "first")


def test_a_redirect_s_body_is_not_read_past_our_caps(
    ordeal: Ordeal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The HTTP library's own handling of redirects takes the body whole and decoded."""
    whole = property(lambda response: pytest.fail("the whole body was taken"))
    monkeypatch.setattr(requests.Response, "content", whole)

    def heavy(exchange: Exchange) -> None:
        bomb = wrongs.bomb_of(400)
        wrongs.instead(302, bomb, Location=exchange.target, Content_Encoding="gzip")(exchange)

    ordeal.undergo(Row("heavy", (Rule(LATER, heavy),)), "census")


ELSEWHERES = {
    "another host": "http://localhost:{port}/wp-json/",
    "another port": "http://127.0.0.1:{port}/wp-json/",
    "another scheme": "https://127.0.0.1:{port}/wp-json/",
    "no address": "http://[::1",
    "a file": "file:///etc/passwd",
}


@pytest.mark.parametrize("point", [TYPES, LATER], ids=["types", "listing"])
@pytest.mark.parametrize("location", ELSEWHERES.values(), ids=ELSEWHERES.keys())
def test_nothing_is_sent_where_a_redirect_leads_out_of_the_site(
    ordeal: Ordeal, point: str, location: str
) -> None:
    with Stranger() as stranger:
        target = location.format(port=stranger.port)
        away = Rule(point, to(target, 301), times=0)
        row = Row(
            "sent away", (away,), ends=Exit.FAILED, says=r"sends us on to|no address", user="admin"
        )
        ordeal.undergo(row, "first")
        assert stranger.heard == []


@pytest.mark.parametrize("location", list(ELSEWHERES.values())[:3], ids=list(ELSEWHERES)[:3])
def test_the_address_given_may_not_lead_a_login_to_another_site(
    ordeal: Ordeal, location: str
) -> None:
    with Stranger() as stranger:
        away = Rule(HOME, to(location.format(port=stranger.port), 301), times=0)
        row = Row("sent away", (away,), ends=Exit.FAILED, says="leads on to", user="admin")
        ordeal.undergo(row, "first")
        assert stranger.heard == []


def test_a_media_file_that_redirects_elsewhere_takes_no_login_and_no_cookie_along(
    ordeal: Ordeal,
) -> None:
    """A file may live on another host (a CDN); ours is public, so only loopback refuses it."""
    with Stranger() as stranger:
        away = Rule(FILE, to(f"http://127.0.0.1:{stranger.port}/x.jpg"), times=0)
        row = Row("file away", (away,), ends=Exit.PARTIAL, says="private network", only=MEDIA)
        ordeal.undergo(replace(row, user="admin"), "first")
        assert stranger.heard == []


def test_cookies_are_not_taken(ordeal: Ordeal) -> None:
    ordeal.undergo(
        Row(
            "cookies",
            (Rule(r"", wrongs.changed(wrongs.headers(Set_Cookie="track=1; Path=/")), times=0),),
        ),
        "first",
    )
    assert not any("Cookie" in one.headers for one in ordeal.proxy.asked)


# -- media files

FILES = {
    "reset mid-body": wrongs.reset_at(0.5),
    "truncated below its length": wrongs.truncated(stated=True),
    "truncated without length": wrongs.truncated(stated=False),
    "silence mid-body": wrongs.stall_mid_body,
    "503": wrongs.instead(503, Retry_After="0"),
    "500": wrongs.instead(500),
}


@pytest.mark.parametrize("name", FILES)
def test_a_media_file_outlives_a_fault_that_passes(ordeal: Ordeal, name: str) -> None:
    row = Row(name, (Rule(FILE, FILES[name]),), only=MEDIA, patience=0.8)
    ordeal.undergo(row, "first")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("reset mid-body", r"connection to .* failed"),
        ("truncated below its length", r"ended after \d+ of \d+ bytes"),
        ("truncated without length", r"ended at \d+ of \d+ bytes"),
        ("silence mid-body", r"no complete answer within"),
        ("503", r"too much to do"),
        ("login page", r"HTML"),
    ],
)
def test_a_media_file_that_never_comes_whole_is_named_and_not_kept(
    ordeal: Ordeal, name: str, says: str
) -> None:
    page = wrongs.instead(200, "<!doctype html><html><title>Log in</title></html>")
    ordeal.undergo(
        Row(
            name,
            (Rule(FILE, {**FILES, "login page": page}[name], times=0),),
            ends=Exit.PARTIAL,
            says=says,
            only=MEDIA,
            patience=0.4,
        ),
        "first",
    )


# -- TLS


class Papers:
    """Certificates made for one test session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str, *, host: str = "localhost", expired: bool = False) -> ssl.SSLContext:
        key, chain = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        made = [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=DNS:{host}", "-keyout", str(key), "-out", str(chain)),
        ]
        subprocess.run(made, check=True, capture_output=True)
        if expired:
            # `openssl req` only makes certificates that begin now; its little authority can date.
            self._date_back(key, chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        return context

    def _date_back(self, key: Path, chain: Path) -> None:
        (self.folder / "index.txt").touch()
        settings = self.folder / "ca.cnf"
        settings.write_text(
            "[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n"
            "default_md=sha256\npolicy=any\ncopy_extensions=copy\n[any]\ncommonName=supplied\n"
        )
        asked = self.folder / "asked.csr"
        again = ("openssl", "x509", "-x509toreq", "-in", chain, "-signkey", key, "-out", asked)
        dates = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
        subprocess.run((*again, "-copy_extensions", "copyall"), check=True, capture_output=True)
        subprocess.run(
            (
                *("openssl", "ca", "-batch", "-selfsign", "-config", settings),
                *("-keyfile", key, "-in", asked, "-out", chain, "-notext", *dates),
            ),
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    program("openssl")
    return Papers(tmp_path_factory.mktemp("papers"))


@contextmanager
def behind_tls(ordeal: Ordeal, context: ssl.SSLContext) -> Iterator[Proxy]:
    with Proxy(ordeal.server.address, tls=context) as proxy:
        ordeal.proxy = proxy
        yield proxy


@pytest.mark.parametrize(
    ("paper", "trusted", "says"),
    [
        ("good", "", r"encrypted connection failed.*self.signed"),
        ("other-host", "other-host", r"encrypted connection failed.*(doesn't match|mismatch)"),
        ("expired", "expired", r"encrypted connection failed.*expired"),
    ],
)
def test_a_certificate_that_does_not_hold_ends_the_run_at_once(
    ordeal: Ordeal, papers: Papers, paper: str, trusted: str, says: str
) -> None:
    """No retry, no plain http instead, and not one request gets through."""
    host = "elsewhere.example" if paper == "other-host" else "localhost"
    context = papers.make(paper, host=host, expired=paper == "expired")
    with (
        behind_tls(ordeal, context) as proxy,
        open_archive(ordeal.folder / "archive") as archive,
    ):
        source = {"ca_file": papers.path(trusted)} if trusted else {}
        ends, said = ordeal.pull(archive, Row("tls", (), user="admin", source=source))
        assert ends is Exit.FAILED
        assert "never skipped" in said
        assert re.search(says, said), said
        assert proxy.asked == []
        assert proxy.connections == 1, "once, and nowhere else"
        assert archive.sites() == []
        proxy.tls = papers.make("renewed")
        renewed = Row("renewed", (), source={"ca_file": papers.path("renewed")})
        assert ordeal.pull(archive, renewed)[0] is Exit.DONE
        assert_sound(archive, "renewed")


def test_a_certificate_that_changes_in_mid_run_ends_the_run(ordeal: Ordeal, papers: Papers) -> None:
    good, bad = papers.make("held"), papers.make("swapped")
    trusted = {"ca_file": papers.path("held")}
    with behind_tls(ordeal, good) as proxy:
        ordeal.clean(Row("clean", (), source=trusted))

        def swap(exchange: Exchange) -> None:
            proxy.tls = bad
            exchange.cut()

        row = Row(
            "swapped", (Rule(LATER, swap),), ends=Exit.FAILED, says="encrypted", source=trusted
        )
        with proxy.under(*row.rules), open_archive(ordeal.folder / "archive") as archive:
            ends, said = ordeal.pull(archive, row)
            assert (ends, "encrypted connection failed" in said) == (Exit.FAILED, True), said
        proxy.tls = good
        with open_archive(ordeal.folder / "archive") as archive:
            ends, said = ordeal.pull(archive, Row("again", (), source=trusted))
            assert ends is Exit.DONE, said
            assert_sound(archive, said)
            clean = ordeal.clean(Row("clean", (), source=trusted))
            assert content(ordeal.of(archive)) == look(clean, ordeal.key)


def test_plain_words_where_tls_is_expected_end_the_run(ordeal: Ordeal) -> None:
    with open_archive(ordeal.folder / "archive") as archive:
        ordeal.proxy.meet(())
        plain, ordeal.proxy.url = ordeal.proxy.url, ordeal.proxy.url.replace("http:", "https:")
        try:
            ends, said = ordeal.pull(archive, Row("plain", (), user="admin"))
        finally:
            ordeal.proxy.url = plain
        assert ends is Exit.FAILED
        assert "encrypted connection failed" in said
        # The greeting of TLS is random bytes; a request of ours would name us.
        assert not any("User-Agent" in one.headers for one in ordeal.proxy.asked)


def test_a_password_goes_to_the_site_alone_and_is_never_said(
    ordeal: Ordeal, fresh_newest: Server
) -> None:
    login = fresh_newest.logins["admin"]
    token = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
    with open_archive(ordeal.folder / "archive") as archive:
        ordeal.proxy.meet((Rule(LATER, wrongs.reset, times=0),))
        _, said = ordeal.pull(archive, Row("login", (), user="admin"))
        with_login = [one for one in ordeal.proxy.asked if "Authorization" in one.headers]
        assert with_login
        assert all(one.words.startswith("/wp-json/") for one in with_login)
        assert login.password not in said
        assert token not in said
        ordeal.proxy.meet(())
