"""Records the lab's newest WordPress, as a visitor sees it, for the sample site of the package.

Run it by ``python -m lab.record_demo`` after the seed changed, and commit what it writes. Only
what the site answers is recorded; the one change made to it is the host's name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import requests

from lab import VERSIONS, Lab
from lab.site import Server
from wp_sync.demo.recording import HOST, File, Listing, Recording, dump

OUTPUT = Path(__file__).resolve().parent.parent / "wp_sync" / "demo" / "site.json.zst"
NOBODY = 99_999_999
# Listings that a visitor may read but that belong to the editor's screens, not to the site.
SKIPPED = ("/wp/v2/block-patterns", "/wp/v2/block-types", "/wp/v2/pattern-directory")


class Recorder:
    """Asks a server for everything that a visitor may read."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._host = server.url.removeprefix("http://")
        self._http = requests.Session()
        self._http.trust_env = False

    def _neutral(self, text: str) -> str:
        for form in (self._host, self._host.replace(":", "%3A"), self._host.replace(":", "%3a")):
            text = text.replace(form, HOST)
        return text

    def _get(self, path: str, method: str = "GET", **query: object) -> requests.Response:
        url = path if path.startswith("http") else self._server.url + path
        parameters = {name: str(value) for name, value in query.items()}
        return self._http.request(method, url, params=parameters, timeout=300)

    def _json(self, route: str, method: str = "GET", **query: object) -> tuple[int, Any]:
        answer = self._get(f"/wp-json{route}", method, **query)
        try:
            return answer.status_code, json.loads(self._neutral(answer.text))
        except ValueError:  # a fatal error's page; nothing of it can be replayed
            return answer.status_code, None

    def record(self) -> Recording:
        """The whole site."""
        _, index = self._json("/")
        site = Recording(index=index, made_with=f"WordPress {self._server.version}")
        for route, about in sorted(index["routes"].items()):
            listed = (
                route.startswith("/wp/v2/") and "(?P<" not in route and "GET" in about["methods"]
            )
            # Asking for this one can create a post.
            if listed and not route.startswith(SKIPPED) and "navigation-fallback" not in route:
                self._route(site, route)
        for name in site.answers["/wp/v2/types"][1]:
            site.answers[f"/wp/v2/types/{name}"] = self._json(f"/wp/v2/types/{name}")
        for name in site.answers["/wp/v2/taxonomies"][1]:
            site.answers[f"/wp/v2/taxonomies/{name}"] = self._json(f"/wp/v2/taxonomies/{name}")
        site.answers["/wp/v2/users/me"] = self._json("/wp/v2/users/me")
        self._hidden(site)
        self._pages(site)
        self._files(site)
        return site

    def _route(self, site: Recording, route: str) -> None:
        answer = self._get(f"/wp-json{route}", per_page=1)
        _, options = self._json(route, "OPTIONS")
        status, body = self._json(route)
        numbered = isinstance(body, list) and all(isinstance(one.get("id"), int) for one in body)
        if status != 200 or not numbered or "X-WP-Total" not in answer.headers:
            site.answers[route] = (status, body)
            return
        arguments = options["endpoints"][0]["args"]
        past, _ = self._json(route, page=9_999, per_page=100)
        _, nobody = self._json(f"{route}/{NOBODY}")
        site.listings[route] = Listing(
            options=options,
            items={item["id"]: item for item in self._items(route)},
            order=arguments.get("orderby", {}).get("default", "id"),
            gone_code=nobody["code"],
            strict_pages=past == 400,
        )
        print(f"{route}: {len(site.listings[route].items)}", file=sys.stderr)

    def _items(self, route: str) -> Iterator[dict[str, Any]]:
        """Every item a visitor may see whole; those the site fails to render are left out."""
        page = 1
        while True:
            status, found = self._json(
                route, per_page=100, page=page, orderby="id", order="asc", _fields="id"
            )
            if status != 200 or not found:
                return
            for one in found:
                status, item = self._json(f"{route}/{one['id']}")
                if status == 200 and item is not None:
                    yield item
            page += 1

    def _hidden(self, site: Recording) -> None:
        routes = {
            one["slug"]: f"/wp/v2/{one['rest_base']}"
            for one in site.answers["/wp/v2/types"][1].values()
        }
        rows = self._server.sql(
            "SELECT ID, post_type FROM wp_posts WHERE post_status IN"
            " ('draft', 'pending', 'private', 'future', 'trash')"
        )
        for id, kind in rows:
            route = routes.get(kind, "")
            if route in site.listings:
                status, body = self._json(f"{route}/{id}")
                if status in (401, 403):
                    site.hidden.setdefault(route, {})[int(id)] = (status, body)

    def _pages(self, site: Recording) -> None:
        links = [
            item["link"]
            for route, listing in site.listings.items()
            for item in listing.items.values()
            if item.get("status") == "publish" and route != "/wp/v2/media" and item.get("link")
        ]
        for link in (f"http://{HOST}/", *links):
            path = link.removeprefix(f"http://{HOST}")
            answer = self._get(path)
            if answer.status_code == 200:
                site.pages[unquote(path)] = self._neutral(answer.text)

    def _files(self, site: Recording) -> None:
        for item in site.listings["/wp/v2/media"].items.values():
            details = item.get("media_details") or {}
            sizes = details.get("sizes") or {}
            urls = {item["source_url"], *(size["source_url"] for size in sizes.values())}
            if original := details.get("original_image"):
                urls.add(item["source_url"].rpartition("/")[0] + "/" + original)
            for url in sorted(urls):
                path = url.removeprefix(f"http://{HOST}")
                answer = self._get(path)
                if answer.status_code == 200:
                    site.files[unquote(path)] = File(
                        answer.content,
                        answer.headers["Content-Type"],
                        answer.headers.get("Last-Modified", ""),
                    )


def main() -> None:
    """Bring the newest WordPress up, record it, write the package's file."""
    newest = VERSIONS[-1]
    with Lab(versions=(newest,), say=lambda text: print(text, file=sys.stderr)) as lab:
        recording = Recorder(lab[newest]).record()
    OUTPUT.write_bytes(dump(recording))
    print(f"{OUTPUT.name}: {OUTPUT.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
