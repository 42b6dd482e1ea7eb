"""Related posts on labelled bodies: how many are found, and how many wrongly."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.related_found import LABELLED, PARTS, Body, Finder, bodies, score, total

LANGUAGES = {"en", "es", "de", "fr", "pt", "it", "nl", "pl", "ru", "ja", "tr", "ar"}


@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall(part: str) -> None:
    found = total(part)
    assert found.expected > 100
    assert found.precision >= 0.98
    assert found.recall >= 0.95


@pytest.mark.parametrize("part", PARTS)
def test_every_language_finds_what_is_written_by_hand(part: str) -> None:
    finder = Finder()
    lists: Counter[str] = Counter()
    for body in bodies(part):
        if body.form in ("heading", "line", "lead") and body.language in LANGUAGES:
            assert score(finder.keys(body), body.expected).right, body.language
            lists[body.language] += 1
    assert set(lists) == LANGUAGES
    assert min(lists.values()) >= 3


def test_the_set_is_as_large_and_as_mixed_as_it_says() -> None:
    everything = [body for part in PARTS for body in bodies(part)]
    names = [body.name for body in everything]
    assert len(names) == len(set(names)) >= 300
    assert sum(body.negative for body in everything) >= 100
    kept = [body.name for body in bodies("held_out")]
    assert len(kept) * 3 >= len(names)
    listed = (LABELLED / "held_out.txt").read_text(encoding="utf-8").split()
    assert sorted(kept) == listed


def test_a_wrong_entry_and_a_missing_one_are_counted() -> None:
    one, two, three = (("content:crp", "resolved", each) for each in "123")
    assert score([one, three], [one, two]).right == 1
    assert score([two, one], [one, two]).right == 1
    assert score([], [one]).recall == 0
    assert score([one], []).precision == 0


def test_the_finder_reads_the_body_and_not_the_label() -> None:
    (body,) = (body for body in bodies("development") if body.name == "en-1")
    changed = body.text.replace("Related Posts", "Our prices")
    bare = Body("", "", "", "", "content", changed, body.expected)
    assert Finder().keys(bare) == []
