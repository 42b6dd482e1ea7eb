"""Redirects as real servers carry them out: each followed, no chains, no circles."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

import pytest

from lab.errors import LabUnavailable
from lab.web import WebServer
from tests.needs import lacking
from tests.unit.test_redirects import NEW, OLD, Made, made_site
from wp_sync.publish.redirects.entries import KEEP, Old, target_of
from wp_sync.publish.redirects.writers.caddy import unfit

pytestmark = pytest.mark.live

NGINX = """
daemon off;
error_log log warn;
pid nginx.pid;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    include wp-sync/redirects.conf;
    map $host$uri $alive {{ default 0; include alive.map; }}
    server {{
        listen 127.0.0.1:{port};
        server_name {old};
        include wp-sync/server.conf;
        if ($alive) {{ return 200; }}
        return 404;
    }}
    server {{
        listen 127.0.0.1:{port};
        server_name {new};
        if ($alive) {{ return 200; }}
        return 404;
    }}
}}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str


def ask(port: int, host: str, path: str) -> Answer:
    """One request, path as it stands, no redirect followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        return Answer(answer.status, answer.getheader("Location") or "")
    finally:
        connection.close()


def quoted(path: str) -> str:
    return path.replace("\\", "\\\\").replace('"', '\\"')


def spellings(old: Old) -> Iterator[str]:
    """How browsers, mails and old links ask for one address."""
    if old.name:
        query = f"{old.name}={quote(old.value, safe='-._~', errors='surrogateescape')}"
        yield f"{old.path}?{query}"
        yield f"{old.path.rstrip('/')}/?utm_source=x&{query}"
        yield f"{old.path.rstrip('/')}/index.php?{query}"
        return
    whole = quote(old.path, safe="/", errors="surrogateescape")
    yield whole
    yield whole.rstrip("/") + "/"
    yield whole.lower()  # percent-encoding as WordPress writes it
    yield str(old)


def landed(server: WebServer, location: str) -> str:
    """A location without the host, where that is the old one, which a server may add or not."""
    to = urlsplit(location)
    if to.hostname in (None, OLD, "localhost", "127.0.0.1"):
        return to.path + (f"?{to.query}" if to.query else "")
    return location


def walk(port: int, host: str, path: str) -> list[Answer]:
    """The answers up to the first that is no redirect."""
    answers = [ask(port, host, path)]
    while answers[-1].status == 301:
        assert len(answers) < 5, f"{path} goes round: {answers}"
        to = urlsplit(answers[-1].location)
        host = to.hostname or host
        path = to.path + (f"?{to.query}" if to.query else "")
        answers.append(ask(port, host, path))
    return answers


def lay_nginx(server: WebServer, made: Made) -> None:
    (server.folder / "tmp").mkdir()
    made.lay("nginx", server.folder / "wp-sync")
    spots = {
        (
            urlsplit(each).hostname or OLD,
            unquote(urlsplit(target_of(each)).path, errors="surrogateescape"),
        )
        for each in made.alive
    }
    lines = [f'"{host}{quoted(path)}" 1;\n' for host, path in sorted(spots)]
    (server.folder / "alive.map").write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    server.start(NGINX.format(port=server.port, old=OLD, new=NEW))


APACHE = """
ServerName localhost
Listen 127.0.0.1:{port}
PidFile httpd.pid
ErrorLog log
LogLevel warn
User nobody
Group nogroup
LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
StartServers 1
MinSpareServers 1
<Directory {folder}>
    AllowOverride All
    Require all granted
</Directory>
<VirtualHost *>
    ServerName {old}
    DocumentRoot {folder}/www
</VirtualHost>
<VirtualHost *>
    ServerName {new}
    DocumentRoot {folder}/new
