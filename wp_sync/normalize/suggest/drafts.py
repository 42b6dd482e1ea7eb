"""Proposals drawn from a whole archive: on terms, people, other hosts, blocks in many posts.

Reads posts in one streaming pass (blocks take two more) and keeps a few numbers and examples a
term, never the posts. What the rules decide already is not proposed again. Writes nothing: what a
draft looks like in a file is for `wp_sync.cli` to say.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.content import Author
from wp_sync.model import MEDIA_KIND, State
from wp_sync.normalize.authors.authors import Authors, order_authors
from wp_sync.normalize.authors.bylines import find_byline
from wp_sync.normalize.authors.co_authors import mentions
from wp_sync.normalize.boilerplate.passages import comparable
from wp_sync.normalize.boilerplate.survey import Repeated, survey
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.inventory import default_id, source_authors, source_terms
from wp_sync.normalize.rules import CleaningRules, Rules
from wp_sync.normalize.suggest.hosts import Hosts
from wp_sync.normalize.suggest.proposals import Proposal, in_order, rule_text, toml_value
from wp_sync.normalize.suggest.terms import Key, KnownTerm, TermUse, suggest_terms
from wp_sync.normalize.terms.filing import ids_of
from wp_sync.normalize.terms.order import order_taxonomies
from wp_sync.normalize.terms.terms import SourceTerm, Terms
from wp_sync.normalize.text import clean_name, fold, integer, plain, rendered, string
from wp_sync.progress import Progress, Silent, Stop

_EXAMPLES = 3  # posts named with a proposal
_LONGEST_TITLE = 120
_MOST_BYLINES = 500  # different names remembered of one account
_MOST_BLOCKS = 200
_MOST_WORDINGS = 5
_SURE_SHARE = 0.8  # of the bylines that must name one person


@dataclass(frozen=True, slots=True)
class Example:
    """A post that a proposal touches."""

    kind: str
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal with the first posts that it touches."""

    proposal: Proposal
    examples: tuple[Example, ...] = ()


