"""Troubles planted on a clinic's blog before there were rules: all are found, and little beside."""

from __future__ import annotations

import pytest

from tests import woven
from tests.planted import audited, judge, load, load_mutated


def test_every_planted_trouble_is_found_and_nothing_certain_beside() -> None:
    planted = load()
    outcome = judge(planted, audited(planted))
    assert outcome.expected >= 150
    assert not [(item.name, rule, words) for item, rule, words in outcome.missed]
    assert not [(item.name, one.rule, one.message) for item, one in outcome.wrong]


@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_found_however_they_are_written(seed: int) -> None:
    """A third and more, added afterwards: capitals, other quotes, boxes, blocks, other places."""
    planted = load_mutated(seed)
    outcome = judge(planted, audited(planted))
    assert outcome.expected >= 50
    assert not [(item.name, rule, words) for item, rule, words in outcome.missed]
    assert not [(item.name, one.rule, one.message) for item, one in outcome.wrong]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_troubles_of_links_related_posts_and_terms_are_found_too(seed: int | None) -> None:
    """In a site whose posts hang together; with a seed, written in other ways."""
    site = woven.load(seed)
    findings = woven.audited(site)
    outcome = judge(site.planted, findings, woven.FAMILIES)
    assert outcome.expected >= 80
    assert not [(item.name, rule, words) for item, rule, words in outcome.missed]
    assert not [(item.name, one.rule, one.message) for item, one in outcome.wrong]
    planted = {(item.kind, item.id) for item in site.items}
    around = [
        (one.title, one.rule)
        for one in findings
        if one.certainty == "certain"
        and one.rule.partition("/")[0] in woven.FAMILIES
        and (one.kind, one.id) not in planted
    ]
    assert around == [("Of the ward: contents", "related/orphan")]
