"""In which order things are made, so that whatever an item needs is there before it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wp_sync.model import MEDIA_KIND

MENU_KIND = "terms/nav_menu"
MENU_ITEM_KIND = "posts/nav_menu_item"
BLOCK_KIND = "posts/wp_block"
USER_KIND = "users/user"
# Taxonomies and types that are the site's machinery or its theme, not its content.
_NOT_TERMS = frozenset(
    (
        "post_format", "nav_menu", "link_category", "wp_theme", "wp_template_part_area", "author",
        "wp_pattern_category_source",
    )
)  # fmt: skip
_NOT_POSTS = frozenset(
    (
        "attachment", "nav_menu_item", "wp_template", "wp_template_part", "wp_global_styles",
        "wp_font_family", "wp_font_face", "guest-author", "revision", "custom_css",
        "customize_changeset", "oembed_cache", "user_request",
    )
)  # fmt: skip


def ordered_kinds(kinds: Iterable[str]) -> list[str]:
    """The kinds to publish: terms, people, media, blocks, posts, pages, the rest, comments, menus.

    Navigation blocks come last of the posts: they hold the ids of others.
    """
    have = set(kinds)
    terms = sorted(k for k in have if k.startswith("terms/") and _name(k) not in _NOT_TERMS)
    posts = [k for k in have if k.startswith("posts/") and _name(k) not in _NOT_POSTS]
    found = [*terms, USER_KIND, MEDIA_KIND, *sorted(posts, key=_rank)]
    found += sorted(kind for kind in have if kind.startswith("comments/"))
    found += [MENU_KIND, MENU_ITEM_KIND]
    return [kind for kind in found if kind in have]


def _name(kind: str) -> str:
    return kind.partition("/")[2]


def _rank(kind: str) -> tuple[int, str]:
    first = {BLOCK_KIND: 0, "posts/post": 1, "posts/page": 2, "posts/wp_navigation": 9}
    return first.get(kind, 3), kind


def parents_first(ids: Iterable[int], parents: Mapping[int, int]) -> Sequence[int]:
    """Ids in their order, each after its parent; a circle of parents breaks where it began.

    ``parents`` has only those that have one.
    """
    found: dict[int, None] = {}
    wanted = list(ids)
    known = set(wanted)
    for id in wanted:
        line: list[int] = []
        seen: set[int] = set()
        while id in known and id not in found and id not in seen:
            line.append(id)
            seen.add(id)
            id = parents.get(id, 0)
        found.update(dict.fromkeys(reversed(line)))
    return list(found)


def circling(parents: Mapping[int, int]) -> frozenset[int]:
    """Those that are their own ancestors: WordPress makes none, a broken import may."""
    done: set[int] = set()
    found: set[int] = set()
    for start in parents:
        line: dict[int, None] = {}
        id = start
        while id in parents and id not in done and id not in line:
            line[id] = None
            id = parents[id]
        if id in line:
            walked = list(line)
            found.update(walked[walked.index(id) :])
        done.update(line)
    return frozenset(found)
