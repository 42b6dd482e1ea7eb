"""Names of terms: what is one under two names is found, what only looks alike is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.term_pairs import PARTS, made_names, measured, pairs
from wp_sync.normalize.suggest.alike import THRESHOLD, Alike, Spelled, alike, judged_alike
from wp_sync.normalize.suggest.near_duplicates import near_duplicates


@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall(part: str) -> None:
    precision, recall = measured(part)
    assert precision >= 0.95
    assert recall >= 0.8


def test_the_set_is_as_large_and_as_mixed_as_it_says() -> None:
    kept, others = list(pairs("held_out")), list(pairs("development"))
    everything = kept + others
    assert len(everything) >= 400
    assert len(kept) * 3 >= len(everything)
    assert sum(not pair.same for pair in everything) * 2 >= len(everything)
    assert len({(pair.one, pair.other) for pair in kept} & set(others)) == 0


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Back Pain", "back pain", "case"),
        ("R&amp;D", "R&D", "entity"),
        ("Women&#8217;s Health", "Women's Health", "sign"),
        ("Black  Friday", "Black Friday", "space"),
        ("Tips & Tricks", "Tips and Tricks", "sign"),
        ("Cafés", "Cafes", "accent"),
        ("Köln", "Koeln", "accent"),
        ("E-Mail", "Email", "hyphen"),
        ("Web Design", "Webdesign", "hyphen"),
        ("Case Study", "Case Studies", "plural"),
        ("Hotel rural", "Hoteles rurales", "plural"),
        ("Foot", "Feet", "plural"),
        ("Accommodation", "Accomodation", "typing error"),
        ("Photography", "Photograhpy", "typing error"),
        ("Health News", "News, Health", "order"),
    ],
)
def test_why_two_names_are_one(one: str, other: str, reason: str) -> None:
    for found in (alike(one, other), alike(other, one)):
        assert found is not None
        assert found.reason == reason
        assert found.confidence >= THRESHOLD


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Covid-18", "Covid-19"),
        ("iOS 14", "iOS 15"),
        ("Web 2.0", "Web 20"),
        ("World War I", "World War II"),
        ("C#", "C++"),
        ("Vitamin A", "Vitamin D"),
        ("Hypertension", "Hypotension"),
        ("Formal", "Informal"),
        ("Prepositions", "Propositions"),
        ("Cat", "Car"),
        ("News", "New"),
        ("Design", "Designer"),
        ("Same", "Same"),
        ("", "x"),
        ("!!!", "???"),
    ],
)
def test_what_no_spelling_may_bring_together(one: str, other: str) -> None:
    found = alike(one, other)
    assert found is None or found.confidence < THRESHOLD


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_are_judged_alike_both_ways(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one)


def test_every_labelled_pair_is_found_among_all_names() -> None:
    """Looking up by keys finds what comparing each pair finds."""
    wanted = [pair for part in PARTS for pair in pairs(part) if (alike(pair.one, pair.other))]
    strong = [p for p in wanted if (w := alike(p.one, p.other)) and w.confidence >= THRESHOLD]
    names = list(dict.fromkeys(name for pair in wanted for name in (pair.one, pair.other)))
    numbers = {name: number for number, name in enumerate(names)}
    found = {(one, other) for one, other, _ in near_duplicates(enumerate(names))}
    missed = [
        pair
        for pair in strong
        if tuple(sorted((numbers[pair.one], numbers[pair.other]))) not in found
    ]
    assert missed == []


def test_the_order_of_the_names_makes_no_difference() -> None:
    names = list(enumerate([*made_names(300), *made_names(100), "Recipe", "Recipes", "recipe"]))
    mixed = random.Random(2).sample(names, len(names))
    found = list(near_duplicates(names))
    assert found == list(near_duplicates(mixed))
    assert (400, 401) in {pair[:2] for pair in found}
    assert all(one < other for one, other, _ in found)


def test_a_crowd_of_names_is_not_compared_all_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(one: Spelled, other: Spelled) -> Alike | None:
        nonlocal compared
        compared += 1
        return judged_alike(one, other)

    monkeypatch.setattr("wp_sync.normalize.suggest.near_duplicates.judged_alike", counted)
    names = [(id, f"inter{id:x}".replace("0", "o")) for id in range(3_000)]
    names += [(30_000, "Interview"), (30_001, "Interviews")]
    assert (30_000, 30_001) in {pair[:2] for pair in near_duplicates(names)}
    assert compared < 3_000 * 200
