"""What normalization costs: CPU a post, memory, and what a change of one thing takes.

    python -m bench.normalize [--posts 10000 ...]

Puts posts of about 6 KB with links, pictures, headings and related-posts blocks of several kinds
into an archive in SQLite, with terms, authors, media and comments, and normalizes it: for the first
time, with nothing changed, after an edit, and with other rules. Every normalization is a process of
its own, without helpers (`wp_sync.normalize.crew`) but where it says so; printed is its CPU time
from the first to the last line of it, that of helpers included, its wall time, and its peak memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from bench.prose import Prose
from wp_sync.archive import open_archive
from wp_sync.archive.base import Current, SiteArchive
from wp_sync.model import Identity, Login, Record, State
from wp_sync.normalize.crew import cores
from wp_sync.normalize.engine import normalize_site, prepare
from wp_sync.normalize.rules import (
    AuthorRule,
    AuthorRules,
    LinkRules,
    Match,
    Rules,
    Target,
    TaxonomyRules,
    TermRule,
)

KEY = "blog.example.com"
HOME = f"https://{KEY}"
NOW = datetime(2024, 5, 1, tzinfo=UTC)
CATEGORIES, AUTHORS = 200, 50
TRIED = 1_000  # posts that deciding alone is measured with


def link(id: int) -> str:
    return f"{HOME}/20{10 + id % 14}/{1 + id % 12:02}/a-post-of-some-length-{id}/"


@cache
def sentences() -> list[str]:
    prose = Prose(1)
    return [prose.sentence() for _ in range(5_000)]


def words(chance: random.Random, about: int) -> str:
    """Sentences of about so many characters together."""
    text = ""
    while len(text) < about:
        text += chance.choice(sentences()) + " "
    return text.rstrip()


def content(chance: random.Random, id: int, posts: int) -> str:
    """About 6 KB; three posts in four have a related-posts block of one kind or another."""
    parts = []
    for number in range(12):
        if number % 4 == 0:
            parts.append(f'<h2 class="wp-block-heading">{words(chance, 30)}</h2>')
        target = link(chance.randrange(1, posts + 1))
        tracker = "?utm_source=news&amp;utm_medium=mail" if number % 5 == 0 else ""
        anchor = f' <a href="{target}{tracker}">{words(chance, 15)}</a> ' if number % 2 else " "
        parts.append(f"<p>{words(chance, 100)}{anchor}<em>{words(chance, 100)}</em></p>")
    parts.append(
        f'<figure class="wp-block-image"><img src="{HOME}/wp-content/uploads/p-{id}-1024x768.jpg" '
        f'srcset="{HOME}/wp-content/uploads/p-{id}-1024x768.jpg 1024w, '
        f'{HOME}/wp-content/uploads/p-{id}-300x225.jpg 300w" alt="x"/></figure>'
    )
    items = [
        f'<li><a href="{link(chance.randrange(1, posts + 1))}">{words(chance, 30)}</a></li>'
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


def post(id: int, posts: int) -> Record:
    chance = random.Random(id)
    data = {
        "id": id,
        "date_gmt": "2024-01-01T00:00:00",
        "modified_gmt": "2024-01-02T00:00:00",
        "slug": f"a-post-of-some-length-{id}",
        "status": "publish",
        "link": link(id),
        "title": {"rendered": f"{words(chance, 30)} &#8217;{id}"},
        "content": {"rendered": content(chance, id, posts), "protected": False},
        "excerpt": {"rendered": f"<p>{words(chance, 200)}</p>", "protected": False},
        "author": 1 + id % AUTHORS,
        "categories": sorted({1 + id % CATEGORIES, 1 + id % 7}),
    }
    return record("posts/post", id, data)


def records(posts: int) -> Iterator[Record]:
    """The site; one post in five has a picture in the library, and one in five a comment."""
    for id in range(1, CATEGORIES + 1):
        data = {"id": id, "name": f"Category {id}", "slug": f"c-{id}", "parent": id // 4}
        yield record("terms/category", id, data | {"link": f"{HOME}/category/c-{id}/"})
    for id in range(1, AUTHORS + 1):
        yield record("users/user", id, {"id": id, "name": f"Jane Roe {id}", "slug": f"jane-{id}"})
    for id in range(1, posts + 1):
        yield post(id, posts)
    for id in range(5, posts + 1, 5):
        file = {"source_url": f"{HOME}/wp-content/uploads/p-{id}.jpg", "status": "inherit"}
        yield record("posts/attachment", posts + id, {"id": posts + id, **file})
        said = {"id": id, "post": id, "content": {"rendered": "<p>Thank you.</p>"}}
        yield record("comments/comment", id, said)


def record(kind: str, id: int, data: dict[str, Any]) -> Record:
    return Record(kind, id, json.dumps(data).encode(), data, f"s{id}", NOW)


def edited(site: SiteArchive, posts: int) -> None:
    """A word more in one post: its address stays."""
    data = dict(post(posts // 2, posts).data)
    data["excerpt"] = {"rendered": "<p>New.</p>", "protected": False}
    site.save(site.begin_run("bench", "anonymous"), [record("posts/post", posts // 2, data)])


def published(site: SiteArchive, posts: int) -> None:
    site.save(site.begin_run("bench", "anonymous"), [post(2 * posts + 10, posts)])


_MERGED = TermRule(Match(ids=(9,)), into=(Target("Category 2"),))
TERM = Rules({"category": TaxonomyRules("category", (_MERGED,))})
AUTHOR = Rules(
    TERM.taxonomies, AuthorRules((AuthorRule(Match(ids=(9,)), name="Joan Doe", slug="joan"),))
)
LINK = Rules(TERM.taxonomies, AUTHOR.authors, LinkRules(trackers=("from",)))
# In this order over one archive; what happens to the site before, and the rules.
STEPS: dict[str, tuple[Callable[[SiteArchive, int], None] | None, Rules]] = {
    "first run": (None, Rules()),
    "nothing changed": (None, Rules()),
    "one post edited": (edited, Rules()),
    "one post new": (published, Rules()),
    "one term merged": (None, TERM),
    "one author renamed": (None, AUTHOR),
    "a rule on links": (None, LINK),
}
HELPED = "first run, helped"  # over a copy of the archive as it was made


def fill(folder: Path, posts: int) -> float:
    """Make the archive; returns the mean size of a post's content in KB."""
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        site.set_site(Identity(KEY, HOME, f"{HOME}/wp-json/", "A blog", Login(), NOW))
        run = site.begin_run("bench", "anonymous")
        source = records(posts)
        while some := list(islice(source, 200)):
            site.save(run, some)
    sizes = [len(post(id, posts).data["content"]["rendered"]) for id in range(1, 101)]
    return sum(sizes) / len(sizes) / 1000


