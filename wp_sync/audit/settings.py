"""The audit as configured: which rules, how grave, with which thresholds. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from wp_sync.audit.base import Limits, Rule, Value
from wp_sync.findings import Severity

FailOn = Literal["error", "warning", "notice", "never"]
FAIL_ON: tuple[FailOn, ...] = ("error", "warning", "notice", "never")


@dataclass(frozen=True, slots=True)
class Settings:
    """The audit's part of the configuration.

    ``on`` switches rules or families (``links``, ``links/generic-text``), the longer name counts.
    ``reports`` is the folder that `run` writes reports in these ``formats`` to, None for none.
    ``check_external``: ask links to other sites before.
    """

    on: Mapping[str, bool] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    fail_on: FailOn = "never"
    suppressions: Path | None = None
    baseline: Path | None = None
    reports: Path | None = None
    formats: tuple[str, ...] = ("markdown",)
    check_external: bool = False

    def wants(self, rule: Rule) -> bool:
        return self.on.get(rule.id, self.on.get(rule.family, rule.on))

    def tuned(self, rule: Rule) -> Rule:
        """The rule with the severity that the configuration gives it."""
        severity = self.severities.get(rule.id)
        return replace(rule, severity=severity) if severity else rule

    def page_words(self) -> list[str]:
        """Everything of it that what is kept of a post depends on, as text."""
        limits = {id: sorted(one.items()) for id, one in self.thresholds.items()}
        parts = (self.on, self.severities, limits)
        return [repr(sorted(part.items())) for part in parts]

    def limits(self, rule: Rule) -> Limits:
        return Limits(rule, self.thresholds.get(rule.id))

    def fails(self, tallies: Mapping[str, int]) -> bool:
        """Whether so many findings by severity are above what is to pass."""
        if self.fail_on == "never":
            return False
        most = Severity(self.fail_on).rank
        return any(count and Severity(name).rank <= most for name, count in tallies.items())


DEFAULTS = Settings()
