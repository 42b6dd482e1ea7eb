"""Bodies on their way to a WordPress target: every id and address right, not one other byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.links.addresses import Found
from wp_sync.normalize.links.rewrite import rewrite
from wp_sync.normalize.links.scan import Scan
from wp_sync.normalize.links.urls import Meaning, UrlIndex
from wp_sync.normalize.rules import LinkRules
from wp_sync.publish.base import Item, Spot
from wp_sync.publish.wordpress.files import facts_of, file_for
from wp_sync.publish.wordpress.json_places import values
from wp_sync.publish.wordpress.texts import Text, Texts

OLD, NEW = "https://old.example", "https://new.example"
FILES = f"{OLD}/wp-content/uploads"
NEW_FILES = f"{NEW}/wp-content/uploads"
PHOTO = {
    "full": f"{NEW_FILES}/2013/04/photo-1.jpg",
    "size": "1200x800",
    "sizes": {
        "300x200": f"{NEW_FILES}/2013/04/photo-1-300x200.jpg",
        "1024x683": f"{NEW_FILES}/2013/04/photo-1-1024x683.jpg",
    },
}


COVER = '<!-- wp:cover {"url":"?","id":20} /-->'


@dataclass
class Places:
    """An atlas over a handful of records: an attachment, posts, a page, terms, a block, a user."""

    there: dict[str, Spot] = field(default_factory=dict)
    home: str = OLD

    def __post_init__(self) -> None:
        self.index = UrlIndex(OLD, LinkRules())
        self.types = {20: "attachment", 21: "attachment", 42: "post", 43: "post", 50: "page",
                      60: "wp_block", 70: "wp_navigation", 44: "post", 45: "post"}  # fmt: skip
        for id, path, state in ((42, "/hello/", "publish"), (43, "/later/", "publish"),
                                (44, "/draft/", "draft")):  # fmt: skip
            self.index.add(OLD + path, "posts/post", id, path.strip("/"), State.LIVE, state)
        self.index.add(f"{OLD}/?p=45", "posts/post", 45, "plain", State.LIVE, "draft")
        self.index.add(f"{OLD}/about/team/", "posts/page", 50, "team", State.LIVE, "publish")
        self.index.add(f"{OLD}/photo/", MEDIA_KIND, 20, "photo", State.LIVE, "inherit")
        self.index.add(f"{OLD}/category/sleep/", "terms/category", 7, "sleep", State.LIVE, "")
        for name in ("photo.jpg", "photo-300x200.jpg", "photo-768x512.jpg"):
            self.index.add_file(f"{FILES}/2013/04/{name}", 20)
        self.index.add_file(f"{FILES}/2014/01/late.jpg", 21)

    def at(self, key: str) -> Spot | None:
        return self.there.get(key)

    def key(self, kind: str, id: int) -> str:
        if kind in ("", "posts/"):
            return f"posts/{self.types[id]}:{id}" if id in self.types else ""
        if kind.startswith("posts/"):
            return f"{kind}:{id}"
        if kind.startswith("terms/"):
            return f"{kind}:sleep" if id == 7 else ""
        return f"{kind}:ann" if kind == "users/user" and id == 3 else ""

    def person(self, key: str) -> str:
        return ""

    def meaning(self, url: str, item: Item) -> Meaning:
        return self.index.meaning(url, self.index.base(item.url), item.id)

    def meant(self, meaning: Meaning) -> str:
        return self.key(meaning.kind, meaning.target) if meaning.target else ""

    def path(self, key: str, structure: str) -> str:
        slugs = {"42": "hello", "43": "later"}
        return structure.replace("%postname%", slugs[key.rpartition(":")[2]])

    def outside(self, url: str, item: Item) -> str | None:
        return None

    def rewrite(
        self,
        body: str,
        item: Item,
        decide: Callable[[Found, Meaning], str | None],
        scanned: Scan | None = None,
    ) -> str:
        return rewrite(body, lambda found: decide(found, self.meaning(found.url, item)), scanned)


ITEM = Item("posts/post:1", "posts/post", {}, url=f"{OLD}/this/", id=1)
THERE = {
    "posts/attachment:20": Spot("920", f"{NEW}/photo/", PHOTO),
    "posts/post:42": Spot("942", f"{NEW}/2020/hello/"),
    "posts/post:45": Spot("945", f"{NEW}/?p=945"),
    "posts/wp_block:60": Spot("960"),
    "posts/wp_navigation:70": Spot("970"),
    "posts/page:50": Spot("950", f"{NEW}/about/team/"),
    "terms/category:sleep": Spot("97", f"{NEW}/topics/sleep/"),
    "users/user:ann": Spot("93"),
}


def written(body: str, there: dict[str, Spot] | None = None, structure: str = "") -> Text:
    return Texts(NEW, structure).text(body, ITEM, Places(THERE if there is None else there))


@pytest.mark.parametrize(
    ("body", "becomes"),
    [
        # links
        (f'<a href="{OLD}/hello/#top">x</a>', f'<a href="{NEW}/2020/hello/#top">x</a>'),
        ('<a href="/hello/feed/">x</a>', f'<a href="{NEW}/2020/hello/feed/">x</a>'),
        ('<a href="/about/team/">x</a>', '<a href="/about/team/">x</a>'),
        (f'<a href="{OLD}/?p=42">x</a>', f'<a href="{NEW}/2020/hello/">x</a>'),
        (f'<a href="{OLD}/?p=45#b">x</a>', f'<a href="{NEW}/?p=945#b">x</a>'),
        (f'<a href="{OLD}/hello/?replytocom=3">x</a>',
         f'<a href="{NEW}/2020/hello/?replytocom=3">x</a>'),
        ('<a href="http://www.old.example/hello">x</a>', f'<a href="{NEW}/2020/hello/">x</a>'),
        (f'<a href="{OLD}/category/sleep/">x</a>', f'<a href="{NEW}/topics/sleep/">x</a>'),
        (f'<a href="{OLD}/">x</a>', f'<a href="{NEW}/">x</a>'),
        (f'<a href="{OLD}/nowhere/?a=1">x</a>', f'<a href="{NEW}/nowhere/?a=1">x</a>'),
        ('<a href="https://else.example/">x</a>', '<a href="https://else.example/">x</a>'),
        ('<a href="mailto:a@b.example">x</a><a href="#top">y</a>',
         '<a href="mailto:a@b.example">x</a><a href="#top">y</a>'),
        # files and sizes
        (f'<img class="wp-image-20" src="{FILES}/2013/04/photo-300x200.jpg">',
         f'<img class="wp-image-920" src="{PHOTO["sizes"]["300x200"]}">'),  # type: ignore[index]
        (f'<img src="{FILES}/2013/04/photo.jpg?w=300&ver=2">',
         f'<img src="{PHOTO["full"]}?ver=2">'),
        # a size that this site does not make: the next one of the same shape
        (f'<img src="{FILES}/2013/04/photo-768x512.jpg">',
         f'<img src="{PHOTO["sizes"]["1024x683"]}">'),  # type: ignore[index]
        (f'<img srcset="{FILES}/2013/04/photo.jpg 1200w, {FILES}/2013/04/photo-300x200.jpg 300w">',
         f'<img srcset="{PHOTO["full"]} 1200w, {PHOTO["sizes"]["300x200"]} 300w">'),  # type: ignore[index]
        # the address says nothing, the class does
        (f'<img class="wp-image-20" src="{FILES}/2013/04/photo-gone-5x5.jpg">',
         f'<img class="wp-image-920" src="{PHOTO["full"]}">'),
        ('<img class="wp-image-20" src="https://cdn.example/z/photo-1-300x200.jpg">',
         f'<img class="wp-image-920" src="{PHOTO["sizes"]["300x200"]}">'),  # type: ignore[index]
        ('<img class="wp-image-20" src="https://cdn.example/other.jpg">',
         '<img class="wp-image-920" src="https://cdn.example/other.jpg">'),
        # ids
        ('<a rel="attachment wp-att-20" href="/photo/">x</a>',
         '<a rel="attachment wp-att-920" href="/photo/">x</a>'),
        ("[gallery ids='20,20' columns=2]", "[gallery ids='920,920' columns=2]"),
        ('[gallery id="42" include="20" size=x]', '[gallery id="942" include="920" size=x]'),
        ('[playlist ids="20"]', '[playlist ids="920"]'),
        ('[caption id="attachment_20" width="20"]x[/caption]',
         '[caption id="attachment_920" width="20"]x[/caption]'),
        ('<figure id="attachment_20" aria-describedby="caption-attachment-20">',
         '<figure id="attachment_920" aria-describedby="caption-attachment-920">'),
        ('<img data-id="20" alt="20">', '<img data-id="920" alt="20">'),
        # blocks
        ('<!-- wp:image {"id":20,"width":20} -->x<!-- /wp:image -->',
         '<!-- wp:image {"id":920,"width":20} -->x<!-- /wp:image -->'),
        ('<!-- wp:gallery { "ids" : [20 , "20"], "columns":2} /-->',
         '<!-- wp:gallery { "ids" : [920 , "920"], "columns":2} /-->'),
        (COVER.replace("?", f"{FILES}/2013/04/photo.jpg".replace("/", r"\/")),
         COVER.replace("?", str(PHOTO["full"]).replace("/", r"\/")).replace(":20", ":920")),
        (f'<!-- wp:media-text {{"mediaId":20,"mediaLink":"{OLD}/photo/"}} /-->',
         f'<!-- wp:media-text {{"mediaId":920,"mediaLink":"{NEW}/photo/"}} /-->'),
        ('<!-- wp:core/file {"id":20} /--><!-- wp:video {"id":20,"tracks":[{"id":20}]} /-->',
         '<!-- wp:core/file {"id":920} /--><!-- wp:video {"id":920,"tracks":[{"id":920}]} /-->'),
        ('<!-- wp:audio {"id":20} /--><!-- wp:block {"ref":60} /-->',
         '<!-- wp:audio {"id":920} /--><!-- wp:block {"ref":960} /-->'),
        ('<!-- wp:navigation {"ref":70} /-->', '<!-- wp:navigation {"ref":970} /-->'),
        ('<!-- wp:navigation-link {"label":"42","type":"post","id":42,"kind":"post-type"} /-->',
         '<!-- wp:navigation-link {"label":"42","type":"post","id":942,"kind":"post-type"} /-->'),
        ('<!-- wp:navigation-submenu {"type":"category","id":7,"kind":"taxonomy"} -->',
         '<!-- wp:navigation-submenu {"type":"category","id":97,"kind":"taxonomy"} -->'),
        ('<!-- wp:query {"queryId":7,"query":{"perPage":7,"author":"3","parents":[50],'
         '"taxQuery":{"category":[7]}}} -->',
         '<!-- wp:query {"queryId":7,"query":{"perPage":7,"author":"93","parents":[950],'
         '"taxQuery":{"category":[97]}}} -->'),
        ('<!-- wp:query {"query":{"taxQuery":{"include":{"category":[7]}}}} -->',
         '<!-- wp:query {"query":{"taxQuery":{"include":{"category":[97]}}}} -->'),
        ('<!-- wp:latest-posts {"categories":[{"id":7,"count":7}],"selectedAuthor":3} /-->',
         '<!-- wp:latest-posts {"categories":[{"id":97,"count":7}],"selectedAuthor":93} /-->'),
        ('<!-- wp:acme/hero {"mediaId":20,"height":20} /-->',
         '<!-- wp:acme/hero {"mediaId":920,"height":20} /-->'),
        # samples, and what only looks like an id
        ("[[gallery ids=\"20\"]]", "[[gallery ids=\"20\"]]"),
        ('<pre>[gallery ids="20"]</pre><code>[caption id="attachment_20"]</code>',
         '<pre>[gallery ids="20"]</pre><code>[caption id="attachment_20"]</code>'),
        ('<!-- wp:code --><pre>[gallery ids="20"]</pre><!-- /wp:code -->',
         '<!-- wp:code --><pre>[gallery ids="20"]</pre><!-- /wp:code -->'),
        ('<p class="my-wp-image-20 wp-image-20-big">wp-image-20</p>',
         '<p class="my-wp-image-20 wp-image-20-big">wp-image-20</p>'),
    ],
)  # fmt: skip
def test_a_body_gets_the_target_s_ids_and_addresses(body: str, becomes: str) -> None:
    found = written(body)
    assert found.body == becomes
    assert found.missing == ()


def test_what_is_not_there_yet_stays_and_is_told() -> None:
    body = (
        f'<img class="wp-image-21" src="{FILES}/2014/01/late.jpg"><!-- wp:block {{"ref":60}} /-->'
        f'<a href="{OLD}/draft/">d</a>'
    )
    found = written(body, {})
    assert found.body == body
    assert set(found.missing) == {"posts/attachment:21", "posts/wp_block:60", "posts/post:44"}


def test_a_later_post_s_address_is_known_beforehand() -> None:
    link = f'<a href="{OLD}/later/#a">x</a>'
    found = written(link, {}, structure="/articles/%postname%/")
    assert found == Text(f'<a href="{NEW}/articles/later/#a">x</a>')
    assert written(link, {}).body == f'<a href="{NEW}/later/#a">x</a>'


def test_where_addresses_can_t_be_known_beforehand_a_second_pass_is_asked_for() -> None:
    link = f'<a href="{OLD}/later/">x</a>'
    plain = Texts(NEW, pretty=False).text(link, ITEM, Places({}))
    assert plain == Text(link, ("posts/post:43",))


def test_an_id_that_means_nothing_stays_and_is_told() -> None:
    found = written('<img class="wp-image-77"><!-- wp:block {"ref":20} /-->')
    assert found.body == '<img class="wp-image-77"><!-- wp:block {"ref":20} /-->'
    assert len(found.notes) == 2
    assert not found.missing


_PIECES = st.sampled_from(
    [
        f'<img class="wp-image-20 x" src="{FILES}/2013/04/photo-300x200.jpg" alt="20">',
        '<!-- wp:image {"id":20,  "a":"20"} -->', "<!-- /wp:image -->",
        '<!-- wp:block {"ref":60}/-->', '[gallery ids="20,20"]', "[caption id='attachment_20'",
        "]", "<pre>", "</pre>", "<!--", "-->", f'<a href="{OLD}/hello/">', "</a>", "wp-image-20",
        '"', "20", "{", "}", "[[", " é ", "&amp;",
        '<!-- wp:query {"query":{"taxQuery":{"category":[7]}}} -->', "<b", ">", "'",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_no_other_byte_is_touched(body: str) -> None:
    """With ids and addresses taken out on both sides, both are the same."""
    marks = re.compile(
        r"9?(?:20|60|7)\b|https://(?:old|new)\.example[^\s\"'<>\[\]{}]*|9(?=20|60|7)"
    )
    assert marks.sub("", written(body).body) == marks.sub("", body)


@given(
    st.recursive(
        st.integers(0, 99) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_every_value_of_json_is_found_by_its_path(data: object) -> None:
    def walk(value: object, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], str]:
        if isinstance(value, dict):
            return {k: v for key, one in value.items() for k, v in walk(one, (*path, key)).items()}
        if isinstance(value, list):
            return {k: v for n, one in enumerate(value) for k, v in walk(one, (*path, n)).items()}
        return {path: json.dumps(value)}

    text = json.dumps(data, indent=1)
    found = {one.path: text[one.start : one.end] for one in values(text, 0, len(text))}
    assert {path: text.strip('"') for path, text in found.items()} == {
        path: text[1:-1].strip('"') if text.startswith('"') else text
        for path, text in walk(data).items()
    }


def test_a_file_really_named_like_a_size_is_that_file() -> None:
    facts = facts_of(
        {
            "source_url": f"{NEW_FILES}/photo-500x1000.jpg",
            "media_details": {
                "width": 500,
                "height": 1000,
                "sizes": {"m": {"width": 150, "height": 300, "source_url": f"{NEW_FILES}/s.jpg"}},
            },
        }
    )
    assert file_for(f"{FILES}/photo-500x1000.jpg", facts) == f"{NEW_FILES}/photo-500x1000.jpg"


def test_the_original_of_a_scaled_picture_is_found_and_so_is_the_scaled_one() -> None:
    facts = facts_of(
        {
            "source_url": f"{NEW_FILES}/wide-scaled.jpg",
            "media_details": {"width": 2560, "height": 1024, "original_image": "wide.jpg"},
        }
    )
    assert file_for(f"{FILES}/wide.jpg", facts) == f"{NEW_FILES}/wide.jpg"
    assert file_for(f"{FILES}/wide-scaled.jpg", facts) == f"{NEW_FILES}/wide-scaled.jpg"
    assert file_for(f"{FILES}/wide-9x9.jpg", facts) == f"{NEW_FILES}/wide-scaled.jpg"
