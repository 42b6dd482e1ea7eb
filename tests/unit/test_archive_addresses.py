"""What names a record, whatever way it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.archive import addresses
from wp_sync.archive.addresses import Wanted, address, wanted

HOME = "https://blog.example.com/news"


@pytest.mark.parametrize(
    "written",
    [
        "https://blog.example.com/café/menu/",
        "http://www.blog.example.com/caf%C3%A9/menu",
        "HTTPS://Blog.Example.com:443/Caf%c3%a9/Menu/?utm_source=mail&fbclid=1#top",
        "https://me:secret@blog.example.com/café/menu//",
        "//blog.example.com/cafe\u0301/menu",
    ],
)
def test_one_address_in_many_spellings(written: str) -> None:
    assert address(written) == "blog.example.com/café/menu"


def test_what_tells_records_apart_is_kept() -> None:
    assert address("https://x.org/?p=5&utm_source=a") == "x.org?p=5"
    assert address("https://x.org/?page_id=5") != address("https://x.org/?p=5")
    assert address("https://x.org:8080/a") != address("https://x.org/a")
    assert address("https://a.x.org/a") != address("https://x.org/a")
    for nothing in ("", "/path", "mailto:a@x.org", "https://[broken"):
        assert address(nothing) == ""


def test_the_short_way_equals_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    links = [
        f"{scheme}://{host}{path}"
        for scheme in ("http", "https")
        for host in ("x.org", "www.x.org", "www.www.x.org", "1.2.3.4")
        for path in ("", "/", "/a", "/a/", "/a//", "/a/b.html", "/index.php", "/index.php/a/")
    ]
    short = [address(link) for link in links]
    never = type("Never", (), {"fullmatch": staticmethod(lambda _: None)})
    monkeypatch.setattr(addresses, "_SIMPLE", never)
    assert [address(link) for link in links] == short


def test_words_for_kinds_and_queries() -> None:
    assert wanted("42", HOME) == Wanted(slugs=("42",), id=42)
    assert wanted("media 9", HOME) == Wanted(id=9, kind="attachment")
    assert wanted("tag #7", HOME) == Wanted(id=7, kind="post_tag")
    assert wanted("?cat=3", HOME).kind == "terms/category"
    assert wanted("https://x.org/?attachment_id=8", HOME).id == 8
    assert wanted("/a/b/", HOME).addresses == ("blog.example.com/a/b", "blog.example.com/news/a/b")


@given(st.text(max_size=60))
def test_any_words_are_taken(text: str) -> None:
    assert len(address(text)) <= 500
    assert address(f"https://x.org/{text}").startswith(("x.org", ""))
    found = wanted(text, HOME)
    assert found.id is None or found.id >= 0
