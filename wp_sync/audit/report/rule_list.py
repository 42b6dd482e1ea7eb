"""The list of all rules as Markdown: `docs/audit-rules.md` is what this makes.

python -m wp_sync.audit.report.rule_list > docs/audit-rules.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import groupby

from wp_sync.audit.base import Rule, Threshold
from wp_sync.audit.registry import by_id

_HEAD = """\
# The rules of the audit

Made by `python -m wp_sync.audit.report.rule_list` from the rules themselves; a test keeps it so.
What they have in common, and how to switch and tune them: [audit.md](audit.md).
"""


def rule_list(rules: Mapping[str, Rule]) -> str:
    """Every rule with its reason, thresholds and their sources, and its examples."""
    return "".join(_lines(rules))


def _lines(rules: Mapping[str, Rule]) -> Iterator[str]:
    yield _HEAD
    certain = sum(rule.certainty.value == "certain" for rule in rules.values())
    families = {rule.family for rule in rules.values()}
    yield f"\n{len(rules)} rules in {len(families)} families; {certain} of them are certain, the"
    yield " others ask for a person's look.\n"
    for family, some in groupby(rules.values(), lambda rule: rule.family):
        yield f"\n## {family}\n"
        for rule in some:
            yield from _rule(rule)


def _rule(rule: Rule) -> Iterator[str]:
    certainty = "certain" if rule.certainty.value == "certain" else "needs review"
    off = ", off by default" if not rule.on else ""
    yield f"\n### {rule.id}\n\n{rule.severity.value}, {certainty}{off}\n\n"
    yield f"{_words(rule.reason)} {_words(rule.fix)}\n\n"
    yield f"- bad: {_code(rule.bad)}\n- good: {_code(rule.good)}\n"
    for one in rule.thresholds:
        yield f"- `{one.name}`: {_words(one.meaning)} (default {_default(one)}; "
        yield f"from: {_words(one.source)})\n"


def _default(threshold: Threshold) -> str:
    value = threshold.default
    if isinstance(value, tuple):
        return _code(", ".join(value)) if value else "none"
    return _code(str(value)) if isinstance(value, str) else f"{value}"


def _code(text: str) -> str:
    """Words as code, whatever signs are in them, on one line."""
    shown = " ".join(text.split())
    shown = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in shown)
    fence = "``" if "`" in shown else "`"
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _words(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rule_list(by_id()))
