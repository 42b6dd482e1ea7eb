"""What a failed write means for a push: nobody takes us, not now, not this one, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from wp_sync.errors import (
    LoginFailed,
    OutcomeUnknown,
    Place,
    RestClosed,
    SourceError,
    TargetError,
    TargetRefused,
    TryLater,
)
from wp_sync.http.failures import AnswerLost, BadRequest, Denied, NotFound, NotSecure, Rejected

# Refused in words that are said only after the thing itself was made.
_HALF_DONE = frozenset(("rest_cannot_update", "rest_cannot_assign_term", "rest_cannot_edit"))
_HINTS = {
    "rest_upload_sideload_error": "this WordPress takes no files of this type",
    "rest_upload_file_too_big": "it is larger than the network allows for one file",
    "rest_upload_limited_space": "the site's space is used up",
    "rest_cannot_create": "give the target's user the right, or leave this kind out",
    "rest_cannot_edit": "give the target's user the right, or leave this kind out",
    "rest_forbidden": "give the target's user the right, or leave this kind out",
}


@contextmanager
def told(what: str = "") -> Iterator[None]:
    """Errors of HTTP and WordPress as those of the port.

    Raises:
        LoginFailed, TryLater, OutcomeUnknown, TargetRefused: as the port says.
    """
    try:
        yield
    except (LoginFailed, TryLater, TargetError, NotSecure):
        raise
    except AnswerLost as lost:
        raise OutcomeUnknown(lost.message, place=lost.place, hint=lost.hint) from None
    except Denied as denied:
        if denied.status == 401:
            raise LoginFailed(
                f"the target stopped accepting our login ({denied.message})",
                place=Place(url=_site_of(denied.place)),
                hint="check the application password and push again; what is done is remembered",
            ) from None
        raise _refused(denied, what) from None
    except SourceError as error:
        raise _refused(error, what) from None


def _refused(error: SourceError, what: str) -> TargetError:
    code = getattr(error, "code", "")
    if code in _HALF_DONE or (
        isinstance(error, BadRequest)
        and code.startswith("rest_invalid")
        and code not in ("rest_invalid_param", "rest_invalid_author", "rest_invalid_field")
    ):
        return OutcomeUnknown(error.message, place=error.place, hint=error.hint)
    status = getattr(error, "status", 0)
    hint = _HINTS.get(code, error.hint)
    if status == 413:
        hint = "raise the server's limit for uploads (client_max_body_size, post_max_size)"
    elif isinstance(error, RestClosed):
        hint = hint or "a firewall before the site does not let it through"
    name = f"{what}: " if what else ""
    return TargetRefused(f"{name}{error.message}", place=error.place, hint=hint)


def _site_of(place: Place) -> str:
    parts = urlsplit(place.url)
    return f"{parts.scheme}://{parts.netloc}"


def is_gone(error: SourceError) -> bool:
    return isinstance(error, NotFound) and bool(error.code)


def existing_term(error: SourceError) -> int:
    """The term that stands in the way of a new one (``term_exists``); 0 for any other refusal."""
    if isinstance(error, BadRequest) and error.code == "term_exists":
        number = error.data.get("term_id")
        return number if isinstance(number, int) else 0
    return 0


def duplicate(error: SourceError) -> bool:
    """A comment that is there already, by WordPress's own reckoning."""
    return isinstance(error, Rejected) and error.code == "comment_duplicate"
