"""What of the last audit still holds, so that the next one need not find it again.

A post's own findings hold while neither the post nor anything else they are made of changed: rules,
settings, suppressions, the site's address. All of an audit holds while no table it reads changed
since, on the same day. Whatever is not certain is found again. Reads; writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Set
from datetime import datetime

from wp_sync.archive.base import AuditBook, SiteArchive
from wp_sync.audit.muting import Muting
from wp_sync.audit.registry import registered, whole_digest
from wp_sync.audit.settings import Settings
from wp_sync.findings import Audit, Settled

# What was noted of the site as the last audit saw it stands among the facts, under this kind.
KIND = "site/audited"
_TALLIES = "SELECT name, rows, mix FROM tallies WHERE site = :site ORDER BY name"
# Tables that audits write, that say when something was fetched, or that are of other sites.
_BESIDE = frozenset(
    ("audits", "findings", "audit_facts", "runs", "bookmarks", "quarantine", "losses", "receipts",
     "intents", "target_versions", "derivations")
)  # fmt: skip
# What is known of other sites' addresses ages by the second.
_AGEING = "link_checks"


def _digest(words: Iterable[str]) -> str:
    text = "\n".join(words).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def rules_digest(settings: Settings, muting: Muting, home: str) -> str:
    """Everything that findings are made of beside the archive: rules, settings, what is muted."""
    return _digest([whole_digest(), home, *settings.page_words(), *muting.words()])


class LastAudit:
    """The last audit of a site, and what may be taken over from it."""

    def __init__(
        self, archive: SiteArchive, settings: Settings, muting: Muting, now: datetime
    ) -> None:
        known = archive.site()
        self._archive = archive
        self._book: AuditBook = archive.audit_book()
        self._site = known.key if known else ""
        self._home = (known.home if known else "").rstrip("/")
        self._days = [now.strftime("%Y-%m-%d"), muting.today]
        self.rules = rules_digest(settings, muting, self._home)
        audits = self._book.audits(last=1)
        self.audit: Audit | None = audits[0] if audits else None

    @property
    def number(self) -> int:
        return self.audit.number if self.audit else 0

    def whole(self, as_of: str) -> Audit | None:
        """The last audit, where another one would find the very same."""
        if not self._same(as_of):
            return None
        noted = dict(self._book.bases(KIND)).get(0, "")
        seen = self._seen()
        if not seen or noted != f"{seen}:{self.number}" or not self._book.intact():
            return None
        return self.audit

    def settled(self, posts: Mapping[str, Set[int]], as_of: str) -> Settled | None:
        """The posts whose own findings stand as they are: of these, none looked at anew since."""
        if not self._same(as_of) or not self._book.intact():
            return None
        return Settled(frozenset(registered().page), posts)

    def note(self, number: int) -> None:
        """Remember what the site was like for an audit that was written down."""
        if seen := self._seen():
            self._book.put_facts(KIND, [(0, f"{seen}:{number}", b"")])

    def _same(self, as_of: str) -> bool:
        last = self.audit
        return last is not None and last.rules == self.rules and last.as_of == as_of

    def _seen(self) -> str:
        """All that an audit reads, and the day; empty where that does not tell all."""
        words = [self.rules, *self._days]
        for row in self._archive.query(_TALLIES, site=self._site):
            if row["name"] == _AGEING and row["rows"]:
                return ""
            if row["name"] not in _BESIDE:
                words.append(f"{row['name']} {row['rows']} {row['mix']}")
        return _digest(words)
