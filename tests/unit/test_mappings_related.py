"""``related.toml``: what it says of bodies and fallbacks, and what is wrong in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wp_sync.errors import ConfigError
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import RelatedRules


def load(folder: Path, text: str) -> RelatedRules:
    (folder / "related.toml").write_text(f"version = 2\n{text}", encoding="utf-8")
    return load_rules(folder).related


def test_bodies_and_fallbacks(tmp_path: Path) -> None:
    rules = load(
        tmp_path,
        '[body]\ndo = "replace"\nheading = " Weiterlesen "\nleave = ["lead", "our-theme"]\n'
        '[fallback]\nuse = "computed"\nmost = 5\n[[block]]\nname = "our-theme"\nclass = "x"\n',
    )
    assert (rules.body, rules.body_heading, rules.body_leave) == (
        "replace",
        "Weiterlesen",
        ("lead", "our-theme"),
    )
    assert (rules.fallback, rules.computed_most) == ("computed", 5)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[body]\ndo = "stripp"\n', 3, "did you mean strip?"),
        ('[body]\nleave = ["yarp"]\n', 3, "did you mean yarpp?"),
        ("[body]\nheadng = 'x'\n", 3, "did you mean heading?"),
        ('[fallback]\nuse = "compute"\n', 3, "did you mean computed?"),
        ("[fallback]\nmost = 0\n", 3, "most"),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    (problem,) = map(str, caught.value.problems)
    assert f"related.toml:{line}:" in problem
    assert says in problem
