"""The lab keeps its word: real servers, the seed's counts, its traps, and no leftovers."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from lab import Lab, Login, PostgreSQL, Server, process
from lab.where import ROOT, VERSIONS

pytestmark = pytest.mark.live


class Answer:
    """Status, headers and body of a request, errors included."""

    def __init__(self, url: str, login: Login | None = None, **headers: str) -> None:
        request = urllib.request.Request(
            url, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        if login is not None:
            pair = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
            request.add_header("Authorization", f"Basic {pair}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            self.status, self.headers, self.body = error.code, error.headers, error.read()

    def json(self) -> Any:
        return json.loads(self.body)


def get(server: Server, route: str, login: Login | None = None, **query: Any) -> Answer:
    separator = "&" if "?" in server.api else "?"
    return Answer(f"{server.api}wp/v2/{route}{separator}{urllib.parse.urlencode(query)}", login)


def every_id(server: Server, route: str, **query: Any) -> list[int]:
    found: list[int] = []
    for page in range(1, 20):
        answer = get(
            server, route, per_page=100, page=page, orderby="id", order="asc", _fields="id", **query
        )
        found += [item["id"] for item in answer.json()]
        if page >= int(answer.headers["X-WP-TotalPages"]):
            break
    return found


def test_versions_are_what_they_say(server: Server) -> None:
    assert str(server.php("return get_bloginfo('version');")).startswith(f"{server.version}.")
    assert Answer(f"{server.url}/").headers["Link"].startswith(f"<{server.url}/wp-json/>")


def test_totals_are_the_manifests(server: Server) -> None:
    for route, count in server.manifest["public"].items():
        assert get(server, route, per_page=1, _fields="id").headers["X-WP-Total"] == str(count)
    comments = get(server, "comments", per_page=100)
    assert len(comments.json()) == server.manifest["readable_comments"]
    ids = every_id(server, "posts")
    assert len(ids) == len(set(ids)) == server.manifest["public"]["posts"]


def test_all_versions_are_seeded_alike(lab: Lab) -> None:
    ids = {
        s.version: json.dumps({k: v for k, v in s.manifest["names"].items() if k != "navigation"})
        for s in lab
    }
    assert len(set(ids.values())) == 1


def test_a_wrong_password_is_anonymous(server: Server) -> None:
    wrong = Login("frontdesk", "not the password at all")
    assert get(server, "posts", wrong, per_page=1, _fields="id").status == 200
    assert get(server, "users/me", wrong, context="edit").status == 401
    for role, login in server.logins.items():
        me = get(server, "users/me", login, context="edit")
        assert me.status == 200, role
        assert me.json()["username"] == login.user


def test_hidden_states(server: Server) -> None:
    manifest, admin = server.manifest, server.logins["admin"]
    for state in ("draft", "private", "pending", "scheduled", "trashed", "missed_schedule"):
        assert get(server, f"posts/{manifest[state]}").status == 401, state
    for status, key in (("future", "scheduled"), ("trash", "trashed"), ("private", "private")):
        assert manifest[key] in [
            post["id"] for post in get(server, "posts", admin, status=status, _fields="id").json()
        ]
    protected = get(server, f"posts/{manifest['protected']}").json()
    assert protected["content"] == {"rendered": "", "protected": True}
    undated = get(server, f"posts/{manifest['draft_without_date']}", admin, context="edit").json()
    assert undated["status"] == "draft"


def test_the_broken_post_breaks_its_page(fresh_server: Server) -> None:
    broken = fresh_server.manifest["broken"]
    assert get(fresh_server, f"posts/{broken}").status == 500
    assert Answer(f"{fresh_server.url}/how-to-find-us/").status == 500
    assert get(fresh_server, "posts", include=f"{broken},101").status == 500
    neighbours: dict[str, Any] = {
        "per_page": 100,
        "before": "2020-01-01T00:00:00",
        "after": "2019-07-01T00:00:00",
    }
    assert get(fresh_server, "posts", **neighbours).status == 500
    assert get(fresh_server, "posts", exclude=broken, **neighbours).status == 200
    assert get(fresh_server, f"posts/{broken}", _fields="id,modified_gmt").status == 200
    fresh_server.heal()
    assert get(fresh_server, f"posts/{broken}").status == 200


def test_three_hundred_posts_share_one_second(server: Server) -> None:
    updates = server.manifest["updates"]
    found: list[Any] = []
    for page in (1, 2, 3):
        found += get(
            server,
            "posts",
            per_page=100,
            page=page,
            orderby="id",
            order="asc",
            categories=server.manifest["names"]["categories"]["updates"],
            _fields="id,modified_gmt",
        ).json()
    assert [post["id"] for post in found] == list(range(updates["first"], updates["last"] + 1))
    assert {post["modified_gmt"] for post in found} == {updates["modified_gmt"]}


def test_the_repeated_hour(server: Server) -> None:
    first, second = (
        get(server, f"posts/{post}", _fields="date,date_gmt").json()
        for post in server.manifest["repeated_hour"]
    )
    assert first["date"] == second["date"] == "2024-11-03T01:30:00"
    assert (first["date_gmt"], second["date_gmt"]) == ("2024-11-03T08:30:00", "2024-11-03T09:30:00")


def test_media(server: Server) -> None:
    files = server.manifest["media_files"]
    for name, url in files.items():
        scheme, rest = url.split("://", 1)
        answer = Answer(f"{scheme}://{urllib.parse.quote(rest, safe='/:')}")
        assert answer.status == (404 if name == "missing-file" else 200), url
    big = get(server, f"media/{server.manifest['names']['media']['big']}").json()
    assert big["source_url"].endswith("-scaled.jpg")
    assert {"medium", "large", "thumbnail"} <= set(big["media_details"]["sizes"])
    part = Answer(files["waiting-room"], Range="bytes=100-199")
    whole = Answer(files["waiting-room"])
    assert (part.status, part.body) == (206, whole.body[100:200])


def test_related_posts_and_fields(server: Server) -> None:
    post = get(server, "posts/104").json()
    assert post["acf"]["lead"] == "One rule"
    assert post["meta"]["reading_minutes"] == 4
    assert post["yoast_head_json"]["canonical"] == f"{server.url}/the-fixed-hour/"
    assert "jp-related-posts-i2__post" in post["content"]["rendered"]
    assert [entry["id"] for entry in get(server, "posts/101").json()["jetpack-related-posts"]] == [
        104,
        107,
    ]
    page = Answer(f"{server.url}/the-fixed-hour/").body.decode()
    assert "single-related-posts" in page
    assert "fusion-meta-info" in page
    assert "single-related-posts" not in post["content"]["rendered"]


def test_renderings_differ_where_wordpress_is_random(fresh_server: Server) -> None:
    embed = fresh_server.manifest["embeds"][0]
    seen: set[str] = set()
    for _ in range(2):
        rendered = get(fresh_server, f"posts/{embed}").json()["content"]["rendered"]
        seen |= set(re.findall(r'data-secret="(\w+)"', rendered))
        # WordPress keeps an embed for a day; without that every rendering draws a new secret.
        fresh_server.sql("DELETE FROM wp_postmeta WHERE meta_key LIKE '\\_oembed%'")
    assert len(seen) == 2
    if fresh_server.version >= "6.4":
        box = f"posts/{fresh_server.manifest['lightbox']}"
        assert get(fresh_server, box).json() != get(fresh_server, box).json()


def test_old_slugs_redirect(server: Server) -> None:
    for slug, post in server.manifest["old_slugs"].items():
        assert f'id="post-{post}"' in Answer(f"{server.url}/{slug}/").body.decode()


def test_reset_brings_everything_back(fresh_server: Server) -> None:
    fresh_server.php(
        "wp_delete_post(101, true); wp_update_post(['ID' => 104, 'post_title' => 'x']);"
    )
    (fresh_server.uploads / "stray.txt").write_text("stray", encoding="utf-8")
    assert get(fresh_server, "posts/101").status == 404
    fresh_server.reset()
    assert get(fresh_server, "posts/101").status == 200
    assert get(fresh_server, "posts/104").json()["title"]["rendered"].startswith("The Fixed Hour")
    assert not (fresh_server.uploads / "stray.txt").exists()


def test_a_reset_is_no_new_installation(fresh_newest: Server) -> None:
    """Tests do it by the hundred. The quickest of some counts: what else the machine does is not
    the reset's."""

    def seconds() -> float:
        began = time.monotonic()
        fresh_newest.reset()
        return time.monotonic() - began

    assert any(seconds() < 2 for _ in range(5))


