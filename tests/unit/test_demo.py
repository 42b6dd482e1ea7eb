"""The sample site answers as WordPress does; what is asserted here was seen on real servers."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from importlib import resources
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest
import zstandard

from wp_sync.demo import DemoServer, Recording, Response, load
from wp_sync.demo.recording import dump
from wp_sync.errors import WpSyncError

_open = build_opener(ProxyHandler({})).open


class Answer:
    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def get(
    url: str, method: str = "GET", headers: dict[str, str] | None = None, **query: object
) -> Answer:
    full = quote(url, safe=":/?&=%") + (f"?{urlencode(query)}" if query else "")
    try:
        with _open(Request(full, method=method, headers=headers or {}), timeout=10) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


@pytest.fixture(scope="module")
def recording() -> Recording:
    return load()


@pytest.fixture
def site() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


def api(site: DemoServer, route: str = "", **query: object) -> Answer:
    return get(f"{site.url}/wp-json/wp/v2/{route}", **query)


def ids(answer: Answer) -> list[int]:
    return [item["id"] for item in answer.json]


def test_the_recording_names_no_machine_but_its_own() -> None:
    packed = resources.files("wp_sync.demo").joinpath("site.json.zst").read_bytes()
    plain = zstandard.ZstdDecompressor().decompress(packed).decode()
    assert "http://clinic.example" in plain
    assert "127.0.0.1" not in plain
    assert "localhost" not in plain


def test_the_recording_is_a_whole_site(recording: Recording) -> None:
    posts = recording.listings["/wp/v2/posts"].items
    assert len(posts) >= 60
    for route in ("pages", "media", "categories", "tags", "comments", "users", "treatments"):
        assert recording.listings[f"/wp/v2/{route}"].items, route
    assert recording.files
    assert recording.made_with.startswith("WordPress 7.1")


def test_a_recording_is_written_and_read_back_the_same(recording: Recording, tmp_path: Any) -> None:
    file = tmp_path / "site.json.zst"
    file.write_bytes(dump(recording))
    assert load(file) == recording


def test_a_damaged_recording_is_refused_in_words(tmp_path: Any) -> None:
    file = tmp_path / "site.json.zst"
    file.write_bytes(b"not zstandard")
    with pytest.raises(WpSyncError, match="sample site can't be read"):
        load(file)


def test_the_home_page_links_to_the_api(site: DemoServer) -> None:
    answer = get(site.url + "/")
    assert answer.headers["Link"] == f'<{site.url}/wp-json/>; rel="https://api.w.org/"'
    assert answer.headers["Date"]


def test_its_own_address_stands_everywhere(site: DemoServer) -> None:
    index = get(f"{site.url}/wp-json/").json
    assert index["home"] == site.url
    whole = get(f"{site.url}/wp-json/wp/v2/posts", per_page=100).body.decode()
    assert "//clinic.example" not in whole.replace("\\/", "/")
    assert site.url.replace("/", "\\/") in whole  # as PHP's json_encode writes it


def test_pages_of_a_listing_join_without_gap_or_double(site: DemoServer) -> None:
    query = {"orderby": "id", "order": "asc", "per_page": 50, "_fields": "id"}
    first = api(site, "posts", page=1, **query)
    pages = int(first.headers["X-WP-TotalPages"])
    found = [
        id for page in range(1, pages + 1) for id in ids(api(site, "posts", page=page, **query))
    ]
    assert found == sorted(set(found))
    assert len(found) == int(first.headers["X-WP-Total"])
    offset = api(site, "posts", offset=48, **query)
    assert ids(offset)[:2] == found[48:50]


def test_past_the_last_page_posts_refuse_and_terms_are_empty(site: DemoServer) -> None:
    posts = api(site, "posts", page=999, per_page=100)
    assert (posts.status, posts.json["code"]) == (400, "rest_post_invalid_page_number")
    terms = api(site, "categories", page=999, per_page=100)
    assert (terms.status, terms.json) == (200, [])


@pytest.mark.parametrize("per_page", ["0", "101", "many"])
def test_page_sizes_out_of_range_are_refused(site: DemoServer, per_page: str) -> None:
    answer = api(site, "posts", per_page=per_page)
    assert (answer.status, answer.json["code"]) == (400, "rest_invalid_param")


def test_include_and_exclude(site: DemoServer) -> None:
    some = ids(api(site, "posts", per_page=5, orderby="id", order="asc"))
    asked = ",".join(map(str, some[:3]))
    assert sorted(ids(api(site, "posts", include=asked, per_page=100))) == some[:3]
    rest = ids(api(site, "posts", exclude=asked, per_page=100, orderby="id", order="asc"))
    assert rest[:2] == some[3:5]


def test_posts_come_newest_first_unless_asked_otherwise(site: DemoServer) -> None:
    dates = [item["date"] for item in api(site, "posts", per_page=100).json]
    assert dates == sorted(dates, reverse=True)


def test_fields_are_an_allow_list_and_keep_the_sites_order(site: DemoServer) -> None:
    item = api(site, "posts", per_page=1, _fields="title.rendered,id,nothing").json[0]
    assert list(item) == ["id", "title"]
    assert list(item["title"]) == ["rendered"]
    assert "_links" in api(site, "posts", per_page=1).json[0]


def test_ids_that_are_gone_hidden_and_never_were(site: DemoServer) -> None:
    id = ids(api(site, "posts", per_page=1))[0]
    site.trash("/wp/v2/posts", id)
    hidden = api(site, f"posts/{id}")
    assert (hidden.status, hidden.json["code"]) == (401, "rest_forbidden")
    never = api(site, "posts/99999999")
    assert (never.status, never.json["code"]) == (404, "rest_post_invalid_id")
    term = api(site, "categories/99999999")
    assert (term.status, term.json["code"]) == (404, "rest_term_invalid")
    route = api(site, "nothing-here")
    assert (route.status, route.json["code"]) == (404, "rest_no_route")


def test_a_visitor_may_not_edit(site: DemoServer) -> None:
    assert api(site, "posts", context="edit").status == 401
    assert api(site, "users/me").status == 401
    assert get(f"{site.url}/wp-json/wp/v2/posts", "POST").status == 401


def test_modified_after_compares_strictly_on_the_sites_own_clock(site: DemoServer) -> None:
    item = api(site, "posts", per_page=1, orderby="modified").json[0]
    assert item["modified"] != item["modified_gmt"]  # the site is not in UTC
    at = ids(api(site, "posts", modified_after=item["modified_gmt"] + "Z", per_page=100))
    assert item["id"] not in at
    site.edit("/wp/v2/posts", item["id"], modified="2030-07-01T10:00:01", title={"rendered": "x"})
    later = ids(api(site, "posts", modified_after="2030-07-01T10:00:00Z", per_page=100))
    assert later == [item["id"]]


def test_edits_show_and_deletions_are_404(site: DemoServer) -> None:
    before = int(api(site, "posts").headers["X-WP-Total"])
    id = ids(api(site, "posts", per_page=1))[0]
    kept = site.delete("/wp/v2/posts", id)
    assert api(site, f"posts/{id}").status == 404
    assert int(api(site, "posts").headers["X-WP-Total"]) == before - 1
    site.add("/wp/v2/posts", kept)
    assert api(site, f"posts/{id}").json["id"] == id


def test_totals_and_status_can_come_in_an_envelope(site: DemoServer) -> None:
    plain = api(site, "posts", per_page=1)
    envelope = api(site, "posts", per_page=1, _envelope=1).json
    assert envelope["headers"]["X-WP-Total"] == plain.headers["X-WP-Total"]
    assert envelope["body"] == plain.json
    refused = api(site, "posts/99999999", _envelope=1)
    assert (refused.status, refused.json["status"]) == (200, 404)


def test_rest_route_works_on_any_address(site: DemoServer) -> None:
    answer = get(f"{site.url}/", rest_route="/wp/v2/posts", per_page=2)
    assert len(answer.json) == 2


def test_head_sends_headers_only(site: DemoServer) -> None:
    answer = get(f"{site.url}/wp-json/wp/v2/posts", "HEAD")
    assert answer.body == b""
    assert int(answer.headers["X-WP-Total"]) > 0


@pytest.mark.parametrize("form", ["header", "parameter"])
def test_options_describe_the_fields(site: DemoServer, form: str) -> None:
    url = f"{site.url}/wp-json/wp/v2/posts"
    answer = get(url, "OPTIONS") if form == "header" else get(url, _method="OPTIONS")
    assert "content" in answer.json["schema"]["properties"]


def file_of(site: DemoServer) -> tuple[str, bytes]:
    path, file = next(iter(site.site.files.items()))
    return site.url + path, file.data


def test_files_can_be_resumed_and_asked_for_conditionally(site: DemoServer) -> None:
    url, data = file_of(site)
    whole = get(url)
    assert whole.body == data
    part = get(url, headers={"Range": "bytes=10-", "If-Range": whole.headers["ETag"]})
    assert (part.status, part.body) == (206, data[10:])
    assert part.headers["Content-Range"] == f"bytes 10-{len(data) - 1}/{len(data)}"
    assert get(url, headers={"If-None-Match": whole.headers["ETag"]}).status == 304
    other = get(url, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (other.status, other.body) == (200, data)
    assert get(url, headers={"Range": f"bytes={len(data)}-"}).status == 416


def test_a_file_that_was_missing_is_missing(site: DemoServer) -> None:
    urls = [item["source_url"] for item in api(site, "media", per_page=100).json]
    assert 404 in {get(url).status for url in urls}


def test_every_published_post_has_its_page(site: DemoServer) -> None:
    links = [item["link"] for item in api(site, "posts", per_page=20).json]
    assert {get(link).status for link in links} == {200}


def test_a_hook_may_answer_in_its_place(recording: Recording) -> None:
    numbers = itertools.count()

    def hook(_: object) -> Response | None:
        return Response(503, b"busy", {"Retry-After": "1"}) if next(numbers) == 0 else None

    with DemoServer(hook=hook) as site:
        assert get(site.url + "/").status == 503
        assert get(site.url + "/").status == 200
        assert [request.path for request in site.requests] == ["/", "/"]


def test_a_port_in_use_is_said_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WpSyncError, match="can't be served") as caught:
            DemoServer(port=taken.getsockname()[1]).__enter__()
    assert "--port" in caught.value.hint
