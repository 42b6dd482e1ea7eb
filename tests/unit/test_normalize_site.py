"""Normalization over a whole archive: the rows it makes, and only those that changed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.archive.base import Archive, SiteArchive
from wp_sync.model import Record, State
from wp_sync.normalize.engine import NormalizeResult, normalize_site
from wp_sync.normalize.records import moment
from wp_sync.normalize.rules import (
    AuthorRule,
    AuthorRules,
    Match,
    RelatedRules,
    Rules,
    Target,
    TaxonomyRules,
    TermRule,
)

TABLES = [
    "terms",
    "term_sources",
    "authors",
    "posts",
    "post_terms",
    "links",
    "related_posts",
    "media",
    "comments",
]


def body(*parts: str) -> dict[str, Any]:
    return {"rendered": "".join(parts), "protected": False}


RECORDS = [
    make_record("site/site", 0, settings={"default_category": 1}),
    make_record("terms/category", 1, name="Allgemein", slug="allgemein"),
    make_record("terms/category", 2, name="Pain &amp; Sleep", slug="pain-sleep"),
    make_record("terms/category", 3, name="Lost", slug="lost", parent=77),
    make_record("terms/topic", 2, name="Topic", slug="topic"),
    make_record("users/user", 1, name="ketamine@dmin", slug="ketaminedmin"),
    make_record(
        "posts/post",
        1,
        title={"rendered": "One &amp; only&#8217;s"},
        categories=[3, 2],
        topic=[2],
        meta={"_yoast_wpseo_primary_category": "2"},
        content=body(
            "<p>See <a href='/post-2/?utm_source=x'>two</a> and <a href='/nowhere/'>none</a>.</p>",
            "<h3>Related posts</h3><ul><li><a href='/?p=2'>Two</a></li>",
            "<li><a href='/draft/'>Draft</a></li></ul>",
        ),
    ),
    make_record("posts/post", 2, date_gmt="0000-00-00T00:00:00", categories=[2]),
    make_record("posts/post", 4, status="draft", slug="draft", link=f"https://{SITE}/?p=4"),
    make_record("posts/page", 5, content=body("<img src='/files/a-300x200.jpg'>"), parent=6),
    make_record(
        "posts/attachment",
        9,
        status="inherit",
        source_url=f"https://{SITE}/files/a-scaled.jpg",
        mime_type="image/jpeg",
        alt_text="A plan",
        media_details={
            "width": 10,
            "height": 20,
            "original_image": "a.jpg",
            "sizes": {"medium": {"source_url": f"https://{SITE}/files/a-300x200.jpg"}},
        },
    ),
    make_record("comments/comment", 7, post=1, author_name="Ann &amp; Bob", type="comment"),
]


def filled(archive: Archive, records: Sequence[Record] = RECORDS) -> SiteArchive:
    site = archive.of(SITE)
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    for record in records:
        site.save(run, [record])
    return site


@pytest.fixture
def site() -> Iterator[SiteArchive]:
    with tmp_archive() as archive:
        yield filled(archive)


def rows(site: SiteArchive, table: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in columns) for row in site.query(f"SELECT * FROM {table}")]


def everything(site: SiteArchive) -> dict[str, list[str]]:
    return {
        table: sorted(repr(dict(row)) for row in site.query(f"SELECT * FROM {table}"))
        for table in TABLES
    }


class Sealed:
    """An archive in which writing derived rows is forbidden; everything else is passed on."""

    def __init__(self, site: SiteArchive) -> None:
        self._site = site

    def __getattr__(self, name: str) -> Any:
        if name in ("put_posts", "set_derived_under"):
            raise AssertionError(f"{name} was called although nothing changed")
        return getattr(self._site, name)


def test_posts_with_their_terms_links_and_related_posts(site: SiteArchive) -> None:
    normalize_site(site, Rules())
    posts = {row[0]: row[1:] for row in rows(site, "posts", "id", "title", "type", "published_at")}
    assert posts[1] == ("One & only’s", "post", "2024-04-01T08:00:00Z")
    assert posts[2][2] == ""
    assert posts[5][1] == "page"
    filed = rows(site, "post_terms", "post", "taxonomy", "slug", "position", "is_primary")
    assert sorted(map(tuple, filed)) == [
        (1, "category", "lost", 0, 0),
        (1, "category", "pain-sleep", 1, 1),
        (1, "topic", "topic", 0, 0),
        (2, "category", "pain-sleep", 0, 0),
    ]
    links = rows(site, "links", "post", "position", "state", "target_kind", "target")
    assert sorted(links) == [
        (1, 0, "resolved", "posts/post", 2),
        (1, 1, "missing", "", 0),
        (1, 2, "resolved", "posts/post", 2),
        (1, 3, "unpublished", "posts/post", 4),
        (5, 0, "resolved", "posts/attachment", 9),
    ]
    related = rows(site, "related_posts", "post", "origin", "position", "title", "state", "target")
    assert sorted(related) == [
        (1, "content:heading", 0, "Two", "resolved", 2),
        (1, "content:heading", 1, "Draft", "unpublished", 4),
    ]


def test_terms_media_comments_and_authors(site: SiteArchive) -> None:
    result = normalize_site(site, Rules())
    terms = rows(site, "terms", "taxonomy", "slug", "name", "is_default")
    assert ("category", "allgemein", "Allgemein", 1) in terms
    assert ("category", "pain-sleep", "Pain & Sleep", 0) in terms
    media = rows(site, "media", "id", "url", "alt", "width")
    assert media == [(9, f"https://{SITE}/files/a.jpg", "A plan", 10)]
    assert rows(site, "comments", "id", "post", "author_name") == [(7, 1, "Ann & Bob")]
    assert [(note.kind, note.id) for note in result.term_notes] == [("orphan", 3)]
    assert [(note.kind, note.name) for note in result.author_notes] == [
        ("login-like", "ketamine@dmin")
    ]
    assert result.related == {
        ("content:heading", "resolved"): 1,
        ("content:heading", "unpublished"): 1,
    }


def test_a_second_run_reads_no_post_and_writes_nothing(site: SiteArchive) -> None:
    first = normalize_site(site, Rules())
    assert first.changed
    before = everything(site)
    second = normalize_site(Sealed(site), Rules())  # type: ignore[arg-type]
    assert second.changed == 0
    assert "posts" not in second.read
    assert everything(site) == before


def written_ids(site: SiteArchive, rules: Rules) -> tuple[set[int], NormalizeResult]:
    """Which posts a run writes."""
    found: set[int] = set()

    class Watching(Sealed):
        def __getattr__(self, name: str) -> Any:
            return getattr(self._site, name)

        def put_posts(self, posts: Sequence[Any]) -> int:
            found.update(derived.post.id for derived in posts)
            return self._site.put_posts(posts)

    result = normalize_site(Watching(site), rules)  # type: ignore[arg-type]
    return found, result


def test_an_edit_writes_that_post_alone(site: SiteArchive) -> None:
    normalize_site(site, Rules())
    run = site.begin_run("pull", "anonymous")
    site.save(run, [make_record("posts/post", 2, title={"rendered": "New"}, categories=[2])])
    ids, result = written_ids(site, Rules())
    assert ids == {2}
    assert result.read["posts"] == 1


def test_a_post_that_appears_mends_the_links_that_meant_it(site: SiteArchive) -> None:
    normalize_site(site, Rules())
    run = site.begin_run("pull", "anonymous")
    nowhere = make_record("posts/post", 8, slug="nowhere", link=f"https://{SITE}/nowhere/")
    site.save(run, [nowhere])
    ids, _ = written_ids(site, Rules())
    assert ids == {1, 8}
    assert (1, "resolved", 8) in rows(site, "links", "post", "state", "target")


def test_a_post_that_vanishes_breaks_the_links_that_meant_it(site: SiteArchive) -> None:
    normalize_site(site, Rules())
    run = site.begin_run("pull", "anonymous")
    site.vanish(run, "posts/post", {2: State.GONE})
    ids, _ = written_ids(site, Rules())
    assert ids == {1, 2}
    assert (1, "resolved", 2) not in rows(site, "links", "post", "state", "target")
    assert (2, "gone") in rows(site, "posts", "id", "state")


def test_a_rule_writes_only_the_posts_that_it_concerns(site: SiteArchive) -> None:
    normalize_site(site, Rules())
    merge = TermRule(Match(ids=(3,)), into=(Target("Pain & Sleep"),), where="categories.toml:9")
    rules = Rules({"category": TaxonomyRules("category", (merge,))})
    ids, _ = written_ids(site, rules)
    assert ids == {1}
    filed = rows(site, "post_terms", "post", "taxonomy", "slug", "position")
    assert (1, "category", "pain-sleep", 0) in filed
    assert not any(row[2] == "lost" for row in filed)
    sources = rows(site, "term_sources", "source_id", "action", "to_slug", "rule")
    assert (3, "merged", "pain-sleep", "categories.toml:9") in sources
    ids, _ = written_ids(site, Rules())  # and back
    assert ids == {1}


def test_an_old_slug_leads_to_the_post_that_had_it(site: SiteArchive) -> None:
    run = site.begin_run("pull", "anonymous")
    renamed = make_record("posts/post", 2, slug="better", link=f"https://{SITE}/better/")
    site.save(run, [renamed])
    normalize_site(site, Rules())
    assert (1, 0, "moved", 2) in rows(site, "links", "post", "position", "state", "target")


def test_authors_whom_the_site_hides_can_be_named_by_rule() -> None:
    with tmp_archive() as archive:
        site = filled(archive, [make_record("posts/post", 1, author=31)])
        normalize_site(site, Rules())
        assert rows(site, "posts", "author") == [("author-31",)]
        rule = AuthorRule(Match(ids=(31,)), name="Jane Roe")
        normalize_site(site, Rules(authors=AuthorRules((rule,))))
        assert rows(site, "posts", "author") == [("jane-roe",)]
        assert rows(site, "authors", "slug", "name") == [("jane-roe", "Jane Roe")]


def test_a_kept_page_gives_related_posts_when_asked_for(site: SiteArchive) -> None:
    page = "<html><body><section class='related-posts single-related-posts'>" + (
        "<a href='/post-1/'>One</a></section></body></html>"
    )
    normalize_site(site, Rules())
    run = site.begin_run("pull", "anonymous")
    site.save(run, [make_record("rendered/post", 2, content={"rendered": page})])
    ids, _ = written_ids(site, Rules())
    assert ids == set()
    ids, _ = written_ids(site, Rules(related=RelatedRules(page=True)))
    assert ids == {2}
    assert (2, "page:fusion", 1) in rows(site, "related_posts", "post", "origin", "target")


def test_the_order_of_arrival_changes_no_row() -> None:
    shuffled = list(RECORDS)
    random.Random(7).shuffle(shuffled)
    found = []
    for records in (RECORDS, shuffled):
        with tmp_archive() as archive:
            site = filled(archive, records)
            normalize_site(site, Rules())
            found.append(everything(site))
    assert found[0] == found[1]


HOSTILE = {
    "cut in the middle": "<p>Text <a href='/post-2/",
    "ten thousand levels deep": "<div>" * 10_000 + "<a href='/post-2/'>x</a>",
    "broken block": '<!-- wp:image {"url":"https:\\/\\/x.example\\/',
    "NUL and half characters": "<p>a\x00b <a href='/post-2/\x00'>c</a>",
    "javascript": "<a href='java\tscript:alert(1)'>x</a>",
    "credentials": f"<a href='https://me:secret@{SITE}/post-2/'>x</a>",
    "megabytes": "<a href='/post-2/'>Related posts</a>" * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_content_passes_whole(name: str) -> None:
    with tmp_archive() as archive:
        bad = make_record("posts/post", 1, content=body(HOSTILE[name]))
        site = filled(archive, [bad, make_record("posts/post", 2)])
        result = normalize_site(site, Rules())
        contents = dict(rows(site, "posts", "id", "content"))
        assert contents[1] == HOSTILE[name].replace("\x00", "\ufffd")
        assert "Words of post 2" in contents[2]
        told = {(problem.place.id, problem.place.url) for problem in result.findings}
        assert told == {(1, f"https://{SITE}/post-1/")}
        assert not any("secret" in problem.message for problem in result.findings)
        assert all("secret" not in row[0] for row in rows(site, "links", "resolved"))


VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["rendered", "protected", "sizes", "x"]), inner),
    ),
    max_leaves=6,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "title",
            "content",
            "excerpt",
            "link",
            "slug",
            "status",
            "author",
            "categories",
            "tags",
            "meta",
            "parent",
            "date_gmt",
            "modified_gmt",
            "menu_order",
            "featured_media",
            "sticky",
            "format",
            "template",
            "yoast_head_json",
            "name",
            "count",
            "description",
            "source_url",
            "media_details",
            "jetpack-related-posts",
            "post",
            "author_name",
        ]
    ),
    VALUE,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FIELDS)
def test_fields_of_any_shape_lose_no_record(fields: dict[str, Any]) -> None:
    kinds = ["posts/post", "posts/attachment", "terms/category", "users/user", "comments/comment"]
    with tmp_archive() as archive:
        site = filled(archive, [make_record(kind, 1, **fields) for kind in kinds])
        normalize_site(site, Rules())
        for table in ("posts", "media", "terms", "authors", "comments"):
            assert len(rows(site, table)) == 1
        assert normalize_site(site, Rules()).changed == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-02T03:04:05", "2024-01-02T03:04:05Z"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05Z"),
        ("0000-00-00T00:00:00", ""),
        ("-0001-11-30T00:00:00", ""),
        ("2024-02-31T00:00:00", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_times(value: object, expected: str) -> None:
    assert moment(value) == expected
