"""Odd JSON is read as it was sent; pages that stand in its place are named in words that help."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wp_sync.errors import RestClosed, SourceError, TryLater
from wp_sync.http.answers import cut_items, read_items, read_object, split_array
from wp_sync.http.client import Answer
from wp_sync.http.failures import BadRequest, Cause, Denied, NotFound, Trouble
from wp_sync.http.statuses import check


def answer(body: bytes | str, status: int = 200, **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else body
    return Answer("https://blog.example.com/wp-json/x", status, headers, raw, 0.1, None)


CLEAN = '[{"id":1,"t":"a"},{"id":2,"t":"b"}]'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\ufeff", ""),
        ("<br />\n<b>Notice</b>: Undefined index: x in /srv/a.php on line 3<br />\n", ""),
        ("Warning: Array [] to string conversion in [/srv/x.php]\n", ""),
        ("<!-- cached -->", "<!-- Page generated in 0.1 s -->"),
        ("", "\n<script>track()</script>"),
        ("\n\n  ", "\n"),
    ],
)
def test_noise_around_the_json_is_no_part_of_it(before: str, after: str) -> None:
    cut = read_items(answer(before + CLEAN + after))
    assert [(id, raw) for id, raw, _ in cut.items] == [
        (1, b'{"id":1,"t":"a"}'),
        (2, b'{"id":2,"t":"b"}'),
    ]


@pytest.mark.parametrize(
    ("piece", "value"),
    [
        ("NaN", None),
        ("-Infinity", None),
        ("1e400", "1e400"),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("9" * 5000, "9" * 5000),
        ('"\\ud800 x"', "\ufffd x"),
        ('"a\\u0000b"', "a\0b"),
    ],
)
def test_values_that_fast_parsers_refuse_keep_their_text(piece: str, value: object) -> None:
    body = f'[{{"id":1,"v":{piece}}},{{"id":2,"v":"fine"}}]'
    cut = read_items(answer(body))
    assert [id for id, _, _ in cut.items] == [1, 2]
    (_, raw, data), (_, other, _) = cut.items
    assert raw.decode() == f'{{"id":1,"v":{piece}}}'
    assert data["v"] == value
    assert other == b'{"id":2,"v":"fine"}'
    json.dumps(data).encode()  # storable


def test_malformed_utf8_spoils_one_character_only() -> None:
    cut = read_items(answer(b'[{"id":1,"t":"caf\xe9"},{"id":2,"t":"ok"}]'))
    assert cut.items[0][2]["t"] == "caf\ufffd"
    assert cut.items[0][1].decode() == '{"id":1,"t":"caf\ufffd"}'
    assert cut.items[1][1] == b'{"id":2,"t":"ok"}'


def test_an_item_nested_too_deep_is_named_and_its_neighbours_arrive() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    cut = read_items(answer(f'[{{"id":1}},{{"id":2,"v":{deep}}},{{"id":3}}]'))
    assert [id for id, _, _ in cut.items] == [1, 3]
    assert list(cut.broken) == [2]


@given(
    st.lists(
        st.dictionaries(
            st.text(), st.recursive(st.none() | st.text() | st.floats(), st.lists, max_leaves=5)
        )
    )
)
@example([{"a": 'x"]},[{\\'}])
def test_splitting_an_array_gives_its_items_as_they_stand(items: list[dict[str, object]]) -> None:
    pieces = [json.dumps(item) for item in items]
    assert list(split_array("[" + " , ".join(pieces) + "]trailing [1,2]")) == pieces


@given(st.binary(max_size=300))
@example(b'["')
@example(b"[{]")
@example(b'{"id":')
def test_any_bytes_are_read_or_refused_in_our_words(body: bytes) -> None:
    for read in (read_items, read_object):
        with suppress(SourceError):
            read(answer(body))


def test_ids_of_wrong_types_are_counted_and_repeated_ones_named() -> None:
    pieces = [b'{"id":1}', b'{"id":true}', b'{"id":null}', b'{"id":-3}', b"[]", b'{"id":1}']
    cut = cut_items(pieces)
    assert [id for id, _, _ in cut.items] == [1]
    assert cut.nameless == 4
    assert cut.repeated == (1,)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ('<html><form id="loginform" action="/wp-login.php">', "login page"),
        ("<html><script>window.location='/wp-admin/install.php'", "installer"),
        ("<html><title>Just a moment...</title>", "Cloudflare"),
        ('<meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r=x">', "captcha"),
    ],
)
def test_a_page_in_place_of_json_is_named(page: str, words: str) -> None:
    with pytest.raises(RestClosed) as caught:
        read_items(answer(page))
    assert words in caught.value.message
    assert caught.value.hint


def test_a_fatal_error_printed_with_200_counts_as_a_server_failure() -> None:
    body = "<b>Fatal error</b>: Allowed memory size of 134217728 bytes exhausted"
    with pytest.raises(Trouble) as caught:
        read_items(answer(body))
    assert caught.value.cause is Cause.SERVER


def test_json_that_ends_early_is_not_a_short_list() -> None:
    with pytest.raises(Trouble) as caught:
        read_items(answer(CLEAN[:-3]))
    assert caught.value.cause is Cause.GARBLED


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, '{"code":"rest_forbidden","message":"no"}', Denied),
        (403, '{"code":"rest_forbidden_context","message":"no"}', Denied),
        (403, "<html>Forbidden</html>", RestClosed),
        (406, "<h1>Not Acceptable!</h1>", RestClosed),
        (404, '{"code":"rest_post_invalid_id","message":"no"}', NotFound),
        (404, "<html>", NotFound),
        (400, '{"code":"rest_invalid_param","data":{"params":{"status":"x"}}}', BadRequest),
        (202, "<html>captcha", TryLater),
        (503, "Briefly unavailable for scheduled maintenance.", TryLater),
        (500, "", TryLater),
        (522, "", TryLater),
    ],
)
def test_refusals_by_what_the_reader_should_do(
    status: int, body: str, kind: type[SourceError]
) -> None:
    with pytest.raises(kind) as caught:
        check(answer(body, status))
    assert str(status) in caught.value.message


def test_only_wordpress_s_own_404_carries_a_code() -> None:
    for body, code in (('{"code":"rest_no_route"}', "rest_no_route"), ("<html>", "")):
        with pytest.raises(NotFound) as caught:
            check(answer(body, 404))
        assert caught.value.code == code


def test_the_bad_parameters_are_known_from_a_400() -> None:
    body = '{"code":"rest_invalid_param","message":"x","data":{"params":{"status":"bad"}}}'
    with pytest.raises(BadRequest) as caught:
        check(answer(body, 400))
    assert caught.value.parameters == {"status"}
