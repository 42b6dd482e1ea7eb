"""What fuzzing found, each told in the words of who would have met it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.fuzz.driver import judge
from tests.fuzz.mutate import Repeated
from tests.fuzz.reading import NO_WAITS, Web, answer_of, no_sleep, request
from tests.fuzz.targets import TARGETS
from wp_sync import entities, toml
from wp_sync.archive import codec
from wp_sync.archive.addresses import wanted
from wp_sync.config import load_config
from wp_sync.demo.recording import load
from wp_sync.errors import ConfigError, SourceError, WpSyncError
from wp_sync.http import answers
from wp_sync.http.discover import discover
from wp_sync.http.identity import site_key
from wp_sync.http.pace import Pace
from wp_sync.model import MediaFile
from wp_sync.normalize.links.spelling import unescape as in_attribute
from wp_sync.normalize.mapping_sheets import from_csv
from wp_sync.normalize.text import clean_name, plain
from wp_sync.source.media import Downloader

ITEMS = next(target for target in TARGETS if target.name == "items")
BROKEN = "http://[::1"


@pytest.mark.parametrize("url", [BROKEN, "http://a:b/x.jpg", "http://]/", "https://h:99999/"])
def test_a_file_whose_address_is_none_fails_alone(url: str, tmp_path: Path) -> None:
    web: Any = Web(lambda _url: answer_of(b""))
    pace = Pace(1)
    loader = Downloader(web, lambda _: pace, set(), 9, sleep=no_sleep, waits=NO_WAITS)
    got = loader.download(MediaFile(url, 1), tmp_path / "part")
    assert (got.state, got.reason) == ("failed", "not a web address")


def test_a_page_that_names_nonsense_as_its_api_is_passed_over() -> None:
    index = json.dumps({"namespaces": ["wp/v2"], "home": BROKEN}).encode()
    link = f'<{BROKEN}>; rel="https://api.w.org/"'
    page = f'<link rel="https://api.w.org/" href="{BROKEN}">'.encode()

    def give(url: str) -> Any:
        if "rest_route" in url:
            return answer_of(index)
        if "wp-json" in url:
            return answer_of(b"", 404)
        return answer_of(page, 200, [("Link", link)])

    web: Any = Web(give)
    found = discover(web, "https://blog.example.com/", sleep=no_sleep, waits=NO_WAITS)
    assert found.root.url == "https://blog.example.com/?rest_route=/"
    assert site_key(BROKEN) == BROKEN


@pytest.mark.parametrize("digits", [399, 400, 4000, 4299, 4300, 9000])
@pytest.mark.parametrize("noise", ["", "<br />\n"])
def test_a_long_number_means_the_same_to_the_site_s_reader_and_to_the_archive(
    digits: int, noise: str
) -> None:
    for odd in ("1", "NaN"):  # which the fast parser refuses
        text = f'{{"id":7,"n":{"7" * digits},"odd":{odd}}}'
        raw, data = answers.read_object(answer_of(f"{noise}{text}".encode()))
        assert codec.parse(raw) == data
        ((_, raw, data),) = answers.read_items(answer_of(f"{noise}[{text}]".encode())).items
        assert codec.parse(raw) == data


@pytest.mark.parametrize(
    "page",
    [
        Repeated(b"", b'{"', b"", 16_000),
        Repeated(b'[{"id":1,"a":"', b'\\"', b"", 16_000),
    ],
    ids=["opening brackets", "escaped quotes"],
)
def test_a_page_without_end_of_its_json_costs_no_more_than_its_length(page: Repeated) -> None:
    """A page of some megabytes took hours: work grew with the square."""
    assert judge(ITEMS, page) is None
    with pytest.raises(SourceError):
        answers.read_items(answer_of(page.data()))


def test_a_page_that_names_hundreds_of_apis_costs_no_hundreds_of_requests() -> None:
    links = b"".join(b'<link rel="https://api.w.org/" href="/%d/">' % each for each in range(300))
    web: Any = Web(lambda _url: answer_of(b"<html><head>" + links))
    with pytest.raises(WpSyncError):
        discover(web, "https://blog.example.com", sleep=no_sleep, waits=NO_WAITS)
    assert web.requests_made < 20


def test_a_key_of_hundreds_of_parts_is_a_mistake_with_its_line() -> None:
    (problem,) = toml.parse("version = 1\n" + "1.5slug" * 20_000, "x.toml").problems
    assert problem.place.line == 2
    assert "a key of hundreds of parts" in problem.message


def test_the_home_folder_of_nobody_is_a_folder_s_name(tmp_path: Path) -> None:
    file = tmp_path / "wp-sync.toml"
    file.write_text('[archive]\nlocation = "~nobody-of-that-name/x"\n', encoding="utf-8")
    assert "~nobody-of-that-name" in load_config(file).archive


def test_a_number_beyond_python_s_limit_is_a_mistake_in_the_file() -> None:
    (problem,) = toml.parse("a = 1\nb = " + "7" * 5000, "x.toml").problems
    assert "digits" in problem.message
    assert problem.place.line


def test_words_that_are_no_utf_8_name_no_record() -> None:
    found = wanted("caf\udce9", "https://blog.example.com")
    for slug in found.slugs:
        slug.encode()


@pytest.mark.parametrize(
    "change",
    [{"listings": []}, {"files": None}, {"listings": {"/p": [1]}},
     {"listings": {"/p": {"options": {}, "items": [{"id": 1e999}]}}}, {"hidden": 7}],
)  # fmt: skip
def test_a_recording_of_another_shape_is_refused_in_words(
    change: dict[str, object], tmp_path: Path
) -> None:
    document = {"format": 1, "made_with": "", "index": {}, "answers": {}, "listings": {},
                "hidden": {}, "pages": {}, "files": {}}  # fmt: skip
    path = tmp_path / "site.zst"
    path.write_bytes(zstandard.compress(json.dumps(document).encode()))
    assert load(path).index == {}
    path.write_bytes(zstandard.compress(json.dumps({**document, **change}).encode()))
    with pytest.raises(WpSyncError, match="sample site"):
        load(path)


def test_a_sheet_with_a_type_of_row_for_a_setting_is_told() -> None:
    with pytest.raises(ConfigError, match="no setting"):
        from_csv(b"type,setting,value,name\nsetting,rule,x,\nrule,,,A\n", "categories.csv")


@pytest.mark.parametrize("reading", [plain, clean_name, in_attribute, entities.unescape])
def test_a_reference_of_thousands_of_digits_is_one_unreadable_sign(reading: Any) -> None:
    """A title or a link with one ended a whole normalization."""
    assert reading(f"a&#{'9' * 5000};b &amp; c") == "a\ufffdb & c"
    assert reading("&#8217;") == "’"


def test_an_address_that_no_library_can_send_is_told_as_one() -> None:
    with pytest.raises(SourceError, match="not a web address"):
        request("https://a@b\ufffd:0\ufffd@host/".encode())
