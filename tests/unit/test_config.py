"""The configuration file: every mistake at once, each with its line; no secrets in it."""

from __future__ import annotations

import contextlib
import tomllib
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wp_sync.config import (
    DEFAULTS,
    FILE_NAME,
    Config,
    check_url,
    load_config,
    parse_duration,
    template,
)
from wp_sync.errors import ConfigError, UsageError
from wp_sync.notify import settings as notify

FIVE_MISTAKES = """\
version = 1

[site]
url = "not a url at all"
usr = "editor"
password = "hunter2-hunter2"

[pull]
media = "orginals"
full_every = "often"
stages = ["pull"]

[normalise]
mappings = "mappings"
"""


def write(folder: Path, text: str) -> Path:
    file = folder / FILE_NAME
    file.write_text(text, encoding="utf-8")
    return file


def mistakes(file: Path) -> dict[int, str]:
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert all(problem.place.file == str(file) for problem in caught.value.problems)
    return {problem.place.line or 0: str(problem) for problem in caught.value.problems}


def test_all_mistakes_are_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    found = mistakes(write(tmp_path, FIVE_MISTAKES))
    assert sorted(found) == [4, 5, 6, 9, 10, 11, 13]
    assert "not a url at all" in found[4]
    assert "did you mean user?" in found[5]
    assert "did you mean originals?" in found[9]
    assert "7d" in found[10]
    assert "belongs into [run]" in found[11]
    assert "did you mean normalize?" in found[13]


def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    found = mistakes(write(tmp_path, FIVE_MISTAKES))
    assert "WP_SYNC_PASSWORD" in found[6]
    assert "hunter2" not in "".join(found.values())


@pytest.mark.parametrize("key", ["password", "app_password", "token", "api_key", "secret"])
def test_every_name_for_a_secret_is_refused(tmp_path: Path, key: str) -> None:
    found = mistakes(write(tmp_path, f'[site]\n{key} = "abcd efgh ijkl"\n'))
    assert "a secret must not stand in this file" in found[2]
    assert "abcd" not in found[2]


def test_a_password_in_the_archives_address_is_refused(tmp_path: Path) -> None:
    text = '[archive]\nlocation = "postgresql://me:opensesame@db/blog"\n'
    found = mistakes(write(tmp_path, text))
    assert "PGPASSWORD" in found[2]
    assert "opensesame" not in found[2]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[site]\nmax_connections = 0\n", 2, "between 1 and 32"),
        ('[site]\nmax_connections = "4"\n', 2, "whole number"),
        ('[site]\ninsecure_http = "yes"\n', 2, "true or false"),
        ("[pull]\nguard_percent = 101\n", 2, "at most 100"),
        ("[run]\nstages = []\n", 2, "nothing would run"),
        ('[run]\nstages = ["pull", "normalise"]\n', 2, "normalize"),
        ('[archive]\nlocation = " "\n', 2, "empty"),
        ("version = 2\n", 1, "version"),
        ("site = 3\n", 1, "[site]"),
        ("[site\n", 1, "TOML"),
    ],
)
def test_a_mistake_names_its_line_and_what_was_expected(
    tmp_path: Path, text: str, line: int, word: str
) -> None:
    found = mistakes(write(tmp_path, text))
    assert list(found) == [line]
    assert word in found[line]


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))
    changed = {
        one.name
        for one in fields(Config)
        if getattr(config, one.name) != getattr(DEFAULTS, one.name)
    }
    assert changed == {"file", "archive"}


def test_relative_folders_are_relative_to_the_file(tmp_path: Path) -> None:
    text = '[archive]\nlocation = "kept"\n[normalize]\nmappings = "rules"\n'
    config = load_config(write(tmp_path, text))
    assert Path(config.archive) == tmp_path / "kept"
    assert config.mappings == tmp_path / "rules"


def test_a_folder_of_mappings_beside_the_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    assert load_config(write(tmp_path, "")).mappings == tmp_path / "mappings"


def test_a_database_address_is_left_as_it_is(tmp_path: Path) -> None:
    text = '[archive]\nlocation = "postgresql://me@db/blog"\nmedia = "files"\n'
    config = load_config(write(tmp_path, text))
    assert config.archive == "postgresql://me@db/blog"
    assert Path(config.archive_media) == tmp_path / "files"


def test_stages_run_in_the_working_order(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[run]\nstages = ["normalize", "pull"]\n'))
    assert config.stages == ("pull", "normalize")


@given(
    user=st.text(max_size=20),
    command=st.text(max_size=30),
    archive=st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="~\0"), min_size=1, max_size=20
    ).filter(lambda text: text.strip() and "://" not in text),
)
def test_the_template_says_what_it_was_asked_to_say(user: str, command: str, archive: str) -> None:
    config = replace(
        DEFAULTS,
        url="https://blog.example.com",
        user=user,
        password_command=command,
        archive=archive,
    )
    said = tomllib.loads(template(config))
    assert said["site"]["url"] == config.url
    assert said["site"].get("user", "") == user
    assert said["site"].get("password_command", "") == command
    assert said["archive"]["location"] == archive


def test_what_the_template_shows_as_defaults_are_the_defaults(tmp_path: Path) -> None:
    shown = []
    for line in template(replace(DEFAULTS, url="https://blog.example.com")).splitlines():
        bare = line.removeprefix("# ")
        key, equals, _ = bare.partition(" = ")
        if line.startswith("# ") and equals and key.replace("_", "").isalpha():
            # A login, a folder for PostgreSQL and whom to tell have an example there, no default.
            example = ("user", "password_command", *(set(notify.KEYS) - {"unreachable_after"}))
            line = line if key in example or bare.startswith('media = "arch') else bare
        shown.append(line)
    config = load_config(write(tmp_path, "\n".join(shown)))
    ours = replace(
        DEFAULTS,
        file=config.file,
        url="https://blog.example.com",
        archive=str(tmp_path / "archive"),
        mappings=tmp_path / "mappings",
    )
    assert config == ours


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2 w", timedelta(weeks=2)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "1.5h", "7 days", "1d1h"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="number and m, h, d or w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("given_", "meant"),
    [
        ("blog.example.com", "https://blog.example.com"),
        ("localhost:8080", "https://localhost:8080"),
        ("http://127.0.0.1:8808/news/", "http://127.0.0.1:8808/news/"),
        ("https://münchen.example", "https://münchen.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses(given_: str, meant: str) -> None:
    assert check_url(given_) == meant


@pytest.mark.parametrize(
    "text",
    ["", "   ", "two words", "ftp://blog.example.com", "https://", "https://:80",
     "javascript:alert(1)",
     "https://host:99999", "https://a..b", "https://[::1", "file:///etc/passwd",
     "https://-a.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_url(text)
    assert "https://blog.example.com" in caught.value.hint


def test_a_login_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        check_url("https://me:hunter2@blog.example.com")
    assert "hunter2" not in str(caught.value) + caught.value.hint


@given(st.text())
def test_no_text_makes_check_url_fail_otherwise(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert check_url(text).startswith(("http://", "https://"))
