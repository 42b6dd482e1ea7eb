"""Blocks that stand in many posts: found over a site, told in one body; what becomes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import SITE, make_identity, make_record, tmp_archive
from wp_sync.errors import ConfigError
from wp_sync.normalize.boilerplate.survey import repeated, survey
from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import BoilerplateBlock, BoilerplateRules, CleaningRules, Rules

CITIES = (
    "Treating patients from Aville, Beverly Hills, Orange County, San Diego, Palm Springs, "
    "Sacramento, and many other cities from west to east coast."
)
CALL = "For more about treatments for depression, anxiety and other conditions, call 555-0100."
JAPANESE = (
    "当クリニックでは、うつ病や不安障害の治療について無料相談を"
    "受け付けております。お気軽にお電話ください。"
)
WORDS = [
    "sleep",
    "pain",
    "clinic",
    "patient",
    "night",
    "doctor",
    "week",
    "study",
    "rest",
    "body",
    "mind",
    "back",
    "neck",
    "often",
]
OFF = CleaningRules(*["off"] * 8)


def typed_wrongly(text: str, chance: random.Random) -> str:
    """The text with two typing errors: letters doubled, left out or swapped."""
    for _ in range(2):
        at = chance.randrange(len(text) - 1)
        swapped = text[at + 1] + text[at]
        text = text[:at] + chance.choice(["", text[at] * 2, swapped[:1]]) + text[at + 1 :]
    return text


def bodies(posts: int) -> list[tuple[int, str]]:
    chance = random.Random(3)
    made = []
    for id in range(1, posts + 1):
        own = [" ".join(chance.choices(WORDS, k=30)).capitalize() + "." for _ in range(5)]
        parts = [f"<p>{text}</p>" for text in own]
        if id % 2:
            cities = CITIES if id % 3 else typed_wrongly(CITIES, chance)
            parts.append(f"<p>{cities.replace('and', '<b>and</b>')}</p>")
        if id % 4 == 0:
            parts.append(f"<div class=x>{CALL}</div>")
        if id % 5 == 0:
            parts += [f"<p>{JAPANESE}</p>", "<h3>Benefits</h3>"]
        made.append((id, "\n".join(parts)))
    return made


def test_repeated_blocks_are_found_with_their_wordings_and_nothing_else_is() -> None:
    made = bodies(120)
    found = repeated(lambda: iter(made), BoilerplateRules(), len(made))
    assert [(one.text, one.posts) for one in found] == [(CITIES, 60), (CALL, 30), (JAPANESE, 24)]
    cities = found[0]
    assert cities.variants == 21  # twenty were typed wrongly, each in its own way
    assert (cities.wordings[0].posts, cities.wordings[0].first) == (40, 1)
    assert len(cities.wordings) == 20


def test_the_same_blocks_whatever_the_order_of_posts() -> None:
    made = bodies(80)
    shuffled = list(made)
    random.Random(5).shuffle(shuffled)

    def told(some: list[tuple[int, str]]) -> list[tuple[str, int, int]]:
        found = repeated(lambda: iter(some), BoilerplateRules(), len(some))
        return [(one.text, one.posts, one.variants) for one in found]

    assert told(made) == told(shuffled)


def test_one_post_that_repeats_itself_is_no_site_full() -> None:
    body = f"<p>{CITIES}</p>" * 50
    assert repeated(lambda: [(1, body), (2, f"<p>{CITIES}</p>")], BoilerplateRules()) == []
    (found,) = repeated(lambda: [(id, body) for id in range(6)], BoilerplateRules())
    assert found.posts == 6


def test_no_more_texts_are_kept_than_memory_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wp_sync.normalize.boilerplate.survey._MOST_TEXTS", 30)
    made = bodies(120)
    found = repeated(lambda: iter(made), BoilerplateRules(), len(made))
    assert found[0].text == CITIES
    assert found[0].posts >= 40


def cleaned(body: str, *blocks: BoilerplateBlock) -> str:
    return Cleaner(OFF, BoilerplateRules(blocks)).clean(body, "").body


TYPO = CITIES.replace("Orange County", "Ornage Cuonty")


@pytest.mark.parametrize(
    ("block", "before", "after"),
    [
        (BoilerplateBlock("c", (CITIES,), "strip"), "<p class=x>{}</p>", ""),
        (BoilerplateBlock("c", (CITIES,), "strip"),
         "<!-- wp:paragraph -->\n<p>{}</p>\n<!-- /wp:paragraph -->", ""),
        (BoilerplateBlock("c", (CITIES,), "strip"),
         "<!-- wp:quote --><blockquote><p>{}</p></blockquote><!-- /wp:quote -->", None),
        (BoilerplateBlock("c", (CITIES,), "keep"), "<p>{}</p>", None),
        (BoilerplateBlock("c", (CITIES,), "replace", "We treat."), "<p class=x>{}</p>",
         "<p class=x>We treat.</p>"),
        (BoilerplateBlock("c", (CITIES,), "replace", "<p>We treat.</p>"), "<h2>{}</h2>",
         "<p>We treat.</p>"),
        (BoilerplateBlock("c", (CITIES,), "replace", CITIES), "<p>{}</p>", f"<p>{CITIES}</p>"),
        (BoilerplateBlock("c", (CITIES,), "strip", similarity=1.0), "<p>{}</p>", None),
        (BoilerplateBlock("c", (CALL, CITIES), "strip"), "<p>{}</p>", ""),
    ],
)  # fmt: skip
def test_what_becomes_of_a_known_block(
    block: BoilerplateBlock, before: str, after: str | None
) -> None:
    around = "<p>Treating patients is what we do.</p>{}<p>And  many &amp; more.</p>"
    body = around.format(before.format(TYPO.replace("and", "<b>and</b>&nbsp;")))
    expected = body if after is None else around.format(after)
    assert cleaned(body, block) == expected
    assert cleaned(expected, block) == expected


def test_what_no_reader_sees_is_no_passage() -> None:
    hidden = f"<script>{CITIES}</script><style>{CITIES}</style><iframe>{CITIES}</iframe>"
    made = [(id, f"{hidden}<p>{id}</p>") for id in range(9)]
    assert repeated(lambda: iter(made), BoilerplateRules()) == []


def test_of_two_blocks_the_more_alike_one_is_meant() -> None:
    other = CITIES.replace("Sacramento", "Sacramenta")
    blocks = (
        BoilerplateBlock("one", (CITIES,), "strip"),
        BoilerplateBlock("two", (other,), "replace", "Two."),
    )
    for order in (blocks, blocks[::-1]):
        assert cleaned(f"<p>{other}</p><p>{CITIES}</p>", *order) == "<p>Two.</p>"


def test_over_an_archive_with_the_finding_in_the_table() -> None:
    with tmp_archive() as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        run = site.begin_run("test", "")
        site.save(
            run,
            [make_record("posts/post", id, content={"rendered": body}) for id, body in bodies(20)],
        )
        (found,) = [one for one in survey(site, BoilerplateRules()) if one.text == CITIES]
        assert found.posts == 10
        block = BoilerplateBlock("cities", (CITIES,), "strip")
        normalize_site(site, Rules(cleaning=OFF, boilerplate=BoilerplateRules((block,))))
        rows = site.query("SELECT post, rule, what, done FROM cleanings ORDER BY post")
        assert [row["post"] for row in rows] == list(range(1, 20, 2))
        assert {(row["rule"], bool(row["done"])) for row in rows} == {("boilerplate", True)}
        assert str(rows[0]["what"]) == "cities, 100% as known: strip"


def write(folder: Path, text: str) -> Iterator[str]:
    (folder / "boilerplate.toml").write_text(f"version = 1\n{text}\n", encoding="utf-8")
    try:
        load_rules(folder)
    except ConfigError as error:
        yield from (f"{problem.place.line}: {problem.message}" for problem in error.problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[block]]\nname = "a"\nlike = "Call us"\ndo = "strip"', '4: "Call us" is too short'),
        ('[[block]]\nname = "a"\nlike = "Call us any time"\ndo = "replace"', "5: there is nothing"),
        ('[[block]]\nname = "a"\nlike = "Call us any time"\ndo = "strip"\nwith = "x"',
         '6: "with" has no use'),
        ('[[block]]\nlike = "Call us any time"', "2: the block has no name"),
        ('[[block]]\nname = "a"', "2: the block does not say what it is like"),
        ('[[block]]\nname = "a"\nlike = "Call us any time"\n'
         '[[block]]\nname = "b"\nlike = "CALL us, any&nbsp;time!"', "7: this text is claimed"),
        ("[find]\nsimilarity = 0.2", "3: similarity is 0.2"),
        ('[[block]]\nname = "a"\nlike = "Call us any time"\ndo = "srtip"', '5: do is "srtip"'),
    ],
)  # fmt: skip
def test_mistakes_in_the_file(tmp_path: Path, text: str, message: str) -> None:
    assert any(said.startswith(message) for said in write(tmp_path, text))


def test_the_file_as_shipped_says_the_defaults() -> None:
    rules = load_rules(Path(__file__).parents[2] / "mappings")
    assert rules.boilerplate == BoilerplateRules()
    assert rules.cleaning == CleaningRules()
