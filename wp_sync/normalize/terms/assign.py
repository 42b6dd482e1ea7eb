"""Whether a post meets a rule's conditions: terms, words, author, day, kind.

Pure. Conditions are made ready once a run; `wp_sync.normalize.terms.filing` acts on what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from wp_sync.content import Post
from wp_sync.normalize.authors.authors import Authors
from wp_sync.normalize.rules import AssignRule, Condition
from wp_sync.normalize.terms.paths import fold_path
from wp_sync.normalize.terms.terms import Terms
from wp_sync.normalize.text import fold, folded_words

_Key = tuple[str, int]  # taxonomy and source id

# Scripts that put no spaces between words: a word stands there wherever it is found.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


class Asked:
    """A post as conditions see it; its words are made comparable only when somebody asks."""

    def __init__(self, post: Post, ids: AbstractSet[_Key], author: AbstractSet[str]) -> None:
        self.post = post
        self.ids = ids
        self.author = author

    @cached_property
    def title(self) -> str:
        return fold(self.post.title)

    @cached_property
    def text(self) -> str:
        return f"{self.title}\n{folded_words(self.post.content)}"


def words_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of these folded words or phrases, whole; ``*`` at the end stands for any ending."""
    parts = []
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        bare = word.rstrip("*").strip()
        before = "" if _UNSPACED.match(bare[:1]) or not bare[:1].isalnum() else r"(?<!\w)"
        after = "" if _UNSPACED.match(bare[-1:]) or not bare[-1:].isalnum() else r"(?!\w)"
        if word.endswith("*"):
            after = ""
        parts.append(before + re.escape(bare) + after)
    return re.compile("|".join(parts))


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that is asked; ``why`` answers for a post, empty where it does not hold."""

    kind: str
    ids: frozenset[_Key] = frozenset()
    pattern: re.Pattern[str] | None = None
    words: frozenset[str] = frozenset()
    since: str = ""
    before: str = ""
    says: str = ""

    def why(self, asked: Asked) -> str:
        if self.kind == "terms":
            return self.says if self.ids & asked.ids else ""
        if self.kind in ("title", "text"):
            assert self.pattern is not None
            found = self.pattern.search(asked.title if self.kind == "title" else asked.text)
            return f'its {self.kind} has "{found[0]}"' if found else ""
        if self.kind == "author":
            found_names = sorted(self.words & asked.author)
            return f'its author is "{found_names[0]}"' if found_names else ""
        if self.kind == "kind":
            return f"it is a {asked.post.type}" if asked.post.type in self.words else ""
        day = asked.post.published_at
        holds = bool(day) and self.since <= day and (not self.before or day < self.before)
        return f"it is of {day[:10]}" if holds else ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule on posts, ready to be asked. ``left`` are the terms that posts leave for ``to``;
    ``concerns`` the terms without one of which no post can meet it, None where any post may."""

    rule: AssignRule
    when: tuple[_Part, ...]
    some: tuple[_Part, ...]
    none: tuple[_Part, ...]
    left: frozenset[_Key]
    concerns: frozenset[_Key] | None

    def why(self, asked: Asked) -> str:
        """Why a post meets the rule; empty where it does not."""
        if self.concerns is not None and not self.concerns & asked.ids:
            return ""
        reasons = []
        for part in self.when:
            if not (reason := part.why(asked)):
                return ""
            reasons.append(reason)
        if self.some:
            found = next((reason for part in self.some if (reason := part.why(asked))), "")
            if not found:
                return ""
            reasons.append(found)
        if any(part.why(asked) for part in self.none):
            return ""
        return " and ".join(reasons) or "no word against it"


def ready(
    taxonomy: str, rules: Sequence[AssignRule], all_terms: Mapping[str, Terms], default_id: int
) -> list[Ready]:
    """The rules on posts of one taxonomy's file, higher layers first, then in the file's order."""
    found = []
    for rule in sorted(rules, key=lambda rule: -rule.layer):
        when, some, none = (
            _parts(condition, all_terms, default_id)
            for condition in (rule.when, rule.some, rule.none)
        )
        named = frozenset[_Key]().union(*(part.ids for part in when if part.kind == "terms"))
        needed = [part.ids for part in when if part.kind == "terms"]
        left = frozenset(key for key in named if key[0] == taxonomy)
        found.append(
            Ready(
                rule,
                when,
                some,
                none,
                frozenset() if rule.stay or not rule.to else left,
                min(needed, key=len) if needed else None,
            )
        )
    return found


def _parts(
    condition: Condition, all_terms: Mapping[str, Terms], default_id: int
) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    if condition.default:
        ids = frozenset({("category", default_id)} if default_id else ())
        parts.append(_Part("terms", ids, says="it is filed under the default category"))
    for taxonomy in dict.fromkeys(taxonomy for taxonomy, _ in condition.terms):
        names = [name for of, name in condition.terms if of == taxonomy]
        terms = all_terms.get(taxonomy)
        ids = frozenset((taxonomy, id) for id in (named_ids(terms, names) if terms else ()))
        shown = " or ".join(f'"{name}"' for name in names)
        parts.append(_Part("terms", ids, says=f"it is filed under {shown}"))
    if condition.title:
        parts.append(_Part("title", pattern=words_pattern(condition.title)))
    if condition.text:
        parts.append(_Part("text", pattern=words_pattern(condition.text)))
    if condition.authors:
        parts.append(_Part("author", words=frozenset(condition.authors)))
    if condition.since or condition.before:
        parts.append(_Part("day", since=condition.since, before=condition.before))
    if condition.kinds:
        parts.append(_Part("kind", words=frozenset(condition.kinds)))
    return tuple(parts)


def named_ids(terms: Terms, names: Iterable[str]) -> set[int]:
    """The source's terms that folded names mean: by name, slug or path, before or after the rules.

    So a file may use the words that stand on the site, or those that its own rules make.
    """
    wanted = set(names)
    after = {
        (term.taxonomy, term.slug): {fold(term.name), fold(term.slug), fold_path(term.path)}
        for term in terms.terms
    }
    found: set[int] = set()
    for row in terms.sources:
        known = {fold(row.source_name), fold(row.source_slug)}
        known.add(terms.source_paths.get(row.source_id, ""))
        known |= after.get((row.to_taxonomy, row.to_slug), set())
        if known & wanted:
            found.add(row.source_id)
    return found


def author_words(authors: Authors) -> dict[str, frozenset[str]]:
    """Under which folded words each person may be asked for, by slug."""
    return {
        author.slug: frozenset(
            fold(word) for word in (author.slug, author.name, *author.source_names) if word
        )
        for author in authors.authors
    }
