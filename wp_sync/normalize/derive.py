"""One post through the rules: its terms, links and related posts, and the digest of it all.

Pure: a record and what the whole site shares (addresses, terms, people, words) in, a `Derived` out.
Reads and writes nothing; `wp_sync.normalize.engine` runs it over an archive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice

from msgspec.structs import replace as same_but

from wp_sync.archive.base import Current
from wp_sync.content import Derived, Link, Related
from wp_sync.model import Item, State
from wp_sync.normalize.authors.authors import Authors
from wp_sync.normalize.authors.co_authors import Bylines
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.dependencies import NAMES, key_of, pack
from wp_sync.normalize.links.addresses import find_addresses
from wp_sync.normalize.links.scan import Scan, scan
from wp_sync.normalize.links.urls import Address, Meaning, UrlIndex
from wp_sync.normalize.oddities import oddities
from wp_sync.normalize.records import post_of
from wp_sync.normalize.related.computed import Likeness
from wp_sync.normalize.related.find import in_fields, in_markup, judged, phrases_of
from wp_sync.normalize.rules import CleaningRules, RelatedRules, digest
from wp_sync.normalize.site_addresses import Known
from wp_sync.normalize.terms.filing import Filing
from wp_sync.normalize.text import integer, rendered

# Raise it whenever the same input would give other rows, so that archives derive anew.
DERIVATION = 6
_MOST_LINKS = 20_000  # of one post; no page that people read has as many
_SEEN = frozenset(("resolved", "moved"))  # entries that visitors can follow
_WITHOUT_CONTENT = frozenset(("posts/nav_menu_item",))


class Deriver:
    """Derives posts one by one; made once a run from what all posts share."""

    def __init__(
        self,
        index: UrlIndex,
        related: RelatedRules,
        filing: Filing | None = None,
        authors: Authors | None = None,
        alike: Mapping[str, Likeness] | None = None,
        cleaner: Cleaner | None = None,
        bylines: Bylines | None = None,
        near: UrlIndex | None = None,
    ) -> None:
        self._index = index
        self._near = near
        self._rules = related
        self._phrases = phrases_of(related)
        self._filing = filing or Filing(())
        self._slug_of = (authors or Authors()).slug_of
        self._bylines = bylines or Bylines(authors or Authors())
        self._alike = alike or {}
        self._cleaner = cleaner or Cleaner(CleaningRules())
        self._keys: dict[tuple[str, object, object], int] = {}

    def derive(
        self, current: Current, page: Item | None = None, known: Known | None = None
    ) -> tuple[Derived, list[str]]:
        """What the rules make of a post, and what a person should know of its markup.

        ``page`` is what was kept of the post's rendered page (its HTML as ``content``, and what
        plugins answer beside it), where that is to be searched too. ``known`` is what its addresses
        meant when it was derived last, where no address has changed since.
        """
        asked: set[int] = set()
        self._index.asked = asked
        post = post_of(current, self._slug_of)
        asked |= self._own(post.author, current)
        authors, doubts = self._bylines.of(post, current.data)
        if self._bylines.asked_names:
            asked.add(NAMES)
        author = authors[0].author if authors else ""
        if author != post.author:
            post = replace(post, author=author)
        terms = self._filing.file(post, current.data, self._index)
        mean = _Meanings(self._index, self._index.base(post.link), current.id)
        if known:
            mean.before, mean.near = known, self._near
        scanned = scan(post.content)
        links = links_of(scanned, mean)
        entries = in_fields(current.data) if self._rules.rest else []
        if self._rules.rest and page:
            entries += in_fields(page)
        if self._rules.content:
            entries += in_markup(scanned, mean, self._phrases)
        if html := rendered(page.get("content")) if page else "":
            listed = {entry.url for entry in entries}
            found = in_markup(scan(html), mean, self._phrases, where="page")
            entries += [entry for entry in found if entry.url not in listed]
        related = judged(entries, mean, current.id, self._rules.most)
        if current.kind in self._alike and not any(each.state in _SEEN for each in related):
            for like in self._alike[current.kind].like(current.id, self._rules.computed_most):
                position = len(related)
                related.append(
                    Related(position, "computed", like.url, like.title, "resolved", like.id)
                )
        cleanings = self._cleaner.look(post.content, post.title, scanned)
        state = str(current.state)
        dependencies = pack(asked)
        parts = (authors, terms, links, related, cleanings, dependencies)
        made = digest([DERIVATION, current.digest, state, *parts])
        derived = Derived(
            post,
            f"{current.digest}:{state}:{made}",
            terms,
            links,
            related,
            authors=authors,
            cleanings=cleanings,
            dependencies=dependencies,
        )
        return derived, [*_findings(current, scanned, links), *doubts]

    def _own(self, author: str, current: Current) -> set[int]:
        """The facts that a record names itself: its author and terms."""
        user = integer(current.data.get("author"))
        facts: list[tuple[str, object, object]] = []
        if author or user:
            facts += [("user", user, ""), ("person", author, "")]
        facts += [("term", *term) for term in self._filing.source_terms(current.data)]
        found = set()
        for fact in facts:
            if (key := self._keys.get(fact)) is None:
                key = self._keys[fact] = key_of(*(part for part in fact if part != ""))
            found.add(key)
        return found

    def decisions(self, current: Current) -> list[Decision]:
        """Every decision behind a post's authors and terms: which rule did what, and why."""
        trace: list[Decision] = []
        post = post_of(current, self._slug_of)
        authors, _ = self._bylines.of(post, current.data, trace)
        post = replace(post, author=authors[0].author if authors else "")
        self._filing.file(post, current.data, self._index, trace)
        return trace


