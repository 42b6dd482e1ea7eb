"""Words that Markdown would take for markup, spelled so that it does not. Pure.

One spelling for goldmark, kramdown, markdown-it and remark: backslashes before ASCII punctuation,
which all four know, and entities where a backslash is not enough.
"""

from __future__ import annotations

import re
from html import escape

# `{` opens attributes in kramdown and headings, shortcodes in Hugo, expressions in templates; `|`
# makes any paragraph a table in kramdown; `~` strikes out in remark, even a single one.
_ALWAYS = re.compile(r"[\\`*\[{|~]|\$(?=\$)|_")
_ANY = re.compile(r"[\\`*\[{|~$_&<]|--")
_HYPHENS = re.compile(r"-(?=-)")
_REFERENCE = re.compile(r"&(?=#?[0-9A-Za-z]{1,40};)")
_LINE_START = re.compile(
    r"(?:(#{1,6})(?=[ \t]|$)|([-+])(?=[ \t]|$)|(\d{1,9})([.)])(?=[ \t]|$)|([>:^=])|(-{2,}|%{2,}))"
)
_MEANT = re.compile(r"[\\`*_\[\]{}|~$]|:(?=//)|(?<=www)\.")
_ENDING = re.compile(r"\\.|(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|\]", re.DOTALL)  # code ends nothing
_URL_UNSAFE = re.compile(r"[\x00-\x20\"<>\\^`{|}()\x7f\u2028\u2029\[\]]")
_SCHEME = re.compile(r"[\x00-\x20]*([a-zA-Z][a-zA-Z0-9+.\-]*)[\x00-\x20]*:")
_UNSEEN = re.compile(r"[\t\r\n]")
_SCHEMES = frozenset(
    ("http", "https", "mailto", "tel", "sms", "ftp", "ftps", "geo", "webcal", "magnet", "xmpp",
     "skype", "whatsapp", "bitcoin", "irc", "news")
)  # fmt: skip


def words(text: str) -> str:
    """Text inside a line."""
    if _ANY.search(text) is None:
        return text
    text = _REFERENCE.sub("&amp;", text).replace("<", "&lt;")

    def escaped(match: re.Match[str]) -> str:
        sign, at = match[0], match.start()
        if sign == "_" and _inside_a_word(text, at):
            return sign
        return f"\\{sign}"

    # Two hyphens are a dash to those who set type for others.
    return _HYPHENS.sub(r"-\\", _ALWAYS.sub(escaped, text))


def _inside_a_word(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()


def line_start(line: str) -> str:
    """A line whose first signs would make it a heading, list, quote or rule."""
    match = _LINE_START.match(line)
    if match is None:
        return line
    if match[3]:
        return f"{match[3]}\\{line[len(match[3]) :]}"
    return f"\\{line}"


def label(text: str) -> str:
    """Escaped words as the text of a link or image: no bracket may end it early."""
    return _ENDING.sub(lambda match: "\\]" if match[0] == "]" else match[0], text)


def destination(url: str) -> str:
    """An address inside ``(…)``; the same address to every browser."""
    url = _URL_UNSAFE.sub(lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), url.strip())
    return _REFERENCE.sub("&amp;", url)


def title(text: str) -> str:
    """What stands in quotes behind an address."""
    text = " ".join(text.split())
    return words(text).replace('"', "&quot;")


def safe_address(url: str) -> bool:
    """Whether following an address can only lead somewhere, not run anything."""
    match = _SCHEME.match(_UNSEEN.sub("", url))  # browsers pass over these inside a scheme
    return match is None or match[1].lower() in _SCHEMES


def code_span(text: str) -> str:
    """Inline code without space at its ends: as many backticks around it as it takes."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def entities(text: str, *, templates: bool = False) -> str:
    """Text inside HTML; with ``templates``, also without braces that a generator would run."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("{", "&#123;").replace("}", "&#125;") if templates else text


def unread(text: str) -> str:
    """Text inside HTML inside a line, where some read Markdown and others show what stands there:
    no backslash will do, and every sign that means something is an entity."""
    return _MEANT.sub(lambda sign: f"&#{ord(sign[0])};", entities(text))


def quoted(text: str) -> str:
    """Text in an attribute or between tags; what is written as an entity already stays one."""
    return re.sub(r"&amp;(#?[0-9A-Za-z]{1,40};)", r"&\1", escape(text))
