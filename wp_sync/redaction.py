"""Secrets taken out of text, in every form in which one travels; knows no secret by itself.

Works on what is about to be shown, logged or kept about a failure. A site's content is not its
affair: the archive keeps that as it was sent.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "••••••"
_ESCAPE = re.compile(r"%[0-9A-F]{2}")


class Redactor:
    """Replaces every secret it was told of, in all the forms in which one may travel."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str, *, user: str = "") -> None:
        """Hide a secret from now on; ``user`` so that the Basic header's form is known too."""
        bare = secret.replace(" ", "")  # an application password works with and without its spaces
        if len(bare) < 3:
            return  # hiding one letter everywhere would hide nothing and spoil every message
        for form in {secret, bare}:
            self._forms |= set(_spellings(form))
            for plain in (f"{user}:{form}", form, f":{form}"):
                for encode in (base64.b64encode, base64.urlsafe_b64encode):
                    login = encode(plain.encode("utf-8", "surrogateescape")).decode()
                    self._forms |= {login.rstrip("="), *_spellings(login)}
        longest_first = sorted(self._forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern else text

    def bytes(self, data: bytes) -> bytes:
        """The same over bytes of any encoding; those that hold no secret come back as they are."""
        if self._pattern is None:
            return data
        text = data.decode("utf-8", "surrogateescape")
        return self(text).encode("utf-8", "surrogateescape")


def _spellings(form: str) -> Iterator[str]:
    """A text as addresses, JSON, HTML and Python write it."""
    shell = form.encode("utf-8", "replace").decode()  # a shell's odd bytes have no other spelling
    yield form
    for percent in (quote(shell), quote(shell, safe=""), quote_plus(shell)):
        yield percent
        yield _ESCAPE.sub(lambda match: match[0].lower(), percent)
    for ascii_only in (True, False):
        written = json.dumps(form, ensure_ascii=ascii_only)[1:-1]
        yield written
        yield written.replace("/", r"\/")
    yield html.escape(form)
    yield html.escape(form).replace("&#x27;", "&#039;")
    yield form.encode("unicode_escape").decode()
    yield repr(form)[1:-1]
    yield form.replace('"', '\\"')


def without_login(url: str) -> str:
    """An address as it may be repeated: what stands before an ``@`` is left out."""
    before, at, rest = url.rpartition("@")
    scheme, slashes, _ = before.partition("://")
    return f"{scheme}{slashes}…@{rest}" if at and slashes else f"…@{rest}" if at else url
