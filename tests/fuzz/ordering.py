"""Feeds for what normalization reads of a site's content: HTML, addresses, names, whole records."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tests.fuzz.reading import NOW
from wp_sync import diffing
from wp_sync.archive import addresses, codec, rows
from wp_sync.archive.base import Current
from wp_sync.content import Link, Related
from wp_sync.digest import content_digest, scrub, stamp
from wp_sync.model import Record, State
from wp_sync.normalize.authors.authors import SourceAuthor, order_authors
from wp_sync.normalize.derive import Deriver
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.scan import Scan, anchor_text, scan
from wp_sync.normalize.links.urls import UrlIndex, parse_address
from wp_sync.normalize.records import comment_of, media_of
from wp_sync.normalize.related.find import in_fields, in_markup, judged, phrases_of
from wp_sync.normalize.rules import AuthorRules, BlockRule, LinkRules, RelatedRules, TaxonomyRules
from wp_sync.normalize.terms.filing import Filing
from wp_sync.normalize.terms.order import order_terms
from wp_sync.normalize.terms.terms import SourceTerm
from wp_sync.normalize.text import SlugOptions, clean_name, decoded_slug, fold, plain, storable
from wp_sync.pull.files import files_of

HOME = "https://blog.example.com/news"
OWN = BlockRule("own", classes=("own-block",))
PLAIN_RULES = RelatedRules(blocks=(OWN,))
SELECTING = RelatedRules(blocks=(BlockRule("own", selector=".related-posts > ul, div p a"),))


def text_of(data: bytes) -> str:
    """Text as it stands in a post's fields: neither NUL nor lone surrogates come that far."""
    return storable(data.decode("utf-8", "replace"))


@cache
def index() -> UrlIndex:
    """A site with a few records, an old address and a file."""
    made = UrlIndex(HOME, LinkRules(aliases=("old.example.com/blog",), trackers=("visit",)))
    made.add(f"{HOME}/hello-world/", "posts/post", 5, "hello-world", State.LIVE, "publish")
    made.add(f"{HOME}/draft/", "posts/page", 6, "draft", State.LIVE, "draft")
    made.add(f"{HOME}/?p=7", "posts/post", 7, "x__trashed", State.TRASHED, "trash")
    made.add(f"{HOME}/topics/a/", "terms/category", 1, "a", State.LIVE, "")
    made.add_old("hello", f"{HOME}/hello/", 5)
    made.add_file("https://blog.example.com/wp-content/uploads/2024/01/a.jpg", 9)
    return made


def mean(url: str) -> Any:
    return index().meaning(url, index().home, 5)


# -- HTML ------------------------------------------------------------------------------------


def html(data: bytes) -> None:
    """Every span lies inside the source, in order, so that values can be spliced in."""
    source = text_of(data)
    scanned = scan(source)
    at = 0
    for tag in scanned.tags:
        assert at <= tag.start < tag.end <= len(source)
        assert tag.start < tag.attributes_start <= tag.attributes_end <= tag.end
        for attribute in scanned.attributes(tag):
            assert tag.attributes_start <= attribute.start <= attribute.end <= tag.attributes_end
        at = tag.end
    for comment in scanned.comments:
        assert 0 <= comment.start < comment.end <= len(source)
    _check_addresses(scanned)
    for number, tag in enumerate(scanned.tags[:50]):
        if tag.name == "a":
            assert len(anchor_text(scanned, number)) <= 500
    assert "\n" not in plain(source)
    scrub(source)


def _check_addresses(scanned: Scan) -> None:
    at = 0
    for found in find_addresses(scanned):
        assert at <= found.start <= found.end <= len(scanned.source)
        assert len(found.text) <= 500
        at = found.end


def rewritten(data: bytes) -> None:
    """New addresses go in, and every other sign of the body stays as it was."""
    source = text_of(data)
    assert rewrite(source, lambda found: found.url) == source
    spliced = rewrite(source, lambda _found: "https://new.example/a?b=1&c=2")
    # What stands between the places is still there, in its order.
    at = now = 0
    for place in find_addresses(scan(source)):
        if place.url:
            kept = source[at : place.start]
            now = spliced.index(kept, now) + len(kept)
            at = place.end
    assert spliced.endswith(source[at:])


