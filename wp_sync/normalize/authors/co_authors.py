"""Who wrote a post: its own author, or the several authors and guests that a plugin names.

Reads what Co-Authors Plus, PublishPress Authors and Molongui Authorship show over REST, and the
byline in the text. Pure; which account is which person is decided in
`wp_sync.normalize.authors.authors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wp_sync.content import Author, Post, PostAuthor
from wp_sync.normalize.authors.authors import Authors, SourceAuthor, fitting, login_like
from wp_sync.normalize.authors.bylines import Byline, differences, find_byline
from wp_sync.normalize.choice import Chooser
from wp_sync.normalize.decisions import Decision
from wp_sync.normalize.rules import AuthorRules
from wp_sync.normalize.text import clean_name, decoded_slug, fold, integer, rendered, string

# Where guests are listed: Co-Authors Plus's taxonomy (slugs begin with "cap-"; a term's name is a
# login) and guests, Molongui's guests (two names of the type, by version).
GUEST_TERMS = "terms/author"
GUEST_POSTS = ("posts/guest-author", "posts/guest_author", "posts/molongui_guestauthor")
_CAP = "cap-"

_NAMES = ("display_name", "displayName", "name", "nickname")
_SLUGS = ("slug", "user_nicename", "userNicename", "author_slug")


@dataclass(frozen=True, slots=True)
class Mention:
    """An author as a plugin names them on a post: by account, by key, or only by name and slug."""

    origin: str
    user: int = 0
    keys: tuple[str, ...] = ()
    name: str = ""
    slug: str = ""


def mentions(data: Mapping[str, Any]) -> list[Mention]:
    """The authors that a plugin names on a post, in its order; none where no plugin does."""
    for found in (_publishpress(data), _co_authors_plus(data), _molongui(data)):
        some = [one for one in found if one.user or one.keys or one.name or one.slug]
        if some:
            return list(dict.fromkeys(some))
    return []


def _items(value: Any) -> Iterator[Any]:
    """A field's values; WordPress wraps single ones, and meta comes as lists of lists."""
    if isinstance(value, list):
        for part in value:
            yield from _items(part)
    elif value:
        yield value


def _publishpress(data: Mapping[str, Any]) -> Iterator[Mention]:
    for item in _items(data.get("authors")):
        if isinstance(item, Mapping):
            yield _named("publishpress", item, integer(item.get("user_id")))


def _co_authors_plus(data: Mapping[str, Any]) -> Iterator[Mention]:
    for item in _items(data.get("coauthors")):
        if isinstance(item, Mapping):
            yield _named("co-authors-plus", item, 0)
        elif id := integer(item):
            yield Mention("co-authors-plus", keys=(f"term:{id}",))


def _molongui(data: Mapping[str, Any]) -> Iterator[Mention]:
    meta = data.get("meta")
    for place in (meta, data):
        if isinstance(place, Mapping):
            for name in ("_molongui_main_author", "_molongui_author"):
                for item in _items(place.get(name)):
                    kind, _, id = string(item).partition("-")
                    if kind == "user" and integer(id):
                        yield Mention("molongui", user=integer(id))
                    elif kind == "guest" and integer(id):
                        yield Mention("molongui", keys=(f"post:{integer(id)}",))


def _named(origin: str, item: Mapping[str, Any], user: int) -> Mention:
    name = next((found for key in _NAMES if (found := clean_name(string(item.get(key))))), "")
    slug = next((found for key in _SLUGS if (found := decoded_slug(string(item.get(key))))), "")
    term = integer(item.get("term_id"))
    keys = (f"term:{term}",) if term and not user else ()
    return Mention(origin, user, keys, name, slug.removeprefix(_CAP))


def guests(
    users: Iterable[SourceAuthor],
    terms: Iterable[tuple[int, Mapping[str, Any]]],
    posts: Iterable[tuple[int, Mapping[str, Any]]],
) -> list[SourceAuthor]:
    """All whom a site's author plugins list, accounts and guests; keys tell what they go by.

    A guest's own record has the name that readers see; the plugin's term has no more than a login.
    """
    by_slug = {user.slug: user for user in users}
    for id, data in posts:
        slug = decoded_slug(string(data.get("slug"))).removeprefix(_CAP) or f"guest-{id}"
        name = clean_name(rendered(data.get("title"))) or slug
        guest = SourceAuthor(0, name, slug, (f"post:{id}",), guest=True)
        own = by_slug.get(slug)
        by_slug[slug] = replace(own, keys=(*own.keys, *guest.keys)) if own else guest
    for id, data in terms:
        slug = decoded_slug(string(data.get("slug"))).removeprefix(_CAP) or f"guest-{id}"
        own = by_slug.get(slug)
        if own is None:
            name = clean_name(string(data.get("name"))) or slug
            own = SourceAuthor(0, name, slug, guest=True)
        by_slug[slug] = replace(own, keys=(*own.keys, f"term:{id}"))
    return list(by_slug.values())


