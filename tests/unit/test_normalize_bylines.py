"""Bylines in the text: who and when, in the languages that sites are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.normalize.authors.bylines import (
    Byline,
    differences,
    find_byline,
    parse_byline,
    parse_day,
)

DAY = "2017-11-15"


@pytest.mark.parametrize(
    ("line", "author", "categories"),
    [
        ("By ketamine@dmin | November 15th, 2017 | Categories: Chronic Pain", "ketamine@dmin",
         ("Chronic Pain",)),
        ("By Jane Roe|November 15, 2017|Categories: A &amp; B, C|Comments", "Jane Roe",
         ("A & B", "C")),
        ("Posted on November 15, 2017 by Jane Roe", "Jane Roe", ()),
        ("Posted by Jane Roe on Nov 15, 2017 | 3 Comments", "Jane Roe", ()),
        ("By Dr. Steven L. Mandel, M.D. · Wednesday, 15 November 2017 · 5 min read",
         "Dr. Steven L. Mandel, M.D", ()),
        ("Von Jürgen Groß | 15. November 2017 | Kategorien: Schmerz", "Jürgen Groß",
         ("Schmerz",)),
        ("Veröffentlicht am 15.11.2017 von Jürgen Groß", "Jürgen Groß", ()),
        ("Por María López | 15 de noviembre de 2017 | Categorías: Dolor", "María López",
         ("Dolor",)),
        ("Por João | 15 de novembro de 2017 | Categorias: Dor", "João", ("Dor",)),
        ("Par Hélène | 15 novembre 2017 | Catégories : Sommeil", "Hélène", ("Sommeil",)),
        ("Di Anna Bianchi | 15 Novembre 2017 | Categorie: Dolore", "Anna Bianchi", ("Dolore",)),
        ("Door Jan de Vries | 15 november 2017 | Categorieën: Pijn", "Jan de Vries", ("Pijn",)),
        ("Przez Anna | 15 listopada 2017 | Kategorie: Ból", "Anna", ("Ból",)),
        ("Автор: Ольга | 15 ноября 2017 г. | Рубрики: Боль", "Ольга", ("Боль",)),
        ("Jane Roe tarafından | 15 Kasım 2017 | Kategoriler: Ağrı", "Jane Roe", ("Ağrı",)),
        ("投稿者: 山田花子 | 2017年11月15日 | カテゴリー: 痛み", "山田花子", ("痛み",)),
        ("بواسطة سارة | 15 نوفمبر، 2017 | التصنيفات: ألم", "سارة", ("ألم",)),
    ],
)  # fmt: skip
def test_bylines_of_many_languages(line: str, author: str, categories: tuple[str, ...]) -> None:
    found = parse_byline(line)
    assert found
    assert (found.author, found.day, found.categories) == (author, DAY, categories)


@pytest.mark.parametrize(
    "line",
    [
        "By the sea, in 2017, we met.",
        "By November 15, 2017 all of this was over, and nobody spoke of it again.",
        "By Jane Roe",
        "Categories: A, B",
        "November 15, 2017",
        "Note: this is read by many | November 15, 2017",
        "Von 2017 bis 2019: ein Bericht",
        "Home | Blog | Categories: A",
        "By Jane | November 15, 2017 | By Bob",
        "",
        "By " + "x" * 400 + " | November 15, 2017",
    ],
)
def test_what_is_no_byline(line: str) -> None:
    assert parse_byline(line) is None


def test_a_name_alone_counts_where_it_is_known() -> None:
    assert parse_byline("By Jane Roe", {"jane roe"}) == Byline("Jane Roe", text="By Jane Roe")
    assert parse_byline("By Jane Roe", {"bob"}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("March 1st, 2018", "2018-03-01"),
        ("1 mars 2018", "2018-03-01"),
        ("1er mars 2018", "2018-03-01"),
        ("2018-03-01", "2018-03-01"),
        ("2018/3/1", "2018-03-01"),
        ("1. März 2018", "2018-03-01"),
        ("3/1/2018", ""),
        ("February 30, 2018", None),
        ("Smarch 1, 2018", None),
        ("2018", None),
    ],
)
def test_days(text: str, expected: str | None) -> None:
    assert parse_day(text) == expected


def test_the_byline_is_found_among_the_first_lines_and_not_further_down() -> None:
    line = '<p class="meta">By <a href="/author/jane/">Jane Roe</a> | November 15th, 2017</p>'
    found = find_byline(f"<h1>A title: what 2017 brought</h1>\n{line}<p>Text.</p>")
    assert found
    assert found.author == "Jane Roe"
    assert find_byline("<p>Text of 2017.</p>" * 9 + line) is None


@pytest.mark.parametrize(
    ("byline", "day", "names", "expected"),
    [
        (Byline("Jane Roe", DAY), "2017-11-15T23:30:00Z", {"jane roe"}, []),
        (Byline("Jane Roe", DAY), "2017-11-16T07:00:00Z", {"jane roe"}, []),  # the site's own day
        (Byline("Jane Roe and Bob", DAY), f"{DAY}T00:00:00Z", {"bob"}, []),
        (Byline("Jane", DAY), f"{DAY}T00:00:00Z", {"bob"}, ['the byline names "Jane", and the post'
                                                           " has another author"]),
        (Byline("Bob", DAY), "2017-11-17T00:00:00Z", {"bob"}, ["the byline is of 2017-11-15, and"
                                                              " the post of 2017-11-17"]),
        (Byline("Ilse Brandt"), "", {"ilse brandt, rn"}, []),
        (Byline("Dr. Mara Roe"), "", {"mara roe & team"}, []),
        (Byline("Mara"), "", {"mara roe"}, ['the byline names "Mara", and the post has another'
                                            " author"]),
        (Byline("Bob", ""), "2017-11-17T00:00:00Z", {"bob"}, []),
        (Byline("Bob", DAY), "", set(), []),
    ],
)  # fmt: skip
def test_differences_from_the_post(
    byline: Byline, day: str, names: set[str], expected: list[str]
) -> None:
    assert list(differences(byline, day, names)) == expected


@given(
    st.text(max_size=60), st.sampled_from(["", "By ", "Posted on ", " | 15 May 2019", "投稿者: "])
)
def test_nothing_raises(text: str, part: str) -> None:
    for line in (text + part, part + text, f"{part}{text} | 2019-05-15"):
        found = parse_byline(line)
        assert found is None or found.author or found.day or found.categories
        find_byline(f"<p>{line}</p>")
