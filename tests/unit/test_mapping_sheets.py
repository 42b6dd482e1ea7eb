"""Mapping files as spreadsheets and back: no rule is lost, whatever program had it open."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wp_sync.errors import ConfigError
from wp_sync.normalize.mapping_files.authors import read_authors
from wp_sync.normalize.mapping_files.folder import READERS
from wp_sync.normalize.mapping_files.terms import read_terms
from wp_sync.normalize.mapping_sheets import from_csv, to_csv, toml_text
from wp_sync.normalize.mapping_sheets.cells import escaped, joined, neutral, parts, restored
from wp_sync.normalize.mapping_sheets.forms import FORMS
from wp_sync.normalize.rules import AuthorRules, TaxonomyRules
from wp_sync.toml import parse

SHIPPED = Path(__file__).parents[2] / "mappings"

EVERYTHING = """version = 2
unmapped = "report"
primary = "deepest"

[slugs]
allow_unicode = true
max_length = 60
replacements = ["& => und", "| => oder"]

# The team of 2021 asked for this.
# Twice.
[[rule]]
match = { id = [3, 5], name = ["=SUM(A1)", "a | b", "it's"], slug = "x" }
into = ["Pain > Back", { taxonomy = "post_tag", path = "@home" }, "@other"]

[[rule]]
match = { path = "A > B", lang = "de" }   # the German one
name = "Über uns"
slug = "über-uns"
under = ""

[[rule]]
match = { pattern = "(?i)misc.*|\\\\d+" }
drop = true

[[rule]]
match = { name = "/" }
under = "/"
taxonomy = "topic"

[[assign]]
# Everything on sleep
when = { default = true, since = 2019-01-31 }
any = { tag = ["Sleep", "Rest"], text = "can't sleep" }
none = { terms = { topic = "x" } }
to = ["Sleep", "Night, too"]
stay = true
primary = "Sleep"
"""

AUTHORS = """version = 2
login_like = "house"
bylines = "trust"

[house]
name = "The editors"

[[rule]]
match = { pattern = "-admin.*" }
house = true

[[rule]]
match = { id = 7 }
name = "Dr. \\"J\\"; Roe, MD"
slug = "jane"
"""


def terms(text: str, stem: str = "categories") -> TaxonomyRules:
    """What a file says, without the lines that it says it on."""
    file = parse(text, f"{stem}.toml")
    found = read_terms(file.table(), "category")
    assert not file.problems, [str(problem) for problem in file.problems]
    return replace(
        found,
        rules=tuple(replace(rule, where="") for rule in found.rules),
        assign=tuple(replace(rule, where="") for rule in found.assign),
    )


def authors(text: str) -> AuthorRules:
    file = parse(text, "authors.toml")
    found = read_authors(file.table())
    assert not file.problems
    return replace(found, rules=tuple(replace(rule, where="") for rule in found.rules))


LINKS = """version = 2
aliases = ["old-name.example", "staging.example.com/a|b"]
redirects = ["redirection.json"]

[tracking]
add = ["=ref"]
clean = true

[new]
home = "https://www.example.com"
permalinks = "/%category%/%postname%/"

# Sold in 2020.
[[external]]
from = "partner.example/shop"
to = "https://shop.partner.example"
"""

RELATED = """version = 2
most = 12

[look]
rest = false
page = true

[headings]
en = ["From our clinic's blog", "More | less"]
is = ["Lesa líka"]

[leads]
en = []

[fallback]
use = "computed"
most = 2

[body]
do = "replace"
heading = "-Read on-"
leave = []

[[block]]
name = "our-theme"
class = ["ours", "theirs"]

[[block]]
name = "footer-cards"
selector = "section.cards[data-kind|=related] a.card"
"""

CLEANING = """version = 1

[rules]
title = "clean"
pixels = "off"

[shortcodes]
remove = ["ad_box", "ad"]
unwrap = ["dropcap"]

[pixels]
hosts = ["count.example.com"]
"""

BOILERPLATE = """version = 1

[find]
least_posts = 4
similarity = 0.75

# The lawyers know.
[[block]]
name = "city list"
like = ["Treating patients from Los Angeles | Beverly Hills", "=And from many other cities."]
similarity = 1
do = "replace"
with = "<p>We treat patients\\n in Los Angeles.</p>\\n"

