"""What an archive takes on disk, against the raw JSON, git, and tar with zstd and xz.

    python -m bench.sizes [--posts 10000] [--edits 4] [--edited 0.05] [--login]

Posts of about 6 KB are pulled once; then comes a pull in which some were edited, a few times over.
The same versions go into a repository of one JSON file a record and one commit a pull (after
``git gc``), and into tar files that hold every version. Every size is printed as a ratio to the
bytes of all versions' JSON as a site sends it: to a visitor, or (``--login``) to an administrator,
who gets every text twice, as its author wrote it and as visitors see it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.prose import Prose
from wp_sync.archive import open_archive
from wp_sync.model import Identity, Login, Outcome, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

SITE = "bench.example.com"
HOME = f"https://{SITE}"
KIND = "posts/post"
BATCH = 100
BEGAN = datetime(2024, 5, 1, tzinfo=UTC)
Post = dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--posts", type=int, default=10_000)
    options.add_argument("--edits", type=int, default=4, help="pulls after the first")
    options.add_argument("--edited", type=float, default=0.05, help="share of posts in each")
    options.add_argument("--login", action="store_true", help="as an administrator sees posts")
    options.add_argument("--keep", type=Path, help="a folder to leave the archive in")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        written = Written(place / "pulls", as_administrator if chosen.login else lambda post: post)
        _write(chosen.posts, chosen.edits, chosen.edited, written)
        ours = _archive(written, place / "archive")
        if chosen.keep:
            shutil.copytree(place / "archive", chosen.keep)
        _print(written, ours, _git(written, place / "git"), _tar(place / "git", place))


class Written:
    """The versions of every pull as JSON files, ``pulls/NUMBER/ID.json``."""

    def __init__(self, folder: Path, view: Callable[[Post], Post]) -> None:
        self.folder = folder
        self._view = view
        self.bytes = self.versions = self.pulls = 0

    def add(self, posts: Iterator[Post]) -> None:
        here = self.folder / f"{self.pulls:03}"
        here.mkdir(parents=True)
        self.pulls += 1
        for post in posts:
            raw = as_sent(self._view(post))
            self.bytes += len(raw)
            self.versions += 1
            (here / f"{post['id']}.json").write_bytes(raw)

    def of(self, pull: int) -> list[Path]:
        return sorted((self.folder / f"{pull:03}").iterdir(), key=lambda path: int(path.stem))


def _write(posts: int, edits: int, edited: float, written: Written) -> None:
    prose = Prose(7)
    draw = random.Random(7)
    written.add(_post(prose, draw, id, posts) for id in range(1, posts + 1))
    latest: dict[int, Post] = {}
    for number in range(1, edits + 1):
        chosen = sorted(draw.sample(range(1, posts + 1), max(1, int(posts * edited))))
        for id in chosen:
            before = latest.get(id) or json.loads(
                (written.folder / "000" / f"{id}.json").read_bytes()
            )
            latest[id] = _edited(prose, draw, before, BEGAN + timedelta(days=number))
        written.add(latest[id] for id in chosen)


def as_administrator(post: Post) -> Post:
    """What ``context=edit`` adds: the text as it was written, block comments and all."""
    blocks = post["content"]["rendered"].strip().split("\n\n\n\n")
    raw = "\n\n".join(
        f"<!-- wp:heading -->\n{block}\n<!-- /wp:heading -->"
        if block.startswith("<h2")
        else f"<!-- wp:paragraph -->\n{block}\n<!-- /wp:paragraph -->"
        for block in blocks
    )
    return {
        **post,
        "guid": {"rendered": post["guid"]["rendered"], "raw": post["guid"]["rendered"]},
        "password": "",
        "title": {"raw": post["title"]["rendered"], "rendered": post["title"]["rendered"]},
        "content": {"raw": raw, **post["content"], "block_version": 1},
        "excerpt": {"raw": "", **post["excerpt"]},
        "permalink_template": f"{HOME}/%year%/%monthnum%/%postname%/",
        "generated_slug": post["slug"],
    }


def as_sent(post: Post) -> bytes:
    """JSON as WordPress writes it: slashes and everything outside ASCII escaped."""
    return json.dumps(post, separators=(",", ":")).replace("/", "\\/").encode()


def _post(prose: Prose, draw: random.Random, id: int, posts: int) -> Post:
    blocks: list[str] = []
    first = prose.paragraph()
    text = first
    while sum(map(len, blocks)) < 4_000:
        if len(blocks) % 4 == 3:
            blocks.append(f'<h2 class="wp-block-heading">{prose.sentence()}</h2>')
        if draw.random() < 0.3:
            words = " ".join(prose.words(3))
            target = address(draw.randint(1, posts))
            text = f'{text} <a href="{target}">{words}</a> {prose.sentence()}'
        blocks.append(f"<p>{text}</p>")
        text = prose.paragraph()
    title = prose.sentence()[:-1]
    excerpt = " ".join(first.split()[:55])
    date = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(14 * 365 * 86400))
    return {
        "id": id,
        "date": date.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_gmt": (date - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S"),
        "guid": {"rendered": f"{HOME}/?p={id}"},
        "modified": date.strftime("%Y-%m-%dT%H:%M:%S"),
        "modified_gmt": (date - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S"),
        "slug": address(id).rsplit("/", 2)[1],
        "status": "publish",
        "type": "post",
        "link": address(id),
        "title": {"rendered": title},
        "content": {"rendered": "\n\n\n\n".join(blocks) + "\n", "protected": False},
        "excerpt": {"rendered": f"<p>{excerpt} [&hellip;]</p>\n", "protected": False},
        "author": draw.randint(1, 9),
        "featured_media": draw.randint(0, 90_000),
        "comment_status": "open",
        "ping_status": "open",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": draw.sample(range(1, 41), 2),
        "tags": draw.sample(range(100, 400), 4),
        "class_list": [f"post-{id}", "post", "type-post", "status-publish", "format-standard"],
    }


def address(id: int) -> str:
    """The permalink of a post; the same for the same id, so that links between posts resolve."""
    words = "-".join(_SLUGS.words(5, id))
    return f"{HOME}/20{10 + id % 14}/{1 + id % 12:02}/{words}-{id}/"


class _Slugs:
    def __init__(self) -> None:
        self._words = Prose(1).words(5_000)

    def words(self, count: int, seed: int) -> list[str]:
        return random.Random(seed).choices(self._words, k=count)


_SLUGS = _Slugs()


def _edited(prose: Prose, draw: random.Random, before: Post, at: datetime) -> Post:
    """One paragraph written anew, as most edits are: the rest of the post stays."""
    post: Post = json.loads(json.dumps(before))
    blocks = post["content"]["rendered"].split("\n\n\n\n")
    blocks[draw.randrange(1, len(blocks))] = f"<p>{prose.paragraph()}</p>"
    post["content"]["rendered"] = "\n\n\n\n".join(blocks)
    post["modified"] = at.strftime("%Y-%m-%dT%H:%M:%S")
    post["modified_gmt"] = (at - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    return post


def _archive(written: Written, folder: Path) -> dict[str, int]:
    """Sizes in bytes: of the versions' data, of their table, of the database before and after."""
    with open_archive(folder) as archive:
        site = archive.of(SITE)
        site.set_site(Identity(SITE, HOME, f"{HOME}/wp-json/", "Bench", Login(), BEGAN))
        for pull in range(written.pulls):
            at = BEGAN + timedelta(days=pull + 1)
            run = site.begin_run("pull", "anonymous")
            if not pull:
                site.save(run, list(_terms(at)))
            paths = written.of(pull)
            for start in range(0, len(paths), BATCH):
                site.save(run, [_record(path.read_bytes(), at) for path in paths[start:][:BATCH]])
            site.finish_run(run, Outcome.DONE, {}, [], 0)
        data = site.query("SELECT sum(length(data)) AS n FROM versions")[0]["n"]
        archive.close()
    before = _pages(folder)
    with open_archive(folder) as archive:
        normalize_site(archive.of(SITE), Rules())
    after = _pages(folder)
    store = sum(
        n for name, n in before.items() if name.split(":")[0] in ("versions", "dictionaries")
    )
    for name, n in sorted(after.items(), key=lambda pair: -pair[1])[:16]:
        print(f"  {name:<44}{n / written.bytes:>8.3f}")
    for name, n in sorted(_columns(folder).items(), key=lambda pair: -pair[1])[:12]:
        print(f"  of which values of {name:<25}{n / written.bytes:>8.3f}")
    return {
        "versions, their data": int(str(data)),
        "versions, all columns and keys": store,
        "database before normalizing": sum(before.values()),
        "database with query tables": (folder / "archive.db").stat().st_size,
    }


