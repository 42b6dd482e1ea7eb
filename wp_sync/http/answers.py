"""From an answer's bytes to items; asks for nothing.

Most answers are clean JSON and take the fast way. The slow way copes with what servers add (a
byte order mark, PHP notices, HTML comments) and with JSON that fast parsers refuse (NaN, lone
surrogates, numbers of thousands of digits), and still cuts each item out as it was sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wp_sync.http.barriers import NOISE, not_json
from wp_sync.http.client import Answer
from wp_sync.http.failures import Cause, Trouble
from wp_sync.model import Item

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_parse = msgspec.json.decode
_FAST_REFUSES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# How often a text is gone through for the place where its JSON begins.
_PASSES = 16
_ID = re.compile(r'"id"\s*:\s*([0-9]{1,18})\b')
_NUMBER_DIGITS = 400


@dataclass(frozen=True, slots=True)
class Cut:
    """Items of a listing as (id, raw, data), and what of it could not be read.

    ``mended`` names items among them whose JSON was damaged and is read as far as it goes.
    """

    items: tuple[tuple[int, bytes, Item], ...]
    broken: Mapping[int, str] = field(default_factory=dict)
    nameless: int = 0
    repeated: tuple[int, ...] = ()
    mended: Mapping[int, str] = field(default_factory=dict)


def read_items(answer: Answer) -> Cut:
    """The items of a listing.

    Raises:
        Trouble, RestClosed: there is no JSON list in the answer.
    """
    return cut_items(_pieces(answer))


def cut_items(pieces: Iterator[bytes] | list[bytes]) -> Cut:
    """Items from the raw JSON of each; those without a usable id are counted, not guessed."""
    items: list[tuple[int, bytes, Item]] = []
    broken: dict[int, str] = {}
    mended: dict[int, str] = {}
    nameless = 0
    seen: set[int] = set()
    repeated: list[int] = []
    for raw in pieces:
        damage = _LOST_TEXT if isinstance(raw, _Damaged) else ""
        try:
            data = _parse(raw)
        except _FAST_REFUSES as refusal:
            text = raw.decode("utf-8", "replace")
            try:
                data = _as_kept(text)
            except (ValueError, RecursionError) as error:
                match = _ID.search(raw[:200].decode("ascii", "replace"))
                if match:
                    broken[int(match[1])] = f"its JSON can't be read: {type(error).__name__}"
                else:
                    nameless += 1
                continue
            raw = text.encode("utf-8", "replace")
            if not isinstance(refusal, msgspec.ValidationError):
                # Numbers beyond all bounds are proper JSON; all else that is refused is not.
                damage = f"its JSON is damaged ({_first_words(refusal)})"
        number = data.get("id") if isinstance(data, dict) else None
        if type(number) is not int or not 0 < number < 1 << 63:
            nameless += 1
        elif number in seen:
            repeated.append(number)
        else:
            seen.add(number)
            items.append((number, raw, data))
            if damage:
                mended[number] = damage
    return Cut(tuple(items), broken, nameless, tuple(repeated), mended)


def _as_kept(text: str) -> Any:
    """What the archive will read of the same text: fast, now that it is UTF-8, or tolerant.

    Raises:
        ValueError, RecursionError: it can't be read.
    """
    try:
        return _parse(text)
    except _FAST_REFUSES:
        return tolerant(text)


class _Damaged(bytes):
    """An item's JSON that lost characters on the way."""


_LOST_TEXT = "its text is damaged (it is not UTF-8)"


