"""What is known and not to be counted: suppressions with a reason and an end, and the baseline.

Says of a finding why it does not count; reads and writes the two files. Comments in the content
are read by `wp_sync.audit.ignores`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from wp_sync import toml
from wp_sync.audit.ignores import Ignore
from wp_sync.errors import ConfigError, Place, Problem, UsageError
from wp_sync.findings import Finding

IN_BASELINE = "in the baseline"
_MATCHERS = ("rule", "item", "url", "subject", "fingerprint")


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that do not count, until a day (``2030-01-31``, included) or for good.

    Every matcher that is not empty must meet: ``rule``, ``url`` and ``subject`` with ``*`` for
    anything, ``item`` as ``post/42``, ``fingerprint`` as reports show it.
    """

    reason: str
    rule: str = ""
    item: str = ""
    url: str = ""
    subject: str = ""
    fingerprint: str = ""
    until: str = ""
    where: str = ""

    def meets(self, finding: Finding) -> bool:
        return (
            (not self.rule or fnmatchcase(finding.rule, self.rule))
            and (not self.item or self.item in _names(finding))
            and (not self.url or fnmatchcase(finding.url, self.url))
            and (not self.subject or fnmatchcase(finding.subject, self.subject))
            and (not self.fingerprint or finding.fingerprint == self.fingerprint)
        )


def _names(finding: Finding) -> tuple[str, str]:
    return f"{finding.kind}/{finding.id}", f"{finding.kind.partition('/')[2]}/{finding.id}"


@dataclass(frozen=True, slots=True)
class Muting:
    """All that keeps findings from counting, on one day."""

    today: str
    suppressions: Sequence[Suppression] = ()
    baseline: frozenset[str] = field(default_factory=frozenset)

    def why_not(self, finding: Finding, ignores: Iterable[Ignore] = ()) -> str:
        """Why a finding does not count; empty for one that does."""
        for ignore in ignores:
            if ignore.meets(finding.rule, self.today):
                return ignore.reason
        for one in self.suppressions:
            if (not one.until or self.today <= one.until) and one.meets(finding):
                return one.reason
        known = bool(self.baseline) and finding.fingerprint in self.baseline
        return IN_BASELINE if known else ""

    def words(self) -> list[str]:
        """Everything of it that decides what counts on its day, as text."""
        holding = [
            repr((one.reason, *(getattr(one, name) for name in _MATCHERS)))
            for one in self.suppressions
            if not one.until or self.today <= one.until
        ]
        return [*holding, *sorted(self.baseline)]

    def idle(self, ignores: Iterable[Ignore]) -> bool:
        """Whether nothing can keep a finding from counting, beside these."""
        return not self.suppressions and not self.baseline and not ignores

    @property
    def ended(self) -> Sequence[Suppression]:
        """Suppressions whose day has passed: to be taken out, or given another."""
        return [one for one in self.suppressions if one.until and one.until < self.today]


NOTHING_MUTED = Muting("")


def read_suppressions(file: Path, rules: Iterable[str]) -> list[Suppression]:
    """The entries of a file of suppressions.

    Raises:
        ConfigError: every mistake in it, each with its line and the next step.
    """
    document = toml.read(file)
    known = list(rules)
    families = sorted({rule.partition("/")[0] for rule in known})
    found: list[Suppression] = []
    top = document.table()
    for entry in top.tables("suppress"):
        words = {name: entry.text(name) for name in _MATCHERS}
        rule = words["rule"]
        if rule and not any(fnmatchcase(one, rule) for one in known):
            hint = toml.did_you_mean(rule, [*known, *(f"{name}/*" for name in families)])
            entry.complain(f"rule is “{rule}”, which no rule is called", key="rule", hint=hint)
        reason = " ".join(entry.text("reason").split())
        if not reason:
            hint = 'say why, such as reason = "the partner moves its site in May"'
            entry.complain("a suppression without a reason", hint=hint)
        if not any(words.values()):
            hint = f"name one of {', '.join(_MATCHERS)}"
            entry.complain("this would suppress everything", hint=hint)
        until = _day(entry)
        entry.finish()
        found.append(Suppression(reason, **words, until=until, where=entry.where))
    top.finish()
    if document.problems:
        raise ConfigError(sorted(document.problems, key=lambda one: one.place.line or 0))
    return found


def _day(entry: toml.Table) -> str:
    value = entry.any("until")
    if value is None:
        return ""
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d")
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        hint = "write it as until = 2030-01-31"
        entry.complain(f"until is “{value}”, which is no day", key="until", hint=hint)
        return ""


def read_baseline(file: Path) -> dict[str, str]:
    """The fingerprints of a baseline, each with what it stood for.

    Raises:
        UsageError: it can't be read, or is none.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        found = data["findings"]
        assert isinstance(found, Mapping)
        return {str(key): str(value) for key, value in found.items()}
    except OSError as error:
        raise UsageError(
            f"the baseline can't be read: {error.strerror}",
            place=Place(file=str(file)),
            hint="`wp-sync audit baseline` writes one",
        ) from error
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise UsageError(
            "this is no baseline of an audit",
            place=Place(file=str(file)),
            hint="`wp-sync audit baseline` writes one",
        ) from error


def write_baseline(file: Path, findings: Iterable[Finding]) -> int:
    """Write down what is known today; returns how many. Replaces the file as a whole."""
    known = {
        one.fingerprint: f"{one.rule} {one.kind}/{one.id} {one.subject}"[:200].strip()
        for one in findings
    }
    _write(file, known)
    return len(known)


def prune_baseline(file: Path, still: frozenset[str]) -> int:
    """Take out of a baseline what is no longer found; returns how many went."""
    known = read_baseline(file)
    kept = {key: words for key, words in known.items() if key in still}
    if len(kept) < len(known):
        _write(file, kept)
    return len(known) - len(kept)


def _write(file: Path, known: Mapping[str, str]) -> None:
    text = json.dumps({"version": 1, "findings": dict(sorted(known.items()))}, indent=1)
    beside = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise UsageError(
            f"the baseline can't be written: {error.strerror}", place=Place(file=str(file))
        ) from error


def problems_of(muting: Muting) -> list[Problem]:
    """What a person should know of the suppressions: those that have ended."""
    return [
        Problem(
            f"a suppression ended on {one.until} ({one.reason})",
            hint=f"take it out, or give it another day: {one.where}",
        )
        for one in muting.ended
    ]
