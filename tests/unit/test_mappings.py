"""Mapping files: what they say is understood, and every mistake is named with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.errors import ConfigError
from wp_sync.normalize.mapping_files import load_rules
from wp_sync.normalize.rules import Rules
from wp_sync.normalize.terms.order import order_terms
from wp_sync.normalize.terms.terms import SourceTerm
from wp_sync.toml import lines_of, parse

SHIPPED = Path(__file__).parents[2] / "mappings"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, **files: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_rules(write(folder, **files))
    return [str(problem) for problem in caught.value.problems]


def uncommented(text: str) -> str:
    """A shipped file with its examples (TOML lines behind ``# ``) switched on."""
    lines = []
    for line in text.splitlines():
        bare = line.removeprefix("# ")
        example = bare.startswith("[[") or bare.startswith(
            (
                *("match = {", 'into = "', "drop = true", "house = true", "class = ["),
                *("selector = ", "when = {", "any = {", "none = {", 'to = "'),
            )
        )
        lines.append(bare if line.startswith("# ") and example else line)
    return "\n".join(lines)


def test_the_shipped_files_load_and_decide_nothing_yet() -> None:
    rules = load_rules(SHIPPED)
    assert not any(each.rules for each in rules.taxonomies.values())
    assert rules.authors == Rules().authors
    assert rules.links == Rules().links
    assert rules.related == Rules().related


@pytest.mark.parametrize("name", ["categories", "tags"])
def test_the_examples_in_the_shipped_files_are_valid(tmp_path: Path, name: str) -> None:
    text = uncommented((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
    text = text.replace('match = { slug = "news-and-updates" }', "match = { id = 9 }\nkeep = true")
    rules = load_rules(write(tmp_path, **{name: text.replace('# name = "News"', "")}))
    assert sum(len(each.rules) for each in rules.taxonomies.values()) >= 2


def test_the_example_in_the_guide_is_valid(tmp_path: Path) -> None:
    guide = (SHIPPED.parent / "docs" / "mappings.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    extending = [block for block in blocks if "extends =" in block]
    assert len(extending) == 1
    terms = [block for block in blocks if "[[rule]]" in block or "[[assign]]" in block]
    example = "version = 2\n" + "\n".join(terms).replace("version = 2\n", "")
    (tmp_path / "shared").mkdir()
    (tmp_path / "site").mkdir()
    write(tmp_path / "shared", categories=example)
    (tmp_path / "site" / "folder.toml").write_text(extending[0], encoding="utf-8")
    rules = load_rules(tmp_path / "site").of("category")
    assert (len(rules.rules), len(rules.assign)) == (3, 1)


def test_no_folder_and_an_empty_folder_mean_the_defaults(tmp_path: Path) -> None:
    assert load_rules(None) == Rules() == load_rules(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        load_rules(tmp_path / "nowhere")


def test_three_mistakes_in_three_files_come_at_once_with_their_lines(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        categories='version = 1\nunmaped = "keep"\n',
        tags='version = 1\n\n[[rule]]\nmatch = { nam = "x" }\ndrop = true\n',
        links='version = 1\naliases = [\n  "https://ok.example",\n  7,\n]\n',
    )
    folder = tmp_path.name
    assert found[0].startswith(f'{folder}/categories.toml:2: unknown key "unmaped"')
    assert "did you mean unmapped?" in found[0]
    assert found[1].startswith(f"{folder}/links.toml:2: aliases must be text or a list of texts")
    assert any(f'{folder}/tags.toml:4: unknown key "nam"' in text for text in found)
    assert any("did you mean name?" in text for text in found)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('match = { id = 1 }\ndrop = true\ninto = "X"', "contradict"),
        ('match = { id = 1 }\nkeep = true\nname = "X"', "contradict"),
        ("match = { id = 1 }", "does not say what to do"),
        ("drop = true", "does not say what it matches"),
        ('match = { name = "" }\ndrop = true', "name is empty"),
        ('match = { pattern = "(" }\ndrop = true', "not a regular expression"),
        ('match = { id = "one" }\ndrop = true', "id must be a whole number"),
        ("match = { id = 1 }\ndrop = false", "drop = false says nothing"),
        ('match = { id = 1 }\nslug = "a b"', "no space"),
        ('match = { name = "A" }\ninto = "A"', "puts a term into itself"),
        ('match = { name = "A" }\nunder = "A"', "puts a term under itself"),
        ('match = { id = 1 }\ntaxonomy = "category"', "stands in the file on"),
        ('match = { id = 1 }\ntaxonomy = "Post Tag"', "is no taxonomy's name"),
        ('match = { id = 1 }\ntaxonomy = "post_tag"\ndrop = true', "contradict"),
        ("match = { id = 1 }\ninto = []", "into is empty"),
        ("match = { id = 1 }\ninto = 5", "into must be a path"),
        ('match = { id = 1 }\ninto = { paht = "A" }', "did you mean path?"),
        ('match = { id = 1, lang = "english!" }\ndrop = true', "not a language code"),
        ('match = { lang = "en" }\ndrop = true', "does not say what it matches"),
    ],
)
def test_a_rule_that_makes_no_sense(tmp_path: Path, rule: str, expected: str) -> None:
    found = problems(tmp_path, categories=f"version = 2\n\n[[rule]]\n{rule}\n")
    assert any(expected in text for text in found), found
    assert all("categories.toml:" in text for text in found)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('to = "A"', "which posts it is about"),
        ('when = { tag = "x" }', "where they go"),
        ('when = { tagg = "x" }\nto = "A"', "did you mean tag?"),
        ('when = { default = false }\nto = "A"', "default = false says nothing"),
        ('when = { title = "" }\nto = "A"', "title is empty"),
        ('when = { tag = "" }\nto = "A"', "name is empty"),
        ('when = { since = "soon" }\nto = "A"', "since must be a day"),
        ('when = { since = 2020-01-02, before = 2020-01-01 }\nto = "A"', "no day"),
        ('when = { category = "A" }\nto = "A"', "where they are"),
        ('when = { tag = "x" }\nprimary = "A"\nstay = true', "stay without to"),
    ],
)
def test_a_rule_on_posts_that_makes_no_sense(tmp_path: Path, rule: str, expected: str) -> None:
    found = problems(tmp_path, categories=f"version = 2\n\n[[assign]]\n{rule}\n")
    assert any(expected in text for text in found), found
    assert all("categories.toml:" in text for text in found)


def test_slugs_by_the_letters_of_a_language(tmp_path: Path) -> None:
    text = 'version = 2\n[slugs]\nlanguage = "de"\nreplacements = ["& => und"]\n'
    slugs = load_rules(write(tmp_path, categories=text)).of("category").slugs
    assert slugs.slug("Größe & Übung") == "groesse-und-uebung"
    found = problems(tmp_path, categories='version = 2\n[slugs]\nlanguage = "xx"\n')
    assert 'no rules for the letters of "xx"' in found[0]


def test_two_rules_that_claim_one_term_are_both_named(tmp_path: Path) -> None:
    rules = (
        'version = 1\n[[rule]]\nmatch = { name = "Chronic  Pain" }\ndrop = true\n'
        '[[rule]]\nmatch = { name = ["x", "chronic pain"] }\nname = "Y"\n'
    )
    (found,) = problems(tmp_path, categories=rules)
    assert "categories.toml:6" in found
    assert "claimed by the rule at" in found
    assert "categories.toml:2" in found


@pytest.mark.parametrize("word", ["into", "under"])
def test_rules_that_lead_in_a_circle(tmp_path: Path, word: str) -> None:
    rules = "version = 1\n" + "".join(
        f'[[rule]]\nmatch = {{ name = "{one}" }}\n{word} = "{other}"\n'
        for one, other in ("ab", "bc", "ca")
    )
    found = problems(tmp_path, categories=rules)
    assert len(found) == 1
    assert "a circle" in found[0]


def test_a_chain_of_merges_is_no_circle(tmp_path: Path) -> None:
    rules = "version = 1\n" + "".join(
        f'[[rule]]\nmatch = {{ name = "{one}" }}\ninto = "{other}"\n' for one, other in ("ab", "bc")
    )
    assert len(load_rules(write(tmp_path, categories=rules)).of("category").rules) == 2


def test_a_version_that_is_missing_or_newer(tmp_path: Path) -> None:
    found = problems(tmp_path, categories='unmapped = "keep"\n', tags="version = 99\nwhat = 1\n")
    assert "version is missing" in found[0]
    assert "version 99 of the format is newer than this wp-sync knows" in found[1]
    assert "upgrade wp-sync" in found[1]
    assert len(found) == 2  # nothing else is held against words that only a newer one knows


def test_an_older_version_is_read_and_newer_words_in_it_are_told(tmp_path: Path) -> None:
    rules = 'version = 1\n[[rule]]\nmatch = { id = 1 }\ninto = "A"\n'
    assert load_rules(write(tmp_path, categories=rules)).of("category").rules[0].into
    found = problems(tmp_path, categories=rules + '[[assign]]\nto = "B"\nwhen = { tag = "x" }\n')
    assert found == [
        f"{tmp_path.name}/categories.toml:5: assign came with version 2 of the format; this file is"
        " of version 1 (write version = 2; nothing else changes)"
    ]


# -- folders that extend each other


def folders(tmp_path: Path, **files: str) -> Path:
    """``shared`` and ``site`` beside each other; names such as ``site_tags`` say which file."""
    for name, text in files.items():
        place, _, stem = name.partition("_")
        (tmp_path / place).mkdir(exist_ok=True)
        (tmp_path / place / f"{stem}.toml").write_text(text, encoding="utf-8")
    return tmp_path / "site"


EXTENDS = 'version = 1\nextends = "../shared"\n'


def test_a_sites_file_lies_on_the_shared_one_and_has_the_last_word(tmp_path: Path) -> None:
    site = folders(
        tmp_path,
        site_folder=EXTENDS,
        site_categories='version = 2\nunmapped = "report"\n'
        '[[rule]]\nmatch = { name = "News" }\nkeep = true\n',
        shared_categories='version = 1\nunmapped = "refuse"\n[slugs]\nmax_length = 9\n'
        "[[rule]]\nmatch = { id = 5 }\ndrop = true\n"
        '[[rule]]\nmatch = { name = "News" }\ninto = "Press"\n',
        shared_links='version = 1\naliases = ["a.example"]\n',
        site_links='version = 1\naliases = ["b.example"]\n',
    )
    rules = load_rules(site)
    assert rules.links.aliases == ("b.example", "a.example")
    of = rules.of("category")
    assert (of.unmapped, of.slugs.max_length) == ("report", 9)
    assert [(rule.where, rule.layer) for rule in of.rules] == [
        ("shared/categories.toml:5", 0),
        ("shared/categories.toml:8", 0),
        ("site/categories.toml:3", 1),
    ]
    news = order_terms("category", [SourceTerm(5, "News", "news")], of)
    assert news.slug_of == {5: "news"}  # though the shared rule's id is the more exact match


def test_mistakes_in_what_is_extended_are_named_where_they_stand(tmp_path: Path) -> None:
    site = folders(
        tmp_path,
        site_folder=EXTENDS,
        site_tags='version = 2\nunmaped = "keep"\n[[rule]]\nmatch = { id = 1 }\nunder = "A"\n',
        shared_tags="version = 2\n\n[[rule]]\nmatch = { idd = 1 }\ndrop = true\n",
    )
    with pytest.raises(ConfigError) as caught:
        load_rules(site)
    places = [str(problem.place) for problem in caught.value.problems]
    assert places == ["shared/tags.toml:3", "shared/tags.toml:4", "site/tags.toml:2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'version = 1\nextends = "../nowhere"\n',
            'site/folder.toml:2: there is no folder "nowhere"',
        ),
        ('version = 1\nextends = "."\n', "a circle"),
        ('version = 1\nextend = "../shared"\n', "did you mean extends?"),
        ('version = 1\nextends = ""\n', "extends is empty"),
        ("version = 1\nextends = 5\n", "extends must be text"),
    ],
)
def test_what_a_folder_can_not_extend(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_rules(folders(tmp_path, site_folder=text))
    assert expected in str(caught.value)


def test_a_circle_of_folders_and_one_that_two_extend(tmp_path: Path) -> None:
    both = 'version = 1\nextends = ["../shared", "../other"]\n'
    tag = "version = 1\n[[rule]]\nmatch = { id = 1 }\ndrop = true\n"
    site = folders(tmp_path, site_folder=both, other_folder=EXTENDS, shared_tags=tag)
    assert len(load_rules(site).of("post_tag").rules) == 1
    folders(tmp_path, shared_folder='version = 1\nextends = "../site"\n')
    with pytest.raises(ConfigError, match="a circle"):
        load_rules(site)


@pytest.mark.parametrize(
    ("text", "line"),
    [('version = 1\nunmapped = "keep\n', 2), ("version = 1\n[slugs\n", 2), ("a = 1\na = 2\n", 2)],
)
def test_a_file_that_is_no_toml(tmp_path: Path, text: str, line: int) -> None:
    (found,) = problems(tmp_path, categories=text)
    assert f"categories.toml:{line}: not valid TOML" in found


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "tags.toml").write_bytes(b"version = 1\n# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"tags\.toml:2: is not UTF-8"):
        load_rules(tmp_path)


def test_a_file_as_windows_editors_save_it(tmp_path: Path) -> None:
    text = '\ufeffversion = 1\r\nunmapped = "report"\r\n'
    (tmp_path / "tags.toml").write_bytes(text.encode())
    assert load_rules(tmp_path).of("post_tag").unmapped == "report"


def test_two_files_for_one_taxonomy(tmp_path: Path) -> None:
    found = problems(
        tmp_path, categories="version = 1\n", more='version = 1\ntaxonomy = "category"\n'
    )
    assert "has its rules in" in found[0]


def test_authors_given_to_a_house_that_is_not_there(tmp_path: Path) -> None:
    rules = 'version = 1\nlogin_like = "house"\n[[rule]]\nmatch = { id = 1 }\nhouse = true\n'
    found = problems(tmp_path, authors=rules)
    assert [text.count("there is no house") for text in found] == [1, 1]


def test_a_selector_that_is_no_css_and_a_language_that_is_none(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        related='version = 1\n[headings]\nenglish = ["x"]\n'
        '[[block]]\nname = "a"\nselector = "a[["\n',
    )
    assert "not a language code" in found[0]
    assert "related.toml:6: selector is not CSS" in found[1]


def test_a_comment_changes_no_digest_and_a_rule_changes_its_concern_alone(tmp_path: Path) -> None:
    rule = "version = 1\n[[rule]]\nmatch = { id = 1 }\ndrop = true\n"
    before = load_rules(write(tmp_path, categories=rule, tags="version = 1\n"))
    after = load_rules(write(tmp_path, categories="# a word\n\n" + rule))
    assert before.digest == after.digest
    other = load_rules(write(tmp_path, categories=rule.replace("id = 1", "id = 2")))
    changed = {name for name in other.digests if other.digests[name] != before.digests[name]}
    assert changed == {"terms/category"}


KEYS = st.text("abcxyz-_", min_size=1, max_size=4)
VALUES = st.recursive(
    st.one_of(
        st.integers(-9, 9).map(str),
        st.sampled_from(['"a # b"', "'x'", '"""one\ntwo"""', "true", "1979-05-27", '"\\" ]"']),
    ),
    lambda inner: st.lists(inner, max_size=3).map(
        lambda parts: "[ # note ]\n" + "".join(f"  {part},\n" for part in parts) + "]"
    ),
    max_leaves=5,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=6), st.integers(0, 3))
def test_every_key_is_found_on_the_line_that_it_is_written_on(
    pairs: dict[str, str], tables: int
) -> None:
    lines: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}
    for number in range(-1, tables):
        if number >= 0:
            lines.append("[[rule.t]]")
            prefix: tuple[str | int, ...] = ("rule", "t", number)
            expected[prefix] = len(lines)
        else:
            prefix = ()
        for key, value in pairs.items():
            expected[(*prefix, key)] = len(lines) + 1
            lines += f'"{key}" = {value}'.split("\n")
    text = "\n".join(lines)
    assert not parse(text, "x").problems
    found = lines_of(text)
    assert {path: found.get(path) for path in expected} == expected
