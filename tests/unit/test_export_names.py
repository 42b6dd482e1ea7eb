"""Names that every file system takes, from slugs and addresses that nobody vouches for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.publish.files.names import apart, fold, media_name, safe_name
from wp_sync.publish.static.addresses import path_below, servable


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("hello-world", "hello-world"),
        ("%e7%97%9b%e3%81%bf", "痛み"),
        ("../../etc/passwd", "etc-passwd"),
        ("con", "con-"),
        ("LPT1", "LPT1-"),
        ("aux.txt", "aux.txt-"),
        ("_drafts", "drafts"),
        (".htaccess", "htaccess"),
        ("a\\b:c*d", "a-b-c-d"),
        ("trailing. ", "trailing"),
        ("a\u202eb", "ab"),
        ("C++ / C#", "C-C"),
        ("", "post-7"),
        ("...", "post-7"),
    ],
)
def test_a_slug_becomes_a_name(slug: str, name: str) -> None:
    assert safe_name(slug, "post-7") == name


def test_a_name_that_is_cut_stays_its_own() -> None:
    one, two = safe_name("é" * 300 + "a", "x"), safe_name("é" * 300 + "b", "x")
    assert one != two
    assert len(one.encode()) <= 100


@given(st.text())
def test_no_slug_leads_out_of_a_folder(slug: str) -> None:
    name = safe_name(slug, "post-7")
    assert name
    assert len(name.encode()) <= 101
    assert not set(name) & set('/\\:*?"<>|\0\n')
    assert name[0] not in "._-"
    assert name[-1] not in ". "
    assert ".." not in name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/wp-content/uploads/2020/01/Photo-1.JPG", "Photo-1.jpg"),
        ("https://a.example/x/shell.php", "shell-php.bin"),
        ("https://a.example/x/index.html?x=1", "index-html.bin"),
        ("https://a.example/x/evil.php.jpg", "evil-php.jpg"),
        ("https://a.example/x/.htaccess", "media-1-htaccess.bin"),
        ("https://a.example/x/index.md", "index-md.bin"),
    ],
)
def test_a_media_file_keeps_its_name_and_no_ending_that_runs(url: str, name: str) -> None:
    assert media_name(url, "media-1") in (name, name.removeprefix("media-1-"))


def test_names_that_differ_by_case_or_form_are_the_same_to_some_disk() -> None:
    assert fold("Posts/Straße") == fold("posts/STRASSE")
    assert fold("caf\u00e9") == fold("cafe\u0301")
    assert apart("photo.jpg", 17) == "photo-17.jpg"
    assert apart("photo", 17) == "photo-17"


PARTS = st.sampled_from(
    ("a", "B", "9", "-", "_", ".", "..", "/", "//", "con", "com1", "NUL", "\u212a", "?q", "#x",
     ".html", ".php", "sub/", "x" * 99)
)  # fmt: skip


@given(st.lists(PARTS, max_size=7).map("".join))
def test_usual_addresses_come_out_as_all_others_do(path: str) -> None:
    """Most go a short way; encoding a letter, or a host in capitals, has them go the long one."""
    encoded = re.sub("[a-zA-Z]", lambda sign: f"%{ord(sign[0]):02x}", path, count=1)
    assert servable(f"/{path}") == servable(f"/{encoded}")
    if "x" * 99 not in path:  # the mark of a name that is cut is its spelling's
        assert safe_name(path, "none") == safe_name(encoded, "none")
    link = f"https://a.example/{path}"
    for below in ("", "/", "/sub", "/sub/"):
        short, long = f"https://a.example{below}", f"https://A.example{below}"
        assert path_below(link, short) == path_below(link, long)
