"""The planted troubles as a site: every item a record, with ordinary text of its own around it.

See tests/labelled/audit/planted/README.md. ``python -m tests.planted`` says what an audit finds of
them, and what it finds beside; with a number, of changed ones (that is the seed).
"""

from __future__ import annotations

import random
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.audit.engine import audit_site
from wp_sync.findings import Finding
from wp_sync.model import MediaFile, Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

FOLDER = Path(__file__).parent / "labelled" / "audit" / "planted"
SITE = "clinic.example"
HOME = f"http://{SITE}"
UPLOADS = f"{HOME}/wp-content/uploads"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FAMILIES = ("search", "accessibility", "content", "media", "security", "leftovers")
_WORDS = [
    "lamp",
    "night",
    "door",
    "window",
    "blanket",
    "pillow",
    "garden",
    "stair",
    "corridor",
    "kettle",
    "nurse",
    "diary",
    "clock",
    "rain",
    "bench",
    "spring",
    "summer",
    "letter",
    "paper",
    "table",
    "chair",
    "coat",
    "glove",
    "river",
    "hill",
    "bridge",
    "bread",
    "apple",
    "soup",
    "cup",
    "plate",
    "hand",
    "ear",
    "shoulder",
    "knee",
    "foot",
    "step",
    "voice",
    "song",
    "bell",
    "tower",
    "street",
    "corner",
    "market",
    "train",
    "ticket",
    "wheel",
    "stone",
    "leaf",
    "tree",
    "bird",
    "cat",
    "horse",
    "wool",
    "linen",
    "cotton",
    "button",
    "thread",
    "needle",
    "mirror",
    "shelf",
    "box",
    "key",
    "lock",
    "bag",
    "shoe",
    "hat",
    "scarf",
    "candle",
    "match",
    "stove",
    "oven",
    "wall",
    "roof",
    "floor",
    "carpet",
    "curtain",
]
_VERBS = [
    "holds",
    "meets",
    "follows",
    "finds",
    "leaves",
    "keeps",
    "warms",
    "opens",
    "closes",
    "carries",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One planted item: where it came to stand, what is to be found of it, and what is not."""

    name: str
    kind: str
    id: int
    record: Record
    find: tuple[tuple[str, str], ...] = ()
    never: tuple[str, ...] = ()


def sentences(seed: object, words: int) -> Iterator[str]:
    """Harmless sentences of about so many words, the same for the same seed."""
    rng = random.Random(str(seed))
    while words > 0:
        length = rng.randint(8, 14)
        chosen = [rng.choice(_WORDS) for _ in range(length - 3)]
        half = len(chosen) // 2
        text = f"the {' '.join(chosen[:half])} {rng.choice(_VERBS)} a {' '.join(chosen[half:])}"
        yield text.capitalize() + "."
        words -= length


def paragraphs(seed: object, words: int) -> str:
    """Harmless paragraphs of five sentences."""
    all_of = list(sentences(seed, words))
    parts = (" ".join(all_of[at : at + 5]) for at in range(0, len(all_of), 5))
    return "\n".join(f"<p>{part}</p>" for part in parts)


def sections(seed: object, number: int, words: int) -> str:
    return "\n".join(
        f"<h2>{_word(f'{seed} {part}').capitalize()} and {_word(f'{seed} {part} b')}</h2>\n"
        + paragraphs(f"{seed} {part}", words)
        for part in range(number)
    )


def _word(seed: object) -> str:
    return random.Random(str(seed)).choice(_WORDS)


def _body(item: Mapping[str, Any], seed: str, number: int) -> str:
    body = str(item.get("body", "")).replace("{n}", str(number)).replace("{word}", _word(seed))
    if "body_words" in item:
        body = body.replace("{words}", " ".join(sentences(seed, item["body_words"])))
    if label := item.get("same"):
        body += "\n" + paragraphs(label, 300)
    if label := item.get("same_end"):
        body += "\n" + paragraphs(label, 80)
    if "sections" in item:
        body += "\n" + sections(seed, item["sections"], item["words"])
    elif "words" in item:
        body += "\n" + paragraphs(seed, item["words"])
    if not item.get("bare"):
        body += "\n" + sections(seed, 2, 120)
    return body


_OURS = frozenset(
    ("name", "find", "not", "n", "body", "bare", "same", "same_end", "words", "body_words",
     "sections", "id", "type", "title", "slug", "date", "modified", "link", "excerpt", "protected")
)  # fmt: skip


def _post(item: Mapping[str, Any], id: int, number: int) -> Item:
    seed = f"{item.get('name', '')}{item.get('title', '')} {number}"
    type = item.get("type", "post")
    title = item.get("title", f"About the {_word(seed)} by the {_word(seed + 'b')}, part {id}")
    slug = item.get("slug") or f"part-{_word(seed)}-{id:05d}x"
    date = item.get("date", "2026-03-04T10:00:00")
    rest = {key: value for key, value in item.items() if key not in _OURS}
    yoast = rest.get("yoast_head_json")
    if isinstance(yoast, Mapping):
        rest["yoast_head_json"] = {
            key: value.replace("{n}", str(number)) if isinstance(value, str) else value
            for key, value in yoast.items()
        }
    protected = bool(item.get("protected"))
    record = make_record(
        f"posts/{type}",
        id,
        title={"rendered": title},
        slug=slug,
        link=item.get("link", f"{HOME}/{slug}/"),
        date_gmt=date,
        modified_gmt=item.get("modified", date),
        content={"rendered": _body(item, seed, number), "protected": protected},
        excerpt={"rendered": item.get("excerpt", ""), "protected": protected},
        **{"categories": [4], "featured_media": 0, **rest},
    )
    return item_of(item, record, str(title))


def item_of(item: Mapping[str, Any], record: Record, name: str) -> Item:
    pairs = [line.partition("|") for line in item.get("find", ())]
    find = tuple((rule.strip(), words.strip()) for rule, _, words in pairs)
    name = str(item.get("name") or name)
    return Item(name, record.kind, record.id, record, find, tuple(item.get("not", ())))


def _media(item: Mapping[str, Any]) -> tuple[Item, MediaFile]:
    url = f"{UPLOADS}/{item['file']}"
    mime = item.get("mime_type", "image/png" if url.endswith("png") else "image/jpeg")
    stem = item["file"].rpartition("/")[2].rpartition(".")[0]
    record = make_record(
        "posts/attachment",
        item["id"],
        slug=stem.lower(),
        link=f"{HOME}/{stem.lower()}/",
        source_url=url,
        mime_type=mime,
        media_details={"width": 600, "height": 400},
        alt_text="",
        post=0,
        title={"rendered": stem},
    )
    stored = item.get("state", "stored") == "stored"
    file = MediaFile(
        url,
        item["id"],
        sha256=(item.get("sha", f"{item['id']:x}") * 64)[:64] if stored else "",
        size=item.get("size", 40_000) if stored else None,
        mime=mime,
        state=item.get("state", "stored"),
    )
    return item_of(item, record, stem), file


@dataclass(frozen=True, slots=True)
class Planted:
    """All items, records that stand by, and files."""

    items: Sequence[Item]
    beside: Sequence[Record]
    files: Sequence[MediaFile]


def load() -> Planted:
    """Every item of every file."""
    items: list[Item] = []
    files: list[MediaFile] = []
    shown: list[str] = []
    next_id = 10_000
    for path in sorted(FOLDER.glob("*.toml")):
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        for raw in listed.get("item", ()):
            for number in range(1, raw.get("n", 1) + 1):
                next_id += 1
                items.append(_post(raw, raw.get("id", next_id), number))
        for raw in listed.get("media", ()):
            item, file = _media(raw)
            items.append(item)
            files.append(file)
            if raw.get("used"):
                shown.append(file.url)
        for raw in listed.get("user", ()):
            fields = {key: raw[key] for key in ("name", "slug", "description") if key in raw}
            items.append(item_of(raw, make_record("users/user", raw["id"], **fields), raw["name"]))
    tags = "".join(
        f'<p><img src="{url}" alt="{place}: a picture" width="60" height="40"></p>'
        if not url.endswith("mp4")
        else f'<p><a href="{url}">The film</a></p>'
        for place, url in enumerate(shown)
    )
    beside = [
        _post({"name": "shows pictures", "body": tags}, 9_001, 1).record,
        _post(
            {"name": "primary", "categories": [4, 5], "meta": {"_yoast_wpseo_primary_category": 5}},
            9_002,
            1,
        ).record,
        make_record("users/user", 1, name="Ngozi Okafor", slug="ngozi-okafor"),
        *(
            make_record("terms/category", id, name=f"Category {id}", slug=f"category-{id}")
            for id in (4, 5)
        ),
    ]
    return Planted(items, beside, files)


@contextmanager
def site(planted: Planted) -> Iterator[SiteArchive]:
    """A normalized archive of it all."""
    with tmp_archive() as archive:
        here = archive.of(SITE)
        here.set_site(replace(make_identity(SITE), home=HOME, api=f"{HOME}/wp-json/"))
        run = here.begin_run("pull", "anonymous")
        here.save(run, [*(item.record for item in planted.items), *planted.beside])
        here.want_files(planted.files)
        for file in planted.files:
            here.mark_file(run, file)
        normalize_site(here, Rules())
        yield here


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: what was not found, what was and should not, and all certain findings."""

    missed: Sequence[tuple[Item, str, str]]
    wrong: Sequence[tuple[Item, Finding]]
    certain: int
    expected: int


def judge(
    planted: Planted, findings: Sequence[Finding], families: Sequence[str] = FAMILIES
) -> Outcome:
    """Findings against the list: what is to be found and isn't; what is certain and not listed;
    what must not be said of an item."""
    by_item: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        if finding.rule.partition("/")[0] in families:
            by_item.setdefault((finding.kind, finding.id), []).append(finding)
    missed: list[tuple[Item, str, str]] = []
    wrong: list[tuple[Item, Finding]] = []
    certain = 0
    for item in planted.items:
        here = by_item.get((item.kind, item.id), [])
        listed: set[str] = set()
        for rule, words in item.find:
            meant = [one for one in here if one.rule == rule and _plain(words) in _said(one)]
            listed |= {one.fingerprint for one in meant}
            if not meant:
                missed.append((item, rule, words))
        for one in here:
            certain += one.certainty == "certain"
            if one.fingerprint not in listed and (
                one.certainty == "certain" or one.rule in item.never
            ):
                wrong.append((item, one))
    expected = sum(len(item.find) for item in planted.items)
    return Outcome(missed, wrong, certain, expected)


def _said(finding: Finding) -> str:
    return _plain(f"{finding.subject}\n{finding.message}\n{finding.excerpt.text}")


def _plain(text: str) -> str:
    """Words as they are compared, however the markup around them is written."""
    return " ".join(text.lower().replace("'", '"').split())


def audited(planted: Planted) -> Sequence[Finding]:
    with site(planted) as here:
        audit = audit_site(here, now=NOW).audit
        return list(here.audit_book().findings(audit.number))


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
# Rules that look at where in the text something stands, or at all of it.
_PLACED = ("content/title-repeated", "content/byline", "content/default-left", "content/empty")


def _capitals(body: str, rng: random.Random) -> str:
    return _TAG.sub(lambda tag: f"<{tag[1]}{tag[2].upper()}{tag[3]}>", body)


def _quotes(body: str, rng: random.Random) -> str:
    return _TAG.sub(lambda tag: re.sub(r"=\"([^\"']*)\"", r"='\1'", tag[0]), body)


def _lines(body: str, rng: random.Random) -> str:
    return _TAG.sub(lambda tag: tag[0].replace(" ", "\n\t", 1), body)


def _more(body: str, rng: random.Random) -> str:
    return _TAG.sub(lambda tag: tag[0] if tag[1] else f'<{tag[2]} data-kept="yes"{tag[3]}>', body)


def _boxed(body: str, rng: random.Random) -> str:
    box = rng.choice(("div", "section", "blockquote", "aside"))
    return f'<{box} class="box">{body}</{box}>'


def _after(body: str, rng: random.Random) -> str:
    return paragraphs(f"before {rng.random()}", 60) + "\n" + body


def _before(body: str, rng: random.Random) -> str:
    return body + "\n<!-- kept -->" + paragraphs(f"behind {rng.random()}", 60)


def _blocks(body: str, rng: random.Random) -> str:
    return f"<!-- wp:html -->\n{body}\n<!-- /wp:html -->\n\n"


CHANGES = (_capitals, _quotes, _lines, _more, _boxed, _after, _before, _blocks)


def mutated(seed: int) -> list[dict[str, Any]]:
    """The planted posts with a body, each written in another way: the trouble is the same."""
    rng = random.Random(seed)
    found: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        for raw in tomllib.loads(path.read_text(encoding="utf-8")).get("item", ()):
            if "body" not in raw or raw.get("bare") or raw.get("n") or "id" in raw:
                continue
            placed = any(
                line.startswith(_PLACED) for line in (*raw.get("find", ()), *raw.get("not", ()))
            )
            allowed = [one for one in CHANGES if not placed or one not in (_boxed, _after)]
            body = raw["body"]
            for change in rng.sample(allowed, 3):
                body = change(body, rng)
            found.append({**raw, "name": f"{raw['name']}, changed", "body": body})
    return found


def load_mutated(seed: int) -> Planted:
    """Only what `mutated` makes, beside the same records."""
    planted = load()
    quiet = [item.record for item in planted.items if not item.find and not item.never]
    kept = [item for item in planted.items if item.kind in ("posts/attachment", "users/user")]
    made = [_post(raw, 20_000 + number, number) for number, raw in enumerate(mutated(seed))]
    return replace(planted, items=[*kept, *made], beside=[*planted.beside, *quiet])


def main() -> None:
    mutation = next((int(one) for one in sys.argv[1:] if one.isdigit()), None)
    planted = load() if mutation is None else load_mutated(mutation)
    for line in said_of(planted, audited(planted)):
        print(line)


def said_of(
    planted: Planted, findings: Sequence[Finding], families: Sequence[str] = FAMILIES
) -> Iterator[str]:
    """What came of it, for people."""
    outcome = judge(planted, findings, families)
    for item, rule, words in outcome.missed:
        yield f"missed: {rule} | {words}   in: {item.name}"
    for item, one in outcome.wrong:
        yield f"wrong:  {one.rule} ({one.certainty}) {one.message[:100]}   in: {item.name}"
    found = outcome.expected - len(outcome.missed)
    yield f"{found} of {outcome.expected} found; {len(outcome.wrong)} of {outcome.certain} wrong"


if __name__ == "__main__":
    main()