def suggest_site(
    archive: SiteArchive,
    rules: Rules,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> list[Draft]:
    """Everything worth proposing on a site, the surest first; the same in every run.

    Raises:
        ArchiveError: the archive can't be read.
        Interrupted: a stop was asked for.
    """
    progress, stop = progress or Silent(), stop or Stop()
    sources = source_terms(archive)
    default = default_id(archive)
    ordered = order_taxonomies(sources, rules, default_id=default)
    authors = order_authors(source_authors(archive, rules.authors), rules.authors)
    seen = _Seen(_known_terms(sources, default), authors)
    site = archive.site()
    hosts = _hosts(archive, site.home if site else "", rules)
    kinds = [
        kind for kind in sorted(archive.kinds()) if kind.startswith("posts/") and kind != MEDIA_KIND
    ]
    progress.stage("posts", sum(archive.count(kind) for kind in kinds))
    for kind in kinds:
        for current in archive.current(kind):
            if current.state is State.LIVE:
                seen.look(current, hosts)
            progress.advance(1)
            stop.check()
    found = _undecided(suggest_terms(seen.terms, seen.use), ordered)
    drafts = [Draft(one, seen.examples_of(one)) for one in found]
    drafts += (Draft(one, seen.examples_at(host)) for host, one in hosts.proposals())
    drafts += seen.people(rules, clean_name(site.name) if site else "")
    progress.stage("repeated blocks")
    drafts += _blocks(archive, rules, seen)
    place = {id(draft.proposal): draft for draft in drafts}
    return [place[id(one)] for one in in_order(draft.proposal for draft in drafts)]


def _hosts(archive: SiteArchive, home: str, rules: Rules) -> Hosts:
    """What knows every address of the site, to tell other hosts that have them too."""
    hosts = Hosts(home, rules.links)
    for link, *_ in archive.urls():
        hosts.known(link)
    for current in archive.current(MEDIA_KIND):
        if current.state is State.LIVE:
            hosts.known(string(current.data.get("source_url")))
    return hosts


def _known_terms(sources: Mapping[str, Sequence[SourceTerm]], default: int) -> list[KnownTerm]:
    # Where a login can't see the settings, the term that WordPress was installed with (id 1) is
    # taken for the default one: it can't be deleted there, so it is never proposed to go.
    default = default or 1
    return [
        KnownTerm(
            taxonomy,
            term.id,
            term.name,
            term.slug,
            term.parent,
            term.count,
            taxonomy == "category" and term.id == default,
            term.lang,
        )
        for taxonomy, terms in sources.items()
        for term in terms
    ]


class _Seen:
    """What one reading of the posts leaves behind: bounded by terms and people, not by posts."""

    def __init__(self, terms: Sequence[KnownTerm], authors: Authors) -> None:
        self.terms = terms
        self.use = TermUse(terms)
        self._taxonomies = sorted({term.taxonomy for term in terms})
        self._parents = {term.key: (term.taxonomy, term.parent) for term in terms}
        self._of_term: dict[Key, list[Example]] = {}
        self._of_both: dict[Key, list[Example]] = {}  # posts that have a term's parent as well
        self._of_host: dict[str, list[Example]] = {}
        self._authors = authors
        self._accounts = {
            author.slug: author
            for author in authors.authors
            if author.login_like and not author.rule
        }
        self._posts_of: Counter[str] = Counter()
        self._of_account: dict[str, list[Example]] = {}
        self._bylines: dict[str, Counter[str]] = {}
        self._titles: set[bytes] = set()  # digests only: a site may have a million

    def look(self, current: Current, hosts: Hosts) -> None:
        data = current.data
        title = plain(rendered(data.get("title")))
        self._titles.add(_mark(title))
        example = Example(current.kind, current.id, title[:_LONGEST_TITLE])
        for host in hosts.look(rendered(data.get("content"))):
            _keep(self._of_host, host, example)
        filed = {(name, id) for name in self._taxonomies for id in ids_of(data, name)}
        self.use.add(current.id, filed)
        for key in filed:
            _keep(self._of_term, key, example)
            if self._parents.get(key) in filed:
                _keep(self._of_both, key, example)
        for slug in self._named(data):
            if slug in self._accounts:
                self._posts_of[slug] += 1
                _keep(self._of_account, slug, example)
                line = find_byline(rendered(data.get("content")))
                if line is not None and line.author:
                    names = self._bylines.setdefault(slug, Counter())
                    if line.author in names or len(names) < _MOST_BYLINES:
                        names[line.author] += 1

    def _named(self, data: Mapping[str, Any]) -> set[str]:
        """The slugs of the people whom a record names as its authors."""
        named = mentions(data)
        if not named:
            return {self._authors.slug_of.get(integer(data.get("author")), "")}
        slugs = {self._authors.slug_of.get(one.user, "") for one in named}
        return slugs | {self._authors.guests.get(key, "") for one in named for key in one.keys}

    def is_title(self, text: str) -> bool:
        """Whether a passage is no more than a post's title: a link to it, not a block."""
        return _mark(text) in self._titles

    def examples_of(self, one: Proposal) -> tuple[Example, ...]:
        taxonomy = one.concern.partition("/")[2]
        if one.kind == "parent and child":
            return tuple(self._of_both.get((taxonomy, one.ids[1]), ()))
        return tuple(self._of_term.get((taxonomy, one.ids[0]), ()))

    def examples_at(self, host: str) -> tuple[Example, ...]:
        """The first posts that link to a host."""
        return tuple(self._of_host.get(host, ()))

    def people(self, rules: Rules, site: str) -> Iterator[Draft]:
        """Accounts that bear no person's name, and who they seem to be."""
        for slug, author in sorted(self._accounts.items()):
            yield Draft(self._person(author, rules, site), tuple(self._of_account.get(slug, ())))

    def _person(self, author: Author, rules: Rules, site: str) -> Proposal:
        posts = self._posts_of[author.slug]
        names = self._bylines.get(author.slug, Counter())
        own = {fold(word) for word in (author.name, author.slug)}
        told = sorted((-count, name) for name, count in names.items() if fold(name) not in own)
        reason = f"“{author.name}” ({_posts(posts)}) looks like a login or an e-mail address"
        match: dict[str, str | int] = {"slug": author.slug}
        change: dict[str, str | bool] = {}
        sure = 0.6
        total = sum(names.values())
        if told and -told[0][0] > 1 and -told[0][0] >= _SURE_SHARE * total:
            count, name = -told[0][0], told[0][1]
            change = {"name": name}
            reason += f"; {count} of {total} bylines in its posts say “{name}”"
            sure = 0.85
        elif rules.authors.house_name:
            change = {"house": True}
        elif site:
            change = {"name": site}
            reason += "; the rule puts the site's own name in its place"
        rule = rule_text(match, change) if change else ""
        ids = author.source_ids[:1]
        return Proposal("authors", "login-like", (author.name,), reason, posts, sure, rule, ids)


def _mark(title: str) -> bytes:
    same = comparable(title).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(same, digest_size=8).digest()


def _keep(lists: dict[Any, list[Example]], key: Any, example: Example) -> None:
    some = lists.setdefault(key, [])
    if len(some) < _EXAMPLES:
        some.append(example)


def _undecided(found: Sequence[Proposal], ordered: Sequence[Terms]) -> list[Proposal]:
    """Proposals on what no rule names yet, into what is still there after the rules."""
    ruled: set[Key] = set()
    gone: set[Key] = set()
    for row in (row for terms in ordered for row in terms.sources):
        key = (row.taxonomy, row.source_id)
        if row.rule:
            ruled.add(key)
        if row.action in ("merged", "split", "dropped") or row.to_taxonomy != row.taxonomy:
            gone.add(key)
    left = []
    for one in found:
        taxonomy = one.concern.partition("/")[2]
        keys = [(taxonomy, id) for id in one.ids]
        if one.kind == "tag and category":
            keys[1:] = [("category", one.ids[1])]
        if keys[0] not in ruled and not gone & set(keys):
            left.append(one)
    return left


def _blocks(archive: SiteArchive, rules: Rules, seen: _Seen) -> Iterator[Draft]:
    """Passages that stand in many posts and that no file names yet."""
    cleaner = Cleaner(CleaningRules(), rules.boilerplate)
    proposed = 0
    for one in survey(archive, rules.boilerplate):
        if proposed == _MOST_BLOCKS:
            return
        told = cleaner.look(f"<p>{escape(one.text)}</p>", "")
        if seen.is_title(one.text) or any(each.rule == "boilerplate" for each in told):
            continue
        proposed += 1
        yield Draft(_block(one), _examples_in(archive, one))


def _block(one: Repeated) -> Proposal:
    name = one.text if len(one.text) <= 40 else one.text[:40].rsplit(" ", 1)[0].rstrip(",;:-–— ")
    wordings = "" if one.variants < 2 else f" in {one.variants} wordings"
    reason = f"“{one.text[:_LONGEST_TITLE]}” stands in {_posts(one.posts)}{wordings}"
    # Whole sentences that many posts have are boilerplate more surely than a line or two.
    sure = min(0.9, 0.4 + 0.02 * one.posts + (0.2 if len(one.text) > 80 else 0.0))
    if one.variants * 2 > one.posts:
        sure *= 0.5  # hardly two are the same: a form with numbers or names filled in
    like = ", ".join(toml_value(each.text) for each in one.wordings[:_MOST_WORDINGS])
    rule = f'[[block]]\nname = {toml_value(name)}\nlike = [{like}]\ndo = "keep"\n'
    return Proposal(
        "boilerplate", "repeated block", (name,), reason, one.posts, round(sure, 2), rule
    )


def _examples_in(archive: SiteArchive, one: Repeated) -> tuple[Example, ...]:
    """The first post of each of a block's wordings."""
    first = dict.fromkeys(each.first for each in one.wordings)
    found = []
    for kind in sorted(archive.kinds()):
        if kind.startswith("posts/") and kind != MEDIA_KIND:
            wanted = list(first)[:_EXAMPLES]
            for current in archive.current(kind, ids=wanted):
                title = plain(rendered(current.data.get("title"))) or string(
                    current.data.get("slug")
                )
                found.append(Example(kind, current.id, title[:_LONGEST_TITLE]))
    return tuple(found[:_EXAMPLES])


def _posts(count: int) -> str:
    return f"{count} post{'' if count == 1 else 's'}"
