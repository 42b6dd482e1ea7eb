"""What an answer, or none, says of a link. Pure; asks nobody.

Most links that a checker calls broken are not: a firewall that wants a browser, a login, a server
that is busy. So only what visitors would see as broken counts as broken; the rest has other names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wp_sync.errors import SourceError
from wp_sync.http.client import Answer
from wp_sync.http.failures import Forbidden, NoSuchName, NotSecure, Trouble


class State(StrEnum):
    """How a link stands, as `wp_sync.findings.LinkCheck.state` has it."""

    OK = "ok"
    BROKEN = "broken"  # gone, or no such host: once is a suspicion, twice a fact
    BLOCKED = "blocked"  # the host lets no program see it: a login, a captcha, a firewall
    TRANSIENT = "transient"  # down, slow or broken just now; says nothing about tomorrow
    UNKNOWN = "unknown"  # not asked, or an answer that says nothing


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look at an address came to.

    ``wait``: seconds that the host asks us to stay away, 0 where it names none but is overloaded,
    None where it is not. ``silent``: nobody answered at all, so that the host may be gone.
    """

    state: State
    status: int | None = None
    reason: str = ""
    leads_to: str = ""
    wait: float | None = None
    silent: bool = False


_GONE = frozenset((404, 410))
# Refusals that say more about the asker than about the page. 999 is LinkedIn's, 444 nginx's.
_REFUSED = frozenset((401, 402, 403, 405, 406, 407, 412, 418, 423, 425, 429, 444, 451, 498, 999))
_CHALLENGE = re.compile(
    rb"just a moment\.\.\.|cf-chl|_cf_chl_opt|captcha|attention required! \| cloudflare"
    rb"|ddos-guard|perimeterx|access denied</title>|request unsuccessful\. incapsula"
    rb"|are you a robot",
    re.IGNORECASE,
)
_BAD_CERTIFICATE = re.compile(
    r"certificate has expired|hostname mismatch|doesn't match|not valid for|self.signed",
    re.IGNORECASE,
)


def of_answer(answer: Answer, *, wait: float | None = None) -> Verdict:
    """What a final answer (no redirect) says. ``wait`` is its Retry-After, in seconds."""
    status = answer.status
    if is_challenge(answer.headers, answer.body, status):
        return Verdict(State.BLOCKED, status, "a page that wants a browser, or a person")
    if status < 400:
        return Verdict(State.OK, status)
    if status in _GONE:
        return Verdict(State.BROKEN, status, f"answers {status}")
    if status == 429:
        return Verdict(State.BLOCKED, status, "asks us to slow down", wait=wait or 0.0)
    if status == 503:
        return Verdict(State.TRANSIENT, status, "answers 503", wait=wait or 0.0)
    if status in _REFUSED:
        return Verdict(State.BLOCKED, status, f"answers {status}")
    if status >= 500:
        return Verdict(State.TRANSIENT, status, f"answers {status}")
    return Verdict(State.UNKNOWN, status, f"answers {status}")


def of_error(error: SourceError) -> Verdict:
    """What a failure to get an answer says."""
    if isinstance(error, Forbidden):
        return Verdict(State.UNKNOWN, None, "an address of a private network; it was not asked")
    if isinstance(error, NoSuchName):
        return Verdict(State.BROKEN, None, "no host has this name", silent=True)
    if isinstance(error, NotSecure):
        if _BAD_CERTIFICATE.search(error.message):
            return Verdict(State.BROKEN, None, error.message)
        # Browsers fetch missing certificates and know authorities that we do not.
        return Verdict(State.UNKNOWN, None, error.message)
    if isinstance(error, Trouble):
        return Verdict(State.TRANSIENT, None, error.message, silent=True)
    return Verdict(State.UNKNOWN, None, error.message)


def is_challenge(headers: Mapping[str, str], body: bytes, status: int) -> bool:
    """Whether an answer is a firewall's or captcha's page in the place of the one asked for."""
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return True
    if status == 202 and not body.strip():
        return True
    # A page may well speak of captchas; as a refusal it only does when it is one.
    return status in (202, 403, 404, 429, 503) and bool(_CHALLENGE.search(body[:20_000]))
