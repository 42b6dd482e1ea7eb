"""Names of files and folders that every system takes, made from slugs and media addresses. Pure.

A slug comes from a site and is hostile until proven otherwise: separators, device names of Windows,
leading dots, names of any length. What is changed stays readable; what is cut gets a digest.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import unquote

_USUAL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")  # nothing to be done
_LONGEST = 100  # bytes: of 255 that file systems allow, with room for a date and an ending
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0/\\:*?\"<>|#%&{}$!'`@+=~,;()\[\]^\u2028\u2029]+")
_HIDDEN = re.compile(r"^[-._]+|[-. ]+$")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.I)
# What pages may hold, by the name's ending; anything else a server or generator might run.
_MEDIA = frozenset(
    (
        "jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "ico", "bmp", "tif", "tiff", "heic",
        "mp3", "m4a", "ogg", "oga", "wav", "flac", "aac", "opus", "mp4", "m4v", "mov", "webm",
        "ogv", "avi", "mkv", "mpg", "mpeg", "3gp", "vtt", "srt", "pdf", "doc", "docx", "xls",
        "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "txt", "csv", "zip", "gz", "epub",
        "ics", "gpx", "key", "pages", "numbers", "psd", "ai", "eps", "woff", "woff2", "ttf",
        "otf",
    )
)  # fmt: skip


def safe_name(text: str, otherwise: str) -> str:
    """A slug as the name of a folder or file without ending; ``otherwise`` where nothing is left.

    Percent-encoded slugs, as WordPress keeps those outside ASCII, are decoded; other scripts stay.
    """
    if len(text) <= _LONGEST and _USUAL.fullmatch(text):
        return f"{text}-" if _DEVICES.match(text) else text
    name = unicodedata.normalize("NFC", unquote(text, errors="replace"))
    name = "".join(
        sign for sign in name if unicodedata.category(sign) not in ("Cf", "Cs", "Co", "Cn")
    )
    name = _HIDDEN.sub("", _FORBIDDEN.sub("-", name).replace("..", "-"))
    name = _fitted(name, text)
    return f"{name}-" if _DEVICES.match(name) else name or otherwise


def media_name(url: str, otherwise: str) -> str:
    """The name of a media file by its address, with an ending that no server runs."""
    last = url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    stem, dot, ending = last.rpartition(".")
    if not dot:
        stem, ending = last, ""
    ending = ending.lower()
    if ending not in _MEDIA:
        stem, ending = f"{stem}-{ending}" if ending else stem, "bin"
    return f"{safe_name(stem.replace('.', '-'), otherwise)}.{ending}"


def apart(name: str, mark: object) -> str:
    """A name told apart from another that is the same but for case: ``photo-17.jpg``."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{mark}{dot}{ending}" if dot and stem else f"{name}-{mark}"


def fold(path: str) -> str:
    """What two paths share that no file system in use keeps apart."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _fitted(name: str, whole: str) -> str:
    data = name.encode()
    if len(data) <= _LONGEST:
        return name
    mark = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{data[: _LONGEST - 9].decode(errors='ignore').rstrip('-. ')}-{mark}"
