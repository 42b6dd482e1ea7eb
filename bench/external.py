"""How long checking links to other sites takes, against what politeness to each host demands.

    python -m bench.external [--hosts 200] [--links 2000]

Hosts on loopback (127.1.0.1 and up, which count as public here) answer as the web does: pages,
redirects, 404, 429 with Retry-After, slow ones, resets, captchas, servers that refuse HEAD. Links
that lead into private networks, by name, by number or by redirect, are mixed in: no connection may
be opened to any of them, and the bench fails where one is.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from bench.measure import peak_memory
from tests.helpers import make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.http import wire
from wp_sync.linkcheck.run import CheckOptions, check_links
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules

RETRY_AFTER = 1  # seconds that a 429 asks for, once for each address
SLOW = 1.0
KINDS = ("page", "page", "gone", "busy", "slow", "reset", "captcha", "nohead", "moved", "page")
PUBLIC = "127.1.0."


def public(address: str) -> bool:
    """What counts as the Internet here."""
    return address.startswith(PUBLIC)


class Web:
    """All hosts at one port, in a process of its own."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self.hosts = hosts
        self._busy: set[str] = set()
        with socket.socket() as free:
            free.bind((hosts[0], 0))
            self.port = int(free.getsockname()[1])
        ready = multiprocessing.Event()
        self._process = multiprocessing.Process(
            target=lambda: asyncio.run(self._serve(ready)), daemon=True
        )
        self._process.start()
        ready.wait()

    def close(self) -> None:
        self._process.kill()
        self._process.join()

    async def _serve(self, ready: Event) -> None:
        await asyncio.start_server(self._answer, list(self.hosts), self.port)
        ready.set()
        await asyncio.Event().wait()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                method, path, _ = line.decode("latin-1").split(" ", 2)
                while (await reader.readline()).strip():
                    pass
                host = writer.get_extra_info("sockname")[0]
                if not await self._say(method, path, host, writer):
                    break
        except OSError:
            pass  # the client went away, as clients do
        finally:
            writer.close()

    async def _say(self, method: str, path: str, host: str, to: asyncio.StreamWriter) -> bool:
        status, more, body = 200, "", b"<p>page</p>"
        _, number, kind = path.split("/")
        if kind == "reset":
            linger = struct.pack("ii", 1, 0)  # closed with a reset instead of a goodbye
            to.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        if kind == "busy" and host + path not in self._busy:
            self._busy.add(host + path)
            status, more = 429, f"Retry-After: {RETRY_AFTER}\r\n"
        elif kind == "slow":
            await asyncio.sleep(SLOW)
        elif kind == "gone":
            status = 404
        elif kind == "captcha":
            status, body = 403, b"<title>Just a moment...</title>"
        elif kind == "nohead" and method == "HEAD":
            status = 405
        elif kind == "moved":
            status, more = 301, "Location: /0/page\r\n"
        elif kind == "inside":
            status, more = 302, f"Location: http://127.0.0.1:{number}/secret\r\n"
        head = f"HTTP/1.1 {status} x\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode()
        to.write(head + (b"" if method == "HEAD" else body))
        await to.drain()
        return True


class Tripwire:
    """A server inside: whoever connects to it has fallen for a link."""

    def __init__(self) -> None:
        self.touched = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        while True:
            other, _ = self._listener.accept()
            self.touched += 1
            other.close()


@contextmanager
def watched_connections() -> Iterator[Counter[str]]:
    """What is connected to, by address; nothing but loopback is, whatever a mistake may want."""
    tried: Counter[str] = Counter()
    real = vars(wire)["create_connection"]

    def connect(address: tuple[str, int], *given: Any, **named: Any) -> socket.socket:
        tried[address[0]] += 1
        if not address[0].startswith("127."):
            raise ConnectionRefusedError("the bench connects to nobody else")
        opened: socket.socket = real(address, *given, **named)
        return opened

    setattr(wire, "create_connection", connect)  # noqa: B010 - it is not the module's own
    try:
        yield tried
    finally:
        setattr(wire, "create_connection", real)  # noqa: B010


