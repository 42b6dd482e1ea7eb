"""What keeping records costs: CPU a record, bytes a record, memory; prints the figures.

    python -m bench.archive_save [RECORDS]

Saves batches of 100 records of about 6 KB whose text differs, as a first pull does, then the same
again, as a census that has to look at everything does; each step of the work is also timed alone.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from wp_sync.archive import open_archive
from wp_sync.archive.codec import Codec, sha256, train
from wp_sync.digest import content_digest
from wp_sync.model import Identity, Login, Outcome, Record

SITE = "bench.example.com"
BATCH = 100
SEEN_AT = datetime(2024, 5, 1, tzinfo=UTC)
_SYLLABLES = ("ba", "co", "di", "fu", "ga", "hel", "in", "jo", "ka", "lu", "men", "no", "or", "pa")


def vocabulary(draw: random.Random) -> list[str]:
    return ["".join(draw.choices(_SYLLABLES, k=draw.randint(1, 4))) for _ in range(20_000)]


def record(draw: random.Random, words: list[str], id: int) -> Record:
    """A post of about 6 KB: words by a Zipf-like law, the markup and fields that WordPress adds."""
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < 4_400:
        text = " ".join(words[int(len(words) ** draw.random()) - 1] for _ in range(70))
        paragraphs.append(f"<!-- wp:paragraph -->\n<p>{text}.</p>\n<!-- /wp:paragraph -->\n")
    slug = "-".join(draw.choices(words, k=5))
    data = {
        "id": id,
        "date": "2024-03-01T10:00:00",
        "date_gmt": "2024-03-01T08:00:00",
        "guid": {"rendered": f"https://{SITE}/?p={id}"},
        "modified": "2024-03-02T10:00:00",
        "modified_gmt": "2024-03-02T08:00:00",
        "slug": slug,
        "status": "publish",
        "type": "post",
        "link": f"https://{SITE}/2024/03/{slug}/",
        "title": {"rendered": slug.replace("-", " ").title()},
        "content": {"rendered": "".join(paragraphs), "protected": False},
        "excerpt": {"rendered": paragraphs[0][24:300], "protected": False},
        "author": draw.randint(1, 9),
        "featured_media": draw.randint(0, 90_000),
        "comment_status": "open",
        "ping_status": "open",
        "sticky": False,
        "template": "",
        "format": "standard",
        "meta": {"footnotes": ""},
        "categories": draw.sample(range(1, 90), 2),
        "tags": draw.sample(range(100, 900), 4),
        "class_list": [f"post-{id}", "post", "type-post", "status-publish", "hentry"],
    }
    raw = json.dumps(data).encode()
    return Record("posts/post", id, raw, json.loads(raw), f"{draw.random():.20f}", SEEN_AT)


def batches(count: int) -> Iterator[list[Record]]:
    draw = random.Random(7)
    words = vocabulary(draw)
    for start in range(1, count + 1, BATCH):
        yield [record(draw, words, id) for id in range(start, min(start + BATCH, count + 1))]


def steps(some: list[Record]) -> None:
    """Each part of the work alone, and what levels of compression give and cost."""

    def timed(name: str, work: object) -> None:
        assert callable(work)
        began = time.process_time()
        for _ in range(10):
            for one in some:
                work(one)
        used = (time.process_time() - began) / 10 / len(some)
        print(f"  {name:<28} {used * 1e3:.4f} ms")

    size = sum(len(one.raw) for one in some)
    print(f"steps, for a record of {size // len(some):,} bytes:")
    timed("content digest", lambda one: content_digest(one.data))
    timed("SHA-256 of the raw bytes", lambda one: sha256(one.raw))
    codec = Codec(1, train([one.raw for one in some]))
    timed("compression as configured", lambda one: codec.compress(one.raw))
    print("compression, level and dictionary size (trained on 100 records, tried on others):")
    others = next(b for n, b in enumerate(batches(500)) if n == 4)
    raw_size = sum(len(one.raw) for one in others)
    for kilobytes in (0, 16, 64, 110):
        for level in (1, 3, 6, 9):
            trained = None
            if kilobytes:
                trained = zstandard.train_dictionary(kilobytes * 1024, [one.raw for one in some])
                trained.precompute_compress(level=level)
            compressor = zstandard.ZstdCompressor(level=level, dict_data=trained)
            began = time.process_time()
            packed = sum(len(compressor.compress(one.raw)) for one in others)
            used = (time.process_time() - began) / len(others)
            print(
                f"  {kilobytes:>3} KB  level {level}   {packed / raw_size:.3f} of the raw bytes"
                f"   {used * 1e3:.4f} ms"
            )


def main(count: int) -> None:
    steps(next(batches(BATCH)))
    identity = Identity(SITE, f"https://{SITE}", "", "Bench", Login(), SEEN_AT)
    with tempfile.TemporaryDirectory() as folder, open_archive(Path(folder)) as archive:
        site = archive.of(SITE)
        site.set_site(identity)
        run = site.begin_run("bench", identity.view)
        for name in ("new", "unchanged"):
            cpu = wall = 0.0
            raw = 0
            for some in batches(count):
                raw += sum(len(one.raw) for one in some)
                began, at = time.process_time(), time.perf_counter()
                site.save(run, some)
                cpu += time.process_time() - began
                wall += time.perf_counter() - at
            print(
                f"save {count:,} {name}: {cpu / count * 1e3:.4f} ms CPU, "
                f"{wall / count * 1e3:.4f} ms wall a record"
            )
        kept = site.query("SELECT sum(length(data)) AS bytes FROM versions")[0]["bytes"]
        began = time.process_time()
        seen = sum(1 for _ in site.known("posts/post"))
        print(f"known: {(time.process_time() - began) / seen * 1e6:.2f} µs CPU a record")
        began = time.process_time()
        seen = sum(1 for _ in site.current("posts/post"))
        print(f"current: {(time.process_time() - began) / seen * 1e6:.1f} µs CPU a record")
        site.finish_run(run, Outcome.DONE, {}, [], 0)
        began = time.process_time()
        damage = list(archive.check(read_data=True))
        print(
            f"check of every byte: {(time.process_time() - began) / seen * 1e6:.1f} µs CPU a record"
        )
        assert not damage, damage
        tracemalloc.start()
        for some in batches(1_000):
            site.save(run, some)
        print(
            f"peak of Python's memory while saving: {tracemalloc.get_traced_memory()[1] >> 20} MiB"
        )
        tracemalloc.stop()
        archive.close()
        database = (Path(folder) / "archive.db").stat().st_size
        print(
            f"versions: {int(str(kept)) / raw:.3f} of the raw bytes; "
            f"database without derived tables: {database / raw:.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
