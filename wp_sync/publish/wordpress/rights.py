"""What our login may do at a target, and what would be lost: told before the first write."""

from __future__ import annotations

from wp_sync.errors import Place, Problem
from wp_sync.model import MEDIA_KIND
from wp_sync.publish.base import Doctor, Removal
from wp_sync.publish.order import BLOCK_KIND, MENU_ITEM_KIND, MENU_KIND, USER_KIND
from wp_sync.publish.wordpress.shape import COMMENT_KIND
from wp_sync.publish.wordpress.site import TargetSite

_HAS_MENUS = "wp-block-editor/v1"  # came into REST with 5.9, as menus did
_ADMIN = "log in with an application password of an administrator"
# What a kind needs; kinds of plugins are let through, and refused one by one where it comes to it.
_NEEDS = {
    "posts/post": "publish_posts",
    "posts/page": "publish_pages",
    MEDIA_KIND: "upload_files",
    BLOCK_KIND: "publish_posts",
    MENU_ITEM_KIND: "edit_theme_options",
    MENU_KIND: "edit_theme_options",
    COMMENT_KIND: "moderate_comments",
    "terms/category": "manage_categories",
    "terms/post_tag": "manage_categories",
}


def examine(site: TargetSite, *, create_users: bool) -> Doctor:
    """Who we are there and what we may do; asks, and writes nothing."""
    me = site.login()
    rights = me.capabilities
    place = Place(url=site.home)
    problems: list[Problem] = []
    losses: dict[str, Problem] = {}
    notes: list[str] = []
    if "edit_posts" not in rights:
        problems.append(Problem(f"{me.name} may not write posts there", place, _ADMIN))
        return Doctor(site.home, me.name, site.home, problems=tuple(problems))
    kinds = []
    for kind in site.kinds:
        need = _NEEDS.get(kind, "manage_categories" if kind.startswith("terms/") else "edit_posts")
        if kind == USER_KIND:
            if create_users:
                kinds.append(kind)
                if "create_users" not in rights:
                    problems.append(Problem(f"{me.name} may not create users", place, _ADMIN))
        elif need in rights:
            kinds.append(kind)
    # A kind that we may not edit is not even listed, so the usual ones are gone through by name.
    menus = _HAS_MENUS in site.namespaces
    for kind, need in _NEEDS.items():
        if need not in rights and (menus or kind not in (MENU_ITEM_KIND, MENU_KIND)):
            name = kind.partition("/")[2]
            losses[name] = Problem(
                f"{me.name} may not make any {name} there ({need}): they would be left out",
                Place(kind=kind, url=site.home),
                _ADMIN,
            )
    if "unfiltered_html" not in rights:
        losses["unfiltered_html"] = Problem(
            f"WordPress takes script, style, iframe, form, svg and on… attributes out of what"
            f" {me.name} writes, without a word",
            place,
            f"{_ADMIN} (on a network: of its super administrator), or clean the bodies by rule",
        )
    if "edit_others_posts" not in rights:
        losses["authors"] = Problem(
            f"{me.name} may not write in other people's names: every post would be theirs, and"
            " none sticky",
            place,
            _ADMIN,
        )
    if not menus:
        notes.append("this WordPress has no menus in REST (5.9 and later have): they are left out")
    if not site.pretty:
        notes.append(
            "the target has plain permalinks: links between posts take a second write each;"
            " set the permalinks before the push"
        )
    return Doctor(
        site.home,
        me.name,
        site.home,
        tuple(kinds),
        {kind: _removals(kind) for kind in kinds},
        tuple(problems),
        losses,
        tuple(notes),
    )


def _removals(kind: str) -> tuple[Removal, ...]:
    """How WordPress takes things of a kind from visitors without deleting them for good."""
    if kind in (MEDIA_KIND, USER_KIND) or kind.startswith("terms/"):
        return ()
    return ("unpublish",) if kind == MENU_ITEM_KIND else ("unpublish", "trash")
