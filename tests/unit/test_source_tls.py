"""A certificate that does not hold ends the matter: no plain http instead, no word sent."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.needs import program
from wp_sync.errors import SourceError, TryLater
from wp_sync.source.wordpress import WordPressSource


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = program("openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            str(key),
            "-out",
            str(certificate),
        ],
        check=True,
        capture_output=True,
    )
    return key, certificate


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[tuple[int, list[str]]]:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = b'{"name":"x","home":"https://localhost","namespaces":["wp/v2"]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    running = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, chain = certificate
    context.load_cert_chain(chain, key)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield running.server_address[1], asked
    running.shutdown()
    running.server_close()


def test_an_unknown_certificate_is_refused_for_good(
    server: tuple[int, list[str]],
) -> None:
    port, asked = server
    with (
        WordPressSource(f"https://localhost:{port}/", user="me", password="secret") as source,
        pytest.raises(SourceError) as caught,
    ):
        source.identify()
    assert not isinstance(caught.value, TryLater)
    assert "encrypted connection failed" in caught.value.message
    assert "certificate" in caught.value.hint
    assert asked == []


def test_a_certificate_that_was_given_is_trusted_for_its_own_name_only(
    server: tuple[int, list[str]], certificate: tuple[Path, Path]
) -> None:
    port, asked = server
    trusted = str(certificate[1])
    with WordPressSource(f"https://localhost:{port}/", ca_file=trusted) as source:
        assert source.identify().api == f"https://localhost:{port}/wp-json/"
    asked.clear()
    with (
        WordPressSource(f"https://127.0.0.1:{port}/", ca_file=trusted) as source,
        pytest.raises(SourceError),
    ):
        source.identify()
    assert asked == []
