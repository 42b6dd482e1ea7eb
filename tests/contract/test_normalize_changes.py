"""A normalization after a change looks at what the change concerns, in every kind of archive."""

from __future__ import annotations

from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive.base import Archive
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Match, Rules, Target, TaxonomyRules, TermRule


def test_a_rule_and_an_edit_derive_the_posts_they_concern(archive: Archive) -> None:
    site = archive.of(SITE)
    site.set_site(make_identity())
    run = site.begin_run("pull", "anonymous")
    terms = [make_record("terms/category", id, name=f"C{id}", slug=f"c{id}") for id in (1, 2, 3)]
    body = {"rendered": '<a href="/2024/post-3/">x</a>'}
    posts = [
        make_record("posts/post", id, categories=[1 + id % 3], content=body) for id in range(80)
    ]
    site.save(run, [*terms, *posts])
    assert normalize_site(site, Rules()).read["posts"] == 80
    merged = TermRule(Match(ids=(2,)), into=(Target("C1"),))
    rules = Rules({"category": TaxonomyRules("category", (merged,))})
    assert normalize_site(site, rules).read["posts"] == 27
    site.save(run, [make_record("posts/post", 20, categories=[1], content=body)])
    assert normalize_site(site, rules).read["posts"] == 1
    assert normalize_site(site, rules).changed == 0
