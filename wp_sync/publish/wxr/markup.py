"""XML written so that it is well-formed, whatever a site's texts hold. Pure.

Every text stands in CDATA, so nothing in it is markup and no entity is ever needed. Signs that XML
1.0 has no place for are left out; a carriage return reads back as a line feed, as XML has it.
"""

from __future__ import annotations

import re

# What no XML 1.0 document may hold (https://www.w3.org/TR/xml/#charsets), lone surrogates included.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?::[A-Za-z_][A-Za-z0-9_.-]*)?")


def clean(text: str) -> str:
    """The text without the signs that XML has no place for."""
    return _FORBIDDEN.sub("", text)


def cdata(text: str) -> str:
    """The text as a CDATA section; an end of one within it is divided between two."""
    return f"<![CDATA[{clean(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def element(name: str, text: str | int = "", **attributes: str) -> str:
    """An element on a line of its own; numbers stand bare, and so does nothing."""
    assert _NAME.fullmatch(name)
    said = "".join(f' {key}="{attribute(value)}"' for key, value in attributes.items())
    inner = str(text) if isinstance(text, int) or not text else cdata(text)
    return f"<{name}{said}>{inner}</{name}>\n"


def attribute(text: str) -> str:
    """A text as it may stand between quotation marks, on one line."""
    text = " ".join(clean(text).split())
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