def _terms(at: datetime) -> Iterator[Record]:
    ranges = (("category", range(1, 41)), ("post_tag", range(100, 400)))
    prose = Prose(3)
    for name, ids in ranges:
        for id in ids:
            slug = f"{prose.words(1)[0]}-{id}"
            item = {"id": id, "name": slug.title(), "slug": slug, "parent": 0, "count": 9}
            item |= {"link": f"{HOME}/{name}/{slug}/", "taxonomy": name, "description": ""}
            yield Record(f"terms/{name}", id, as_sent(item), item, f"{id}", at)


def _record(raw: bytes, at: datetime) -> Record:
    post = json.loads(raw)
    return Record(KIND, post["id"], raw, post, post["modified_gmt"], at)


def _pages(folder: Path) -> dict[str, int]:
    """Bytes of the file by table (and ``table:index``), as the database itself counts its pages."""
    with sqlite3.connect(folder / "archive.db") as database:
        owners = dict(database.execute("SELECT name, tbl_name FROM sqlite_schema"))
        try:
            rows = database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()
        except sqlite3.OperationalError:  # an SQLite that was built without this table
            return {"archive.db": (folder / "archive.db").stat().st_size}
    return {
        name if owners.get(name, name) == name else f"{owners[name]}:{name}": size
        for name, size in rows
    }