class Bylines:
    """Names the authors of posts one by one; made once a run from what all posts share.

    ``asked_names`` tells of the post before whether anybody was looked for by name.
    """

    def __init__(self, authors: Authors, rules: AuthorRules | None = None) -> None:
        self._authors = authors
        self._rules = rules or AuthorRules()
        self._chooser = Chooser(self._rules.rules)
        self._people = {author.slug: author for author in authors.authors}
        self._by_word: dict[str, str] = {}
        for words in (_own_words, _source_words):
            for author in authors.authors:
                for word in words(author):
                    self._by_word.setdefault(word, author.slug)
        self._house = self._rules.house_slug or self._rules.slugs.slug(
            self._rules.house_name, "house"
        )
        self.asked_names = False

    def of(
        self, post: Post, data: Mapping[str, Any], trace: list[Decision] | None = None
    ) -> tuple[list[PostAuthor], list[str]]:
        """A post's authors in its order, and what a person should know of its byline."""
        named = mentions(data)
        found = [(who, mention) for mention in named if (who := self._mentioned(mention))]
        if not found and post.author:
            own = self._people.get(post.author) or Author(post.author, "")
            found = [(own, Mention("wordpress", user=integer(data.get("author"))))]
        line = find_byline(post.content) if self._rules.bylines != "ignore" else None
        messages: list[str] = []
        self.asked_names = bool(named) or line is not None
        if line is not None:
            trusted = self._trusted(line, [who for who, _ in found])
            if trusted:
                found = [(trusted, Mention("byline", name=line.author))]
                if trace is not None:
                    why = f'its byline says "{line.author}", and its author is no person'
                    decision = (post.author, trusted.slug, why, trusted.rule)
                    trace.append(Decision("authors", "trusted", *decision))
            messages = list(differences(line, post.published_at, self._names(line, found)))
        rows: dict[str, PostAuthor] = {}
        for who, mention in found:
            if who.slug in rows:
                continue
            # Guests whom only posts name are known by these rows: no list of the site has them.
            name = mention.name if who.slug in self._people else who.name
            rows[who.slug] = PostAuthor(len(rows), who.slug, name, mention.origin, mention.user)
            if trace is not None and mention.origin != "byline":
                trace.append(_decision(who, mention))
        return list(rows.values()), messages

    def _mentioned(self, mention: Mention) -> Author | None:
        """The person whom a plugin names; None for one whom the rules leave out."""
        if mention.user in self._authors.slug_of:
            return self._people.get(self._authors.slug_of[mention.user])
        if mention.user and not mention.name:
            return Author(f"author-{mention.user}", "")
        for key in mention.keys:
            if key in self._authors.guests:
                return self._people.get(self._authors.guests[key])
        name = mention.name or mention.slug
        return self.person(name, mention.slug) if name else None

    def person(self, name: str, slug: str = "") -> Author | None:
        """Who is meant by a name that no list of the site has; None for one left out."""
        rules = self._rules
        slug = slug or rules.slugs.slug(name, "guest")
        fits = fitting(self._chooser, SourceAuthor(0, name, slug, guest=True))
        if fits:
            rule = fits[0].rule
            if rule.house:
                return self._as(self._house, rules.house_name, name, rule.where)
            known = self._by_word.get(fold(rule.name)) if rule.name else None
            made = rules.slugs.slug(rule.name, slug) if rule.name else slug
            return self._as(rule.slug or known or made, rule.name or name, name, rule.where)
        if known := self._by_word.get(fold(name)):
            return self._people[known]
        if rules.unmapped in ("drop", "refuse"):
            return None
        if login_like(name, slug) and rules.login_like == "house":
            return self._as(self._house, rules.house_name, name)
        if slug in self._people and fold(self._people[slug].name) != fold(name):
            slug = f"{slug}-guest"
        return self._as(slug, name, name)

    def _as(self, slug: str, name: str, source: str, rule: str = "") -> Author:
        known = self._people.get(slug)
        return known or Author(slug, name, (), (source,), login_like(name, slug), rule)

    def _trusted(self, line: Byline, authors: list[Author]) -> Author | None:
        if self._rules.bylines != "trust" or not line.author or login_like(line.author):
            return None
        if any(not self._impersonal(author) for author in authors):
            return None
        return self.person(line.author)

    def _impersonal(self, author: Author) -> bool:
        return author.slug == self._house or author.login_like or not author.name

    def _names(self, line: Byline, found: list[tuple[Author, Mention]]) -> set[str]:
        """The folded words that a post's authors go by, the byline's own where a rule says so."""
        names: set[str] = set()
        for who, mention in found:
            names |= {*_own_words(who), *_source_words(who), fold(mention.name)} - {""}
        if line.author and (fits := fitting(self._chooser, _guest(line.author))):
            rule = fits[0].rule
            meant = rule.slug or self._by_word.get(fold(rule.name), "")
            if meant in {who.slug for who, _ in found}:
                names.add(fold(line.author))
        return names


def late_authors(rows: Iterable[tuple[str, str]]) -> list[Author]:
    """The guests whom only posts name, from (slug, name) in the order of the posts."""
    found: dict[str, Author] = {}
    for slug, name in rows:
        found.setdefault(slug, Author(slug, name, (), (), login_like(name, slug)))
    return list(found.values())


def _decision(who: Author, mention: Mention) -> Decision:
    why = "a rule says who that is" if who.rule else "no rule names them, so they stay"
    if mention.origin != "wordpress":
        why += f"; {mention.origin} names the authors"
    before = mention.name or next(iter(who.source_names), "")
    return Decision("authors", "authored", before, who.slug, why, who.rule)


def _guest(name: str) -> SourceAuthor:
    return SourceAuthor(0, name, "", guest=True)


def _own_words(author: Author) -> list[str]:
    return [fold(word) for word in (author.name, author.slug) if word]


def _source_words(author: Author) -> list[str]:
    return [fold(word) for word in author.source_names if word]
