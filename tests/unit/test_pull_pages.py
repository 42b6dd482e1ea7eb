"""Rendered pages and plugins' own routes, kept beside their posts for the related posts in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rest_server import Asked, Reply, Site, error, serving
from tests.unit.test_source_listing import quick
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.errors import TryLater
from wp_sync.model import Outcome, RunResult
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import RelatedRules, Rules
from wp_sync.pull.options import PullOptions
from wp_sync.run import pull

ROUTES = {
    "yarpp/v1/related/": lambda id: [{"id": 2, "link": f"/post-{id + 1}/", "title": {}}],
    "contextual-related-posts/v1/posts/": lambda id: [{"ID": 3, "title": {"rendered": "Three"}}],
    "related-posts-by-taxonomy/v1/posts/": lambda id: {"posts": [4, True, "x"], "rendered": "<ul>"},
}  # fmt: skip


class Plugins:
    """A site's pages, and the routes of its plugins; ``broken`` pages end in a fatal error."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.broken: set[int] = set()
        self.silent: set[str] = set()
        self.walled: set[str] = set()

    def __call__(self, asked: Asked) -> Reply | None:
        if asked.path == "/wp-json/":
            spaces = ["wp/v2", *(route.rpartition("/")[0] for route in ROUTES)]
            spaces = [space.removesuffix("/related").removesuffix("/posts") for space in spaces]
            said = {"name": "Blog", "home": self.site.url, "namespaces": spaces}
            return Reply(json.dumps(said).encode())
        for route, answer in ROUTES.items():
            if asked.path.startswith(f"/wp-json/{route}"):
                if route in self.silent:
                    return error(404, "rest_no_route")
                if route in self.walled:
                    return Reply(b"<html>403 Forbidden</html>", 403)
                said = answer(int(asked.path.rpartition("/")[2]))
                return Reply(b"Notice: undefined index\n" + json.dumps(said).encode())
        if asked.path.startswith("/post-"):
            id = int(asked.path.strip("/").rpartition("-")[2])
            if id in self.broken:
                return Reply(b"<p>There has been a critical error on this website.</p>", 500)
            return Reply(b"<div class='related-posts'><a href='/post-5/'>Five</a></div>")
        return None


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.fill(6)
        for id, one in site.posts.items():
            one["link"] = f"{site.url}/post-{id}/"
        yield site


@pytest.fixture
def plugins(site: Site) -> Plugins:
    plugins = Plugins(site)
    site.hooks.append(plugins)
    return plugins


def pulled(site: Site, archive: SiteArchive) -> RunResult:
    with quick(site) as source:
        return pull(source, archive, PullOptions(pages=True, media="none"))


@pytest.fixture
def archive(site: Site, tmp_path: Path) -> Iterator[SiteArchive]:
    with open_archive(tmp_path / "archive") as opened:
        yield opened.of(site.url.removeprefix("http://"))


def related(archive: SiteArchive, post: int, **rules: Any) -> list[tuple[str, Any, str]]:
    normalize_site(archive, Rules(related=RelatedRules(page=True, **rules)))
    rows = archive.query(
        "SELECT origin, target, state FROM related_posts WHERE site = :site AND post = :post "
        "ORDER BY position",
        site=archive.site().key,
        post=post,
    )
    return [(row["origin"], row["target"], row["state"]) for row in rows]


def test_each_plugin_s_route_is_asked_for_each_post(
    site: Site, plugins: Plugins, archive: SiteArchive
) -> None:
    assert pulled(site, archive).outcome is Outcome.DONE
    assert related(archive, 1) == [
        ("rest:yarpp", 2, "resolved"),
        ("rest:crp", 3, "resolved"),
        ("rest:rpbt", 4, "resolved"),
        ("page:theme", 5, "resolved"),
    ]
    assert related(archive, 4)[2] == ("rest:rpbt", 4, "self")
    assert [origin for origin, _, _ in related(archive, 1, rest=False)] == ["page:theme"]


def test_nothing_is_asked_again_until_the_post_changes(
    site: Site, plugins: Plugins, archive: SiteArchive
) -> None:
    pulled(site, archive)
    site.asked.clear()
    pulled(site, archive)
    assert not [one.path for one in site.asked if "/post-" in one.path or "yarpp" in one.path]
    site.posts[3] |= {"modified_gmt": "2024-03-01T00:00:00"}
    pulled(site, archive)
    found = [one.path for one in site.asked if "/post-" in one.path or "yarpp" in one.path]
    assert found == ["/post-3/", "/wp-json/yarpp/v1/related/3"]


def test_a_site_without_such_plugins_is_asked_for_no_routes(
    site: Site, archive: SiteArchive
) -> None:
    assert pulled(site, archive).outcome is Outcome.DONE
    assert not [one.path for one in site.asked if "related" in one.path]


def test_a_plugin_that_refuses_takes_nothing_from_the_others(
    site: Site, plugins: Plugins, archive: SiteArchive
) -> None:
    plugins.silent.add("yarpp/v1/related/")
    plugins.walled.add("related-posts-by-taxonomy/v1/posts/")
    assert pulled(site, archive).outcome is Outcome.DONE
    assert [origin for origin, _, _ in related(archive, 1)] == ["rest:crp", "page:theme"]


def test_one_broken_page_is_named_and_asked_for_again(
    site: Site, plugins: Plugins, archive: SiteArchive
) -> None:
    plugins.broken = {2}
    result = pulled(site, archive)
    assert result.outcome is Outcome.PARTIAL
    assert ["its page could not be read" in one.message for one in result.problems] == [True]
    assert result.problems[0].place.id == 2
    assert related(archive, 1)
    assert not related(archive, 2)
    plugins.broken = set()
    assert pulled(site, archive).outcome is Outcome.DONE
    assert related(archive, 2)


def test_a_site_all_of_whose_pages_fail_is_left_alone_after_three(
    site: Site, plugins: Plugins, archive: SiteArchive
) -> None:
    plugins.broken = {3, 4, 5, 6}
    with pytest.raises(TryLater):
        pulled(site, archive)
    assert [one.id for one in archive.known("rendered/post")] == [1, 2]
