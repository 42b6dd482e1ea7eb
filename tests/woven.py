"""Troubles of links, related posts and terms, planted in a site whose posts hang together.

See tests/labelled/audit/planted/README.md. ``python -m tests.woven`` says what an audit finds of
them, and what it finds beside; with a number, of changed ones (that is the seed).
"""

from __future__ import annotations

import random
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.helpers import make_identity, make_record, tmp_archive
from tests.planted import CHANGES, NOW, Item, Planted, item_of, paragraphs, said_of
from wp_sync.archive.base import SiteArchive
from wp_sync.audit.engine import audit_site
from wp_sync.findings import Finding
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

FOLDER = Path(__file__).parent / "labelled" / "audit" / "woven"
SITE = "clinic.example.com"
HOME = f"https://{SITE}"
FAMILIES = ("links", "related", "taxonomy")
RING = 40  # posts that link to the next three, and are the site around what is planted
_FIRST = 100  # the id before theirs
_CATEGORIES = {10: "Lungs", 11: "Pillows", 12: "Travelling", 13: "Children", 14: "Food"}
_TAGS = {
    20: "lamps", 21: "masks", 22: "noses", 23: "winter", 24: "naps", 25: "tea", 26: "shifts",
    27: "voices", 28: "gardens", 29: "beds", 30: "clocks",
}  # fmt: skip
_BESIDE = (
    {"id": 301, "slug": "not-yet", "status": "draft"},
    {"id": 302, "slug": "rota", "status": "private", "kind": "posts/page"},
    {"id": 303, "slug": "opening-hours"},
    {"id": 304, "slug": "parking-lot", "categories": [12], "title": "Concrete"},
)
_OURS = frozenset(
    ("name", "find", "not", "body", "end", "inlinks", "links", "block", "words", "slug", "title")
)


