"""Media files: resumed, conditional, checked, and never from where a site may not send us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.rest_server import Asked, Reply, Site, serving
from tests.unit.test_source_listing import quick
from wp_sync.http.wire import is_public
from wp_sync.model import MediaFile
from wp_sync.source.magic import mismatch
from wp_sync.source.wordpress import WordPressSource

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
MODIFIED = "Wed, 01 May 2024 10:00:00 GMT"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def source(site: Site) -> Iterator[WordPressSource]:
    with quick(site) as source:
        source.identify()
        yield source


class Files:
    """A web server's files, with ranges and conditions as real ones have them."""

    def __init__(self, site: Site, body: bytes = PNG) -> None:
        self.body = body
        self.etag = '"one"'
        self.cut_after: int | None = None
        self.asked: list[Asked] = []
        site.hooks.append(self)

    def __call__(self, asked: Asked) -> Reply | None:
        if not asked.path.startswith("/uploads/"):
            return None
        self.asked.append(asked)
        headers = {"ETag": self.etag, "Last-Modified": MODIFIED, "Content-Type": "image/png"}
        if asked.headers.get("if-none-match") == self.etag:
            return Reply(b"", 304, headers)
        start, status = 0, 200
        if "range" in asked.headers and asked.headers.get("if-range") == self.etag:
            start, status = int(asked.headers["range"][6:-1]), 206
            last = len(self.body) - 1
            headers["Content-Range"] = f"bytes {start}-{last}/{len(self.body)}"
        part = self.body[start:]
        if self.cut_after is not None:
            lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(part)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            head = "\r\n".join(lines).encode() + b"\r\n\r\n"
            cut, self.cut_after = part[: self.cut_after], None
            return Reply(wire=head + cut)
        return Reply(part, status, headers)


def file_at(site: Site, name: str = "a.png", **more: str) -> MediaFile:
    return MediaFile(f"{site.url}/uploads/{name}", 5, mime="image/png", **more)


