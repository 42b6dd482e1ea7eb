"""What a request can come back with when it does not come back well; says nothing to the user's
terminal and retries nothing.

Everything here is a `SourceError`, so that whatever nobody handles still reaches the user as one
clear message with its address and the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from wp_sync.errors import NOWHERE, Place, SourceError, TryLater


class Cause(StrEnum):
    """Why a request may deserve another try, or a smaller question."""

    BUSY = "busy"  # 429, 503: wait
    SERVER = "server"  # 500, or a fatal error's page: the question may be what breaks it
    GATEWAY = "gateway"  # 502, 504, 52x: overloaded, or the question takes too long
    NETWORK = "network"  # connecting or reading failed
    SLOW = "slow"  # a timeout, or our wall deadline
    GARBLED = "garbled"  # truncated, or not the JSON that was asked for
    SIZE = "size"  # beyond our byte caps
    CHALLENGE = "challenge"  # 202 with a page that wants a browser


class Trouble(TryLater):
    """A request failed in a way that may pass. ``wait`` is what the server asked for, seconds."""

    def __init__(
        self,
        message: str,
        *,
        cause: Cause,
        place: Place = NOWHERE,
        hint: str = "",
        status: int = 0,
        wait: float | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.cause = cause
        self.status = status
        self.wait = wait


class NoSuchName(Trouble):
    """The name service says that no host has this name; not merely that it can't tell now."""


class Forbidden(SourceError):
    """The address belongs to a network that may not be asked; it was not contacted."""


class AnswerLost(SourceError):
    """A request that may change something was sent, and how it ended is not known.

    Never tried again as it is: whoever sent it looks first whether it took place. ``attachment``
    is the id that WordPress gives an upload before it makes its sizes, where it told one.
    """

    def __init__(self, trouble: Trouble, *, attachment: int = 0) -> None:
        super().__init__(
            f"how it ended is not known: {trouble.message}", place=trouble.place, hint=trouble.hint
        )
        self.status = trouble.status
        self.attachment = attachment


class _Answered(SourceError):
    """WordPress (``code`` set) or something before it (``code`` empty) answered with a refusal."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        place: Place = NOWHERE,
        hint: str = "",
        parameters: frozenset[str] = frozenset(),
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.status = status
        self.code = code
        self.parameters = parameters
        self.data = data or {}


class Denied(_Answered):
    """401 or 403 in WordPress's own words."""


class NotFound(_Answered):
    """404 or 410; only with one of WordPress's codes does it say anything about an item."""


class BadRequest(_Answered):
    """400: WordPress does not take the question as it is (``parameters`` names the bad ones)."""


class Rejected(_Answered):
    """A write refused for another reason (too large, a duplicate, a forbidden file)."""


class NotSecure(SourceError):
    """TLS failed: never tried again, never by other means."""


class Redirected(SourceError):
    """The answer points elsewhere; `wp_sync.http.api` and discovery decide what that means."""

    def __init__(self, message: str, *, location: str, place: Place, hint: str = "") -> None:
        super().__init__(message, place=place, hint=hint)
        self.location = location
