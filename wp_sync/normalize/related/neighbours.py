"""What every post of an archive is about, gathered for the proposals of `computed`.

Streams the archive through its port and keeps words, never posts. Decides which posts may be
proposed; what they are proposed for is decided in `derive`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wp_sync.archive.base import Current, SiteArchive
from wp_sync.content import Post, PostTerm
from wp_sync.model import State
from wp_sync.normalize.related.computed import Likeness
from wp_sync.normalize.rules import digest

# Types whose items are no reading: pages and goods, and what WordPress keeps for itself.
_NO_READING = frozenset(
    f"posts/{name}"
    for name in (
        "page", "attachment", "product", "product_variation", "download", "nav_menu_item",
        "wp_block", "wp_template", "wp_template_part", "wp_navigation", "wp_global_styles",
        "wp_font_family", "wp_font_face", "elementor_library", "e-landing-page",
    )
)  # fmt: skip
_PAGE = 5_000  # rows of the table of records that are looked at together


def readable(kinds: Iterable[str]) -> list[str]:
    """The kinds whose posts are proposed for one another."""
    return sorted(k for k in kinds if k.startswith("posts/") and k not in _NO_READING)


def versions_digest(archive: SiteArchive, site: str, kinds: Iterable[str]) -> str:
    """Stands for the newest version and state of every post that could be proposed."""
    total = 0
    for kind in kinds:
        last = -1
        while True:
            page = archive.query(
                "SELECT id, state, digest FROM records WHERE site = :site AND kind = :kind"
                " AND id > :last ORDER BY id LIMIT :most",
                site=site,
                kind=kind,
                last=last,
                most=_PAGE,
            )
            for row in page:
                total ^= int(digest([kind, *row.values()]), 16)
                last = int(str(row["id"]))
            if len(page) < _PAGE:
                break
    return f"{total:x}"


def gather(
    archive: SiteArchive,
    kinds: Iterable[str],
    filed: Callable[[Current], tuple[Post, Sequence[PostTerm]]],
    each: Callable[[], None],
) -> dict[str, Likeness]:
    """What the posts that visitors can read are about, by kind.

    ``filed`` says what the rules make of a post and its terms, ``each`` is called for every record.
    """
    found: dict[str, Likeness] = {}
    for kind in kinds:
        alike = found[kind] = Likeness()
        for current in archive.current(kind):
            each()
            post, terms = filed(current)
            if current.state is not State.LIVE or post.status != "publish" or post.protected:
                continue
            names = [f"{term.taxonomy}:{term.slug}" for term in terms]
            alike.add(current.id, post.title, post.link, names, post.content)
    return found
