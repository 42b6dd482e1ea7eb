"""`audit --against`: whether the new site is the old one, and what the move itself explains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from wp_sync.archive import open_archive
from wp_sync.demo import DemoServer
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Match, Rules, Target, TaxonomyRules, TermRule
from wp_sync.progress import Silent, Stop
from wp_sync.publish.parity.archives import compare
from wp_sync.publish.parity.nouns import Difference, Parity

NEW = "new.example.org"


def post(host: str, id: int, slug: str, html: str = "<p>Words.</p>", **fields: Any) -> Record:
    content = {"rendered": html.replace("HOST", host), "protected": False}
    link = f"https://{host}/{slug}/"
    fields = {"title": {"rendered": slug.title()}, **fields}
    return make_record("posts/post", id, slug=slug, link=link, content=content, **fields)


def archived(place: Path, host: str, records: Sequence[Record], rules: Rules | None = None) -> None:
    with open_archive(place) as archive:
        site = archive.of(host)
        site.set_site(make_identity(host))
        site.save(site.begin_run("pull", "anonymous"), records)
        normalize_site(site, rules or Rules())


def compared(place: Path, old: Sequence[Record], new: Sequence[Record], rules: Rules) -> Parity:
    archived(place / "old", SITE, old, rules)
    archived(place / "new", NEW, new)
    with open_archive(place / "old") as ours, open_archive(place / "new") as theirs:
        return compare(ours.of(SITE), theirs.of(NEW), Silent(), Stop())


def told(parity: Parity, state: str) -> list[Difference]:
    return [one for one in parity.differences if one.state == state]


def test_the_same_site_elsewhere_is_the_same(tmp_path: Path) -> None:
    html = (
        '<p>See <a href="https://HOST/two/">two</a></p>'
        '<figure><img class="wp-image-{}" src="https://HOST/wp-content/uploads/a.jpg"></figure>'
    )
    parity = compared(
        tmp_path,
        [post(SITE, 1, "one", html.format(7)), post(SITE, 2, "two")],
        [post(NEW, 11, "one", html.format(70)), post(NEW, 12, "two")],
        Rules(),
    )
    assert parity.clean
    assert parity.count("same") == 2
    (one,) = told(parity, "explained")
    assert (one.field, one.ours) == ("content", "the host, numbers of records")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<p>a</p>\n\n<p>b</p>", "<p>a</p><p>b</p>", "white space"),
        (
            '<!-- wp:image {"id":3,"sizeSlug":"large"} --><p>a</p><!-- /wp:image -->',
            '<!-- wp:core/image {"sizeSlug":"large","id":9} --><p>a</p><!-- /wp:core/image -->',
            "numbers of records, the spelling of blocks",
        ),
        ("<p>a b</p>", "<p>a c</p>", ""),
        (
            '<a href="https://HOST/one/">x</a>',
            f'<a href="https://{SITE}/one/">x</a>',
            "old host",
        ),
    ],
)
def test_what_a_move_explains_is_told_apart(tmp_path: Path, old: str, new: str, why: str) -> None:
    parity = compared(tmp_path, [post(SITE, 1, "one", old)], [post(NEW, 2, "one", new)], Rules())
    (one,) = parity.differences
    if why == "old host":
        assert (one.state, parity.clean) == ("link", False)
        return
    assert one.state == ("explained" if why else "differs")
    assert parity.clean is bool(why)
    if why:
        assert one.ours == why


def test_only_here_only_there_and_fields_that_differ(tmp_path: Path) -> None:
    parity = compared(
        tmp_path,
        [post(SITE, 1, "one"), post(SITE, 2, "two"), post(SITE, 3, "three")],
        [
            post(NEW, 1, "one", title={"rendered": "Another title"}),
            post(NEW, 2, "extra"),
            post(NEW, 3, "three", date_gmt="2020-01-01T00:00:00"),
        ],
        Rules(),
    )
    assert [one.title for one in told(parity, "missing")] == ["Two"]
    assert [one.title for one in told(parity, "extra")] == ["Extra"]
    assert [(one.title, one.field) for one in told(parity, "differs")] == [
        ("One", "title"), ("Three", "published_at"),
    ]  # fmt: skip


def test_a_post_is_known_by_more_than_its_address(tmp_path: Path) -> None:
    moved = make_record(
        "posts/post", 5, slug="one", link=f"https://{NEW}/2024/one/", title={"rendered": "One"},
        content={"rendered": "<p>Words.</p>"},
    )  # fmt: skip
    parity = compared(tmp_path, [post(SITE, 1, "one")], [moved], Rules())
    (one,) = parity.differences
    assert (one.state, one.field, one.ours, one.theirs) == (
        "differs", "address", "/one", "/2024/one",
    )  # fmt: skip


def test_terms_as_the_rules_put_them_are_explained(tmp_path: Path) -> None:
    def category(id: int, name: str) -> Record:
        return make_record("terms/category", id, name=name, slug=name.lower())

    merge = TermRule(Match(ids=(2,)), into=(Target("Sleep"),))
    rules = Rules({"category": TaxonomyRules("category", (merge,))})
    old = [category(1, "Sleep"), category(2, "Sleeping"), post(SITE, 1, "one", categories=[2])]
    new = [category(8, "Sleep"), post(NEW, 4, "one", categories=[8])]
    parity = compared(tmp_path, old, new, rules)
    assert parity.clean
    (one,) = told(parity, "explained")
    assert (one.kind, one.field) == ("terms/category", "rules")
    unfiled = compared(tmp_path / "2", old, [category(8, "Sleep"), post(NEW, 4, "one")], rules)
    assert [(one.field, one.ours) for one in told(unfiled, "differs")] == [
        ("terms", "category/sleep")
    ]


def test_the_command_says_it_and_ends_with_6(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    archived(Path("archive"), SITE, [post(SITE, 1, "one"), post(SITE, 2, "two")])
    archived(Path("new"), NEW, [post(NEW, 1, "one")])
    cli = Cli(capsys)
    done = cli("audit", "--against", "new")
    assert done.code == 6
    assert f"{NEW} is not the same as {SITE}" in done.out
    assert "2 here, 1 there" in done.out
    document = cli("audit", "--against", "new", "--json").json["parity"]
    assert document["counts"]["posts/post"] == {"same": 1, "missing": 1}
    assert cli("audit", "--against", "nowhere").code == 2


def test_a_target_is_pulled_into_an_archive_of_its_own_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cli = Cli(capsys)
    with DemoServer() as old, DemoServer() as new:
        for server in (old, new):
            posts = server.site.listings["/wp/v2/posts"].items
            for id in sorted(posts)[20:]:
                del posts[id]
        assert cli("pull", old.url, "--archive", "blog", "--media", "none").code == 0
        assert cli("normalize", "--archive", "blog").code == 0
        lost = max(new.site.listings["/wp/v2/posts"].items)
        del new.site.listings["/wp/v2/posts"].items[lost]
        Path("wp-sync.toml").write_text(
            'version = 1\n[archive]\nlocation = "blog"\n[pull]\nmedia = "none"\n'
            f'[targets.new]\nkind = "wordpress"\nurl = "{new.url}"\n',
            encoding="utf-8",
        )
        done = cli("audit", "--against", "new", "--json")
        assert done.code == 6, done.err
        counts = done.json["parity"]["counts"]["posts/post"]
        assert counts["missing"] == 1
        assert Path("blog-new").is_dir()
        named = cli("audit", "--against", f"wordpress:{new.url}", "--json")
        assert named.json["parity"]["counts"]["posts/post"] == counts
    assert cli("audit", "--against", "newer").code == 2
    assert "no archive and no target “newer”" in cli("audit", "--against", "newer").err
