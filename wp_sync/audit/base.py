"""What audit rules are written with: a rule's own words, thresholds, and what it says of an item.

Knows no rule and runs none: `wp_sync.audit.registry` collects them, `wp_sync.audit.engine` runs
them.

There are three ways to write a rule, each a pure function of what it is given:

* `page_rule`: looks at one post (`wp_sync.audit.page.Page`) and yields hits on it. Runs in several
  processes, and its hits are kept until the post or the rules change.
* `page_fact`: notes something small of every post, for site rules to compare.
* `site_rule`: looks at the site as a whole (`wp_sync.audit.site.Site`): at its tables by queries,
  or at every post's facts, which it is handed one by one (`Collector`). `site_rules` does the same
  for several rules that go by the same facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from wp_sync.findings import NO_EXCERPT, Certainty, Excerpt, Finding, Severity

if TYPE_CHECKING:
    from wp_sync.audit.page import Page, PostFacts
    from wp_sync.audit.site import Site

__all__ = [
    "NO_EXCERPT",
    "Certainty",
    "Collector",
    "Excerpt",
    "Finding",
    "Hit",
    "Limits",
    "Rule",
    "Severity",
    "Threshold",
    "page_fact",
    "page_rule",
    "site_rule",
    "site_rules",
]

OWN = "own choice"  # the source of a threshold that no other tool has

Value = int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number or list that a rule goes by. ``source`` says where the default is from."""

    name: str
    default: Value
    source: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's own words. ``id`` is ``family/name``; ``reason`` is one sentence: why it matters.

    ``bad`` and ``good`` are examples for the documentation. With ``sample`` they are bodies of
    posts, and a test runs the rule on them. ``unpublished``: also for drafts and private posts.
    ``on``: whether it runs unless the configuration says otherwise.
    """

    id: str
    reason: str
    severity: Severity
    fix: str
    bad: str
    good: str
    certainty: Certainty = Certainty.CERTAIN
    thresholds: tuple[Threshold, ...] = ()
    sample: bool = False
    unpublished: bool = False
    on: bool = True

    @property
    def family(self) -> str:
        return self.id.partition("/")[0]


class Limits:
    """A rule's thresholds as the configuration sets them."""

    def __init__(self, rule: Rule, given: Mapping[str, Value] | None = None) -> None:
        self._values = {one.name: one.default for one in rule.thresholds} | dict(given or {})

    def whole(self, name: str) -> int:
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> float:
        value = self._values[name]
        assert isinstance(value, int | float)
        return value

    def text(self, name: str) -> str:
        return str(self._values[name])

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def values(self) -> Mapping[str, Value]:
        return self._values


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule says of one thing. The engine makes a `Finding` of it.

    ``at`` is a place in the post's content (``Page.html``), of which the engine takes an excerpt;
    or the rule gives an ``excerpt`` of its own. ``kind`` and ``id`` name the item, for site rules;
    a page rule's are its page's. ``rule`` is only needed where one function serves several rules.
    ``because`` is the record whose change may have brought it about (a link's target, say).
    """

    message: str
    subject: str = ""
    at: tuple[int, int] | None = None
    excerpt: Excerpt = NO_EXCERPT
    data: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    id: int = 0
    rule: str = ""
    severity: Severity | None = None
    certainty: Certainty | None = None
    because: tuple[str, int] | None = None


class Collector(Protocol):
    """A site rule that sees every published post's facts once, in order of kind and id.

    It must keep little of each: 100,000 posts share about 100 MiB with everything else.
    """

    def add(self, post: PostFacts) -> None: ...
    def hits(self, site: Site) -> Iterable[Hit]: ...


PageRule = Callable[["Page", Limits], Iterable[Hit]]
SiteRule = Callable[["Site", Limits], Iterable[Hit]]
MakeCollector = Callable[[Limits], Collector]
MakeGroup = Callable[[Mapping[str, Limits]], Collector]
Fact = Callable[["Page"], Any]


@dataclass(slots=True)
class Registered:
    """All rules that were imported, in the order of their ids' registration."""

    page: dict[str, tuple[Rule, PageRule]] = field(default_factory=dict)
    site: dict[str, tuple[Rule, SiteRule]] = field(default_factory=dict)
    collectors: dict[str, tuple[Rule, MakeCollector]] = field(default_factory=dict)
    groups: list[tuple[tuple[Rule, ...], MakeGroup]] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)

    def rules(self) -> Iterator[Rule]:
        for several, _ in self.groups:
            yield from several
        for group in (self.page, self.site, self.collectors):
            for rule, _ in group.values():
                yield rule


REGISTERED = Registered()
_F = TypeVar("_F", bound=Callable[..., Any])


def _own(id: str) -> None:
    if any(rule.id == id for rule in REGISTERED.rules()):
        raise ValueError(f"two rules are called {id}")


def page_rule(rule: Rule) -> Callable[[_F], _F]:
    """Register a function ``(page, limits) -> hits`` as a rule."""

    def register(function: _F) -> _F:
        _own(rule.id)
        REGISTERED.page[rule.id] = (rule, function)
        return function

    return register


def site_rule(rule: Rule) -> Callable[[_F], _F]:
    """Register a function ``(site, limits) -> hits``, or a class ``(limits) -> Collector``."""

    def register(function: _F) -> _F:
        _own(rule.id)
        if isinstance(function, type):
            REGISTERED.collectors[rule.id] = (rule, function)
        else:
            REGISTERED.site[rule.id] = (rule, function)
        return function

    return register


def site_rules(*rules: Rule) -> Callable[[_F], _F]:
    """Register a class ``(limits by rule's id) -> Collector`` for several rules.

    Its hits name their ``rule``. It is made where any of them is on.
    """

    def register(function: _F) -> _F:
        for rule in rules:
            _own(rule.id)
        REGISTERED.groups.append((rules, function))
        return function

    return register


def page_fact(name: str) -> Callable[[_F], _F]:
    """Register a function of a page whose small value is kept as ``PostFacts.more[name]``.

    The value is made of text, bytes, numbers, lists and dictionaries; None is not kept.
    """

    def register(function: _F) -> _F:
        if name in REGISTERED.facts:
            raise ValueError(f"two facts are called {name}")
        REGISTERED.facts[name] = function
        return function

    return register
