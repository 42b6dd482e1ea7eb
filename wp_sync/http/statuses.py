"""What an answer's status means, for a question and for a write: a refusal in words that help."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NoReturn

from wp_sync.entities import unescape
from wp_sync.errors import RestClosed, SourceError
from wp_sync.http.answers import read_object
from wp_sync.http.barriers import ASK, NOISE, closed
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
    page = answer.body[:NOISE].decode("utf-8", "replace")
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


def _denied_hint(code: str) -> str:
    if code in ("rest_disabled", "rest_login_required", "rest_cannot_access") or any(
        part in code for part in ("disabled", "restricted", "itsec")
    ):
        return "the REST API is blocked by a security plugin: " + ASK
    return "log in with a user who has the right, or leave this out"


def _plain(html: str) -> str:
    text = unescape(re.sub(r"<[^<>]{0,200}>", " ", html))
    return " ".join(text.split())[:300]