[[block]]
name = "call"
like = "Call us today for an appointment."
do = "strip"
"""


def said(text: str, stem: str) -> Any:
    """What a file on another subject says, without the lines that it says it on."""
    file = parse(text, f"{stem}.toml")
    found = READERS[stem](file.table())
    assert not file.problems, [str(problem) for problem in file.problems]
    lists = {"links": "external", "boilerplate": "blocks"}
    if name := lists.get(stem):
        rules = tuple(replace(rule, where="") for rule in getattr(found, name))
        found = replace(found, **{name: rules})
    return found


def grid(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_every_rule_setting_and_comment_comes_back() -> None:
    sheet = to_csv(EVERYTHING, "categories.toml")
    back = from_csv(sheet, "categories.csv")
    assert terms(back) == terms(EVERYTHING)
    assert "# The team of 2021 asked for this.\n# Twice.\n[[rule]]" in back
    assert "# Everything on sleep\n[[assign]]" in back
    assert to_csv(back, "categories.toml") == sheet
    people = from_csv(to_csv(AUTHORS, "authors.toml"), "authors.csv")
    assert authors(people) == authors(AUTHORS)


@pytest.mark.parametrize(
    ("stem", "text"),
    [("links", LINKS), ("related", RELATED), ("cleaning", CLEANING), ("boilerplate", BOILERPLATE)],
)
@pytest.mark.parametrize("form", ["", "semicolons", "utf-16"])
def test_every_other_file_comes_back_too(stem: str, text: str, form: str) -> None:
    sheet = to_csv(text, f"{stem}.toml")
    back = from_csv(as_saved(sheet, form) if form else sheet, f"{stem}.csv")
    assert said(back, stem) == said(text, stem) != said("version = 1\n", stem)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in back.splitlines() if line.startswith("#")
    ]
    assert to_csv(back, f"{stem}.toml") == sheet
    assert from_csv(sheet, f"{stem}.csv", text) == text


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_files_come_back_word_for_word(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert from_csv(to_csv(text, path.name), f"{path.stem}.csv", text).rstrip() == text.rstrip()


def test_a_person_adds_rules_to_sheets_of_every_kind() -> None:
    moved = said(from_csv(b"from;to\r\na.example;https://b.example\r\n", "links.csv"), "links")
    assert [(rule.old, rule.new) for rule in moved.external] == [("a.example", "https://b.example")]
    rows = "name;like;similarity;do\ncall;Call us today for an appointment.;0,9;strip\n"
    blocks = said(from_csv(rows.encode(), "boilerplate.csv"), "boilerplate").blocks
    assert [(block.similarity, block.fate) for block in blocks] == [(0.9, "strip")]
    clean = from_csv(b"setting,value\r\nrules.title,clean\r\n", "cleaning.csv")
    assert said(clean, "cleaning").title == "clean"
    words = from_csv(b"setting,value\r\nheadings.en,Read on | More\r\n", "related.csv")
    assert said(words, "related").headings == ("more", "read on")


def test_each_subject_with_a_reader_has_a_form_of_its_own() -> None:
    assert FORMS.keys() == READERS.keys()


def test_a_sheet_reads_as_a_person_expects() -> None:
    rows = grid(to_csv(EVERYTHING, "categories.toml"))
    assert [row["type"] for row in rows] == ["setting"] * 5 + ["rule"] * 4 + ["assign"]
    first = rows[5]
    assert first["match id"] == "3 | 5"
    assert first["match name"] == "'=SUM(A1) | a \\| b | it's"
    assert first["into"] == "Pain > Back | @post_tag @home | \\@other"
    assert rows[6]["under"] == "/"
    assert rows[7]["drop"] == "yes"
    assert rows[9]["when"] == "default = true, since = 2019-01-31"
    assert "match lang" not in grid(to_csv(AUTHORS, "authors.toml"))[0]


def test_the_head_of_the_file_that_is_replaced_stays_with_its_words() -> None:
    shipped = (SHIPPED / "categories.toml").read_text(encoding="utf-8")
    sheet = to_csv(
        shipped + "\n# why\n[[rule]]\nmatch = { id = 1 }\ndrop = true\n", "categories.toml"
    )
    back = from_csv(sheet, "categories.csv", shipped)
    assert back.startswith(shipped.partition("version =")[0])
    assert back.endswith("\n# why\n[[rule]]\nmatch = { id = 1 }\ndrop = true\n")
    assert parse(back, "x").data["version"] == 2
    changed = sheet.replace(b"unmapped,keep", b"unmapped,drop")
    assert changed != sheet
    assert terms(from_csv(changed, "categories.csv", shipped)).unmapped == "drop"


# -- what spreadsheet programs make of it


def as_saved(data: bytes, form: str) -> bytes:
    """The same table as other programs and languages of Excel save it."""
    table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    separator = {"tabs": "\t", "utf-16": "\t"}.get(form, ";")
    out = io.StringIO(newline="")
    end = "\n" if form == "LF" else "\r\n"
    quoting = csv.QUOTE_ALL if form == "all quoted" else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(table)
    text = out.getvalue()
    if form == "utf-16":
        return text.encode("utf-16")
    if form == "sep line":
        return b"\xef\xbb\xbfsep=;\r\n" + text.encode()
    if form == "empty rows and columns":
        return text.replace("\r\n", ";;;\r\n").encode() + b";;;;\r\n\r\n"
    return (b"\xef\xbb\xbf" if form == "semicolons and BOM" else b"") + text.encode()


@pytest.mark.parametrize(
    "form",
    ["semicolons and BOM", "semicolons", "tabs", "utf-16", "LF", "all quoted", "sep line",
     "empty rows and columns"],
)  # fmt: skip
def test_as_other_programs_save_it(form: str) -> None:
    sheet = as_saved(to_csv(EVERYTHING, "categories.toml"), form)
    assert terms(from_csv(sheet, "categories.csv")) == terms(EVERYTHING)


def test_a_sheet_that_a_person_made() -> None:
    sheet = (
        "Match Name;INTO;drop;match id\n"
        '"Back pain | Backpain";Pain > Back pain;;\n'
        "Misc;;x;\n"
        ";;Yes;12.0\n"
    )
    rules = terms(from_csv(sheet.encode(), "categories.csv")).rules
    assert [rule.match.names for rule in rules] == [("back pain", "backpain"), ("misc",), ()]
    assert rules[0].into[0].path == "Pain > Back pain"
    assert rules[1].drop
    assert rules[2].match.ids == (12,)


def test_a_newline_within_a_quoted_cell_and_the_lines_of_mistakes_after_it() -> None:
    sheet = b'match name,into,comment\r\n"a",B,"one\r\ntwo"\r\nc,,\r\nd,E,\r\nd,F,\r\n'
    with pytest.raises(ConfigError) as caught:
        from_csv(sheet, "m/categories.csv")
    found = [str(problem) for problem in caught.value.problems]
    assert found[0].startswith("m/categories.csv:4: the rule does not say what to do")
    assert found[1].startswith(
        'm/categories.csv:6: name "d" is claimed by the rule at m/categories.csv:5 already'
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (b"", "categories.csv:1: there is nothing in it"),
        (b"match nam,drop\r\nx,yes\r\n", "categories.csv:1: unknown column"),
        (b"match nam,drop\r\nx,yes\r\n", "did you mean match name?"),
        (b"drop,drop\r\n", "is there twice"),
        (b"type,match name,drop\r\nrul,x,yes\r\n", 'categories.csv:2: "rul" is no type of row'),
        (
            b"match id,drop\r\none,yes\r\n",
            'categories.csv:2: match id: "one" is not a whole number',
        ),
        (b"match id,drop\r\n1,maybe\r\n", 'drop: "maybe" is neither yes nor no'),
        (b"match id,new slug\r\n1,a | b\r\n", "new slug: there is a bar"),
        (b"type,when,to\r\nassign,tag Sleep,X\r\n", "when: it is written like"),
        (b"type,match id,to\r\nrule,1,X\r\n", '"to" has no meaning in a row of type rule'),
        (b"match id,drop\r\n1,yes,more\r\n", "more cells than columns"),
        (b'match id,drop\r\n1,"y"es\r\n', "categories.csv:2: not valid CSV"),
        (b"match name,drop\r\nCaf\xe9,yes\r\n", "categories.csv:2: is not UTF-8 text"),
        (b"setting,value\r\nunmapped,kep\r\n", "did you mean keep?"),
        (b"setting,value\r\nunmapped,keep\r\nunmapped,drop\r\n", "categories.csv:3: the setting"),
        (b"setting,value\r\nwhat,5\r\n", 'categories.csv:2: unknown key "what"'),
        (b"setting,value\r\nslugs.max_length,many\r\n", "not a whole number"),
        (b"setting,value\r\nslugs,x\r\nslugs.max_length,3\r\n", "is there twice"),
        (b"match name,drop\r\n" + b"x" * 1_100_000 + b",yes\r\n", "not valid CSV: field larger"),
    ],
)
def test_mistakes_in_a_sheet_are_named_with_their_line(sheet: bytes, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_csv(sheet, "categories.csv")
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sheet", "expected"),
    [
        ("links", b"from,to\r\nb c,x.example\r\n", 'links.csv:2: "b c" is not an address'),
        ("related", b"setting,value\r\nmost,many\r\n", 'most: "many" is not a whole number'),
        ("related", b"setting,value\r\nlook.pge,yes\r\n", "did you mean page?"),
        ("cleaning", b"setting,value\r\nrules.title,clear\r\n", "did you mean clean?"),
        ("cleaning", b"type,setting,value\r\nrule,,\r\n", '"rule" is no type of row'),
        ("boilerplate", b"name,like,similarity\r\nx,y,so so\r\n", '"so so" is not a number'),
        ("boilerplate", b"name,like\r\ncall,Call\r\n", "boilerplate.csv:2:"),
    ],
)
def test_mistakes_in_other_sheets_are_named_too(name: str, sheet: bytes, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_csv(sheet, f"{name}.csv")
    assert expected in str(caught.value)


def test_a_file_with_mistakes_becomes_no_sheet() -> None:
    with pytest.raises(ConfigError, match=r"categories\.toml:2: unknown key"):
        to_csv('version = 2\nunmaped = "keep"\n', "categories.toml")


# -- properties

TEXT = st.text(
    st.one_of(
        st.sampled_from("=+-@'\\|/,;\"\n\r\t >ab é眠\x85\u2028"), st.characters(codec="utf-8")
    ),
    min_size=1,
    max_size=8,
)


@given(TEXT)
def test_a_cell_is_no_formula_and_comes_back(text: str) -> None:
    cell = neutral(text)
    assert restored(cell) == text
    assert cell.lstrip()[:1] not in ("=", "+", "-", "@")


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_lists_in_a_cell_come_back(items: list[str]) -> None:
    assert parts(joined(items)) == items
    assert parts(escaped(items[0])) == [items[0]]


NAME = TEXT.filter(lambda text: any(sign.isalnum() for sign in text) and ">" not in text)
SLUG = st.text("abc-é", min_size=1, max_size=5)
TARGET = st.one_of(
    NAME, st.builds(lambda path: {"taxonomy": "topic", "path": path}, NAME),
    st.builds(lambda one, two: f"{one} > {two}", NAME, NAME),
)  # fmt: skip
CONDITION = st.fixed_dictionaries(
    {"tag": st.lists(NAME, min_size=1, max_size=2)},
    optional={"text": NAME, "default": st.just(True), "since": st.dates(), "author": NAME},
)


def _one_or_many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=3, unique_by=repr))


ACTION = st.one_of(
    st.fixed_dictionaries({"into": _one_or_many(TARGET)}),
    st.fixed_dictionaries({"name": NAME}, optional={"slug": SLUG, "under": st.just("")}),
    st.fixed_dictionaries({"under": NAME}, optional={"taxonomy": st.just("topic")}),
    st.just({"drop": True}),
    st.just({"keep": True}),
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Any file on categories that makes sense, as TOML."""
    top: dict[str, Any] = {"version": 2, "unmapped": draw(st.sampled_from(["keep", "drop"]))}
    if draw(st.booleans()):
        top["slugs"] = {"max_length": draw(st.integers(0, 200)), "replacements": ["| => =1"]}
    pieces = [toml_text.head(top)]
    for number in range(draw(st.integers(0, 4))):
        match: dict[str, Any] = {"id": number + 1}
        if draw(st.booleans()):
            match["name"] = draw(_one_or_many(NAME.map(lambda text, n=number: f"{text}{n}")))
        rule = {"match": match, **draw(ACTION)}
        comment = draw(st.one_of(st.just(""), NAME.map(lambda text: " ".join(text.split()))))
        pieces.append(toml_text.rule("rule", rule, comment))
    for _ in range(draw(st.integers(0, 2))):
        rule = {"when": draw(CONDITION), "to": draw(_one_or_many(NAME))}
        pieces.append(toml_text.rule("assign", rule))
    return "\n".join(pieces)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(files(), st.sampled_from(["", "semicolons", "utf-16", "all quoted"]))
def test_any_file_survives_the_sheet(text: str, form: str) -> None:
    try:
        sheet = to_csv(text, "categories.toml")
    except ConfigError:
        return  # a circle, or a name claimed twice: no sheet is made of a file with mistakes
    if form:
        sheet = as_saved(sheet, form)
    back = from_csv(sheet, "categories.csv", text)
    assert terms(back) == terms(text)
    assert from_csv(to_csv(back, "categories.toml"), "categories.csv", back) == back
