"""Every audit rule: its own words, its example of bad and good, its thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.audit import findings, post
from wp_sync.audit.base import Rule
from wp_sync.audit.registry import by_id, registered
from wp_sync.audit.report.rule_list import rule_list
from wp_sync.audit.settings import Settings

RULES = list(by_id().values())
SAMPLES = [rule for rule in RULES if rule.sample]
BAD, GOOD = 10_000, 20_000  # the ids of the posts that hold the examples


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_why_it_is_there_and_what_to_do(rule: Rule) -> None:
    assert rule.reason.endswith(".")
    assert rule.reason.count(". ") == 0, "one sentence"
    assert rule.fix.endswith(".")
    assert rule.bad
    assert rule.good
    for threshold in rule.thresholds:
        assert threshold.source, f"{threshold.name}: where is the default from?"
        assert threshold.meaning


@pytest.fixture(scope="module")
def told() -> Mapping[str, set[int]]:
    """One site whose posts are all the examples: the posts that each rule speaks of."""
    examples = [post(1), post(2), post(3)]
    for number, rule in enumerate(SAMPLES):
        examples += [post(BAD + number, rule.bad), post(GOOD + number, rule.good)]
    on = Settings(on={rule.id: True for rule in SAMPLES})
    spoken_of: dict[str, set[int]] = {}
    for finding in findings(*examples, settings=on):
        if finding.kind == "posts/post":
            spoken_of.setdefault(finding.rule, set()).add(finding.id)
    return spoken_of


@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=lambda number: SAMPLES[number].id)
def test_the_bad_example_is_found_and_the_good_one_is_not(
    number: int, told: Mapping[str, set[int]]
) -> None:
    spoken_of = told.get(SAMPLES[number].id, set())
    assert BAD + number in spoken_of
    assert GOOD + number not in spoken_of


def test_a_rule_is_named_for_its_family() -> None:
    groups = registered()
    for rules in (groups.page, groups.site, groups.collectors):
        for id, (_, function) in rules.items():
            family = function.__module__.removeprefix("wp_sync.audit.rules.").partition(".")[0]
            assert id.startswith(f"{family}/"), f"{id} stands in {function.__module__}"
    for several, function in groups.groups:
        family = function.__module__.removeprefix("wp_sync.audit.rules.").partition(".")[0]
        assert all(rule.family == family for rule in several)


def test_the_documented_list_of_rules_is_current() -> None:
    file = Path(__file__).parents[2] / "docs" / "audit-rules.md"
    made = "python -m wp_sync.audit.report.rule_list > docs/audit-rules.md"
    assert file.read_text(encoding="utf-8") == rule_list(by_id()), f"make it anew: {made}"


def test_there_are_at_least_seventy_rules() -> None:
    assert len(by_id()) >= 70
