"""The sample site and every labelled body, put in order: digests of the rows that come of it.

    python -m tests.same_rows [--backwards]

Prints them as JSON; `tests/unit/test_normalize_same_rows.py` knows what they must be. No server,
no clock and no random number has a part in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.related_found import PARTS, bodies
from tests.helpers import SEEN_AT, make_record, tmp_archive
from tests.unit.test_clean_up import GUIDE, files
from wp_sync.demo import recording
from wp_sync.model import Identity, Login, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import Rules, digest
from wp_sync.normalize.suggest.drafts import suggest_site

_KINDS = {
    "posts": "posts/post", "pages": "posts/page", "treatments": "posts/treatment",
    "media": "posts/attachment", "categories": "terms/category", "tags": "terms/post_tag",
    "conditions": "terms/condition", "users": "users/user", "comments": "comments/comment",
}  # fmt: skip
TABLES = (
    "terms", "term_sources", "authors", "posts", "post_terms", "post_authors", "links",
    "related_posts", "media", "comments", "cleanings", "post_dependencies",
)  # fmt: skip
_RULES = ("title", "byline", "builders", "empty", "styles", "shortcodes", "pixels", "mojibake")
_CLEANING = "version = 1\n\n[rules]\n" + "".join(f'{name} = "clean"\n' for name in _RULES)


def records() -> Iterator[Record]:
    """The recorded site, and every labelled body as a post of it."""
    for route, listing in recording.load().listings.items():
        kind = _KINDS.get(route.rpartition("/")[2], "")
        for id, item in listing.items.items() if kind else ():
            yield Record(kind, id, json.dumps(item).encode(), item, f"s{id}", SEEN_AT)
    for id, body in enumerate((body for part in PARTS for body in bodies(part)), 10_000):
        if body.where == "rest":
            yield make_record("posts/piece", id, **json.loads(body.text))
        else:
            yield make_record("posts/piece", id, content={"rendered": body.text})


def rules() -> Rules:
    """Those of the guide; everything cleaned, and related posts proposed where there are none."""
    with tempfile.TemporaryDirectory() as place:
        texts = files(GUIDE)
        texts["mappings/cleaning.toml"] = _CLEANING
        texts["mappings/related.toml"] += '\n[fallback]\nuse = "computed"\n'
        for name, text in texts.items():
            (Path(place) / name).parent.mkdir(exist_ok=True)
            (Path(place) / name).write_text(text, encoding="utf-8")
        return load_rules(Path(place) / "mappings")


def digests(*, backwards: bool = False) -> dict[str, str]:
    """A digest of each derived table, and of what would be suggested without any rule."""
    home = recording.load().index["home"]
    site_key = home.partition("://")[2]
    source = list(records())
    with tmp_archive() as archive:
        site = archive.of(site_key)
        site.set_site(Identity(site_key, home, f"{home}/wp-json/", "A blog", Login(), SEEN_AT))
        run = site.begin_run("test", "anonymous")
        if backwards:
            source.reverse()
        for at in range(0, len(source), 100):
            site.save(run, source[at : at + 100])
        suggested = digest([draft.proposal for draft in suggest_site(site, Rules())])
        normalize_site(site, rules())
        found = {}
        for table in TABLES:
            rows = sorted(repr(tuple(row.values())) for row in site.query(f"SELECT * FROM {table}"))
            found[table] = f"{len(rows)} {_short(rows)}"
    return found | {"suggested": suggested}


def _short(rows: list[str]) -> str:
    mark = hashlib.blake2b(digest_size=8)
    for row in rows:
        mark.update(f"{row}\n".encode("utf-8", "surrogatepass"))
    return mark.hexdigest()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--backwards", action="store_true", help="save the last record first")
    print(json.dumps(digests(backwards=parser.parse_args().backwards), indent=2))