def test_many_posts(fresh_newest: Server) -> None:
    ids = fresh_newest.add_posts(500)
    assert len(set(ids)) == 500
    total = fresh_newest.manifest["public"]["posts"] + 500
    assert get(fresh_newest, "posts", per_page=1, _fields="id").headers["X-WP-Total"] == str(total)
    one, other = (
        get(fresh_newest, f"posts/{post}", fresh_newest.logins["admin"], context="edit").json()
        for post in (ids[0], ids[-1])
    )
    assert one["content"]["raw"] != other["content"]["raw"]
    assert all(4000 <= len(post["content"]["raw"]) <= 6300 for post in (one, other))


@pytest.mark.parametrize(
    ("shape", "api"),
    [
        ({"subfolder": "blog"}, "/blog/wp-json/"),
        ({"plain_permalinks": True}, "/?rest_route=/"),
        ({"rest_prefix": "api"}, "/api/"),
    ],
    ids=["subfolder", "plain", "prefix"],
)
def test_variants(lab: Lab, shape: dict[str, Any], api: str) -> None:
    server = lab.variant(lab.versions[-1], **shape)
    try:
        assert server.api.endswith(api)
        announced = Answer(f"{server.url}/").headers["Link"].split(";")[0].strip("<>")
        assert urllib.parse.unquote(announced).replace("/index.php?", "/?") == server.api
        total = get(server, "posts", per_page=1, _fields="id").headers["X-WP-Total"]
        assert total == str(server.manifest["public"]["posts"])
        link = get(server, "posts/104").json()["link"]
        assert link.startswith(server.url)
        assert Answer(link).status == 200
        if "subfolder" in shape:
            assert Answer(server.url.removesuffix("/blog") + "/the-fixed-hour/").status == 404
    finally:
        server.stop()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_its_owner(tmp_path: Path, sign: signal.Signals) -> None:
    program = (
        "import sys, time\nfrom lab import Lab\n"
        f"with Lab(versions=({VERSIONS[-1]!r},)) as lab:\n"
        "    print(lab[next(iter(lab.versions))].uploads, flush=True)\n    time.sleep(60)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
        # A shell without job control starts its background jobs deaf to Ctrl-C, and their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert owner.stdout is not None
    run = Path(owner.stdout.readline().strip()).parents[2]
    assert len(list(process.members(run))) >= 6  # MariaDB, PHP's server and its workers
    owner.send_signal(sign)
    owner.wait(60)
    owner.stdout.close()
    until = time.monotonic() + 60
    while time.monotonic() < until and (run.exists() or any(process.members(run))):
        time.sleep(0.1)
    assert not list(process.members(run))
    assert not run.exists()


def test_postgresql_of_our_own_leaves_nothing() -> None:
    with PostgreSQL() as server:
        engine = sqlalchemy.create_engine(server.create("trial"))
        with engine.connect() as connection:
            assert connection.execute(sqlalchemy.text("SELECT 40 + 2")).scalar() == 42
        engine.dispose()
        folder = Path(server.url().partition("host=")[2])
        assert folder.exists()
    assert not folder.exists()