def _columns(folder: Path) -> dict[str, int]:
    """Bytes of all values by table and column, without what keeps them apart and finds them."""
    sizes: dict[str, int] = {}
    with sqlite3.connect(folder / "archive.db") as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for _, column, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
                total = f'SELECT sum(length(CAST("{column}" AS BLOB))) FROM "{table}"'
                sizes[f"{table}.{column}"] = database.execute(total).fetchone()[0] or 0
    return sizes


def _git(written: Written, folder: Path) -> int:
    """A repository of one file a record, one commit a pull; bytes of its objects after gc."""
    folder.mkdir()
    quiet = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.com",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.com",
    }

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(folder), *arguments]
        subprocess.run(command, check=True, capture_output=True, env=os.environ | quiet)

    git("init", "--quiet")
    for pull in range(written.pulls):
        for path in written.of(pull):
            shutil.copyfile(path, folder / path.name)
        git("add", "--all")
        git("-c", "gc.auto=0", "commit", "--quiet", "-m", f"pull {pull}")
    git("gc", "--quiet", "--prune=now")
    return sum(path.stat().st_size for path in (folder / ".git").rglob("*") if path.is_file())


def _tar(git: Path, place: Path) -> dict[str, int]:
    """Every version's file in one tar, by pull and id, compressed whole."""
    shutil.rmtree(git)
    tar = place / "all.tar"
    command = ["tar", "--sort=name", "-cf", str(tar), "-C", str(place / "pulls"), "."]
    subprocess.run(command, check=True)
    sizes = {}
    for name, packer in (
        ("tar + zstd -3", ["zstd", "-3", "-q", "-c"]),
        ("tar + zstd -19", ["zstd", "-19", "-q", "-c"]),
        ("tar + xz -6", ["xz", "-6", "-c"]),
    ):
        with (place / "packed").open("wb") as out, tar.open("rb") as source:
            subprocess.run(packer, stdin=source, stdout=out, check=True)
        sizes[name] = (place / "packed").stat().st_size
    return sizes


def _print(written: Written, ours: dict[str, int], git: int, tars: dict[str, int]) -> None:
    mean = written.bytes // written.versions
    print(f"{written.versions:,} versions of {mean:,} bytes of JSON, {written.pulls} pulls")
    for name, size in {**ours, "git, after gc": git, **tars}.items():
        print(f"{name:<34}{size:>14,} bytes {size / written.bytes:>7.3f} of the JSON")


if __name__ == "__main__":
    main()
