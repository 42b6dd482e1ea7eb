"""What two audits found, side by side: new, gone, and still there. Reads, judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wp_sync.archive.base import SiteArchive
from wp_sync.audit.report.report import chooser
from wp_sync.findings import Audit, Finding


@dataclass(frozen=True, slots=True)
class Differences:
    """New and gone findings, the gravest first; of those still there how many, by rule."""

    before: Audit
    after: Audit
    new: Sequence[Finding] = ()
    gone: Sequence[Finding] = ()
    still: Mapping[str, int] = field(default_factory=dict)


def differences(
    archive: SiteArchive, before: Audit, after: Audit, names: tuple[str, ...] = ()
) -> Differences:
    """Compare two audits by the fingerprints of what counts."""
    book = archive.audit_book()
    wanted = chooser(names)
    first = {
        one.fingerprint
        for one in book.findings(before.number)
        if not one.muted and (wanted is None or wanted(one))
    }
    new: list[Finding] = []
    still: Counter[str] = Counter()
    there: set[str] = set()
    for one in book.findings(after.number):
        if one.muted or (wanted is not None and not wanted(one)):
            continue
        there.add(one.fingerprint)
        if one.fingerprint in first:
            still[one.rule] += 1
        else:
            new.append(one)
    left = first - there
    gone = [one for one in book.findings(before.number) if one.fingerprint in left]
    return Differences(before, after, new, gone, dict(still))