def _first_words(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _pieces(answer: Answer) -> list[bytes]:
    try:
        return [bytes(raw) for raw in _split(answer.body)]
    except _FAST_REFUSES:
        pass
    text = json_text(answer)
    if not text.startswith("["):
        raise Trouble(
            "the answer is JSON, but not a list of items", cause=Cause.GARBLED, place=answer.place
        )
    pieces = [piece.encode("utf-8", "replace") for piece in split_array(text)]
    if _is_utf8(answer.body):
        return pieces
    return [_Damaged(piece) if _LOST in piece else piece for piece in pieces]


_LOST = "\ufffd".encode()


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_object(answer: Answer) -> tuple[bytes, Item]:
    """A JSON object as (raw, data).

    Raises:
        Trouble, RestClosed: there is no JSON object in the answer.
    """
    raw = answer.body
    try:
        data = _parse(raw)
    except _FAST_REFUSES:
        text = json_text(answer)
        raw = text.encode("utf-8", "replace")
        try:
            # Once freed of noise it may be what the fast parser reads: one text, one meaning.
            data = _parsed(raw, text)
        except (ValueError, RecursionError):
            raise Trouble(
                "the answer's JSON can't be read", cause=Cause.GARBLED, place=answer.place
            ) from None
    if not isinstance(data, dict):
        raise Trouble(
            "the answer is JSON, but not an object", cause=Cause.GARBLED, place=answer.place
        )
    return raw, data


def _parsed(raw: bytes, text: str) -> Any:
    try:
        return _parse(raw)
    except _FAST_REFUSES:
        return tolerant(text)


def json_object(answer: Answer) -> Item:
    """The data of a JSON object alone; see `read_object`."""
    return read_object(answer)[1]


def listed(value: Any) -> list[Any]:
    """A field that should hold a list, as one; empty where it holds anything else."""
    return value if isinstance(value, list) else []


def tolerant(text: str) -> Any:
    """Parse JSON that the fast parser refuses, into values that can be stored.

    Lone surrogates become U+FFFD, NaN and Infinity None, numbers out of range their own digits as
    text.

    Raises:
        ValueError, RecursionError: it is no JSON, or nested too deep.
    """
    data = json.loads(
        text,
        strict=False,
        parse_constant=lambda _name: None,
        parse_int=lambda digits: int(digits) if len(digits) < _NUMBER_DIGITS else digits,
        parse_float=lambda digits: value if math.isfinite(value := float(digits)) else digits,
    )
    return _storable(data)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


def json_text(answer: Answer) -> str:
    """The JSON inside a noisy answer: what stands between notices, comments and the like.

    Raises:
        Trouble, RestClosed: there is none.
    """
    text = answer.body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    start = 0
    left = _PASSES * len(text)
    for match in re.finditer(r'\[\s*(?=[{\]])|\{\s*(?=["}])', text[:NOISE]):
        end = _end_of_value(text, match.start())
        left -= (end or len(text)) - match.start()
        if left < 0:  # a page full of opening brackets
            break
        if not end and _BEGINS.match(text, match.start()):
            # Cut off. What stands whole within it is a part, and no answer to the question.
            break
        if end:
            start = match.start()
            # A list inside a notice ("in [] at line") is followed by more JSON: the longest wins.
            if end - start > 2 or not re.search(r"[\[{]\s*[\"{]", text[end : end + NOISE]):
                return text[start:end]
    raise not_json(answer)


def _end_of_value(text: str, start: int) -> int:
    """Where the array or object that begins at ``start`` ends; 0 when it does not. Linear."""
    depth = 0
    for match in _STRUCTURE.finditer(text, start):
        symbol = match[0][0]
        if symbol in "[{":
            depth += 1
        elif symbol in "]}":
            depth -= 1
            if depth == 0:
                return match.end()
    return 0


# Where a list of items or an object surely begins.
_BEGINS = re.compile(r'\[\s*\{\s*"|\{\s*"[^"\\]{1,200}"\s*:')
# A whole string, or one bracket or comma. Possessive, so an unclosed string costs one pass; the
# escaped quotes behind its own are stepped over, or each of them would cost another.
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"|\\.|[\[\]{},]', re.DOTALL)


def split_array(text: str) -> Iterator[str]:
    """The items of a JSON array as they stand in the text, without reading them. Linear."""
    depth = 0
    begin = 1
    for match in _STRUCTURE.finditer(text):
        symbol = match[0]
        if symbol in ("[", "{"):
            depth += 1
        elif symbol in ("]", "}"):
            depth -= 1
        if (symbol == "," and depth == 1) or depth == 0:
            piece = text[begin : match.start()].strip()
            if piece:
                yield piece
            begin = match.end()
        if depth == 0:
            return


def encode(data: Item) -> bytes:
    """Compact JSON of values that were parsed before."""
    return msgspec.json.encode(data)
