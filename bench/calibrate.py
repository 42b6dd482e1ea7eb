"""Holds the fake site against a real WordPress: the same requests, and the same archive.

``python -m bench.calibrate [--posts 10000]``: pulls a real WordPress 7.1, copies what it answered
into the fake, ends the real one and pulls the fake at the same address. Ends with 1 where the
client asked anything else (method, path, query, how often), or where one record or version of the
two archives is not byte for byte the same. Prints what both pulls cost the client.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests

from bench.big_site import BigSite
from bench.big_site.build import Copy
from bench.big_site.rest import Reply
from bench.measure import once, peak_memory
from lab import Lab
from wp_sync.archive import open_archive
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

Asked = tuple[str, str, frozenset[tuple[str, str]]]
_KEPT = ("Content-Type", "Allow", "Link", "X-WP-Total", "X-WP-TotalPages", "Location")
# All of a record and its versions but for when and in which run they were seen.
_RECORDS = (
    "SELECT kind, id, state, stamp, digest, version, modified, date, status, slug, link "
    "FROM records ORDER BY kind, id"
)
_VERSIONS = "SELECT kind, id, number, sha256, size FROM versions ORDER BY kind, id, number"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--version", default="7.1")
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child:
        _child(*chosen.child)
        return
    with tempfile.TemporaryDirectory() as folder, Lab(versions=(chosen.version,)) as lab:
        place = Path(folder)
        server = lab[chosen.version]
        server.heal()
        server.add_posts(chosen.posts)
        print(f"WordPress {chosen.version}, {chosen.posts:,} posts added", flush=True)
        _pull(server.url, place / "real")
        server.stop()
        port = urlsplit(server.url).port or 0
        with BigSite(copy=place / "real" / "copy", port=port, keep_alive=False) as site:
            before = site.cpu()
            _pull(site.url, place / "fake")
            spent = site.cpu() - before
        for name in ("real", "fake"):
            print(f"{name}: {(place / name / 'cost').read_text()}")
        print(f"the fake spent {spent:.2f} s CPU, {spent / chosen.posts * 1e3:.3f} ms a post")
        ours, theirs = (_asked(place / name / "asked") for name in ("fake", "real"))
        differences = [*_differing_requests(theirs, ours), *_differing_rows(place)]
        print("\n".join(differences[:20]) or _agree(place, theirs))
        raise SystemExit(bool(differences))


def _pull(url: str, folder: Path) -> None:
    folder.mkdir()
    once([sys.executable, "-m", "bench.calibrate", "--child", url, str(folder)])


def _child(url: str, folder: str) -> None:
    """One pull, with what it asked and what it cost; of a real site also what that answered."""
    place = Path(folder)
    asked: list[tuple[str, str]] = []
    send = requests.Session.send

    def record(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
        asked.append((str(request.method), str(request.url)))
        return send(self, request, **more)

    requests.Session.send = record  # type: ignore[method-assign]
    wall, cpu = time.perf_counter(), time.process_time()
    with WordPressSource(url) as source, open_archive(place / "archive") as archive, archive.lock():
        site = archive.of(source.identify().key)
        result = pull(source, site)
        if result.problems:
            raise SystemExit(f"the pull was not clean: {list(result.problems)[:3]}")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        cost = f"{wall:.1f} s wall, {cpu:.2f} s CPU, {peak_memory():.0f} MiB"
        (place / "cost").write_text(cost)
        requests.Session.send = send  # type: ignore[method-assign]
        if place.name == "real":
            raws = {
                f"/{one.route}": [
                    site.versions(one.kind, known.id)[-1].raw for known in site.known(one.kind)
                ]
                for one in source.collections()[0]
                if one.family == "posts"
            }
            Copy(raws, _replies(asked, raws)).save(place / "copy")
    (place / "asked").write_text(json.dumps(asked), encoding="utf-8")


def _replies(
    asked: Iterable[tuple[str, str]], raws: dict[str, list[bytes]]
) -> dict[tuple[str, frozenset[tuple[str, str]]], Reply]:
    """The answers to everything but pages of the large listings, asked for once more."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], Reply] = {}
    with requests.Session() as session:
        session.trust_env = False
        for method, url in asked:
            key = _key(url)
            route = key[0].removeprefix("/wp-json").rstrip("/")
            if key in found or (raws.get(route) and "_method" not in dict(key[1])):
                continue
            answer = session.request(method, url, timeout=120, allow_redirects=False)
            headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
            found[key] = Reply(answer.status_code, answer.content, headers)
    return found


def _key(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    parts = urlsplit(url)
    words = parse_qsl(parts.query, keep_blank_values=True)
    return unquote(parts.path), frozenset(pair for pair in words if pair[0] != "_fresh")


def _asked(file: Path) -> Counter[Asked]:
    asked = json.loads(file.read_text(encoding="utf-8"))
    return Counter((method, *_key(url)) for method, url in asked)


def _differing_requests(real: Counter[Asked], fake: Counter[Asked]) -> Iterable[str]:
    for asked in (real - fake) + (fake - real):
        method, path, words = asked
        query = "&".join(f"{name}={value[:60]}" for name, value in sorted(words))
        yield f"asked {real[asked]} and {fake[asked]} times: {method} {path}?{query}"


def _differing_rows(place: Path) -> Iterable[str]:
    for statement in (_RECORDS, _VERSIONS):
        real, fake = (_rows(place / name, statement) for name in ("real", "fake"))
        for row in sorted(real ^ fake):
            yield f"only in the {'real' if row in real else 'fake'} one: {row}"


def _rows(folder: Path, statement: str) -> set[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "archive" / "archive.db")) as database:
        return set(database.execute(statement))


def _agree(place: Path, asked: Counter[Asked]) -> str:
    records = len(_rows(place / "fake", _RECORDS))
    return f"the same {asked.total():,} requests; the same {records:,} records, byte for byte"


if __name__ == "__main__":
    main()
