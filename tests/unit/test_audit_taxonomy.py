"""What the audit says of terms and of how posts are filed under them."""

from __future__ import annotations

from typing import Any

from tests.audit import findings, post
from tests.helpers import make_record
from wp_sync.audit.settings import Settings
from wp_sync.findings import Finding
from wp_sync.model import Record


def category(id: int, name: str, **fields: Any) -> Record:
    fields.setdefault("slug", name.lower().replace(" ", "-"))
    return make_record("terms/category", id, name=name, **fields)


def tag(id: int, name: str, **fields: Any) -> Record:
    fields.setdefault("slug", name.lower().replace(" ", "-"))
    return make_record("terms/post_tag", id, name=name, **fields)


def filed(ids: range, **fields: Any) -> list[Record]:
    return [post(id, **fields) for id in ids]


def told(*records: Record, settings: Settings | None = None) -> dict[str, list[Finding]]:
    by_rule: dict[str, list[Finding]] = {}
    for one in findings(*records, settings=settings or Settings()):
        if one.family == "taxonomy":
            by_rule.setdefault(one.rule, []).append(one)
    return by_rule


SITE_RECORD = make_record("site/site", 0, settings={"default_category": 1})


def test_terms_of_no_one_and_few_posts() -> None:
    records = [
        category(1, "Sleep"),
        category(2, "Nobody"),
        category(3, "Alone"),
        category(4, "Few"),
    ]
    records += filed(range(10, 20), categories=[1])
    records += [
        post(20, categories=[3, 1]),
        post(21, categories=[4, 1]),
        post(22, categories=[4, 1]),
    ]
    found = told(SITE_RECORD, *records)
    assert [(one.kind, one.id) for one in found["taxonomy/empty"]] == [("terms/category", 2)]
    assert [one.id for one in found["taxonomy/single-post"]] == [3]
    assert [one.id for one in found["taxonomy/thin"]] == [4]
    (empty,) = found["taxonomy/empty"]
    assert empty.title == "Nobody"
    assert empty.edit_url.endswith("/wp-admin/term.php?taxonomy=category&tag_ID=2")


def test_a_heading_of_other_terms_is_not_empty() -> None:
    records = [category(2, "Body"), category(3, "Back", parent=2), category(1, "Other")]
    found = told(SITE_RECORD, *records, *filed(range(10, 16), categories=[3]))
    assert "taxonomy/empty" not in found


def test_drafts_do_not_fill_a_term() -> None:
    records = [category(2, "Plans"), category(1, "Other")]
    found = told(SITE_RECORD, *records, post(10, categories=[2], status="draft"))
    assert [one.id for one in found["taxonomy/empty"]] == [2]


def test_posts_in_the_default_category_alone() -> None:
    records = [category(1, "Allerlei"), category(2, "Sleep")]
    found = told(
        SITE_RECORD, *records, post(10, categories=[1]), post(11, categories=[1, 2]),
        post(12, categories=[2]), post(13, categories=[1], tags=[9]), tag(9, "Naps"),
    )  # fmt: skip
    assert [one.id for one in found["taxonomy/only-default"]] == [10, 13]


def test_a_post_under_a_term_and_its_parent() -> None:
    records = [category(2, "Body"), category(3, "Back", parent=2)]
    found = told(*records, post(10, categories=[2, 3]), post(11, categories=[3]))
    assert [(one.id, one.subject) for one in found["taxonomy/parent-and-child"]] == [
        (10, "category/back")
    ]


def test_a_parent_that_is_not_there() -> None:
    found = told(category(3, "Back", parent=77), post(10, categories=[3]))
    assert [(one.kind, one.id) for one in found["taxonomy/orphan-parent"]] == [
        ("terms/category", 3)
    ]


def test_too_many_terms_on_a_post() -> None:
    categories = [category(id, f"Category {id}") for id in range(1, 8)]
    found = told(
        *categories, post(10, categories=[1, 2, 3, 4, 5]), post(11, categories=[1, 2, 3, 4, 5, 6])
    )
    assert [(one.id, one.subject) for one in found["taxonomy/too-many-terms"]] == [(11, "category")]


def test_names_that_may_mean_one() -> None:
    tags = [tag(1, "Sleep disorder"), tag(2, "Sleep disorders"), tag(3, "Back pain")]
    found = told(*tags, post(10, tags=[1, 2, 3]), post(11, tags=[2]))
    (one,) = found["taxonomy/near-duplicate-names"]
    assert (one.id, one.subject) == (1, "post_tag/sleep-disorders")


def test_one_name_in_two_taxonomies() -> None:
    found = told(category(1, "Sleep"), tag(2, "sleep"), post(10, categories=[1], tags=[2]))
    (one,) = found["taxonomy/same-name"]
    assert (one.kind, one.id, one.subject) == ("terms/post_tag", 2, "category/sleep")


def test_terms_that_hold_nearly_the_same_posts() -> None:
    tags = [tag(1, "Apnea"), tag(2, "Masks"), tag(3, "Children")]
    records = filed(range(10, 20), tags=[1, 2])
    records += [post(20, tags=[1, 3]), *filed(range(30, 40), tags=[3])]
    found = told(*tags, *records)
    assert len(found["taxonomy/same-posts"]) == 1
    assert {found["taxonomy/same-posts"][0].id} < {1, 2}


def test_more_terms_than_posts_can_use() -> None:
    tags = [tag(id, f"Word{id * 7919}x") for id in range(1, 61)]
    found = told(*tags, *(post(100 + id, tags=[id]) for id in range(1, 61)))
    (one,) = found["taxonomy/bloat"]
    assert (one.kind, one.subject, one.data["terms"]) == ("site/site", "post_tag", 60)


def test_a_count_that_disagrees() -> None:
    records = [category(1, "Other", count=0), category(2, "Sleep", count=9)]
    found = told(SITE_RECORD, *records, post(10, categories=[2]))
    (one,) = found["taxonomy/miscounted"]
    assert (one.id, one.data["source"], one.data["posts"]) == (2, 9, 1)


def test_thresholds_are_the_owners() -> None:
    records = [category(2, "Sleep"), *filed(range(10, 16), categories=[2])]
    assert "taxonomy/thin" not in told(*records)
    strict = Settings(thresholds={"taxonomy/thin": {"least": 8}})
    assert "taxonomy/thin" in told(*records, settings=strict)