def _number_of(category: int, place: int) -> int:
    """One of the ring's posts under a category, counted from 1."""
    return 1 + (category - 10) + 5 * (place % (RING // 5))


def _see(numbers: Sequence[int]) -> str:
    named = " and ".join(f'<a href="/ring-{number}/">{_title(number)}</a>' for number in numbers)
    return f"<p>See {named}.</p>"


def _title(number: int) -> str:
    word = random.Random(number).choice(("Letters", "Evenings", "Notes", "Questions", "Walks"))
    return f"{word} of the ward, no. {number}"


def _block(urls: Sequence[str]) -> str:
    entries = "".join(f'<li><a href="{url}">Of the ward</a></li>' for url in urls)
    return f"<h3>Related posts</h3><ul>{entries}</ul>" if urls else ""


def _planted(raw: Mapping[str, Any], place: int) -> Item:
    """An item between its siblings: it leads to three of them, and ends in a block of two."""
    id = 1_000 + place
    category = next(iter(raw.get("categories", [10 + place % 5])))
    shelf = category if category in _CATEGORIES else 10
    same, other = _number_of(shelf, place), _number_of(shelf, place + 1)
    words = {
        "{same}": str(same), "{other}": str(other), "{same_id}": str(_FIRST + same),
    }  # fmt: skip
    parts = [str(raw.get("body", "")), paragraphs(raw["name"], raw.get("words", 150))]
    if raw.get("links", True):
        parts.append(_see([1 + (place + step) % RING for step in (0, 11, 23)]))
    parts.append(str(raw.get("end", "")))
    parts.append(_block(raw.get("block", ["/ring-{same}/", "/ring-{other}/"])))
    body = "\n".join(parts)
    for word, meant in words.items():
        body = body.replace(word, meant)
    rest = {"categories": [shelf], **{k: v for k, v in raw.items() if k not in _OURS}}
    slug = raw.get("slug", f"planted-{place}")
    title = raw.get("title", f"Planted at the ward, no. {place}")
    return item_of(raw, _record(id, slug, body, title=title, **rest), title)


def _record(id: int, slug: str, body: str, **fields: Any) -> Record:
    title = fields.pop("title", f"Of the ward: {slug}")
    return make_record(
        fields.pop("kind", "posts/post"),
        id,
        **{
            "slug": slug,
            "link": f"{HOME}/{slug}/",
            "title": {"rendered": title},
            "content": {"rendered": body, "protected": False},
            "categories": [10],
            **fields,
        },
    )


def _ring(planted: Sequence[tuple[Mapping[str, Any], Item]], terms: Sequence[Any]) -> list[Record]:
    """The site's own posts: each leads to three more and to what is planted beside it."""
    leads: dict[int, list[str]] = {}
    for place, (raw, item) in enumerate(planted):
        for step in range(raw.get("inlinks", 2)):
            link = f'<a href="{item.record.data["link"]}">{item.record.data["slug"]} there</a>'
            leads.setdefault(1 + (2 * place + step) % RING, []).append(link)
    found = []
    for number in range(1, RING + 1):
        category = 10 + (number - 1) % 5
        next_three = [1 + (number + step) % RING for step in range(3)]
        entries = [_number_of(category, number // 5 + step) for step in (1, 2)]
        body = [
            paragraphs(f"ring {number}", 150), _see(next_three),
            *(f"<p>And {link}.</p>" for link in leads.get(number, ())),
            _block([f"/ring-{entry}/" for entry in entries if entry != number]),
        ]  # fmt: skip
        filed: dict[str, list[int]] = {"category": [category], "post_tag": [20 + number % 11]}
        for term in terms:
            first = term.get("from", term["id"] % 13)
            if first < number <= first + term.get("posts", 0):
                filed[term["taxonomy"]].append(term["id"])
        if 15 in filed["category"] or 16 in filed["category"]:
            filed["category"].remove(category)
        found.append(
            _record(
                _FIRST + number, f"ring-{number}", "\n".join(body), title=_title(number),
                categories=filed["category"], tags=filed["post_tag"],
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class Woven:
    """What is planted, and the records of the site around it; ``earlier`` ones came first."""

    items: Sequence[Item]
    beside: Sequence[Record]
    earlier: Sequence[Record]

    @property
    def planted(self) -> Planted:
        return Planted(self.items, self.beside, ())


def load(seed: int | None = None) -> Woven:
    """Every item; with a seed each is written in another way, the trouble being the same."""
    raws: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        raws += listed.get("item", ())
        terms += listed.get("term", ())
    if seed is not None:
        rng = random.Random(seed)
        for raw in raws:
            for change in rng.sample(CHANGES, 3) if "body" in raw else ():
                raw["body"] = change(raw["body"], rng)
    pairs = [(raw, _planted(raw, place)) for place, raw in enumerate(raws)]
    ring = _ring(pairs, terms)
    beside = [_record(one["id"], one["slug"], paragraphs(one["slug"], 60) + _see([1, 2, 3]) +
                      _block(["/ring-1/", "/ring-6/"]),
                      **{k: v for k, v in one.items() if k not in ("id", "slug")})
              for one in _BESIDE]  # fmt: skip
    hub = _record(
        401, "contents", "".join(
            f'<p><a href="/{one["slug"]}/">The page {one["slug"]}</a></p>' for one in _BESIDE[2:]
        ) + _see(range(1, 4)) + _block(["/ring-1/", "/ring-6/"]),
    )  # fmt: skip
    posts = [*(item.record for _, item in pairs), *ring, *beside, hub]
    named = [(1, "category", "Uncategorized", {})]
    named += [(id, "category", name, {}) for id, name in _CATEGORIES.items()]
    named += [(id, "post_tag", name, {}) for id, name in _TAGS.items()]
    for term in terms:
        more = {"parent": term["parent"]} if "parent" in term else {}
        more |= {"count": term["count"]} if "count" in term else {}
        named.append((term["id"], term["taxonomy"], term["name"], more))
    records = {
        (taxonomy, id): _term(id, taxonomy, name, posts, more) for id, taxonomy, name, more in named
    }
    planted_terms = [
        item_of(term, records.pop((term["taxonomy"], term["id"])), term["name"]) for term in terms
    ]
    site = make_record("site/site", 0, settings={"default_category": 1})
    sent_on = make_record(
        "redirects/redirection", 1, url="/offer", match_type="url", action_type="url",
        action_code=301, action_data={"url": "/ring-10/"}, regex=False, enabled=True,
    )  # fmt: skip
    around = [site, sent_on, *records.values(), *ring, *beside, hub]
    earlier = [_record(303, "winter-hours-2018", "<p>Closed.</p>")]
    return Woven([*(item for _, item in pairs), *planted_terms], around, earlier)


def _term(
    id: int, taxonomy: str, name: str, posts: Sequence[Record], more: Mapping[str, Any]
) -> Record:
    field = "categories" if taxonomy == "category" else "tags"
    count = sum(
        id in one.data.get(field, ()) for one in posts if one.data.get("status") == "publish"
    )
    slug = name.lower().replace(" ", "-")
    return make_record(
        f"terms/{taxonomy}", id, **{"name": name, "slug": slug, "count": count, **more}
    )


@contextmanager
def site(woven: Woven) -> Iterator[SiteArchive]:
    """A normalized archive of it all."""
    with tmp_archive() as archive:
        here = archive.of(SITE)
        here.set_site(replace(make_identity(SITE), home=HOME, api=f"{HOME}/wp-json/"))
        here.save(here.begin_run("pull", "anonymous"), woven.earlier)
        records = [*(item.record for item in woven.items), *woven.beside]
        here.save(here.begin_run("pull", "anonymous"), records)
        normalize_site(here, Rules())
        yield here


def audited(woven: Woven) -> Sequence[Finding]:
    with site(woven) as here:
        audit = audit_site(here, now=NOW).audit
        return list(here.audit_book().findings(audit.number))


def main() -> None:
    woven = load(next((int(one) for one in sys.argv[1:] if one.isdigit()), None))
    findings = audited(woven)
    for line in said_of(woven.planted, findings, FAMILIES):
        print(line)
    planted = {(item.kind, item.id) for item in woven.items}
    for one in findings:
        family = one.rule.partition("/")[0]
        if family in FAMILIES and (one.kind, one.id) not in planted:
            print(f"around: {one.rule} ({one.certainty}) {one.message[:100]}   in: {one.title}")


if __name__ == "__main__":
    main()
