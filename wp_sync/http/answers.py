"""From an answer's bytes to items, and from a refusal to words that help; asks for nothing.

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
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from wp_sync.entities import unescape
from wp_sync.errors import Place, RestClosed, SourceError
from wp_sync.http.client import Answer
from wp_sync.http.failures import (
    AnswerLost,
    BadRequest,
    Cause,
    Denied,
    NotFound,
    Redirected,
    Rejected,
    Trouble,
)
from wp_sync.http.retry import retry_after
from wp_sync.model import Item

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_parse = msgspec.json.decode
_FAST_REFUSES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
# What our tolerance skips before and after the JSON: notices and comments, not a page of text.
_NOISE = 65536
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
    for match in re.finditer(r'\[\s*(?=[{\]])|\{\s*(?=["}])', text[:_NOISE]):
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
            if end - start > 2 or not re.search(r"[\[{]\s*[\"{]", text[end : end + _NOISE]):
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


def check(answer: Answer) -> Answer:
    """The answer itself when it is a success.

    Raises:
        Trouble, Denied, NotFound, BadRequest, Redirected, RestClosed, SourceError: what else it is.
    """
    if answer.status != 200:
        _refuse(answer)
    return answer


# What means the same for a question and a write; the second ones in WordPress's words only.
_TOLD, _TOLD_IN_WORDS = frozenset((202, 429, 503)), frozenset((400, 401, 403, 404, 410))
# A proxy says with these that it never reached the server (Cloudflare's numbers).
_NOT_REACHED = frozenset((521, 522, 523, 525, 526, 530))
# WordPress's words of 500 where nothing was made; with any other, a fatal error's
# (``internal_server_error``) for one, it may have been.
_NOT_MADE = re.compile(
    r"rest_upload_|db_(?:insert|update)_error|rest_cannot_delete|rest_comment_fail"
)


def check_written(answer: Answer) -> Answer:
    """The answer to a write itself, when it is a success.

    Raises:
        Trouble: nothing was done there; it may be tried again.
        AnswerLost: the server failed, and may have done it before.
        Denied, NotFound, BadRequest, Rejected, Redirected, RestClosed: it was refused.
    """
    status, place = answer.status, answer.place
    if 200 <= status < 300 and status != 202:
        return answer
    code, message, _ = wordpress_code(answer)
    said = f"answer {status} {code}: {message}" if code else f"answer {status}"
    if status in _NOT_REACHED:
        raise Trouble(f"a proxy can't reach the server ({said})", cause=Cause.GATEWAY, place=place)
    if status >= 500 and status != 503:
        attachment = answer.headers.get("X-WP-Upload-Attachment-ID", "").strip()
        if attachment or not _NOT_MADE.match(code):
            failed = Trouble(
                f"the server failed ({said})",
                cause=Cause.SERVER,
                status=status,
                place=place,
                hint="the site's PHP error log says why",
            )
            raise AnswerLost(failed, attachment=int(attachment) if attachment.isdigit() else 0)
    elif status in _TOLD or 300 <= status < 400 or (code and status in _TOLD_IN_WORDS):
        _refuse(answer)
    if status == 413:
        said += ": too large for this server"
    elif not code and isinstance(before := closed(answer, said), RestClosed):
        raise before
    raise Rejected(said, status=status, code=code, place=place)


def wordpress_code(answer: Answer) -> tuple[str, str, frozenset[str]]:
    """WordPress's own error code, message and the parameters it names; empty when it isn't one."""
    try:
        _, data = read_object(answer)
    except SourceError:
        return "", "", frozenset()
    code, message = data.get("code"), data.get("message")
    if not isinstance(code, str):
        return "", "", frozenset()
    details = data.get("data")
    parameters = details.get("params") if isinstance(details, dict) else None
    names = frozenset(parameters) if isinstance(parameters, dict) else frozenset()
    return code[:80], _plain(message) if isinstance(message, str) else "", names


def _refuse(answer: Answer) -> NoReturn:
    status, place = answer.status, answer.place
    if 300 <= status < 400:
        location = answer.headers.get("Location", "")
        raise Redirected(
            f"the answer {status} points to {location[:200] or 'nowhere'}",
            location=location,
            place=place,
        )
    if status == 202:
        raise Trouble(
            "answer 202: a bot check stands before the site",
            cause=Cause.CHALLENGE,
            status=status,
            place=place,
            hint="ask the host to let this machine's address through to the REST API",
        )
    if status in (429, 503):
        _busy(answer)
    code, message, parameters = wordpress_code(answer)
    said = f"answer {status} {code}: {message}" if code else f"answer {status}"
    if status >= 500:
        gateway = status in (502, 504) or 520 <= status <= 524
        raise Trouble(
            f"the server failed ({said})",
            cause=Cause.GATEWAY if gateway else Cause.SERVER,
            status=status,
            place=place,
            hint="the site's PHP error log says why",
        )
    if code and status in (401, 403):
        raise Denied(said, status=status, code=code, place=place, hint=_denied_hint(code))
    if status in (404, 410):
        raise NotFound(said, status=status, code=code, place=place)
    if code and status == 400:
        _, data = read_object(answer)
        more = data.get("data")
        raise BadRequest(
            said,
            status=status,
            code=code,
            place=place,
            parameters=parameters,
            data=more if isinstance(more, dict) else None,
        )
    raise closed(answer, said)


def _busy(answer: Answer) -> NoReturn:
    moment = answer.server_time or datetime.now(UTC)
    wait = retry_after(answer.headers.get("Retry-After"), server_time=moment)
    page = answer.body[:_NOISE].decode("utf-8", "replace")
    hint = "try again later"
    if "scheduled maintenance" in page:
        hint = "the site is being updated (maintenance mode): try again in a few minutes"
    elif wait:
        hint = f"it asks to wait {wait:.0f} s"
    raise Trouble(
        f"the server has too much to do (answer {answer.status})",
        cause=Cause.BUSY,
        status=answer.status,
        place=answer.place,
        wait=wait,
        hint=hint,
    )


_ASK = "ask the owner to allow the REST API for this login or this machine's address"
# What a page that stands where JSON should be says of itself: (mark, what it is, next step).
_PAGES = (
    ("sgcaptcha", "a captcha of the host (SiteGround)", _ASK),
    ("cf-challenge", "a bot check by Cloudflare", _ASK),
    ("cf_chl_", "a bot check by Cloudflare", _ASK),
    ("<title>Just a moment", "a bot check by Cloudflare", _ASK),
    ("imunify360", "a bot check by Imunify360", _ASK),
    ("wordfence", "a block by the security plugin Wordfence", _ASK),
    ("g-recaptcha", "a captcha", _ASK),
    ("h-captcha", "a captcha", _ASK),
    ("captcha", "a captcha", _ASK),
    ("mod_security", "a block by the web server's firewall (ModSecurity)", _ASK),
    ("not acceptable!", "a block by the web server's firewall (ModSecurity)", _ASK),
    (
        "wp-admin/setup-config.php",
        "WordPress's installer: this site is not set up",
        "finish the installation, or correct the address",
    ),
    (
        "wp-admin/install.php",
        "WordPress's installer: this site is not set up",
        "finish the installation, or correct the address",
    ),
    ('id="loginform"', "a login page: the whole site is closed to visitors", _ASK),
    ("wp-login.php", "a login page: the whole site is closed to visitors", _ASK),
)
_FATAL = ("there has been a critical error", "<b>fatal error</b>", "allowed memory size of")


def not_json(answer: Answer) -> SourceError:
    """What an answer of 200 without JSON in it most likely is."""
    page = answer.body[:_NOISE].decode("utf-8", "replace").casefold()
    if any(mark in page for mark in _FATAL):
        return Trouble(
            "the server printed a fatal error in place of its answer",
            cause=Cause.SERVER,
            status=500,
            place=answer.place,
            hint="the site's PHP error log says why",
        )
    known = _page_of(page)
    if known:
        return RestClosed(f"the answer is {known[0]}", place=answer.place, hint=known[1])
    what = "an HTML page" if "<html" in page or "<!doctype" in page else "no JSON"
    if page.strip()[:1] in ("[", "{"):
        what = "JSON that ends early or is damaged"
    return Trouble(
        f"the answer is {what if answer.body.strip() else 'empty'}",
        cause=Cause.GARBLED,
        place=answer.place,
        hint="open the address in a browser to see what stands there",
    )


def closed(answer: Answer, said: str) -> SourceError:
    """A refusal that is not in WordPress's words: something stands before it."""
    page = answer.body[:_NOISE].decode("utf-8", "replace").casefold()
    known = _page_of(page)
    if answer.status in (401, 403, 406) or known:
        what = known[0] if known else "a firewall, a security plugin or the web server's own login"
        return RestClosed(
            f"the REST API is blocked ({said}): {what}",
            place=answer.place,
            hint=known[1] if known else _ASK,
        )
    return SourceError(f"an unexpected {said}", place=answer.place)


def _page_of(page: str) -> tuple[str, str] | None:
    for mark, what, hint in _PAGES:
        if mark.casefold() in page:
            return what, hint
    return None


def _denied_hint(code: str) -> str:
    if code in ("rest_disabled", "rest_login_required", "rest_cannot_access") or any(
        part in code for part in ("disabled", "restricted", "itsec")
    ):
        return "the REST API is blocked by a security plugin: " + _ASK
    return "log in with a user who has the right, or leave this out"


def blocked(denied: Denied) -> RestClosed:
    """The same refusal where the API's own index is refused: the whole API is closed."""
    return RestClosed(
        f"REST is blocked by a security plugin: {denied.message}",
        place=denied.place or Place(),
        hint=_ASK,
    )


def _plain(html: str) -> str:
    text = unescape(re.sub(r"<[^<>]{0,200}>", " ", html))
    return " ".join(text.split())[:300]


def encode(data: Item) -> bytes:
    """Compact JSON of values that were parsed before."""
    return msgspec.json.encode(data)
