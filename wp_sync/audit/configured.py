"""The ``[audit]`` part of `wp-sync.toml`: read and checked whole, every mistake with its line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from wp_sync import toml
from wp_sync.audit.base import Rule, Threshold, Value
from wp_sync.audit.registry import by_id
from wp_sync.audit.report.formats import FORMATS
from wp_sync.audit.settings import DEFAULTS, FAIL_ON, FailOn, Settings
from wp_sync.findings import Severity
from wp_sync.paths import typed

KEYS = (
    "on", "off", "severity", "limits", "fail_on", "suppressions", "baseline", "reports", "formats",
    "check_external",
)  # fmt: skip
_SEVERITIES = tuple(one.value for one in Severity)


def read(table: toml.Table, folder: Path) -> Settings:
    """What the table says. Files and folders are relative to the file that names them."""
    rules = by_id()
    families = {rule.family for rule in rules.values()}
    on: dict[str, bool] = {}
    for key, value in (("off", False), ("on", True)):
        for name in table.texts(key):
            if _known(table, key, name, rules, families):
                on[name] = value
    severities: dict[str, Severity] = {}
    wanted = table.table("severity")
    for name in wanted.data:
        severity = wanted.text(name, choices=_SEVERITIES)
        if _known(wanted, name, name, rules, ()) and severity:
            severities[name] = Severity(severity)
    thresholds: dict[str, Mapping[str, Value]] = {}
    limits = table.table("limits")
    for name in limits.data:
        if _known(limits, name, name, rules, ()):
            thresholds[name] = _limits(limits.table(name), rules[name])
    formats = table.texts("formats", DEFAULTS.formats)
    for one in formats:
        if one not in FORMATS:
            hint = toml.did_you_mean(one, FORMATS)
            table.complain(f"formats names “{one}”, which is none", key="formats", hint=hint)
    return Settings(
        on,
        severities,
        thresholds,
        cast(FailOn, table.text("fail_on", DEFAULTS.fail_on, choices=FAIL_ON)),
        _path(table, "suppressions", folder),
        _path(table, "baseline", folder),
        _path(table, "reports", folder),
        tuple(one for one in formats if one in FORMATS),
        table.flag("check_external"),
    )


def _path(table: toml.Table, key: str, folder: Path) -> Path | None:
    named = table.text(key)
    return folder / typed(named) if named else None


def _known(
    table: toml.Table,
    key: str,
    name: str,
    rules: Mapping[str, Rule],
    families: set[str] | tuple[()],
) -> bool:
    if name in rules or name in families:
        return True
    what = "rule or family" if families else "rule"
    hint = toml.did_you_mean(name, [*rules, *families])
    table.complain(f"“{name}” is no {what} of the audit", key=key, hint=hint)
    return False


def _limits(table: toml.Table, rule: Rule) -> dict[str, Value]:
    known = {one.name: one for one in rule.thresholds}
    found: dict[str, Value] = {}
    for key in table.data:
        if key not in known:
            hint = toml.did_you_mean(key, known) if known else f"{rule.id} has none"
            table.complain(f"“{key}” is no threshold of {rule.id}", key=key, hint=hint)
            continue
        found[key] = _value(table, key, known[key])
    return found


def _value(table: toml.Table, key: str, threshold: Threshold) -> Value:
    default = threshold.default
    if isinstance(default, tuple):
        return table.texts(key, default)
    if isinstance(default, str):
        return table.text(key, default)
    if isinstance(default, int):
        return table.integer(key, default, least=0)
    return table.number(key, default, least=0)
