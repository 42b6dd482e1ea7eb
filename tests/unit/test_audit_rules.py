"""Every audit rule: its own words, its example of bad and good, its thresholds."""

from __future__ import annotations

import pytest

from tests.audit import in_body
from wp_sync.audit.base import Rule
from wp_sync.audit.registry import by_id, registered
from wp_sync.audit.settings import Settings

RULES = list(by_id().values())
SAMPLES = [rule for rule in RULES if rule.sample]


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


@pytest.mark.parametrize("rule", SAMPLES, ids=lambda rule: rule.id)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule: Rule) -> None:
    on = Settings(on={rule.id: True})
    assert in_body(rule.id, rule.bad, on)
    assert not in_body(rule.id, rule.good, on)


def test_a_rule_is_named_for_its_family() -> None:
    groups = registered()
    for rules in (groups.page, groups.site, groups.collectors):
        for id, (_, function) in rules.items():
            family = function.__module__.removeprefix("wp_sync.audit.rules.").partition(".")[0]
            assert id.startswith(f"{family}/"), f"{id} stands in {function.__module__}"