def step(folder: Path, name: str, posts: int) -> dict[str, float]:
    """One normalization, in this process and the helpers it may have."""
    before, rules = (None, Rules()) if name == HELPED else STEPS[name]
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        if before:
            before(site, posts)
        began, clock = time.process_time(), time.monotonic()
        helpers = cores() if name == HELPED else 0
        result = normalize_site(site, rules, helpers=helpers)
        cpu, wall = time.process_time() - began, time.monotonic() - clock
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + helpers * others.ru_maxrss
    return {
        "cpu": cpu + others.ru_utime + others.ru_stime,
        "own": cpu,
        "wall": wall,
        "memory": peak / (1024 if sys.platform != "darwin" else 1024 * 1024),
        "read": result.read.get("posts", 0),
        "written": result.changed,
    }


def deciding(folder: Path) -> float:
    """CPU milliseconds a post for everything but the archive; the median of three."""
    with open_archive(folder) as archive:
        site = archive.of(KEY)
        deriver = prepare(site, Rules()).deriver
        currents: list[Current] = list(islice(site.current("posts/post"), TRIED))
    assert all(current.state is State.LIVE for current in currents)
    taken = []
    for _ in range(3):
        began = time.process_time()
        for current in currents:
            deriver.derive(current)
        taken.append(time.process_time() - began)
    return sorted(taken)[1] * 1000 / len(currents)


def apart(*words: str) -> Any:
    """Another process of this file; its answer."""
    command = [sys.executable, "-m", "bench.normalize", *words]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def show(posts: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "archive"
        size = apart("--make", str(folder), "--posts", str(posts))
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy)
        print(f"{posts:,} posts of {size:.1f} KB")
        for name in (HELPED, *STEPS):
            where = copy if name == HELPED else folder
            found = apart("--step", name, "--in", str(where), "--posts", str(posts))
            print(
                f"  {name:<20} {found['cpu']:8.2f} s CPU ({found['own']:.2f} of it its own), "
                f"{found['wall']:.2f} s, {found['cpu'] * 1000 / posts:7.3f} ms CPU a post of all, "
                f"{found['read']:8,} posts read, {found['written']:10,} rows written, "
                f"{found['memory']:5.0f} MiB",
                flush=True,
            )
        alone = apart("--deciding", str(folder))
        print(f"  {'deciding alone':<20} {alone:8.3f} ms CPU a post", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000])
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", choices=(HELPED, *STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--deciding", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        print(json.dumps(fill(asked.make, asked.posts[0])))
    elif asked.step:
        print(json.dumps(step(asked.folder, asked.step, asked.posts[0])))
    elif asked.deciding:
        print(json.dumps(deciding(asked.deciding)))
    else:
        for posts in asked.posts:
            show(posts)


if __name__ == "__main__":
    main()