</VirtualHost>
"""


def lay_apache(server: WebServer, made: Made) -> None:
    made.lay("apache", server.folder / "www")
    for folder in (server.folder.parent, server.folder, server.folder / "www"):
        folder.chmod(0o755)
    (server.folder / "new").mkdir()
    server.start(APACHE.format(port=server.port, folder=server.folder, old=OLD, new=NEW))


CADDY = """
{{
    admin off
    auto_https off
}}
import caddy/redirects.caddy
http://{old}:{port} {{
    bind 127.0.0.1
    import wp_sync_redirects
    respond 404
}}
http://{new}:{port} {{
    bind 127.0.0.1
    respond 200
}}
"""


def lay_caddy(server: WebServer, made: Made) -> None:
    made.lay("caddy", server.folder / "caddy")
    server.start(CADDY.format(port=server.port, old=OLD, new=NEW))


LAID: dict[str, Callable[[WebServer, Made], None]] = {
    "nginx": lay_nginx,
    "apache2": lay_apache,
    "caddy": lay_caddy,
}


@pytest.fixture(params=["moved", "static"])
def made(request: pytest.FixtureRequest) -> Made:
    return made_site(request.param)


@pytest.fixture(params=["nginx", "apache2", "caddy"])
def server(request: pytest.FixtureRequest, made: Made) -> Iterator[WebServer]:
    """A server that carries the redirects of a made site, the old and the new host on one port."""
    running = WebServer(request.param)
    try:
        running.__enter__()
    except LabUnavailable as error:
        lacking(str(error))
    try:
        LAID[running.name](running, made)
        yield running
    finally:
        running.close()


def test_every_redirect_is_followed_to_what_is_alive(server: WebServer, made: Made) -> None:
    passed = 0
    for each in made.redirects:
        if server.name == "caddy" and unfit(each.old):
            continue  # left out, and counted
        for path in spellings(each.old):
            answers = walk(server.port, OLD, path)
            if each.to == KEEP:
                assert answers[0].status != 301, (path, answers)
            elif not each.to:
                assert [answer.status for answer in answers] == [410], (path, answers)
            elif "partner.example" in each.to:
                assert answers[0] == Answer(301, each.to)
            else:
                assert [answer.status for answer in answers][:1] == [301], (path, answers)
                assert landed(server, answers[0].location) == landed(server, each.to), path
                assert len(answers) == 2, (path, answers)
                if server.name == "nginx":
                    assert answers[1].status == 200, (path, answers)
            passed += 1
    assert passed > 100


def test_feeds_pages_and_arguments_behind_an_address_lead_on(server: WebServer, made: Made) -> None:
    own = {each.old.path for each in made.redirects}
    shape, passed = made.new.shape, 0
    step = 1 if server.name == "nginx" else 4  # time: each is a request of its own
    for each in [one for one in made.redirects if one.more][::step]:
        if each.to == KEEP or (server.name == "caddy" and unfit(each.old)):
            continue
        stem = quote(each.old.path.rstrip("/"), safe="/", errors="surrogateescape")
        for behind in ("feed", "feed/atom", "page/2", "comment-page-3", "embed", "amp"):
            if f"{each.old.path.rstrip('/')}/{behind}" in own:
                continue  # an address of its own
            for end in ("", "/"):
                answer = ask(server.port, OLD, f"{stem}/{behind}{end}")
                if not each.to:
                    assert answer.status == 410, (stem, behind)
                    continue
                kept = f"{behind}/" if shape.suffixes and behind != "amp" else ""
                wanted = f"{each.to.rstrip('/')}/{kept}" if kept else each.to
                assert landed(server, answer.location) == landed(server, wanted), (stem, behind)
                passed += 1
        if each.to and stem:
            answer = ask(server.port, OLD, f"{stem}/?utm_source=a%20b&x=1")
            wanted = f"{each.to}?utm_source=a%20b&x=1"
            assert landed(server, answer.location) == landed(server, wanted), stem
    assert passed > 50


def test_a_preview_of_a_draft_is_left_alone(server: WebServer, made: Made) -> None:
    answer = ask(server.port, OLD, "/?p=5&preview=true")
    assert answer.location in ("", f"https://{NEW}/?p=5&preview=true")  # as the home page
    assert "back-pain" not in answer.location
    assert "journal" not in answer.location
