"""What SEO plugins (Yoast, Rank Math, All in One SEO) say of a page, and what pages share of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wp_sync.audit.base import Hit, Limits
from wp_sync.audit.page import Page, PostFacts
from wp_sync.audit.same import Same
from wp_sync.audit.site import Site
from wp_sync.normalize.text import plain, string


@dataclass(frozen=True, slots=True)
class Seo:
    """What a plugin tells search engines of a page. ``here``: there is such a plugin."""

    here: bool = False
    title: str = ""
    description: str = ""
    canonical: str = ""
    noindex: bool = False


def seo_of(data: Mapping[str, Any]) -> Seo:
    """What the SEO plugins that a record speaks of say."""
    yoast = data.get("yoast_head_json")
    if isinstance(yoast, Mapping) and yoast:
        robots = yoast.get("robots")
        index = robots.get("index") if isinstance(robots, Mapping) else ""
        return Seo(
            True,
            plain(string(yoast.get("title"))),
            plain(string(yoast.get("description"))),
            string(yoast.get("canonical")),
            index == "noindex",
        )
    meta = data.get("meta")
    if isinstance(meta, Mapping) and any(str(key).startswith("rank_math_") for key in meta):
        robots = meta.get("rank_math_robots")
        return Seo(
            True,
            "",  # a template of variables, not the title itself
            plain(string(meta.get("rank_math_description"))),
            string(meta.get("rank_math_canonical_url")),
            isinstance(robots, list | tuple) and "noindex" in robots,
        )
    aioseo = data.get("aioseo_head_json") or data.get("aioseo_meta_data")
    if isinstance(aioseo, Mapping) and aioseo:
        robots = string(aioseo.get("robots")) + string(aioseo.get("og:robots"))
        return Seo(
            True,
            plain(string(aioseo.get("title"))),
            plain(string(aioseo.get("description"))),
            string(aioseo.get("canonical_url") or aioseo.get("canonical")),
            "noindex" in robots or aioseo.get("robots_noindex") is True,
        )
    return Seo()


def seo(page: Page) -> Seo:
    found = page.__dict__.get("_seo")
    if found is None:
        found = page.__dict__["_seo"] = seo_of(page.data)
    assert isinstance(found, Seo)
    return found


class Shared(ABC):
    """Posts that have one fact in common with others; a site's rule says what of it. Half a rule:
    `number` is the fact of a post, `told` words and subject of the finding."""

    def __init__(self, limits: Limits) -> None:
        self._same = Same()

    @abstractmethod
    def number(self, post: PostFacts) -> int | None: ...

    @abstractmethod
    def told(self, post: PostFacts, others: str) -> tuple[str, str]: ...

    def add(self, post: PostFacts) -> None:
        if number := self.number(post):
            self._same.add(number, post)

    def hits(self, site: Site) -> Iterable[Hit]:
        for group in self._same.groups():
            known = self._same.facts(site, group)
            for key, facts in known.items():
                message, subject = self.told(facts, _others(known, key, group))
                yield Hit(message, subject, kind=facts.kind, id=facts.id)


def short(text: str) -> str:
    return f"“{text[:100]}…”" if len(text) > 100 else f"“{text}”"


def _others(names: Mapping[int, PostFacts], own: int, group: list[int]) -> str:
    rest = [names[key].url for key in group if key != own and key in names][:3]
    more = len(group) - 1 - len(rest)
    return ", ".join(rest) + (f" and {more} more" if more > 0 else "")
