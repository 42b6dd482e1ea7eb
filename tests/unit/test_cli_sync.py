"""Pull, normalize and run as a user meets them, against the sample site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import Cli
from wp_sync.archive import open_archive
from wp_sync.cli import sync
from wp_sync.demo import DemoServer, Request, Response
from wp_sync.errors import Exit, TryLater

POSTS = "/wp/v2/posts"


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WP_SYNC_PASSWORD", raising=False)
    return Cli(capsys)


@pytest.fixture
def site() -> Iterator[DemoServer]:
    with DemoServer() as server:
        # A small site is enough for most tests.
        posts = server.site.listings[POSTS].items
        for id in sorted(posts)[60:]:
            del posts[id]
        yield server


def test_a_first_pull_says_what_came_and_what_next(cli: Cli, site: DemoServer) -> None:
    done = cli("pull", site.url, "--archive", "blog")
    assert done.code == Exit.DONE, done.err
    assert "posts" in done.out
    assert "60" in done.out
    assert "status --archive blog" in done.out
    assert "Seen as a visitor: rendered text only" in done.out
    assert "Not visible to you (2)\n  menus and menu items  log in" in done.out
    assert "Not copied on purpose: theme templates" in done.out
    assert done.out.index("Next") > done.out.index("Not copied")
    assert "ITEM" not in done.out


def test_a_second_pull_finds_nothing_new(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog")
    done = cli("pull", site.url, "--archive", "blog", "--json")
    assert done.code == Exit.DONE
    tallies = done.json["pull"]["kinds"].values()
    assert sum(one["new"] + one["changed"] + one["vanished"] for one in tallies) == 0
    assert done.json["pull"]["outcome"] == "done"


def test_the_result_says_that_a_visitors_copy_is_no_full_backup(cli: Cli, site: DemoServer) -> None:
    pulled = cli("pull", site.url, "--archive", "blog", "--json").json["pull"]
    assert pulled["view"]["rendered_only"] is True
    assert pulled["view"]["user"] == ""
    assert "posts/post" in pulled["view"]["rendered"]
    hidden = {one["place"]["kind"]: one for one in pulled["unseen"]}
    assert "log in" in hidden["terms/nav_menu"]["hint"]
    assert "on_purpose" not in hidden["terms/nav_menu"]
    assert hidden["posts/wp_template"]["on_purpose"] is True
    assert any("missing" in note for note in pulled["notes"])


def test_an_edit_and_a_deletion_arrive(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog")
    first, second = sorted(site.site.listings[POSTS].items)[:2]
    site.edit(POSTS, first, modified="2031-01-01T10:00:00", title={"rendered": "New"})
    site.delete(POSTS, second)
    done = cli("pull", site.url, "--archive", "blog", "--full", "--json")
    posts = done.json["pull"]["kinds"]["posts/post"]
    assert (posts["changed"], posts["vanished"]) == (1, 1)


def test_a_rehearsal_writes_nothing(cli: Cli, site: DemoServer, tmp_path: Path) -> None:
    done = cli("pull", site.url, "--archive", "blog", "--dry-run", "--json")
    assert done.code == Exit.DONE, done.err
    assert done.json["pull"]["kinds"]["posts/post"]["new"] == 60
    assert list(tmp_path.iterdir()) == []


def test_a_rehearsal_leaves_an_archive_as_it_was(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog")
    id = min(site.site.listings[POSTS].items)
    site.edit(POSTS, id, modified="2031-01-01T10:00:00", title={"rendered": "New"})
    before = cli("log", f"post/{id}", "--archive", "blog", "--json").json["versions"]
    done = cli("pull", site.url, "--archive", "blog", "--dry-run", "--json")
    assert done.json["pull"]["kinds"]["posts/post"]["changed"] == 1
    assert cli("log", f"post/{id}", "--archive", "blog", "--json").json["versions"] == before


def test_only_some_kinds(cli: Cli, site: DemoServer) -> None:
    done = cli("pull", site.url, "--only", "terms,page", "--media", "none", "--json")
    kinds = set(done.json["pull"]["kinds"])
    assert {"terms/category", "posts/page"} <= kinds
    assert "posts/post" not in kinds
    assert Path("archive").is_dir()  # the default place


def test_too_many_disappearances_are_refused_until_allowed(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog")
    for id in sorted(site.site.listings[POSTS].items)[:30]:
        site.delete(POSTS, id)
    done = cli("pull", site.url, "--archive", "blog", "--full")
    assert done.code == Exit.REFUSED
    assert "--allow-deletions 30" in done.said
    done = cli("pull", site.url, "--archive", "blog", "--full", "--allow-deletions", "30", "--json")
    assert done.code == Exit.DONE
    assert done.json["pull"]["kinds"]["posts/post"]["vanished"] == 30


def test_an_archive_of_another_site_is_refused(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog", "--only", "terms")
    with DemoServer(site.site) as other:
        done = cli("pull", other.url, "--archive", "blog", "--only", "terms")
        assert done.code == Exit.REFUSED
        assert site.host in done.err
        assert "--archive" in done.err
        done = cli("pull", other.url, "--archive", "blog", "--only", "terms", "--add-site")
        assert done.code == Exit.DONE
        done = cli("status", "--archive", "blog")
        assert done.code == Exit.USAGE
        assert "--site" in done.err
        done = cli("status", "--archive", "blog", "--site", other.host, "--json")
        assert done.json["site"]["key"] == other.host


def test_a_held_archive_ends_with_its_own_exit_code(cli: Cli, site: DemoServer) -> None:
    with open_archive("blog") as archive, archive.lock():
        done = cli("pull", site.url, "--archive", "blog")
    assert done.code == Exit.LOCKED
    assert "another" in done.err.lower()


def test_a_site_that_is_down_means_try_later_and_leaves_no_archive(cli: Cli) -> None:
    with DemoServer(hook=lambda _: Response(503, b"down", {"Retry-After": "0"})) as site:
        done = cli("pull", site.url, "--archive", "blog")
    assert done.code in (Exit.TRY_LATER, Exit.FAILED)
    assert not Path("blog").exists()


def test_a_site_without_wordpress_is_said_in_words(cli: Cli) -> None:
    def plain(_: Request) -> Response:
        return Response(200, b"<html>hello</html>", {"Content-Type": "text/html"})

    with DemoServer(hook=plain) as site:
        done = cli("pull", site.url, "--archive", "blog")
    assert done.code == Exit.FAILED
    assert "next:" in done.err
    assert not Path("blog").exists()


def test_a_folder_that_cant_be_written_is_said_in_words(cli: Cli, site: DemoServer) -> None:
    Path("file").write_text("not a folder")
    done = cli("pull", site.url, "--archive", "file/blog")
    assert done.code != Exit.DONE
    assert "Traceback" not in done.said
    assert "sorry" not in done.err.lower()
    assert "next:" in done.err


def test_run_does_all_stages_by_the_configuration(cli: Cli, site: DemoServer) -> None:
    assert cli("init", site.url, "--archive", "kept").code == Exit.DONE
    done = cli("run", "--json")
    assert done.code == Exit.DONE, done.err
    assert set(done.json) == {"command", "exit_code", "pull", "normalize", "audit"}
    assert done.json["normalize"]["terms"]["category"]["before"] > 0
    assert Path("kept").is_dir()


def test_run_is_silent_without_a_terminal_when_nothing_is_wrong(cli: Cli, site: DemoServer) -> None:
    cli("init", site.url)
    done = cli("run")
    assert done.code == Exit.DONE
    assert done.said == ""
    assert not Path("archive/audit").exists()
    said = cli("run", "--summary").out
    assert "in order" in said
    page = Path("archive") / "audit" / "audit.html"
    assert said.index("error") < said.index("Next") < said.index(str(page)), "the page to read next"
    assert "Content-Security-Policy" in page.read_text(encoding="utf-8")
    with_reports = '[audit]\nreports = "there"\nformats = ["csv"]'
    config = Path("wp-sync.toml")
    config.write_text(config.read_text().replace("[audit]", with_reports))
    page.unlink()
    assert str(Path("there") / "audit.csv") in cli("run", "--summary").out
    assert not page.exists(), "the configuration says what is written"


def test_run_is_loud_when_something_needs_a_person(cli: Cli, site: DemoServer) -> None:
    cli("init", site.url)
    cli("run")
    for id in sorted(site.site.listings[POSTS].items)[:30]:
        site.delete(POSTS, id)
    done = cli("run")
    assert done.code == Exit.REFUSED
    assert "--allow-deletions" in done.err


def test_mistakes_in_the_mappings_come_all_at_once_before_anything_is_fetched(
    cli: Cli, site: DemoServer
) -> None:
    cli("init", site.url)
    Path("mappings/tags.toml").write_text('version = 1\nunmappd = "keep"\n')
    Path("mappings/authors.toml").write_text("version = 1\n[[rule\n")
    asked = len(site.requests)
    done = cli("run")
    assert done.code == Exit.USAGE
    assert "tags.toml:2" in done.err
    assert "authors.toml:2" in done.err
    assert len(site.requests) == asked


def test_normalize_again_changes_nothing(cli: Cli, site: DemoServer) -> None:
    cli("pull", site.url, "--archive", "blog")
    first = cli("normalize", "--archive", "blog", "--json").json["normalize"]["result"]
    assert sum(first["written"].values()) > 0
    again = cli("normalize", "--archive", "blog", "--json").json["normalize"]["result"]
    assert sum(again["written"].values()) == 0


def test_the_configurations_login_is_never_used_for_another_site(
    cli: Cli, site: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WP_SYNC_PASSWORD", "opensesame-1")
    Path("wp-sync.toml").write_text('[site]\nurl = "https://blog.example.com"\nuser = "me"\n')
    done = cli("pull", site.url, "--archive", "blog", "--only", "terms")
    assert done.code == Exit.DONE
    assert all("authorization" not in request.headers for request in site.requests)


def test_demo_pulls_the_sample_site_without_a_network(cli: Cli) -> None:
    done = cli("demo", "--port", "0", "--json")
    assert done.code == Exit.DONE, done.err
    assert done.json["pull"]["kinds"]["posts/post"]["new"] > 300
    assert done.json["normalize"]["related_posts"]["resolved"] > 0
    assert done.json["audit"]["findings"] > 100
    assert done.json["audit"]["files"] == [str(Path("demo-archive/audit/audit.html"))]
    assert cli("check", "--archive", "demo-archive").code == Exit.DONE


def test_doctor_says_who_we_are_and_what_cant_be_seen(cli: Cli, site: DemoServer) -> None:
    done = cli("doctor", site.url)
    assert done.code == Exit.DONE
    assert site.url in done.out
    report = cli("doctor", site.url, "--json").json["doctor"]
    assert report["rendered_only"] is True
    assert report["problems"]


def test_names_that_the_rules_refuse_are_a_persons_to_decide(cli: Cli, site: DemoServer) -> None:
    cli("init", site.url)
    file = Path("mappings/tags.toml")
    file.write_text('version = 1\nunmapped = "refuse"\n')
    done = cli("run")
    assert done.code == Exit.REFUSED
    assert "decide about them in the mappings" in done.err
    assert cli("normalize", "--archive", "archive").code == Exit.REFUSED


def test_refetching_asks_for_everything_again_and_writes_only_what_differs(
    cli: Cli, site: DemoServer
) -> None:
    cli("pull", site.url, "--archive", "blog")
    asked = cli("pull", site.url, "--archive", "blog", "--json").json["pull"]
    again = cli("pull", site.url, "--archive", "blog", "--refetch", "--json").json["pull"]
    assert "posts/post" not in asked["kinds"]
    assert again["kinds"]["posts/post"]["unchanged"] == 60
    assert again["kinds"]["files"]["unchanged"] == 13
    assert sum(one["new"] + one["changed"] for one in again["kinds"].values()) == 0


def test_a_run_follows_links_to_old_addresses_in_one_go(
    cli: Cli, site: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(site.site.listings[POSTS].items)[:2]
    target = "/" + site.site.listings[POSTS].items[second]["link"].split("/", 3)[3]
    link = f'<p>See <a href="{site.url}/as-it-was-called/">this</a>.</p>'
    site.edit(POSTS, first, modified="2031-01-01T10:00:00", content={"rendered": link})

    def sent_on(request: Request) -> Response | None:
        moved = request.path == "/as-it-was-called/"
        return Response(301, b"", {"Location": target}) if moved else None

    site.hook = sent_on
    done = cli("run", site.url, "--archive", "blog", "--follow-links", "--json")
    assert done.code == Exit.DONE, done.err
    assert done.json["pull"]["kinds"]["redirects/followed"]["new"] > 0
    assert done.json["pull"]["kinds"]["posts/post"]["new"] == 60
    assert done.json["normalize"]["result"]["posts_written"] > 60
    with open_archive("blog", read_only=True) as archive:
        (part,) = (archive.of(one.key) for one in archive.sites())
        rows = part.query("SELECT state, via, target FROM links WHERE post = :id", id=first)
        assert [tuple(row.values()) for row in rows] == [("moved", "redirect", second)]
        rules = {
            row["rule"] for row in part.query("SELECT rule FROM findings WHERE id = :id", id=first)
        }
        assert "links/redirect" in rules
        assert "links/missing-target" not in rules
    told = cli("explain", f"post/{first}", "--archive", "blog").out
    assert "a redirect leads to" in " ".join(told.split())

    def silent(*_: object) -> None:
        raise TryLater("the site does not answer")

    monkeypatch.setattr(sync, "follow_links", silent)
    done = cli("run", site.url, "--archive", "blog", "--follow-links", "--json")
    assert done.code == Exit.DONE, done.err
    assert any("does not answer" in note for note in done.json["pull"]["notes"])