def related(data: bytes, rules: RelatedRules = PLAIN_RULES) -> None:
    scanned = scan(text_of(data))
    for where in ("content", "page"):
        entries = in_markup(scanned, mean, phrases(rules), where=where)
        for one in judged(entries, mean, 5, 50):
            assert len(one.title) <= 500
            assert one.origin.startswith(where)


def selected(data: bytes) -> None:
    related(data, SELECTING)


@cache
def phrases(rules: RelatedRules) -> Any:
    return phrases_of(rules)


# -- addresses -------------------------------------------------------------------------------


def address(data: bytes) -> None:
    """What is kept of an address holds no login, and means the same when it is read again."""
    for url in text_of(data).split("\n"):
        base = index().base(url)
        found = parse_address(url, base)
        if found is not None:
            assert "@" not in found.host
            parse_address(str(found))
        meaning = mean(url)
        if meaning.resolved:
            assert "@" not in re.split(r"[/?#]", meaning.resolved)[2]
        key = addresses.address(rows.clean(url))
        assert len(key) <= 500
        assert "\0" not in key
        addresses.wanted(url, HOME)
        own = UrlIndex(url, LinkRules())
        own.add(url, "posts/post", 1, url, State.LIVE, "publish")
        own.meaning(url, own.base(url))


# -- words -----------------------------------------------------------------------------------


def words(data: bytes) -> None:
    text = text_of(data)
    assert not re.search(r"[\x00\ud800-\udfff\n]", plain(text))
    storable(clean_name(text)).encode()
    fold(text)
    decoded_slug(text)
    assert re.fullmatch(r"[a-z0-9-]{0,200}", SlugOptions().slug(text))
    SlugOptions(allow_unicode=True, max_length=20, replacements=(("ä", "ae"),)).slug(text)


# -- records ---------------------------------------------------------------------------------


def _items(data: bytes) -> list[dict[str, Any]]:
    """The records in an input, as the archive would hand them out."""
    try:
        value = codec.parse(data)
    except ValueError:
        return []
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def record(data: bytes) -> None:
    """A record through the rules; every value that comes of it can be a row of the archive."""
    for item in _items(data):
        digest = content_digest(item)
        assert digest == content_digest(dict(item))
        stamp(item, ("slug", "modified_gmt", "categories"))
        current = Current("posts/post", 3, State.LIVE, digest, item)
        derived, notes = deriver().derive(current)
        " ".join(notes)
        _fits(derived.post)
        for one in (*derived.terms, *derived.links, *derived.related):
            _fits(one)
        _fits(media_of(current, {1: "ed"}))
        _fits(comment_of(current))
        in_fields(item)
        kept = Record("posts/attachment", 3, data, item, "", NOW)
        for file in files_of([kept], "all"):
            _fits(file)
        addresses.address(rows.clean(item.get("link")))
        diffing.unified(item, {"id": 1, "content": {"rendered": "<p>x</p>"}}, names=("a", "b"))
        diffing.changed_fields(item, {})


@cache
def deriver() -> Deriver:
    terms = order_terms("category", [SourceTerm(1, "A", "a"), SourceTerm(2, "B", "b")],
                        TaxonomyRules("category"))  # fmt: skip
    return Deriver(index(), PLAIN_RULES, Filing([terms]))


def _fits(value: Any) -> None:
    """Every field can stand in a column: text is UTF-8 without NUL, numbers have 64 bits."""
    for name in type(value).__match_args__:
        held = rows.tidy(getattr(value, name))
        if isinstance(held, str):
            assert "\0" not in held
            held.encode()
        elif isinstance(held, int):
            assert abs(held) < 1 << 63
    if isinstance(value, (Link, Related)):
        assert value.position >= 0


def terms(data: bytes) -> None:
    """A taxonomy and its people: parents in circles, names that collide, slugs of nothing."""
    found = _items(data)
    source = [SourceTerm.of(number, item) for number, item in enumerate(found, 1)]
    source += [
        SourceTerm(number, f"T{number % 3}", "t", parent=number % 5) for number in range(90, 99)
    ]
    made = order_terms("category", source, TaxonomyRules("category"), default_id=2)
    assert len({term.slug for term in made.terms}) == len(made.terms)
    for term in made.terms:
        _fits(term)
    people = [SourceAuthor.of(number, item) for number, item in enumerate(found, 1)]
    authors = order_authors(people, AuthorRules())
    assert set(authors.slug_of) == {one.id for one in people}
    for author in authors.authors:
        _fits(author)
