"""Finding the API where no server of ours can stand in: wordpress.com, and sites with two homes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from wp_sync.errors import NotWordPress, SourceError
from wp_sync.http.client import Answer, Http, Limits
from wp_sync.http.discover import clean_address, discover

INDEX = json.dumps({"name": "Blog", "home": "https://blog.example", "namespaces": ["wp/v2"]})


@dataclass
class Scripted:
    """An `Http` that knows some pages; anything else is 404. ``asked`` is what was asked for."""

    pages: Mapping[str, tuple[int, dict[str, str], str]]
    asked: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def get(self, url: str, **_: Any) -> Answer:
        self.asked.append(url)
        plain = url.partition("?")[0] if "rest_route" not in url else url.partition("&")[0]
        status, headers, body = self.pages.get(plain, (404, {}, "<h1>Not found</h1>"))
        return Answer(url, status, headers, body.encode(), 0.01, None)


def find(url: str, pages: Mapping[str, tuple[int, dict[str, str], str]]) -> tuple[Any, Scripted]:
    http = Scripted(pages)
    return discover(cast(Http, http), clean_address(url), sleep=lambda _: None), http


def test_a_wordpress_com_site_has_its_api_elsewhere() -> None:
    found, http = find(
        "https://someone.wordpress.com",
        {
            "https://someone.wordpress.com/": (200, {}, "<html></html>"),
            "https://public-api.wordpress.com/wp/v2/sites/someone.wordpress.com/posts": (
                200,
                {"Content-Type": "application/json"},
                '[{"id": 1}]',
            ),
        },
    )
    assert found.how == "wordpress.com"
    assert found.index["home"] == "https://someone.wordpress.com"
    assert found.root.address("wp/v2/posts", {"per_page": "5"}) == (
        "https://public-api.wordpress.com/wp/v2/sites/someone.wordpress.com/posts?per_page=5"
    )
    assert len(http.asked) == 2


def test_the_link_header_wins_over_the_page_and_the_guess() -> None:
    found, _ = find(
        "https://blog.example",
        {
            "https://blog.example/": (
                200,
                {"Link": '<https://blog.example/api/>; rel="https://api.w.org/"'},
                '<link rel="https://api.w.org/" href="https://blog.example/other/">',
            ),
            "https://blog.example/api/": (200, {}, INDEX),
            "https://blog.example/wp-json/": (200, {}, INDEX),
        },
    )
    assert found.root.url == "https://blog.example/api/"


def test_an_api_that_speaks_plain_http_on_an_https_site_is_asked_over_https() -> None:
    """`siteurl` was never changed when the site moved to https; `home` was."""
    found, http = find(
        "https://blog.example",
        {
            "https://blog.example/": (
                200,
                {"Link": '<http://blog.example/wp-json/>; rel="https://api.w.org/"'},
                "",
            ),
            "https://blog.example/wp-json/": (200, {}, INDEX),
        },
    )
    assert found.root.url == "https://blog.example/wp-json/"
    assert all(url.startswith("https://") for url in http.asked)


def test_json_that_is_no_wordpress_is_told_apart() -> None:
    with pytest.raises(NotWordPress):
        find(
            "https://shop.example",
            {
                "https://shop.example/": (200, {}, "<html>A shop</html>"),
                "https://shop.example/wp-json/": (200, {}, '{"namespaces": ["shop/v1"]}'),
            },
        )


def test_a_redirect_to_another_site_is_not_followed() -> None:
    with pytest.raises(SourceError, match="another site"):
        find(
            "https://blog.example",
            {"https://blog.example/": (301, {"Location": "https://parked.example/"}, "")},
        )
