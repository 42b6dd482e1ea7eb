"""`wp-sync plan`, `push` and `verify`: words, files and exit codes, for live targets and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli import Cli
from tests.helpers import SITE, make_identity, make_record
from tests.unit.test_publish_push import RECORDS, both
from wp_sync.archive import open_archive
from wp_sync.errors import Exit
from wp_sync.publish import targets
from wp_sync.publish.base import LiveTarget, Publisher, Settings
from wp_sync.publish.memory import MemoryPublisher, MemoryTarget

SECRET = "s3cret words of mine"
LIVE = ("memory:there", "--user", "ed")


@pytest.fixture
def target() -> MemoryTarget:
    return MemoryTarget()


@pytest.fixture
def seen() -> list[Settings]:
    return []


@pytest.fixture
def cli(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    target: MemoryTarget,
    seen: list[Settings],
) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WP_SYNC_TARGET_PASSWORD", SECRET)

    def open_it(settings: Settings) -> Publisher:
        seen.append(settings)
        return MemoryPublisher(target, settings)

    known = {"memory": LiveTarget(open_it, "in memory", login=True)}
    plain = targets.target_kind
    find: Callable[[str], Any] = lambda name: known.get(name) or plain(name)  # noqa: E731
    names = [*targets.kinds(), *known]
    monkeypatch.setattr("wp_sync.publish.drive.target_kind", find)
    monkeypatch.setattr("wp_sync.cli.targets.target_kind", find)
    monkeypatch.setattr("wp_sync.cli.targets.kinds", lambda: names)
    pull(*RECORDS)
    return Cli(capsys)


def pull(*records: Any) -> None:
    with open_archive("archive") as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        site.save(site.begin_run("pull", "anonymous"), records)


def test_plan_push_verify_of_a_live_target(cli: Cli, target: MemoryTarget) -> None:
    planned = cli("plan", *LIVE)
    assert planned.code == Exit.DONE
    assert "7 to create" in planned.out
    assert "+ Page 31" in planned.out
    assert target.writes == 0
    assert cli("push", *LIVE, "--dry-run").out == planned.out
    dry, plain = cli("push", *LIVE, "--dry-run", "--json"), cli("plan", *LIVE, "--json")
    assert dry.json["plan"] == plain.json["plan"]
    pushed = cli("push", *LIVE)
    assert pushed.code == Exit.DONE
    assert "8 writes" in pushed.out
    verified = cli("verify", *LIVE)
    assert verified.code == Exit.DONE
    assert "are the same" in verified.out
    assert "0 writes, 7 as they were" in cli("push", *LIVE).out


def test_the_password_goes_to_the_target_and_nowhere_else(cli: Cli, seen: list[Settings]) -> None:
    done = cli("plan", *LIVE, "--json", "-vv")
    assert seen[0].password == SECRET
    assert seen[0].user == "ed"
    assert SECRET not in done.said
    assert SECRET not in repr(seen[0])


def test_a_target_without_a_password_says_where_it_comes_from(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WP_SYNC_TARGET_PASSWORD")
    done = cli("plan", *LIVE)
    assert done.code == Exit.USAGE
    assert "WP_SYNC_TARGET_PASSWORD" in done.err
    assert cli("plan", *LIVE, "--password-command", f"echo {SECRET.split()[0]}").code == Exit.DONE


def test_a_password_is_asked_for_at_a_terminal(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, seen: list[Settings]
) -> None:
    monkeypatch.delenv("WP_SYNC_TARGET_PASSWORD")
    asked: list[str] = []

    def typed(prompt: str, stream: Any) -> str:
        asked.append(prompt)
        return f"{SECRET}\n"

    monkeypatch.setattr("getpass.getpass", typed)
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    done = cli("plan", *LIVE)
    assert done.code == Exit.DONE
    assert asked == ["Application password of ed on there: "]
    assert seen[0].password == SECRET
    assert SECRET not in done.said


def test_one_target_however_its_address_is_typed(cli: Cli, seen: list[Settings]) -> None:
    cli("push", "memory:https://new.example.com", "--user", "ed")
    again = cli("push", "memory:HTTPS://New.example.com/", "--user", "ed")
    assert "0 writes, 7 as they were" in again.out
    assert seen[0].name == seen[-1].name == "memory:https://new.example.com"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hugoo:site/", "id you mean hugo?"),
        ("nowhere", "is no target"),
        ("hugo:", "where?"),
        ("memory:https://me:x@new.example.com", "carries a login"),
        ("memory:there", "s whom?"),
    ],
)
def test_a_target_that_is_none_is_told_with_the_next_step(cli: Cli, word: str, said: str) -> None:
    done = cli("plan", word)
    assert done.code == Exit.USAGE
    assert said in done.err
    assert "next:" in done.err


def test_a_saved_plan_is_applied_or_refused(cli: Cli, target: MemoryTarget) -> None:
    assert cli("plan", *LIVE, "--save", "plan.json", "--html", "plan.html").code == Exit.DONE
    assert b"wp_sync_plan" in Path("plan.json").read_bytes()
    pull(make_record("posts/page", 31, content=both("<p>Anew</p>")))
    refused = cli("push", *LIVE, "--plan", "plan.json")
    assert refused.code == Exit.REFUSED
    assert "changed since the plan" in refused.err
    assert target.writes == 0
    cli("plan", *LIVE, "--save", "plan.json")
    assert cli("push", *LIVE, "--plan", "plan.json").code == Exit.DONE
    assert len(target.things) == 7


def test_a_plan_of_another_target_is_refused(cli: Cli) -> None:
    cli("plan", *LIVE, "--save", "plan.json")
    assert cli("push", "hugo:site/", "--plan", "plan.json").code == Exit.REFUSED
    assert cli("push", *LIVE, "--plan", "lost.json").code == Exit.USAGE


def test_a_conflict_shows_three_values_and_ends_with_its_code(
    cli: Cli, target: MemoryTarget
) -> None:
    cli("push", *LIVE)
    (page,) = [one for one in target.of("posts/page") if one.fields["slug"] == "page-31"]
    target.edit(page.id, title="Theirs")
    pull(make_record("posts/page", 31, title=both("Ours"), content=both("<p>Parent</p>")))
    planned = cli("plan", *LIVE)
    assert planned.code == Exit.CONFLICTS
    for line in ("title, pushed: Page 31", "title, here: Ours", "title, there: Theirs"):
        assert line in planned.out
    assert cli("push", *LIVE).code == Exit.CONFLICTS
    assert cli("push", *LIVE, "--on-conflict", "overwrite").code == Exit.DONE
    assert target.things[page.id].fields["title"] == "Ours"


def test_files_are_counted_as_files_in_the_order_of_a_push(cli: Cli) -> None:
    cli("push", "hugo:site/")
    done = cli("verify", "hugo:site/")
    assert done.code == Exit.DONE
    words = [line.split() for line in done.out.splitlines() if "here," in line]
    assert [line[0] for line in words] == ["categories", "users", "posts", "pages"]
    assert all(line[2] in ("file", "files") for line in words)


def test_differences_are_told_in_every_form(cli: Cli, target: MemoryTarget) -> None:
    cli("push", *LIVE)
    (page,) = [one for one in target.of("posts/page") if one.fields["slug"] == "page-31"]
    target.edit(page.id, title="=1+1 <script>")
    done = cli("verify", *LIVE, "--html", "report.html", "--csv", "report.csv", "--json")
    assert done.code == Exit.FINDINGS
    assert done.json["differences"][0]["field"] == "title"
    assert not done.json["clean"]
    page_text = Path("report.html").read_text(encoding="utf-8")
    assert "not the same" in page_text
    assert "<script>" not in page_text
    assert "Signature" in page_text
    rows = list(csv.DictReader(io.StringIO(Path("report.csv").read_text("utf-8-sig"))))
    assert rows[0]["theirs"] == "'=1+1 <script>"
    assert "title: Page 31 / =1+1 <script>" in cli("verify", *LIVE).out


def test_the_plans_page_escapes_and_names_everything(cli: Cli) -> None:
    pull(make_record("posts/page", 32, title=both("<b>Bold</b> & <img src=x onerror=y>")))
    cli("plan", *LIVE, "--html", "plan.html")
    text = Path("plan.html").read_text(encoding="utf-8")
    assert "<img" not in text
    assert "Page 31" in text


def test_a_push_that_is_cut_short_ends_with_the_reason(cli: Cli, target: MemoryTarget) -> None:
    target.faults = {3: "later"}
    done = cli("push", *LIVE)
    assert done.code == Exit.TRY_LATER
    assert "2 writes" in done.out or "3 writes" in done.out
    assert cli("push", *LIVE).code == Exit.DONE


def test_two_pushes_at_once_are_one_after_the_other(cli: Cli, target: MemoryTarget) -> None:
    with open_archive("archive") as archive, archive.lock():
        assert cli("push", *LIVE).code == Exit.LOCKED
    assert target.writes == 0
    assert cli("push", *LIVE).code == Exit.DONE


def test_something_refused_is_partial_and_named(cli: Cli, target: MemoryTarget) -> None:
    target.faults = {6: "refused"}
    done = cli("push", *LIVE, "--json")
    assert done.code == Exit.PARTIAL
    assert done.json["push"]["left"] == 1
    assert "refuses" in done.json["push"]["problems"][0]["message"]


def test_files_are_planned_pushed_and_verified_by_the_same_commands(cli: Cli) -> None:
    planned = cli("plan", "hugo:site/", "--save", "plan.json")
    assert planned.code == Exit.DONE
    assert "to create" in planned.out
    assert not Path("site/content").exists()
    assert cli("push", "hugo:site/", "--plan", "plan.json").code == Exit.DONE
    assert list(Path("site").rglob("*.md"))
    assert cli("verify", "hugo:site/").code == Exit.DONE
    assert "0 writes" in cli("push", "hugo:site").out
    next(Path("site/content").rglob("index.md")).write_text("changed")
    found = cli("verify", "hugo:site/")
    assert found.code == Exit.FINDINGS
    assert "edited since it was written" in found.out
    assert cli("push", "hugo:site/").code == Exit.CONFLICTS


@pytest.mark.parametrize(
    ("word", "file"),
    [("wxr:out/export.xml", "out/export.xml"), ("jsonl:out/", "out"), ("csv:tables", "tables")],
)
def test_formats_for_other_programs(cli: Cli, word: str, file: str) -> None:
    assert cli("push", word).code == Exit.DONE
    assert Path(file).exists()
    assert cli("verify", word).code == Exit.DONE
    assert "0 writes" in cli("push", word).out


def test_options_of_a_kind_are_checked(cli: Cli) -> None:
    done = cli("plan", "hugo:site/", "--option", "draft=true")
    assert done.code == Exit.USAGE
    assert "drafts" in done.err
    assert cli("plan", "hugo:site/", "--option", "drafts").code == Exit.DONE


CONFIG = """
[targets.new]
kind = "memory"
url = "https://new.example.com"
user = "ed"
on_deleted = "trash"

