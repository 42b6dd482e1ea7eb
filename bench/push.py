"""Posts with terms into a real, empty WordPress, against one bare POST a post.

    python -m bench.push [--posts 2000] [--runs 3] [--connections 4] [--version 7.1 --version 5.7]

Ours plans, journals each write, reads back what came of it and keeps receipts; the bare one sends
the same bodies, ready made, over as many connections, and looks at nothing but the status. Both
find the server in the same state, one after the other. Prints medians and ratios, and how many
requests a push takes when nothing changed.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from lab import Lab, Server
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.digest import content_digest
from wp_sync.model import Identity, Login, Outcome, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules
from wp_sync.publish.base import Settings
from wp_sync.publish.mirror import Mirror
from wp_sync.publish.wordpress.publisher import WordPressPublisher

KEY = "old.example.com"
SOUNDS = ("sle", "ep", "pain", "ba", "ck", "nerve", "ti", "mo", "ra", "ne", "lu", "so", "ve", "in")
CATEGORIES, TAGS = 40, 60
BEGAN = datetime(2012, 1, 2, 8, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--posts", type=int, default=2_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--connections", type=int, default=4)
    options.add_argument("--version", action="append", default=[])
    chosen = options.parse_args()
    versions = chosen.version or ["7.1", "5.7"]
    with Lab(versions) as lab, tempfile.TemporaryDirectory() as folder:
        for version in versions:
            server = lab.variant(version, empty=True)
            times: dict[str, list[float]] = {"wp-sync": [], "bare": []}
            again = ""
            for number in range(chosen.runs):
                with open_archive(Path(folder) / f"{version}-{number}") as archive, archive.lock():
                    site = archive.of(KEY)
                    fill(site, chosen.posts)
                    times["wp-sync"].append(ours(site, server, chosen.connections))
                    again = unchanged(site, server, chosen.connections, chosen.posts)
                server.reset()
                times["bare"].append(bare(server, chosen.posts, chosen.connections))
                server.reset()
                print(
                    f"  {version} round {number + 1}: wp-sync {times['wp-sync'][-1]:.1f} s,"
                    f" bare {times['bare'][-1]:.1f} s",
                    flush=True,
                )
            ratio = statistics.median(
                slow / fast for slow, fast in zip(times["bare"], times["wp-sync"], strict=True)
            )
            print(
                f"WordPress {version}, {chosen.posts:,} posts, {chosen.connections} connections:"
                f" wp-sync {statistics.median(times['wp-sync']):.1f} s,"
                f" one POST a post {statistics.median(times['bare']):.1f} s"
                f" ({ratio:.2f} times as long)\n  {again}",
                flush=True,
            )
            server.stop()


def terms_of(number: int) -> tuple[list[int], list[int]]:
    return [1 + number % CATEGORIES], [101 + (number * 7 + more) % TAGS for more in range(3)]


def body_of(number: int) -> str:
    """Some 4 KB of HTML, its own for each post."""
    dice = random.Random(number)
    words = [f"{dice.choice(SOUNDS)}{dice.choice(SOUNDS)}" for _ in range(600)]
    parts = [" ".join(words[at : at + 60]) for at in range(0, len(words), 60)]
    return "\n\n".join(f"<p>{part.capitalize()}.</p>" for part in parts)


def records(posts: int) -> Iterator[Record]:
    """The old site, as an archive keeps it."""

    def record(kind: str, id: int, data: dict[str, Any]) -> Record:
        raw = json.dumps(data).encode()
        return Record(kind, id, raw, data, content_digest(data), datetime.now(UTC))

    yield record("site/site", 0, {"id": 0, "home": f"https://{KEY}", "name": "Old"})
    for taxonomy, first, count in (("category", 1, CATEGORIES), ("post_tag", 101, TAGS)):
        for id in range(first, first + count):
            name = f"{taxonomy} {id}"
            data = {"id": id, "name": name, "slug": name.replace("_", "-").replace(" ", "-")}
            data |= {"taxonomy": taxonomy, "parent": 0, "count": 1, "link": f"https://{KEY}/t/{id}"}
            yield record(f"terms/{taxonomy}", id, data)
    for number in range(1, posts + 1):
        id = 1000 + number
        date = (BEGAN + timedelta(hours=9 * number)).strftime("%Y-%m-%dT%H:%M:%S")
        categories, tags = terms_of(number)
        text = body_of(number)
        yield record(
            "posts/post",
            id,
            {
                "id": id, "type": "post", "status": "publish", "slug": f"post-{number}",
                "link": f"https://{KEY}/post-{number}/", "date": date, "date_gmt": date,
                "modified_gmt": date, "author": 0, "categories": categories, "tags": tags,
                "title": {"raw": f"Post {number}", "rendered": f"Post {number}"},
                "content": {"raw": text, "rendered": text}, "excerpt": {"raw": "", "rendered": ""},
            },
        )  # fmt: skip


def fill(site: SiteArchive, posts: int) -> None:
    now = datetime.now(UTC)
    site.set_site(
        Identity(KEY, f"https://{KEY}", f"https://{KEY}/wp-json/", "Old", Login(1, "a"), now)
    )
    run = site.begin_run("pull", "user:1")
    batch: list[Record] = []
    for one in records(posts):
        batch.append(one)
        if len(batch) == 500:
            site.save(run, batch)
            batch = []
    site.save(run, batch)
    site.finish_run(run, Outcome.DONE, {}, [], 1)
    normalize_site(site, Rules())


def pushed(site: SiteArchive, server: Server, connections: int) -> tuple[float, int, int]:
    """Seconds, writes and requests of a push."""
    login = server.logins["admin"]
    settings = Settings(
        "new", "wordpress", server.url, login.user, login.password,
        options={"connections": connections},
    )  # fmt: skip
    began = time.perf_counter()
    publisher = WordPressPublisher(settings)
    try:
        done = Mirror(site, Rules(), publisher, settings).push()[1]
    finally:
        publisher.close()
    seconds = time.perf_counter() - began
    if done.left or done.over:
        raise SystemExit(f"the push failed: {done.problems[:3]} {done.over}")
    return seconds, done.writes, publisher.requests_made


def ours(site: SiteArchive, server: Server, connections: int) -> float:
    return pushed(site, server, connections)[0]


def unchanged(site: SiteArchive, server: Server, connections: int, posts: int) -> str:
    seconds, writes, asked = pushed(site, server, connections)
    items = posts + CATEGORIES + TAGS
    return (
        f"pushed again unchanged: {seconds:.1f} s, {writes} writes, {asked} requests for"
        f" {items:,} items ({100 * asked / items:.2f} per 100)"
    )


def bare(server: Server, posts: int, connections: int) -> float:
    """The same posts and terms, one POST each; what the server refused with a 500, once more."""
    login = server.logins["admin"]
    local = threading.local()
    refused: list[str] = []

    def send(route: str, body: dict[str, Any]) -> int:
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.auth = (login.user, login.password)
        answer = local.session.post(f"{server.api}wp/v2/{route}", json=body, timeout=90)
        if answer.status_code == 500:  # the database broke off one of two writes that met
            refused.append(answer.text[:200])
            answer = local.session.post(f"{server.api}wp/v2/{route}", json=body, timeout=90)
        answer.raise_for_status()
        return int(answer.json()["id"])

    bodies = [one.data for one in records(posts) if one.kind == "posts/post"]
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as pool:
        ids: dict[int, int] = {}
        for taxonomy, route in (("category", "categories"), ("post-tag", "tags")):
            first, count = (1, CATEGORIES) if route == "categories" else (101, TAGS)
            numbers = range(first, first + count)
            made = pool.map(
                lambda n, route=route, taxonomy=taxonomy: send(
                    route, {"name": f"{taxonomy} {n}", "slug": f"{taxonomy}-{n}"}
                ),
                numbers,
            )
            ids |= dict(zip(numbers, made, strict=True))

        def one(data: dict[str, Any]) -> int:
            return send(
                "posts",
                {
                    "title": data["title"]["raw"], "content": data["content"]["raw"],
                    "excerpt": "", "status": "publish", "slug": data["slug"],
                    "date_gmt": data["date_gmt"],
                    "categories": [ids[id] for id in data["categories"]],
                    "tags": [ids[id] for id in data["tags"]],
                },
            )  # fmt: skip

        list(pool.map(one, bodies))
    seconds = time.perf_counter() - began
    if refused:
        print(f"  bare: {len(refused)} sent again after a 500 ({refused[0]})", flush=True)
    return seconds


if __name__ == "__main__":
    main()
