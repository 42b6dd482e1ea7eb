"""Troubles planted on a clinic's blog before there were rules: all are found, and little beside."""

from __future__ import annotations

import pytest

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
