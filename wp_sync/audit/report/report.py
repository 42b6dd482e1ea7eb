"""What every report is made of: an audit, its findings streamed, the rules' words.

Reads the archive through the port; writes files whole or not at all. A format is a function
``(report, stream)``; `wp_sync.audit.report.formats` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wp_sync import __version__
from wp_sync.archive.base import SiteArchive
from wp_sync.audit.base import Rule
from wp_sync.audit.registry import by_id
from wp_sync.errors import Place, WpSyncError
from wp_sync.findings import Audit, Finding, Severity

VERSION = __version__
Wanted = Callable[[Finding], bool]


@dataclass(frozen=True)
class Report:
    """One audit, ready to be written down.

    ``findings`` gives them all, the gravest first, then by rule and item; each call anew.
    ``previous`` is the audit that ``new`` findings are compared with. ``archive`` is for what
    stands around findings (authors, terms, earlier audits); only pages show that.
    """

    site: str
    home: str
    name: str
    audit: Audit
    previous: Audit | None
    rules: Mapping[str, Rule]
    findings: Callable[[], Iterator[Finding]]
    archive: SiteArchive | None = None

    def new(self, finding: Finding) -> bool:
        """Whether this audit was the first to find it."""
        return self.previous is not None and finding.first == self.audit.number

    @property
    def counting(self) -> Iterator[Finding]:
        """Those that no suppression mutes."""
        return (one for one in self.findings() if not one.muted)


def report_of(archive: SiteArchive, audit: Audit, wanted: Wanted | None = None) -> Report:
    """An audit of an archive as a report; ``wanted`` chooses among its findings."""
    book = archive.audit_book()
    known = archive.site()
    before = [one for one in book.audits(last=1_000) if one.number < audit.number]

    def findings() -> Iterator[Finding]:
        found = book.findings(audit.number)
        return found if wanted is None else filter(wanted, found)

    return Report(
        site=known.key if known else "",
        home=known.home if known else "",
        name=known.name if known else "",
        audit=audit,
        previous=before[0] if before else None,
        rules=by_id(),
        findings=findings,
        archive=archive,
    )


def chooser(names: tuple[str, ...]) -> Wanted | None:
    """A choice of findings by rules or families (``links``, ``links/missing-target``)."""
    if not names:
        return None
    chosen = frozenset(names)
    return lambda one: one.rule in chosen or one.family in chosen


def written(path: Path, write: Callable[[IO[str]], None]) -> Path:
    """A file written whole: beside its place first, then put there.

    Raises:
        WpSyncError: it can't be written.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="") as stream:
            write(stream)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise WpSyncError(
            f"the report can't be written: {error.strerror or error}",
            place=Place(file=str(path)),
            hint="name another folder with --output",
        ) from error
    return path


def words_of(finding: Finding) -> str:
    """A finding's excerpt with the place between markers that plain text has."""
    shown = finding.excerpt
    if not shown.text or shown.end <= shown.start:
        return shown.text
    marked = f"»{shown.text[shown.start : shown.end]}«"
    return shown.text[: shown.start] + marked + shown.text[shown.end :]


def counts(report: Report) -> dict[str, int]:
    """How many count, by severity, the gravest first."""
    found = {one.value: 0 for one in Severity}
    for finding in report.counting:
        found[finding.severity.value] += 1
    return found
