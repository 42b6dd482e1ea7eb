"""Whether a file's first bytes can be what its name and type claim; pure, and no virus scanner."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

_IMAGES = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",  # BMP
    b"II*\0",  # TIFF
    b"MM\0*",
    b"\0\0\1\0",  # ICO
    b"\xff\x0a",  # JPEG XL
    b"\0\0\0\x0cJXL ",
)
_SIGNED = {
    ".pdf": (b"%PDF-",),
    ".zip": (b"PK\3\4", b"PK\5\6"),
    ".docx": (b"PK\3\4",),
    ".xlsx": (b"PK\3\4",),
    ".pptx": (b"PK\3\4",),
    ".gz": (b"\x1f\x8b",),
}
_RASTER = {
    ".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".tif", ".tiff", ".ico", ".webp", ".avif",
    ".heic", ".heif", ".jxl",
}  # fmt: skip
_TEXTUAL = {".html", ".htm", ".xhtml", ".xml", ".svg", ".txt", ".md", ".csv", ".vtt", ".srt", ".js"}
_MARKUP = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)*<(?:!doctype html|html|head|body|\?php)", re.I | re.S
)


def mismatch(head: bytes, url: str, mime: str) -> str:
    """Why a file that begins with ``head`` is not what it claims; empty when it may be.

    A picture of another format than its name says is let through: servers convert on the fly.
    """
    suffix = posixpath.splitext(unquote(urlsplit(url).path))[1].lower()
    if not head:
        return "" if suffix in _TEXTUAL else "the file is empty"
    page = _MARKUP.match(head.lstrip(b"\xef\xbb\xbf")) is not None
    if page and suffix not in _TEXTUAL and (suffix or not mime.startswith("text/")):
        return "the server sent an HTML page in place of the file"
    if suffix in _RASTER and not _is_image(head):
        return f"the bytes are not those of a picture ({suffix})"
    if suffix == ".svg" and (page or b"<" not in head):
        return "the bytes are not those of an SVG picture"
    signatures = _SIGNED.get(suffix)
    if signatures and not head.lstrip().startswith(signatures):
        return f"the bytes are not those of a {suffix} file"
    return ""


def _is_image(head: bytes) -> bool:
    if head.startswith(_IMAGES):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return True
    return head[4:8] == b"ftyp" and head[8:12] in (
        b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim",
    )  # fmt: skip
