"""What the labelled items can't show: texts that the site did not send, passages of near twins."""

from __future__ import annotations

import random
import re
from zlib import crc32

import pytest

from tests.audit import findings, found, post
from tests.helpers import make_record
from tests.planted import paragraphs
from wp_sync.audit.likeness import shingles, sketch
from wp_sync.audit.words import words_of


def test_a_text_that_the_site_could_not_produce_is_not_called_empty() -> None:
    broken = make_record(
        "posts/post", 1, content={"protected": False}, lacking=("content.rendered",)
    )
    assert not found("content/empty", broken, post(2))
    assert found("content/empty", post(1, "<p> </p>"), post(2))


def test_near_twins_are_told_with_what_they_share_and_what_they_do_not() -> None:
    text = paragraphs("twins", 300)
    one = post(1, f"<p>For patients of Port Amity.</p>{text}")
    other = post(2, f"{text}<p>For patients of Larkspur Bay.</p>")
    told = {one.id: one for one in found("content/near-duplicate", one, other, post(3))}
    assert set(told) == {1, 2}
    assert "Port Amity" in told[1].message
    assert told[1].data["likeness"] >= 0.9
    assert any("Larkspur Bay" in words for words in told[1].data["different"])
    assert all(words in text for words in told[1].data["same"])


def test_the_same_text_whole_is_a_duplicate_and_no_near_one() -> None:
    text = paragraphs("same", 300)
    rules = {one.rule for one in findings(post(1, text), post(2, f"<div>{text}</div>"), post(3))}
    assert "content/duplicate" in rules
    assert "content/near-duplicate" not in rules


def test_words_are_the_same_whether_taken_by_table_or_by_expression() -> None:
    word, rng = re.compile(r"\w[\w'’-]*"), random.Random(7)
    signs = [*map(chr, range(256)), *"’‘“”–…€ŠšŽžŸŒœƒßΣςİ\u2028", *"  ''’’--ab"]
    for most in (len(signs), 128):
        for _ in range(2_000):
            text = "".join(rng.choices(signs[:most], k=12))
            assert words_of(text) == word.findall(text.lower()), ascii(text)


@pytest.mark.parametrize("words", [1, 3, 4, 5, 900])
def test_runs_are_those_of_their_words_one_by_one(words: int) -> None:
    text = [f"word{number * number % 61}" for number in range(words)]
    numbers = [crc32(word.encode()).to_bytes(4, "little") for word in text] + [bytes(4)] * 3
    runs = {crc32(b"".join(numbers[at : at + 4])) for at in range(max(1, words - 3))}
    assert shingles(text) == runs
    places: dict[int, int] = {}
    for run in runs:
        places[run & 31] = min(run >> 5, places.get(run & 31, run >> 5))
    least = memoryview(sketch(text)).cast("I")
    assert all(least[place] == value for place, value in places.items())
