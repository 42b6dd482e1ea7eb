"""YAML above a text: every parser reads back what was written."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.publish.static.front_matter import Value, front_matter


def read(text: str) -> object:
    assert text.startswith("---\n")
    assert text.endswith("\n---\n")
    return yaml.load(text[4:-4], yaml.BaseLoader)


@pytest.mark.parametrize(
    "title",
    ["yes", "No", "null", "~", "1e3", "0x1f", "12:30", "2024-01-02",
     "2024-01-02T03:04:05Z", "a: b", "a #b", "- x", "@x",
     "&a", "*a", "!t", "%x", "'x", '"x"', "x\\", "a\nb", "\ttab", "---", "{{ x }}", "[x", "{x",
     "é", "\u2028", "\ufeff", "C++ / C#", "Off", "y", "1_000", ".inf", "=", "", " x ", "😀"],
)  # fmt: skip
def test_a_title_is_read_as_it_was(title: str) -> None:
    text = front_matter({"title": title})
    assert read(text) == {"title": title}
    assert yaml.safe_load(text[4:-4]) == {"title": title}


def test_what_is_plain_stays_plain() -> None:
    assert front_matter(
        {"title": "Why Sleep Breaks", "date": "2024-01-02T03:04:05Z", "draft": True,
         "tags": ["pain-diary", "no"], "related": [{"title": "A: b", "url": "/a/"}], "weight": 3}
    ) == (
        '---\ntitle: Why Sleep Breaks\ndate: 2024-01-02T03:04:05Z\ndraft: true\ntags:\n'
        '  - pain-diary\n  - "no"\nrelated:\n  - title: "A: b"\n    url: "/a/"\nweight: 3\n---\n'
    )  # fmt: skip


_STRINGS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
_VALUES = st.recursive(
    _STRINGS,
    lambda inner: st.one_of(
        st.lists(_STRINGS, min_size=1, max_size=3),
        st.lists(st.dictionaries(_STRINGS, _STRINGS, min_size=1, max_size=3), min_size=1),
        st.dictionaries(_STRINGS, inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(st.dictionaries(_STRINGS, _VALUES, min_size=1, max_size=4))
def test_whatever_is_written_is_read_back(values: dict[str, Value]) -> None:
    assert read(front_matter(values)) == json.loads(json.dumps(values))