[targets.files]
kind = "hugo"
place = "public"

[run]
stages = ["normalize", "publish"]
targets = ["new", "files"]
"""


def test_targets_of_the_configuration_and_the_publish_stage(
    cli: Cli, target: MemoryTarget, seen: list[Settings], tmp_path: Path
) -> None:
    Path("wp-sync.toml").write_text(f'version = 1\n[site]\nurl = "https://{SITE}"\n' + CONFIG)
    assert cli("plan", "new").code == Exit.DONE
    assert seen[0] == replace(seen[0], name="new", place="https://new.example.com", user="ed")
    assert seen[0].on_deleted == "trash"
    done = cli("run", "--json")
    assert done.code == Exit.DONE, done.said
    assert done.json["publish"]["new"]["done"]["posts/page"] == {"create": 2}
    assert len(target.things) == 7
    assert list((tmp_path / "public").rglob("*.md"))
    again = cli("run", "--json")
    assert again.json["publish"]["new"]["writes"] == 0


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[targets.new]\nkind = "hugo"', "does not say where it is"),
        ('[targets.new]\nplace = "x"', "has no kind"),
        ('[targets.new]\nkind = "hugo"\nplace = "x"\nurl = "y"', "both given"),
        (
            '[targets.new]\nkind = "hugo"\nplace = "x"\npassword = "y"',
            "must not stand in this file",
        ),
        (
            '[targets.new]\nkind = "hugo"\nplace = "x"\non_conflct = "stop"',
            "did you mean on_conflict",
        ),
        ('[targets.new]\nkind = "hugo"\nplace = "x"\non_conflict = "sotp"', "did you mean stop"),
        ('[targets."a/b"]\nkind = "hugo"\nplace = "x"', "can't be a target's name"),
        ("[targets]\nnew = 1", "must be a table"),
        ('[run]\nstages = ["publish"]', "there is no target"),
        ('[run]\ntargets = ["neu"]\n[targets.new]\nkind = "hugo"\nplace = "x"', "did you mean new"),
    ],
)
def test_mistakes_in_targets_are_named_with_their_line(cli: Cli, lines: str, said: str) -> None:
    Path("wp-sync.toml").write_text(f"version = 1\n{lines}\n")
    done = cli("plan", "new")
    assert done.code == Exit.USAGE
    assert said in done.err
    assert "wp-sync.toml:" in done.err


def test_the_plan_in_json_is_the_plan_as_it_is_saved(cli: Cli) -> None:
    done = cli("plan", *LIVE, "--json", "--save", "plan.json")
    assert done.json["plan"] == json.loads(Path("plan.json").read_text())
