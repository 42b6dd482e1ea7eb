"""WXR: well-formed whatever a site holds, and everything that the format has a place for."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.helpers import SITE, make_record, tmp_archive
from tests.unit.test_publish_desired import RECORDS, both, filled
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import LinkRules, NewSite, Rules
from wp_sync.publish.files.engine import Export
from wp_sync.publish.wxr.document import Document
from wp_sync.publish.wxr.exporter import wxr_exporter
from wp_sync.publish.wxr.markup import attribute, cdata, clean
from wp_sync.publish.wxr.php import serialized

WP = "{http://wordpress.org/export/1.2/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
EXCERPT = "{http://wordpress.org/export/1.2/excerpt/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
HOSTILE = "a ]]> b <!-- & \x00\x0b\x1f\ufffe <x> ]]]]>> \U0001f600"
MORE = [
    make_record("site/site", 0, name="The &amp; Clinic", description="Words", language="de_DE",
                timezone_string="Europe/Berlin"),
    make_record("terms/genre", 80, name="Jazz & Soul", slug="jazz", taxonomy="genre",
                meta={"color": "#f00 ]]>", "none": "", "flags": [1, 2]}),
    make_record("terms/category", 82, name="Met", slug="met", meta={"icon": "x"}),
    make_record("terms/post_tag", 81, name="こんにちは", slug="%e3%81%93%e3%82%93"),
    make_record(
        "posts/post", 22, title=both(HOSTILE), content=both(HOSTILE), slug="%e3%81%93",
        excerpt=both("short ]]>"), status="private", password="pass]]>word", format="aside",
        template="wide.php", tags=[81], meta={"minutes": 5, "flags": [1, 2], "deep": {"a": ["b"]},
                                       "says": 'O:8:"stdClass":0:{}'},
        date="2024-07-01T10:00:00", date_gmt="2024-07-01T08:00:00",
    ),
    make_record("posts/post", 23, status="draft", date_gmt=None, date=None, link=f"https://{SITE}/?p=23"),
    make_record("posts/book", 24, title=both("A book")),
    make_record("comments/comment", 63, post=20, parent=64, author_name="Late", meta={"stars": 4}),
    make_record("comments/comment", 64, post=20, author_name="Eve]]>", content=both("x ]]> y"),
                status="hold", author_email="eve@example.org"),
    make_record("posts/nav_menu_item", 41, menus=8, type="custom", url="https://x.example/?a&b",
                title=both("Out & about"), parent=40, classes=["a", "b"], menu_order=2),
    make_record("posts/nav_menu_item", 42, menus=8, type="taxonomy", object="category",
                object_id=1, menu_order=3),
]  # fmt: skip


def document(records: Iterable[Any] = (*RECORDS, *MORE), rules: Rules = Rules()) -> bytes:  # noqa: B008
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site, list(records), rules)
        return b"".join(Document(site, rules).pieces())


@pytest.fixture(scope="module")
def tree() -> Any:
    return parsed(document())


def parsed(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    found = etree.parse(io.BytesIO(data), parser)
    assert found.docinfo.doctype == ""
    assert not list(found.iter(etree.Entity))
    return found


def item(tree: Any, id: int) -> Any:
    found = [one for one in tree.iter("item") if one.findtext(f"{WP}post_id") == str(id)]
    assert len(found) == 1
    return found[0]


def meta(element: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in element.iter(f"{WP}postmeta"):
        value = one.findtext(f"{WP}meta_value") or ""
        found.setdefault(str(one.findtext(f"{WP}meta_key")), []).append(value)
    return found


def filed(element: Any) -> set[tuple[str, str, str]]:
    return {
        (one.get("domain"), one.get("nicename"), one.text or "") for one in element.iter("category")
    }


def test_the_document_says_whose_it_is(tree: Any) -> None:
    channel = tree.getroot().find("channel")
    assert channel.findtext("title") == "The & Clinic"
    assert channel.findtext(f"{WP}wxr_version") == "1.2"
    assert channel.findtext(f"{WP}base_blog_url") == f"https://{SITE}"
    assert channel.findtext("language") == "de_DE"


def test_people_and_terms_come_with_their_tree(tree: Any) -> None:
    people = {one.findtext(f"{WP}author_login") for one in tree.iter(f"{WP}author")}
    assert "jane" in people
    rows = [
        (one.findtext(f"{WP}category_nicename"), one.findtext(f"{WP}category_parent"))
        for one in tree.iter(f"{WP}category")
    ]
    assert rows.index(("body", "")) < rows.index(("pain", "body"))  # parents first
    tags = {
        one.findtext(f"{WP}tag_slug"): one.findtext(f"{WP}tag_name")
        for one in tree.iter(f"{WP}tag")
    }
    assert tags["%e3%81%93%e3%82%93"] == "こんにちは"
    terms = {
        (one.findtext(f"{WP}term_taxonomy"), one.findtext(f"{WP}term_name"))
        for one in tree.iter(f"{WP}term")
    }
    assert {("nav_menu", "Top"), ("genre", "Jazz & Soul")} <= terms


def test_a_term_comes_before_those_that_are_called_like_its_slug() -> None:
    """Else WordPress takes the one for the other, and the importer leaves it out."""
    terms = [
        make_record("terms/category", 1, name="Pain", slug="pain"),
        make_record("terms/category", 2, name="Migräne", slug="migraene-2"),
        make_record("terms/category", 3, name="Migraine", slug="migraine-sleep"),
        make_record("terms/category", 4, name="Migraine", slug="migraine", parent=1),
        make_record("terms/category", 5, name="b", slug="a"),
        make_record("terms/category", 6, name="a", slug="b"),  # each called like the other
    ]
    found = [
        one.findtext(f"{WP}category_nicename")
        for one in parsed(document(terms)).iter(f"{WP}category")
    ]
    assert sorted(found) == ["a", "b", "migraene-2", "migraine", "migraine-sleep", "pain"]
    assert found.index("pain") < found.index("migraine") < found.index("migraine-sleep")


def test_a_post_is_there_as_it_was_written(tree: Any) -> None:
    post = item(tree, 20)
    assert post.findtext("title") == "One & only"
    assert post.findtext(CONTENT) == "<!-- wp:paragraph -->\n<p>Raw</p>\n<!-- /wp:paragraph -->"
    assert post.findtext(CREATOR) == "jane"
    assert post.findtext(f"{WP}is_sticky") == "1"
    assert post.findtext(f"{WP}comment_status") == "open"
    assert filed(post) == {("category", "pain", "Pain"), ("post_tag", "sleep", "Sleep")}
    assert meta(post)["_thumbnail_id"] == ["9"]
    assert item(tree, 30).findtext(f"{WP}post_parent") == "31"
    assert item(tree, 30).findtext(f"{WP}menu_order") == "2"
    assert item(tree, 15).findtext(f"{WP}post_type") == "wp_block"
    assert item(tree, 24).findtext(f"{WP}post_type") == "book"


def test_dates_stand_on_the_site_s_clock_and_in_utc(tree: Any) -> None:
    post = item(tree, 22)
    assert post.findtext(f"{WP}post_date") == "2024-07-01 10:00:00"
    assert post.findtext(f"{WP}post_date_gmt") == "2024-07-01 08:00:00"
    assert post.findtext(f"{WP}post_modified") == "2024-04-02 11:00:00"
    assert post.findtext("pubDate") == "Mon, 01 Jul 2024 08:00:00 +0000"
    assert item(tree, 23).findtext(f"{WP}post_date_gmt") == "0000-00-00 00:00:00"


def test_a_hostile_post_is_text_and_nothing_else(tree: Any) -> None:
    post = item(tree, 22)
    assert post.findtext(CONTENT) == clean(HOSTILE.replace("\0", "\ufffd"))
    assert post.findtext("title") == clean(HOSTILE.replace("\0", "\ufffd"))
    assert post.findtext(EXCERPT) == "short ]]>"
    assert post.findtext(f"{WP}post_password") == "pass]]>word"
    assert post.findtext(f"{WP}status") == "private"
    assert post.findtext(f"{WP}post_name") == "%e3%81%93"
    assert ("post_format", "post-format-aside", "Aside") in filed(post)
    assert meta(post) == {
        "_wp_page_template": ["wide.php"],
        "minutes": ["5"],
        "flags": ["1", "2"],
        "deep": ['a:1:{s:1:"a";a:1:{i:0;s:1:"b";}}'],
        "says": ['s:19:"O:8:"stdClass":0:{}";'],  # words, not what an importer would make of them
    }


def test_terms_and_comments_keep_their_meta(tree: Any) -> None:
    found = {
        str(meta.getparent().findtext(f"{WP}{name}")): [
            (one.findtext(f"{WP}meta_key"), one.findtext(f"{WP}meta_value"))
            for one in meta.getparent().iter(meta.tag)
        ]
        for name, kept in (
            ("term_slug", "termmeta"), ("category_nicename", "termmeta"),
            ("comment_id", "commentmeta"),
        )
        for meta in tree.iter(f"{WP}{kept}")
        if meta.getparent().find(f"{WP}{name}") is not None
    }  # fmt: skip
    assert found == {
        "jazz": [("color", "#f00 ]]>"), ("flags", "1"), ("flags", "2")],
        "met": [("icon", "x")],
        "63": [("stars", "4")],
    }


def test_a_picture_says_where_its_file_is(tree: Any) -> None:
    picture = item(tree, 9)
    url = f"https://{SITE}/wp-content/uploads/2024/04/knee.png"
    assert picture.findtext(f"{WP}attachment_url") == url
    assert picture.findtext(f"{WP}post_parent") == "20"
    assert picture.findtext(f"{WP}status") == "inherit"
    assert picture.findtext(EXCERPT) == "By <b>us</b>"
    assert meta(picture)["_wp_attached_file"] == ["2024/04/knee.png"]
    assert meta(picture)["_wp_attachment_image_alt"] == ["A knee"]


def test_comments_stand_under_their_posts_answers_after_what_they_answer(tree: Any) -> None:
    rows = [
        (one.findtext(f"{WP}comment_id"), one.findtext(f"{WP}comment_parent"),
         one.findtext(f"{WP}comment_approved"))
        for one in item(tree, 20).iter(f"{WP}comment")
    ]  # fmt: skip
    assert rows == [("60", "0", "1"), ("61", "60", "1"), ("64", "0", "0"), ("63", "64", "1")]
    contents = [one.findtext(f"{WP}comment_content") for one in tree.iter(f"{WP}comment")]
    assert "x ]]> y" in contents
    assert not list(item(tree, 22).iter(f"{WP}comment"))


def test_menus_lead_where_they_led(tree: Any) -> None:
    page, out, term = (meta(item(tree, id)) for id in (40, 41, 42))
    assert page["_menu_item_object_id"] == ["31"]
    assert page["_menu_item_url"] == [""]
    assert out["_menu_item_url"] == ["https://x.example/?a&b"]
    assert out["_menu_item_menu_item_parent"] == ["40"]
    assert out["_menu_item_classes"] == ['a:2:{i:0;s:1:"a";i:1;s:1:"b";}']
    numbers = {
        one.findtext(f"{WP}category_nicename"): one.findtext(f"{WP}term_id")
        for one in tree.iter(f"{WP}category")
    }
    assert term["_menu_item_object_id"] == [numbers["pain"]]
    assert ("nav_menu", "top", "Top") in filed(item(tree, 40))


def test_links_go_where_the_rules_say_and_files_stay_for_the_importer() -> None:
    there = f"https://{SITE}/wp-content/uploads/2024/04/knee.png"
    body = f'<a href="https://{SITE}/post-20/">x</a><img src="{there}">'
    rules = Rules(links=LinkRules(new=NewSite("https://new.example", "/%postname%/")))
    post = make_record("posts/post", 70, content=both(body))
    found = item(parsed(document([*RECORDS, post], rules)), 70).findtext(CONTENT)
    assert found == f'<a href="https://new.example/post-20/">x</a><img src="{there}">'


def test_a_second_export_of_the_same_archive_writes_nothing(tmp_path: Path) -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        filled(site, RECORDS, Rules())
        first = Export(wxr_exporter(site, Rules(), "out.xml"), tmp_path).push()
        again = Export(wxr_exporter(site, Rules(), "out.xml"), tmp_path)
        assert first.written == 1
        assert again.push().written == 0
        assert again.verify().clean
        data = (tmp_path / "out.xml").read_bytes()
        run = site.begin_run("pull", "anonymous")
        site.save(run, [make_record("posts/post", 20, title=both("Another"))])
        normalize_site(site, Rules())
        assert Export(wxr_exporter(site, Rules(), "out.xml"), tmp_path).push().written == 1
        assert (tmp_path / "out.xml").read_bytes() != data


@given(st.text(st.characters(), max_size=80))
def test_any_text_is_well_formed_and_reads_back(text: str) -> None:
    document = f'<r a="{attribute(text)}">{cdata(text)}</r>'.encode()
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    assert (root.text or "") == clean(text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("value", "php"),
    [
        ("é", 's:2:"é";'),
        (True, "b:1;"),
        (-7, "i:-7;"),
        (1.5, "d:1.5;"),
        (None, "N;"),
        ([1, "a"], 'a:2:{i:0;i:1;i:1;s:1:"a";}'),
        ({"7": 1, "07": 2, "x": {}}, 'a:3:{i:7;i:1;s:2:"07";i:2;s:1:"x";a:0:{}}'),
        (10**30, f's:31:"{10**30}";'),
    ],
)
def test_values_as_php_keeps_them(value: object, php: str) -> None:
    assert serialized(value) == php
