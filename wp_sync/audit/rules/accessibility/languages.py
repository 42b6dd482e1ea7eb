"""The languages of two letters that there are (ISO 639-1, and codes that the registry keeps).

Codes of three letters, of which there are thousands, count as known here; axe has them all.
"""

from __future__ import annotations

from typing import Final

_CODES: Final = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
    da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
    hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv
    kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr
    nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq
    sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi
    yo za zh zu
"""
TWO_LETTERS: Final = frozenset(_CODES.split())


def known(code: str) -> bool:
    """Whether a language's code, lower case and without what stands behind a dash, may be one."""
    if len(code) == 2:
        return code in TWO_LETTERS
    return len(code) == 3 and code.isascii() and code.isalpha()
