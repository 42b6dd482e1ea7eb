"""What an archive holds of a site's terms and people: read whole, as the rules take them.

Reads through the archive's port and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wp_sync.archive.base import SiteArchive
from wp_sync.model import SITE_KIND, State
from wp_sync.normalize.authors.authors import SourceAuthor
from wp_sync.normalize.authors.co_authors import GUEST_POSTS, GUEST_TERMS, guests
from wp_sync.normalize.rules import AuthorRules
from wp_sync.normalize.terms.terms import SourceTerm, default_category


def source_terms(archive: SiteArchive) -> dict[str, list[SourceTerm]]:
    """The terms of every taxonomy, in order of id; those that are gone are left out."""
    return {
        kind.partition("/")[2]: [SourceTerm.of(id, data) for id, data in _there(archive, [kind])]
        for kind in sorted(archive.kinds())
        if kind.startswith("terms/")
    }


def default_id(archive: SiteArchive) -> int:
    """The id of the site's default category; 0 where the login could not see it."""
    site = next(iter(archive.current(SITE_KIND)), None)
    return default_category(site.data) if site else 0


def source_authors(archive: SiteArchive, rules: AuthorRules) -> list[SourceAuthor]:
    """The accounts and guests that the site lists."""
    users: dict[int, SourceAuthor] = {}
    for kind in sorted(archive.kinds()):
        if kind.startswith("users/"):
            for id, data in _there(archive, [kind]):
                users[id] = SourceAuthor.of(id, data)
    # Where a site hides its users, a rule can still say who an author's id is.
    for rule in rules.rules:
        for id in rule.match.ids:
            users.setdefault(id, SourceAuthor.of(id, {}))
    return guests(users.values(), _there(archive, [GUEST_TERMS]), _there(archive, GUEST_POSTS))


def _there(archive: SiteArchive, kinds: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    have = set(archive.kinds())
    for kind in kinds:
        if kind in have:
            for current in archive.current(kind):
                if current.state is not State.GONE:
                    yield current.id, current.data