def shared_out(links: int, hosts: int, *, skewed: bool) -> list[int]:
    """How many links each host gets: the same, or as on the web, where few have most."""
    if not skewed:
        return [links // hosts] * hosts
    weights = [1 / (rank + 3) for rank in range(hosts)]
    counts = [max(1, int(links * weight / sum(weights))) for weight in weights]
    counts[0] += links - sum(counts)
    return counts


def links_of(web: Web, counts: Sequence[int]) -> list[str]:
    """The links of every host, all kinds in turn."""
    return [
        f"http://{host}:{web.port}/{number:04}/{_kind(number)}"
        for host, many in zip(web.hosts, counts, strict=True)
        for number in range(many)
    ]


def _kind(number: int) -> str:
    """The kind of a host's link; a host that is busy ever again would be given up for this run."""
    kind = KINDS[number % len(KINDS)]
    return "page" if kind == "busy" and number > 3 * len(KINDS) else kind


def private_links(web: Web, trip: int) -> list[str]:
    """Links into private networks, however they are spelled."""
    names = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
    found = [f"http://{name}:{trip}/secret" for name in names]
    found += [f"http://{web.hosts[number]}:{web.port}/{trip}/inside" for number in range(5)]
    far = ["10.0.0.1", "10.255.0.9", "192.168.0.1", "172.16.3.4", "169.254.169.254", "100.64.0.1"]
    return found + [f"http://{name}/admin" for name in (*far, "[fd00::1]", "[fe80::1]", "0.0.0.0")]


def bound(links: Sequence[str], options: CheckOptions) -> float:
    """The least time that politeness allows, in seconds: the host that takes longest, twice."""
    gap = options.politeness.gap
    first: Counter[str] = Counter()
    pauses: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for link in links:
        _, _, host, _, kind = link.split("/", 4)
        first[host] += 1
        if kind == "busy":  # asked again after a pause
            first[host] += 1
            pauses[host] += RETRY_AFTER
        second[host] += kind in ("gone", "reset")
    ends = max((first[host] - 1) * gap + pauses[host] * 1.0 for host in first)
    again = max(max(0, second[host] - 1) * gap for host in first)
    return max(ends, options.again_after) + again


def filled(site: SiteArchive, links: Sequence[str]) -> None:
    site.set_site(make_identity("blog.example.com"))
    run = site.begin_run("pull", "anonymous")
    posts = [
        make_record(
            "posts/post",
            number + 1,
            slug=f"post-{number}",
            link=f"https://blog.example.com/post-{number}/",
            content={"rendered": "".join(f'<p><a href="{link}">x</a></p>' for link in some)},
        )
        for number, some in enumerate(links[at : at + 20] for at in range(0, len(links), 20))
    ]
    site.save(run, posts)
    normalize_site(site, load_rules(None))


def measure(name: str, hosts: int, links: int, threads: int, *, skewed: bool) -> bool:
    """One check; says whether nothing private was contacted."""
    web = Web([f"{PUBLIC}{number}" for number in range(1, hosts + 1)])
    trip = Tripwire()
    asked = links_of(web, shared_out(links, hosts, skewed=skewed))
    private = private_links(web, trip.port)
    options = CheckOptions(public=public, threads=threads)
    with tempfile.TemporaryDirectory() as folder, open_archive(Path(folder) / "archive") as store:
        site = store.of("blog.example.com")
        filled(site, [*asked, *private])
        cpu = time.process_time()
        began = time.monotonic()
        with watched_connections() as tried:
            done = check_links(site, options)
        took = time.monotonic() - began
        cpu = time.process_time() - cpu
        states = site.audit_book().link_checks(set(private))
        unasked = sum(one.state == "unknown" for one in states)
    web.close()
    least = bound(asked, options)
    strangers = [address for address in tried if not public(address)]
    print(
        f"{name:<28}{done.links:6} links {done.requests:6} requests {took:7.1f} s"
        f"   politeness alone {least:6.1f} s   ratio {took / least:5.2f}"
        f"   CPU {cpu:5.1f} s   peak {peak_memory():4.0f} MiB"
    )
    print(f"{'':<28}{', '.join(f'{count} {state}' for state, count in done.states.items())}")
    print(
        f"{'':<28}{len(private)} links into private networks: {unasked} unknown, "
        f"{trip.touched} connections inside, {len(strangers)} to other addresses"
    )
    return not trip.touched and not strangers


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--hosts", type=int, default=200)
    options.add_argument("--links", type=int, default=2000)
    options.add_argument("--threads", type=int, default=CheckOptions().threads)
    chosen = options.parse_args()
    safe = measure("the same number each", chosen.hosts, chosen.links, chosen.threads, skewed=False)
    safe &= measure(
        "few hosts have most links", chosen.hosts, chosen.links, chosen.threads, skewed=True
    )
    if not safe:
        raise SystemExit("a private address was contacted")


if __name__ == "__main__":
    main()