class _Meanings:
    """What the addresses of one post mean, each asked once."""

    def __init__(self, index: UrlIndex, base: Address, self_id: int) -> None:
        self._index = index
        self._base = base
        self._self_id = self_id
        self._known: dict[str, Meaning] = {}
        self.before: Known = {}
        self.near: UrlIndex | None = None

    def __call__(self, url: str) -> Meaning:
        meaning = self._known.get(url)
        if meaning is None:
            meaning = self._still(url) if self.near is not None else None
            if meaning is None:
                meaning = self._index.meaning(url, self._base, self._self_id)
            self._known[url] = meaning
        return meaning

    def _still(self, url: str) -> Meaning | None:
        """What an address meant before, where asking for it comes to the same (`SiteAddresses`)."""
        if self.near is None or (before := self.before.get(url)) is None:
            return None
        self.near.asked = set()
        found = self.near.meaning(url, self._base, self._self_id)
        if same_but(found, suffix="") != before:
            return None
        if self._index.asked is not None:
            self._index.asked |= self.near.asked
        return found


@cache
def _form(layers: tuple[str, ...]) -> str:
    return "+".join(layers)


def links_of(scanned: Scan, mean: _Meanings) -> list[Link]:
    """Every link of a post's content with what it means."""
    links: list[Link] = []
    for found in islice(find_addresses(scanned), _MOST_LINKS):
        if found.url.startswith("data:"):
            continue
        meaning = mean(found.url)
        links.append(
            Link(
                position=len(links),
                url=found.url,
                text=found.text,
                element=found.element,
                state=meaning.state,
                resolved=meaning.resolved,
                target_kind=meaning.kind,
                target=meaning.target,
                attribute=found.attribute,
                form=_form(found.layers),
                span_start=found.start,
                span_end=found.end,
                target_type=meaning.type,
                via=meaning.via,
            )
        )
    return links


def _findings(current: Current, scanned: Scan, links: Sequence[Link]) -> list[str]:
    messages = oddities(scanned, links, left_out=len(links) == _MOST_LINKS)
    if (
        current.state is State.LIVE
        and current.kind not in _WITHOUT_CONTENT
        and not isinstance(current.data.get("content"), Mapping)
    ):
        messages.append("the record has no content field")
    return messages
