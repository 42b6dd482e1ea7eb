"""The guide's rules on real servers: the clinic's blog as an editor would have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Server
from tests.unit.test_clean_up import FILED, GUIDE, RELATED, TREE, drawn, files
from wp_sync.archive import open_archive
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.preview import preview
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull
from wp_sync.source.wordpress import WordPressSource

pytestmark = pytest.mark.live

_PEOPLE = {
    "Stillwater Clinic",
    "Mara Lindqvist",
    "Ilse Brandt, RN",
    "Dr. Ngozi Okafor",
    "Guest Pen",
}


@pytest.mark.parametrize("user", ["", "admin"], ids=["anonymous", "logged in"])
def test_the_guide_makes_of_the_blog_what_an_editor_would(
    server: Server, user: str, tmp_path: Path
) -> None:
    login = server.logins[user] if user else None
    for name, text in files(GUIDE).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rules = load_rules(tmp_path / "mappings")
    with (
        open_archive(tmp_path / "archive") as archive,
        WordPressSource(
            server.url,
            user=login.user if login else "",
            password=login.password if login else "",
        ) as source,
    ):
        site = archive.of(server.url.removeprefix("http://"))
        pull(source, site, PullOptions(media="none"))
        told = preview(site, rules)
        after = next(one for one in told.trees if one.taxonomy == "category").after
        # Names and places; how many posts stand there depends on who looks.
        lines = [line.rpartition(" ")[0] for line in drawn(after)]
        assert lines == [line.rpartition(" ")[0] for line in TREE.strip("\n").splitlines()]
        people = {name for name, _, posts in told.people if posts}
        assert people >= _PEOPLE
        assert not [name for name in people if "@" in name]
        normalize_site(site, rules)
        filed: dict[int, set[str]] = {post: set() for post in FILED}
        for row in site.query(
            "SELECT pt.post, t.path FROM post_terms pt JOIN terms t ON t.taxonomy = pt.taxonomy "
            "AND t.slug = pt.slug WHERE pt.taxonomy = 'category'"
        ):
            filed.setdefault(int(str(row["post"])), set()).add(str(row["path"]))
        assert {post: filed[post] & FILED[post] for post in FILED} == FILED
        for post, titles in RELATED.items():
            rows = site.query(
                "SELECT title FROM related_posts WHERE post = :post AND state = 'resolved' "
                "ORDER BY position",
                post=post,
            )
            assert tuple(str(row["title"]) for row in rows) == titles
