"""What normalization costs: CPU a post, a second run, and the memory of the address index.

    python bench/normalize.py [--posts 2000]

Generates posts of about 6 KB with links, pictures, headings and related-posts blocks of several
kinds, puts them into an archive, and prints CPU milliseconds a post: for deciding alone (everything
but the archive), and for whole runs on SQLite. Process CPU time, one core.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from wp_sync.archive import open_archive
from wp_sync.archive.base import Current, SiteArchive
from wp_sync.model import Identity, Login, Record, State
from wp_sync.normalize.derive import Deriver
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import LinkRules, RelatedRules, Rules
from wp_sync.normalize.urls import UrlIndex

HOME = "https://blog.example.com"
_WORDS = (
    "sleep pain clinic patient night doctor treatment week study rest body mind back neck help "
    "often after before with without between many some people therapy question answer morning"
)
WORDS = _WORDS.split()
NOW = datetime(2024, 5, 1, tzinfo=UTC)


def link(id: int) -> str:
    return f"{HOME}/20{10 + id % 14}/{1 + id % 12:02}/{WORDS[id % 28]}-{WORDS[id % 27]}-{id}/"


def sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."


def content(chance: random.Random, id: int, posts: int) -> str:
    """About 6 KB; three posts in four have a related-posts block of one kind or another."""
    parts = []
    for number in range(12):
        if number % 4 == 0:
            parts.append(f'<h2 class="wp-block-heading">{sentence(chance, 5)}</h2>')
        target = link(chance.randrange(1, posts + 1))
        tracker = "?utm_source=news&amp;utm_medium=mail" if number % 5 == 0 else ""
        anchor = f' <a href="{target}{tracker}">{sentence(chance, 3)}</a> ' if number % 2 else " "
        parts.append(f"<p>{sentence(chance, 25)}{anchor}<em>{sentence(chance, 30)}</em></p>")
    parts.append(
        f'<figure class="wp-block-image"><img src="{HOME}/wp-content/uploads/p-{id}-1024x768.jpg" '
        f'srcset="{HOME}/wp-content/uploads/p-{id}-1024x768.jpg 1024w, '
        f'{HOME}/wp-content/uploads/p-{id}-300x225.jpg 300w" alt="x"/></figure>'
    )
    items = [
        f'<li><a href="{link(chance.randrange(1, posts + 1))}">{sentence(chance, 6)}</a></li>'
        for _ in range(4)
    ]
    kind = id % 4
    if kind == 0:
        parts.append(f"<h3>Related posts</h3><ul>{''.join(items)}</ul>")
    elif kind == 1:
        parts.append(f'<div class="yarpp yarpp-related"><ol>{"".join(items)}</ol></div>')
    elif kind == 2:
        parts.insert(6, f"<p><strong>Read also:</strong> {items[0][4:-5]}</p>")
    return "\n\n".join(parts)


def records(posts: int) -> Iterator[Record]:
    chance = random.Random(1)
    kind = "terms/category"
    for id in range(1, 41):
        data = {
            "id": id,
            "name": f"Category {id}",
            "slug": f"c-{id}",
            "parent": id // 4,
            "count": 9,
        }
        yield record(kind, id, data | {"link": f"{HOME}/category/c-{id}/"})
    yield record("users/user", 1, {"id": 1, "name": "Jane Roe", "slug": "jane"})
    for id in range(1, posts + 1):
        data = {
            "id": id,
            "date_gmt": "2024-01-01T00:00:00",
            "modified_gmt": "2024-01-02T00:00:00",
            "slug": f"{WORDS[id % 28]}-{WORDS[id % 27]}-{id}",
            "status": "publish",
            "link": link(id),
            "title": {"rendered": f"{sentence(chance, 7)} &#8217;{id}"},
            "content": {"rendered": content(chance, id, posts), "protected": False},
            "excerpt": {"rendered": f"<p>{sentence(chance, 40)}</p>", "protected": False},
            "author": 1,
            "categories": [1 + id % 40, 1 + id % 7],
        }
        yield record("posts/post", id, data)


def record(kind: str, id: int, data: dict[str, object]) -> Record:
    return Record(kind, id, json.dumps(data).encode(), data, f"s{id}", NOW)


def timed(site: SiteArchive) -> float:
    before = time.process_time()
    normalize_site(site, Rules())
    return time.process_time() - before


def index_bytes(records: int) -> float:
    """Bytes a record that the address index takes, measured by tracemalloc."""
    tracemalloc.start()
    index = UrlIndex(HOME, LinkRules())
    for id in range(1, records + 1):
        index.add(link(id), "posts/post", id, f"post-number-{id}", State.LIVE, "publish")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=2000)
    posts = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder, open_archive(Path(folder) / "archive") as archive:
        site = archive.of("blog.example.com")
        site.set_site(
            Identity("blog.example.com", HOME, f"{HOME}/wp-json/", "A blog", Login(), NOW)
        )
        run = site.begin_run("bench", "anonymous")
        made = list(records(posts))
        for start in range(0, len(made), 200):
            site.save(run, made[start : start + 200])
        size = (
            sum(len(str(one.data["content"])) for one in made if one.kind == "posts/post") / posts
        )
        index = UrlIndex(HOME, LinkRules())
        for row in site.urls():
            index.add(*row)
        deriver = Deriver(index, RelatedRules())
        currents = [
            Current(one.kind, one.id, State.LIVE, "1:x", one.data)
            for one in made
            if one.kind == "posts/post"
        ]
        decided = []
        for _ in range(3):
            before = time.process_time()
            for current in currents:
                deriver.derive(current)
            decided.append(time.process_time() - before)
        first, second = timed(site), timed(site)
    scale = 1000 / posts
    print(f"{posts} posts of {size / 1000:.1f} KB")
    print(f"deciding alone      {sorted(decided)[1] * scale:7.3f} ms CPU a post (median of 3)")
    print(f"first run, SQLite   {first * scale:7.3f} ms CPU a post")
    print(f"nothing changed     {second * scale:7.3f} ms CPU a post")
    print(f"address index       {index_bytes(100_000):7.0f} bytes a record (100,000 records)")


if __name__ == "__main__":
    main()
