"""Keys, tokens and passwords in texts, known by their prefixes; and texts with them masked.

A secret that is found must never be shown: what is masked keeps its length, so that every place in
the text stays the same. Values that stand for one (``xxxx``, ``example``) are none. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

MASK: Final = "•"
_TELLING: Final = 4  # signs behind what may be shown of a secret that tell it
# What it is, how much of its beginning may be shown, what stands in each, and its form.
_KINDS: Final = tuple(
    (what, shown, signs, re.compile(form))
    for what, shown, signs, form in (
        (
            "an Amazon access key", 4, ("AKIA", "ASIA"),
            r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
        ),
        ("a Stripe key", 8, ("k_live_",), r"(?<![\w-])(?:sk|rk)_live_[0-9a-zA-Z]{16,247}"),
        (
            "a GitHub token", 4, ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            r"(?<![\w-])gh[pousr]_[A-Za-z0-9]{36,251}",
        ),
        ("a GitHub token", 11, ("github_pat_",), r"(?<![\w-])github_pat_[A-Za-z0-9_]{40,251}"),
        ("a GitLab token", 6, ("glpat-",), r"(?<![\w-])glpat-[A-Za-z0-9_-]{20,}"),
        ("a Google key", 4, ("AIza",), r"(?<![\w-])AIza[0-9A-Za-z_-]{35}(?![\w-])"),
        ("a Google secret", 7, ("GOCSPX-",), r"(?<![\w-])GOCSPX-[0-9A-Za-z_-]{28}"),
        ("a Slack token", 5, ("xox",), r"(?<![\w-])xox[abeoprs]-[0-9A-Za-z-]{20,}"),
        (
            "a Slack webhook", 24, ("hooks.slack.com",),
            r"hooks\.slack\.com/services/T\w{6,40}/B\w{6,40}/[A-Za-z0-9]{20,}",
        ),
        ("an OpenAI key", 8, ("sk-proj-",), r"(?<![\w-])sk-proj-[A-Za-z0-9_-]{40,}"),
        ("an Anthropic key", 7, ("sk-ant-",), r"(?<![\w-])sk-ant-[A-Za-z0-9_-]{40,}"),
        ("a SendGrid key", 3, ("SG.",), r"(?<![\w-])SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
        ("a Mailchimp key", 4, ("-us1", "-us2", "-us3", "-us4", "-us5", "-us6", "-us7", "-us8",
         "-us9"), r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}\b"),
        ("an npm token", 4, ("npm_",), r"(?<![\w-])npm_[A-Za-z0-9]{36}"),
        (
            "a Shopify token", 6, ("shpat_", "shpca_", "shppa_", "shpss_"),
            r"(?<![\w-])shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
        ),
        (
            "a Square token", 4, ("sq0csp-", "EAAA"),
            r"(?<![\w-])(?:sq0csp-[0-9A-Za-z_-]{43}|EAAA[0-9A-Za-z_-]{60})",
        ),
        ("a Telegram token", 4, (":AA",), r"(?<![\w-])\d{8,10}:AA[0-9A-Za-z_-]{33}"),
        ("a Hugging Face token", 3, ("hf_",), r"(?<![\w-])hf_[A-Za-z0-9]{34,}"),
        (
            "a private key", 11, ("PRIVATE KEY",),
            r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,40}"
            r"-----)?",
        ),
        (
            "an address with a password", 0, ("://",),
            r"(?<![\w+.-])[a-z][a-z0-9+.-]{1,30}://[^\s:/?#@<>\"'\[\]]{0,80}:[^\s/?#@<>\"'\[\]]"
            r"{1,120}@[^\s/?#<>\"'@]{1,200}",
        ),
    )
)  # fmt: skip
# The signs of all of them. Most end in an underscore, of which few texts have many.
_SIGNS: Final = tuple(sign for _, _, signs, _ in _KINDS for sign in signs)
_UNDERSCORED: Final = re.compile(
    f"_(?:{'|'.join(f'(?<={re.escape(sign)})' for sign in _SIGNS if sign[-1] == '_')})"
)
_OTHERS: Final = (
    "-us",
    *(one for one in _SIGNS if not one.startswith(("-us", "://")) and "_" not in one),
)
_CREDENTIALS: Final = re.compile(r"://[^\s/?#@<>\"']{1,200}@")
_STANDS_FOR_ONE: Final = re.compile(
    r"(?i)x{6,}|\*{3,}|•{3,}|0{12,}|example|your[_-]?(?:key|token|secret)|\.{3,}"
)
_NO_PASSWORD: Final = re.compile(
    r"(?i)://[^:@]*:(?:password|passwort|pass|passwd|pwd|secret|xxx+|\*+|•+|\.+|\$?\{[^}]*\}|<[^>]*"
    r">|%[a-z_]+%|your[\w-]*)@|@(?:localhost|127\.0\.0\.1)(?:[:/]|$)|@(?:[\w-]+\.)*example\.(?:com|org|net)\b"
)


class Secret(NamedTuple):
    """A secret: what it is, where it stands, and its beginning, which may be shown."""

    what: str
    start: int
    end: int
    shown: str

    @property
    def hidden_from(self) -> int:
        return self.start + len(self.shown)


def find(text: str) -> Sequence[Secret]:
    """The secrets in a text, in order; where two overlap, the first and longest."""
    if not _likely(text):
        return ()
    found: list[Secret] = []
    for what, shown, signs, form in _KINDS:
        if shown and not any(sign in text for sign in signs):
            continue
        if not shown and not ("@" in text and _CREDENTIALS.search(text)):
            continue
        found += (one for match in form.finditer(text) if (one := _secret(what, shown, match)))
    if len(found) < 2:
        return found
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Secret] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _likely(text: str) -> bool:
    """Whether a sign of a secret is there at all: next to no text has one."""
    if "_" in text and _UNDERSCORED.search(text):
        return True
    for sign in _OTHERS:
        if sign in text:
            return True
    return "@" in text and "://" in text


def _secret(what: str, shown: int, match: re.Match[str]) -> Secret | None:
    value = match[0]
    if not shown:
        if _NO_PASSWORD.search(value):
            return None
        start = match.start() + value.index("://") + 3
        return Secret(what, start, match.start() + value.rindex("@"), "")
    if what == "a private key":
        return Secret(what, *match.span(), value[: value.index("KEY-----") + 8])
    if _STANDS_FOR_ONE.search(value[shown:]):
        return None
    return Secret(what, *match.span(), value[:shown])


def masked(text: str, secrets: Sequence[Secret] | None = None) -> str:
    """The text with its secrets masked, as long as it was."""
    secrets = find(text) if secrets is None else secrets
    if not secrets:
        return text
    parts: list[str] = []
    at = 0
    for secret in secrets:
        parts.append(text[at : secret.hidden_from])
        parts.append(MASK * (secret.end - secret.hidden_from))
        at = secret.end
    return "".join((*parts, text[at:]))


def without(text: str) -> str:
    """A short text for people: secrets are three dots behind what may be shown of them."""
    secrets = find(text)
    if not secrets:
        return text
    parts: list[str] = []
    at = 0
    for secret in secrets:
        parts += (text[at : secret.hidden_from], MASK * 3)
        at = secret.end
    return "".join((*parts, text[at:]))


def cleaned(value: Any) -> Any:
    """A finding's data, every text in it without secrets."""
    if isinstance(value, str):
        return without(value)
    if isinstance(value, dict):
        return {key: cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner) for inner in value]
    return value


def hidden(value: Any, secrets: Sequence[tuple[str, str]]) -> Any:
    """A text, or what is made of texts, in which known secrets do not stand, cut short or whole.

    ``secrets`` are their values, each with what may be shown of it.
    """
    if isinstance(value, dict):
        return {key: hidden(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [hidden(inner, secrets) for inner in value]
    if not isinstance(value, str):
        return value
    for secret, shown in secrets:
        head = secret[: len(shown) + _TELLING]
        at = value.find(head)
        while at >= 0:
            end = at + len(head)
            while end < len(value) and end - at < len(secret) and value[end] == secret[end - at]:
                end += 1
            value = value[: at + len(shown)] + MASK * 3 + value[end:]
            at = value.find(head, at + len(shown) + 3)
    return value


def mark_of(text: str, secret: Secret) -> str:
    """What tells a secret from others without telling it: eight signs of a digest."""
    value = text[secret.start : secret.end].encode("utf-8", "surrogatepass")
    return hashlib.blake2b(value, digest_size=4, person=b"wp-sync secret").hexdigest()
