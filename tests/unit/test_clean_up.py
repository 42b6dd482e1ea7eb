"""The guide's hour on the sample site: what a careful editor expects, written down by hand.

The rules are those that docs/cleaning-up.md shows; what they must come to stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.cli import ROOT, Cli
from wp_sync.archive import open_archive
from wp_sync.archive.base import SiteArchive
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.preview import Branch, preview
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.suggest.drafts import suggest_site

GUIDE = (ROOT / "docs" / "cleaning-up.md").read_text(encoding="utf-8")

# Names and how many posts are filed there, a step to the right below its parent. Counted on the
# site: a post that was filed under two of the merged terms counts once.
TREE = """
Chronic Pain 11
  Back Pain 6
  Fibromyalgia 3
  Migraine 6
  Nerve Pain 6
Clinic News 22
  Clinic Updates 300
In other languages 0
  Dolor crónico 1
  Sueño 2
  痛みと睡眠 1
Pain & Sleep 4
Patient Stories 5
Relaxation & Breathing 5
Sleep 13
  Insomnia 6
    CBT-I 3
  Sleep Apnea 4
"""
AUTHORS = {
    "Stillwater Clinic": 338,
    "Mara Lindqvist": 16,
    "Ilse Brandt, RN": 15,
    "Dr. Ngozi Okafor": 16,
    "Guest Pen": 2,
}
FILED = {
    105: {"Chronic Pain > Nerve Pain"},  # the tag said no more than the category
    107: {"Sleep"},  # "Counting Naps" was the only text under "Seniors"
    111: {"In other languages > Dolor crónico", "In other languages > Sueño"},
    119: {"Chronic Pain > Back Pain"},
    124: {"Chronic Pain"},
    129: {"Chronic Pain"},
    146: {"Pain & Sleep"},
    157: {"Clinic News"},
    158: {"Chronic Pain"},
    159: {"Clinic News"},
}
RELATED = {
    104: ("Why Sleep Breaks When Pain Moves In", "Counting Naps", "CBT-I In Plain Words"),
    106: (
        "Coffee And Headache: Friend Or Foe?",
        "The Long Weekend Headache",
        "Light, Noise And The Sensitive Head",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sample site, copied; beside it the mapping files of the guide."""
    place = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name, text in files(GUIDE).items():
            path = place / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield place


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[SiteArchive]:
    from wp_sync.cli.app import build

    with pytest.raises(SystemExit) as end:
        build()(["demo", "--port", "0", "--archive", str(folder / "archive"), "--quiet"])
    assert end.value.code in (0, 3)
    with open_archive(folder / "archive") as archive:
        yield archive.of(archive.sites()[0].key)


def files(guide: str) -> dict[str, str]:
    """The mapping files that the guide shows, by the name in their first line."""
    blocks = re.findall(r"^```toml\n# (mappings/\w+\.toml)\n(.*?)^```$", guide, re.M | re.S)
    return dict(blocks)


def drawn(branches: Sequence[Branch]) -> list[str]:
    return [f"{'  ' * one.depth}{one.name} {one.posts}" for one in branches]


def test_what_the_guide_says_is_suggested_is(site: SiteArchive) -> None:
    sure: dict[tuple[str, str], int] = {}
    for one in suggest_site(site, Rules()):
        for name in one.proposal.names[:1]:
            sure[one.proposal.file, name] = round(one.proposal.confidence * 100)
    for name in ("chronic pain", "Fibromyalgia", "Pain & Sleep", "Headache Clinic", "Webinars"):
        assert sure["categories.toml", name] >= 90, name
    for name in ("Back Pains", "Migraines", "nerve pain"):
        assert sure["categories.toml", name] == 65, name
    assert sure["tags.toml", "Nerve Pain"] == 80
    assert sure["authors.toml", "frontdesk@dmin"] == 60
    assert sure["boilerplate.toml", "Caring for patients from Port Amity"] == 90
    # What an editor would not want to be asked about.
    assert ("categories.toml", "Sin categoría") not in sure
    for name in ("Dolor crónico", "Sueño", "Clinic News", "Clinic Updates"):
        assert sure.get(("categories.toml", name), 0) < 50, name
    blocks = {name: one for (file, name), one in sure.items() if file == "boilerplate.toml"}
    notices = [one for name, one in blocks.items() if name.startswith(("Room 2", "The gym"))]
    assert notices
    assert max(notices) < 50  # one form with other words in it every time
    assert not [name for name in blocks if name.startswith("The Fixed Hour")]  # links to a post


def test_the_tree_is_what_an_editor_would_have_made(folder: Path, site: SiteArchive) -> None:
    told = preview(site, load_rules(folder / "mappings"))
    trees = {tree.taxonomy: tree for tree in told.trees}
    assert len(trees["category"].before) == 33
    assert drawn(trees["category"].after) == TREE.strip("\n").splitlines()
    shown = re.search(r"become this tree:\n\n```\n(.*?)```", GUIDE, re.S)
    assert shown is not None
    bare = [line.rpartition(" ")[0] for line in TREE.strip("\n").splitlines()]
    assert shown[1].splitlines() == bare
    tags = {one.name for one in trees["post_tag"].after}
    assert {"seniors", "travel", "pain diary", "physiotherapy"} <= tags
    assert not {"pain-diary", "Physio", "Nerve Pain", "never used"} & tags
    assert not trees["condition"].changed
    assert {name: after for name, _, after in told.people if after} == AUTHORS


def test_the_archive_then_says_so(folder: Path, site: SiteArchive) -> None:
    normalize_site(site, load_rules(folder / "mappings"))
    filed: dict[int, set[str]] = {}
    for row in site.query(
        "SELECT pt.post, t.path FROM post_terms pt JOIN terms t ON t.taxonomy = pt.taxonomy "
        "AND t.slug = pt.slug WHERE pt.taxonomy = 'category'"
    ):
        filed.setdefault(int(str(row["post"])), set()).add(str(row["path"]))
    assert {post: filed[post] & FILED[post] for post in FILED} == FILED
    assert {post: paths for post, paths in filed.items() if "Travel" in paths} == {}
    related: Mapping[int, tuple[str, ...]] = {
        post: tuple(
            str(row["title"])
            for row in site.query(
                "SELECT title FROM related_posts WHERE post = :post AND state = 'resolved' "
                "ORDER BY position",
                post=post,
            )
        )
        for post in RELATED
    }
    assert related == RELATED
    blocks = site.query("SELECT post FROM cleanings WHERE rule = 'boilerplate' AND done")
    assert len({row["post"] for row in blocks}) == 28
    # Put in order already, another run has nothing to do.
    assert normalize_site(site, load_rules(folder / "mappings")).changed == 0


def test_the_rules_of_the_guide_meet_what_they_name(
    folder: Path, site: SiteArchive, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = Cli(capsys)
    done = cli("mappings", "check", "--archive", folder / "archive", "--json")
    wrong = [one["message"] for one in done.json["findings"] if one["serious"]]
    assert (wrong, done.code) == ([], 0)
    missed = {one["concern"] for one in done.json["findings"] if one["code"] == "unmapped"}
    assert missed == {"terms/post_tag"}
    told = cli("explain", "post/126", "--archive", folder / "archive", "--json").json["decisions"]
    merged = [one for one in told if one["action"] == "merged"]
    assert [(one["before"], one["after"]) for one in merged] == [
        ("Migraine", "Chronic Pain > Migraine")
    ]
    assert merged[0]["rule"].startswith("mappings/categories.toml:")
