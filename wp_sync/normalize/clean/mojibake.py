"""Letters and quotes that were read in the wrong encoding, mended only where that is certain.

UTF-8 read as Windows-1252, once or several times: ``â€™`` for ``’``, ``Ã©`` for ``é``. Certain is
what no language writes: signs that are no letters behind ``Ã``, ``Â`` or ``â``. ``Ã`` before a
no-break space or a letter may be Portuguese, ``Â»`` may be French: they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.normalize.clean.body import Body, Edit

_SIGNS = "€‚„…†‡ˆ‰‹‘’“”•–—˜™›¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿"  # no letters of any word
_ALL = _SIGNS + "ƒŠŒŽšœžŸ\x81\x8d\x8f\x90\x9d"
_RUN = re.compile(f"(?:[ÃÂ][{re.escape(_ALL)}]|â[{re.escape(_ALL)}]{{2}})++")
_CERTAIN = re.compile(
    f"â€[{re.escape(_ALL)}]|â‚¬|â„¢|Ã[{re.escape(_SIGNS)}]|Â[¢£§©®°±²³´µ·¹º¼½¾¿¡]"
)
_LONE = {number: chr(number) for number in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def mended(text: str) -> str:
    """A sequence read as what it was before it was misread, up to three times over."""
    for _ in range(3):
        try:
            better = b"".join(
                bytes([ord(sign)]) if ord(sign) in _LONE else sign.encode("cp1252") for sign in text
            ).decode("utf-8")
        except UnicodeError:
            return text
        if better == text:
            return text
        text = better
    return text


def mojibake(body: Body) -> Iterator[Edit]:
    source = body.source
    if source.isascii() or not ("Ã" in source or "Â" in source or "â" in source):
        return
    for start, end in body.texts:
        for match in _RUN.finditer(source, start, end):
            if _CERTAIN.search(match[0]) is None:
                continue
            new = mended(match[0])
            if new != match[0] and "\ufffd" not in new and new.isprintable():
                yield Edit(*match.span(), new, "mojibake", f"{match[0]} for {new}")
