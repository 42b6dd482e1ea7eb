"""HTML's character references decoded, whatever a site writes into them. Text in, text out."""

from __future__ import annotations

import html
import re

# Python refuses to make a number of more than 4,300 digits; no character has one of eight.
_ENDLESS = re.compile(r"&#[0-9]{4000,}+;?")


def unescape(text: str) -> str:
    """The text with its references decoded by the standard's rules for text; never raises.

    A number beyond Unicode is U+FFFD (HTML standard, 13.2.5.80).
    """
    try:
        return html.unescape(text)
    except ValueError:
        return html.unescape(_ENDLESS.sub("\ufffd", text))