def test_a_server_that_keeps_up_is_asked_for_as_many_files_at_once_as_allowed(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    Files(site)
    for number in range(12):
        source.download(file_at(site), tmp_path / f"{number}")
    together = threading.Barrier(4)

    def meet(asked: Asked) -> None:
        if asked.path.startswith("/uploads/"):
            together.wait(timeout=60)

    site.hooks.insert(0, meet)
    with ThreadPoolExecutor(4) as pool:
        paths = [tmp_path / f"{number}" for number in range(4)]
        got = list(pool.map(lambda path: source.download(file_at(site), path), paths))
    assert [file.state for file in got] == ["stored"] * 4


def test_a_file_arrives_whole_with_what_identifies_it(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    Files(site)
    got = source.download(file_at(site), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == PNG
    assert (got.state, got.size, got.etag, got.last_modified) == (
        "stored",
        len(PNG),
        '"one"',
        MODIFIED,
    )


def test_a_break_is_resumed_where_it_was(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    files = Files(site)
    files.cut_after = 4000
    got = source.download(file_at(site), tmp_path / "part")
    assert got.state == "stored"
    assert (tmp_path / "part").read_bytes() == PNG
    assert files.asked[-1].headers["range"] == "bytes=4000-"


def test_a_file_that_changed_during_the_break_is_not_patched_together(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    files = Files(site)
    files.cut_after = 4000
    changed = b"\x89PNG\r\n\x1a\n" + b"\7" * 9000

    def change(asked: Asked) -> None:
        if len(files.asked) == 1:
            files.body, files.etag = changed, '"two"'

    site.hooks.insert(0, change)
    got = source.download(file_at(site), tmp_path / "part")
    assert got.state == "stored"
    assert (tmp_path / "part").read_bytes() == changed


def test_a_part_of_an_earlier_run_is_resumed_by_its_etag(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    files = Files(site)
    (tmp_path / "part").write_bytes(PNG[:3000])
    got = source.download(file_at(site, etag='"one"'), tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == PNG
    assert files.asked[0].headers["range"] == "bytes=3000-"
    assert got.state == "stored"


def test_a_part_of_unknown_origin_is_not_built_upon(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    Files(site)
    (tmp_path / "part").write_bytes(b"something else")
    assert source.download(file_at(site), tmp_path / "part").state == "stored"
    assert (tmp_path / "part").read_bytes() == PNG


def test_an_unchanged_file_is_not_sent_again(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    Files(site)
    known = file_at(site, etag='"one"', sha256="ab" * 32)
    assert source.download(known, tmp_path / "part").state == "same"
    replaced = source.download(file_at(site, etag='"old"', sha256="ab" * 32), tmp_path / "part")
    assert (replaced.state, replaced.sha256) == ("stored", "")
    assert (tmp_path / "part").read_bytes() == PNG


@pytest.mark.parametrize(
    ("reply", "state", "word"),
    [
        (Reply(b"", 404), "missing", "404"),
        (Reply(b"", 410), "missing", "410"),
        (Reply(b"", 403), "failed", "403"),
        (Reply(b"<!DOCTYPE html><html>404</html>"), "failed", "HTML"),
        (Reply(b"plain words"), "failed", "picture"),
        (Reply(b""), "failed", "empty"),
        (Reply(b"", 302, {"Location": "/uploads/a.png"}), "failed", "circles"),
    ],
)
def test_what_is_no_file_is_said_and_leaves_none(
    site: Site,
    source: WordPressSource,
    tmp_path: Path,
    reply: Reply,
    state: str,
    word: str,
) -> None:
    site.hooks.append(lambda asked: reply if asked.path.startswith("/uploads/") else None)
    got = source.download(file_at(site), tmp_path / "part")
    assert got.state == state
    assert word in got.reason
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/a.png",
        "http://10.0.0.1/a.png",
        "http://[::1]/a.png",
        "http://[::ffff:127.0.0.1]/a.png",
        "http://localhost/a.png",
        "http://2130706433/a.png",  # 127.0.0.1 in one number
        "file:///etc/passwd",
    ],
)
def test_addresses_in_private_networks_are_refused(
    source: WordPressSource, tmp_path: Path, url: str
) -> None:
    got = source.download(MediaFile(url, 5), tmp_path / "part")
    assert got.state == "failed"
    assert not (tmp_path / "part").exists()


def test_a_redirect_into_another_private_place_is_not_followed(
    site: Site, source: WordPressSource, tmp_path: Path
) -> None:
    with serving() as inside:
        Files(inside)
        site.hooks.append(
            lambda asked: (
                Reply(b"", 302, {"Location": f"{inside.url}/uploads/a.png"})
                if asked.path.startswith("/uploads/")
                else None
            )
        )
        got = source.download(file_at(site), tmp_path / "part")
        assert inside.asked == []
    assert got.state == "failed"
    assert "private network" in got.reason


def test_a_name_that_leads_into_the_private_network_is_found_out_on_connecting(
    site: Site, source: WordPressSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    real = socket.getaddrinfo

    def rebind(host: object, *rest: object, **more: object) -> object:
        return real("127.0.0.1" if host == "cdn.example.com" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    port = site.url.rsplit(":", 1)[1]
    before = len(site.asked)
    got = source.download(
        MediaFile(f"http://cdn.example.com:{port}/uploads/a.png", 5), tmp_path / "part"
    )
    assert got.state == "failed"
    assert "private network" in got.reason
    assert len(site.asked) == before


def test_a_file_beyond_the_cap_is_refused(site: Site, tmp_path: Path) -> None:
    Files(site)
    with quick(site, max_file_bytes=5000) as source:
        assert source.download(file_at(site), tmp_path / "part").state == "failed"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("224.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("head", "url", "mime", "fine"),
    [
        (b"\xff\xd8\xff\xe0", "https://x/a.jpg", "image/jpeg", True),
        (b"RIFF\0\0\0\0WEBPVP8 ", "https://x/a.jpg", "image/webp", True),
        (b"\0\0\0\x20ftypavif", "https://x/a.avif", "image/avif", True),
        (b"<?xml version='1.0'?><svg>", "https://x/a.svg", "image/svg+xml", True),
        (b"<html><body>", "https://x/a.svg", "image/svg+xml", False),
        (b"\n<!-- x --><!doctype HTML>", "https://x/a.mp4", "video/mp4", False),
        (b"%PDF-1.7", "https://x/a.pdf", "application/pdf", True),
        (b"PK\3\4", "https://x/a.pdf", "application/pdf", False),
        (b"<html>", "https://x/page.html", "text/html", True),
        (b"anything", "https://x/a.bin", "", True),
    ],
)
def test_bytes_against_their_claim(head: bytes, url: str, mime: str, fine: bool) -> None:
    assert (mismatch(head, url, mime) == "") is fine
