"""What a target should hold: items out of an archive, after the rules, in order of their needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.model import MediaFile, Record, State
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import (
    CleaningRules,
    Match,
    RelatedRules,
    Rules,
    TaxonomyRules,
    TermRule,
)
from wp_sync.publish.base import Item
from wp_sync.publish.desired import Desired

NONE = Rules()


def both(raw: str, shown: str = "") -> dict[str, str]:
    return {"raw": raw, "rendered": shown or raw}


RECORDS = [
    make_record("site/site", 0),
    make_record("terms/category", 1, name="Pain", slug="pain", parent=3),
    make_record("terms/category", 3, name="Body", slug="body"),
    make_record("terms/post_tag", 5, name="Sleep", slug="sleep"),
    make_record("terms/nav_menu", 8, name="Top", slug="top"),
    make_record("users/user", 1, name="Jane Doe", slug="jane", description="A doctor"),
    make_record(
        "posts/attachment",
        9,
        title=both("A picture"),
        caption=both("By <b>us</b>"),
        alt_text="A knee",
        mime_type="image/png",
        source_url=f"https://{SITE}/wp-content/uploads/2024/04/knee.png",
        post=20,
    ),
    make_record("posts/wp_block", 15, title=both("Box"), content=both("<p>Box</p>")),
    make_record(
        "posts/post",
        20,
        title=both("One & only", "One &#038; only"),
        content=both("<!-- wp:paragraph -->\n<p>Raw</p>\n<!-- /wp:paragraph -->", "<p>Raw</p>"),
        excerpt=both(""),
        categories=[1],
        tags=[5],
        featured_media=9,
        sticky=True,
        comment_status="open",
    ),
    make_record("posts/post", 21, status="trash"),
    make_record("posts/page", 30, parent=31, menu_order=2),
    make_record("posts/page", 31),
    make_record("posts/nav_menu_item", 40, menus=8, type="post_type", object="page", object_id=31),
    make_record("posts/wp_template", 50),
    make_record("comments/comment", 60, post=20, author_name="Ann"),
    make_record("comments/comment", 61, post=20, parent=60, author=1),
    make_record("comments/comment", 62, post=20, status="spam"),
]


def filled(archive: SiteArchive, records: Sequence[Record], rules: Rules) -> Desired:
    archive.set_site(make_identity())
    run = archive.begin_run("pull", "anonymous")
    for record in records:
        archive.save(run, [record])
    normalize_site(archive, rules)
    return Desired(archive, rules)


def of(records: Sequence[Record] = RECORDS, rules: Rules = NONE) -> dict[str, Item]:
    with tmp_archive() as archive:
        return {item.key: item for item in filled(archive.of(SITE), records, rules).items()}


def test_every_item_comes_after_what_it_needs() -> None:
    items = of()
    assert list(items) == [
        "terms/category:body",
        "terms/category:pain",
        "terms/post_tag:sleep",
        "users/user:jane",
        "posts/attachment:9",
        "posts/wp_block:15",
        "posts/post:20",
        "posts/page:31",
        "posts/page:30",
        "comments/comment:60",
        "comments/comment:61",
        "terms/nav_menu:top",
        "posts/nav_menu_item:40",
    ]
    done: set[str] = set()
    for key, item in items.items():
        assert done.issuperset(item.needs)
        done.add(key)


def test_a_post_has_its_own_words_and_keys_of_what_it_refers_to() -> None:
    item = of()["posts/post:20"]
    assert item.fields["title"] == "One & only"
    assert item.fields["content"].startswith("<!-- wp:paragraph -->")
    assert item.rendered == "<p>Raw</p>"
    assert item.raw
    assert item.fields["terms"] == {
        "category": ["terms/category:pain"],
        "post_tag": ["terms/post_tag:sleep"],
    }
    assert item.fields["author"] == "users/user:jane"
    assert item.fields["featured_media"] == "posts/attachment:9"
    assert item.fields["date"] == "2024-04-01T08:00:00Z"
    assert "excerpt" not in item.fields


def test_other_families() -> None:
    items = of()
    assert items["posts/page:30"].needs == ("posts/page:31",)
    assert items["comments/comment:61"].fields["author"] == "users/user:jane"
    assert items["comments/comment:61"].needs == ("posts/post:20", "comments/comment:60")
    assert items["users/user:jane"].fields["description"] == "A doctor"
    menu = items["posts/nav_menu_item:40"].fields
    assert (menu["menu"], menu["object"]) == ("terms/nav_menu:top", "posts/page:31")
    picture = items["posts/attachment:9"]
    assert picture.file is None
    assert picture.fields["caption"] == "By <b>us</b>"
    assert picture.fields["post"] == "posts/post:20"


def test_an_attachments_bytes_are_found_by_its_address() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        desired = filled(site, RECORDS, Rules())
        file = MediaFile(f"https://{SITE}/wp-content/uploads/2024/04/knee.png", 9)
        before = {mark.key: mark.digest for mark in desired.marks()}
        site.want_files([file])
        path = site.incoming(file)
        path.write_bytes(b"a knee")
        site.adopt_file(1, file, path)
        (item,) = desired.items(["posts/attachment"])
        assert item.file is not None
        assert item.file.path.read_bytes() == b"a knee"
        assert item.file.name == "knee.png"
        after = {mark.key: mark.digest for mark in desired.marks()}
        assert {key for key in after if after[key] != before[key]} == {"posts/attachment:9"}


def test_the_rules_are_applied() -> None:
    rules = Rules(
        taxonomies={
            "category": TaxonomyRules(
                "category",
                (TermRule(Match(names=("pain",)), "Chronic Pain", "chronic"),),
            )
        },
        cleaning=CleaningRules(title="clean"),
        related=RelatedRules(body="replace"),
    )
    heading = "<h2>One &amp; only</h2><p>Words.</p>"
    entry = f'<li><a href="https://{SITE}/page-31/">P</a></li>'
    related = f'<div class="yarpp-related"><ul>{entry}</ul></div>'
    records = [
        record
        if (record.kind, record.id) != ("posts/post", 20)
        else make_record(
            "posts/post",
            20,
            title={"rendered": "One &amp; only"},
            content={"rendered": heading + related},
            categories=[1],
        )
        for record in RECORDS
    ]
    item = of(records, rules)["posts/post:20"]
    assert item.fields["terms"] == {"category": ["terms/category:chronic"]}
    assert not item.raw
    assert "<h2>One" not in item.fields["content"]
    assert "yarpp" not in item.fields["content"]
    assert '<section class="related-posts">' in item.fields["content"]
    assert item.fields["related"] == ["posts/page:31"]


def test_what_is_gone_is_no_item() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        desired = filled(site, RECORDS, Rules())
        site.vanish(1, "posts/post", {20: State.GONE})
        normalize_site(site, Rules())
        assert "posts/post:20" not in {item.key for item in desired.items()}


def test_marks_name_every_item_and_tell_of_every_change() -> None:
    def marks(records: Sequence[Record], rules: Rules = NONE) -> dict[str, str]:
        with tmp_archive() as archive:
            desired = filled(archive.of(SITE), records, rules)
            keys = [item.key for item in desired.items()]
            found = {mark.key: mark.digest for mark in desired.marks()}
            assert set(keys) <= set(found)
            return found

    before = marks(RECORDS)
    assert marks(RECORDS) == before
    changed: list[Any] = [*RECORDS, make_record("posts/page", 31, title=both("Another"))]
    after = marks(changed)
    assert {key for key in after if after[key] != before[key]} == {"posts/page:31"}


def test_some_items_by_their_keys() -> None:
    with tmp_archive() as archive:
        desired = filled(archive.of(SITE), RECORDS, Rules())
        wanted = ["posts/page:30", "terms/category:pain", "users/user:jane", "posts/page:999"]
        assert {item.key for item in desired.of(wanted)} == set(wanted) - {"posts/page:999"}
        whole = {item.key: item for item in desired.items()}
        assert all(item == whole[item.key] for item in desired.of(wanted))


def test_where_things_are_at_the_source() -> None:
    with tmp_archive() as archive:
        desired = filled(archive.of(SITE), RECORDS, Rules())
        atlas = desired.atlas
        (item,) = desired.of(["posts/post:20"])
        meaning = atlas.meaning("/page-31/#there", item)
        assert atlas.meant(meaning) == "posts/page:31"
        assert atlas.key("terms/category", 1) == "terms/category:pain"
        assert atlas.key("users/user", 1) == "users/user:jane"
        assert atlas.key("", 9) == "posts/attachment:9"
        assert atlas.key("", 999) == ""
        body = f'<a href="https://{SITE}/page-31/">x</a>'
        assert atlas.rewrite(body, item, lambda found, meaning: "/new/") == '<a href="/new/">x</a>'
