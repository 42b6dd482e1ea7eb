"""What links say: nothing, or the same as every other link."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from wp_sync.audit.base import Hit, Limits, Rule, Severity, Threshold, page_rule
from wp_sync.audit.page import Page
from wp_sync.audit.rules.links.shared import at, data, followed
from wp_sync.normalize.text import fold, plain

_SIGNS = re.compile(r"[^\w\s]+")
# Words that say nothing of the target, folded; by language as most often seen there.
GENERIC = (
    # English
    "click here", "click", "here", "this", "more", "read more", "learn more", "find out more",
    "see more", "more info", "more information", "info", "information", "link", "this link",
    "this page", "this post", "this article", "go", "go here", "continue", "continue reading",
    "start", "details", "more details", "read", "right here", "download here", "see here",
    "clicking here", "by clicking here", "clicking", "click this link", "click on this link",
    "clicking this link", "clicking on this link", "click here to read more", "at this link",
    "click here for more", "click here to learn more", "click here for more information",
    "over here", "this site", "this website",
    # German
    "hier", "hier klicken", "klicken sie hier", "klick hier", "mehr", "weiterlesen", "weiter",
    "mehr lesen", "mehr erfahren", "mehr infos", "mehr informationen", "weitere informationen",
    "dieser link", "diese seite", "zum artikel", "jetzt lesen", "siehe hier",
    # French
    "ici", "cliquez ici", "cliquer ici", "clique ici", "lire la suite", "en savoir plus", "suite",
    "plus", "plus d infos", "plus d informations", "voir plus", "ce lien", "cette page",
    # Spanish
    "aqui", "haz clic aqui", "haga clic aqui", "clic aqui", "pincha aqui", "pulse aqui", "leer mas",
    "mas", "mas informacion", "saber mas", "ver mas", "este enlace", "esta pagina",
    "seguir leyendo",
    # Italian
    "qui", "clicca qui", "clicca", "leggi tutto", "leggi di piu", "continua a leggere",
    "scopri di piu", "maggiori informazioni", "di piu", "questo link",
    # Portuguese
    "clique aqui", "leia mais", "saiba mais", "ler mais", "mais", "mais informacoes", "este link",
    # Dutch
    "klik hier", "lees meer", "lees verder", "meer", "meer info", "meer informatie", "deze link",
    # Danish, Norwegian, Swedish
    "klik her", "klikk her", "klicka har", "her", "har", "las mer", "laes mere", "les mer", "mer",
    # Polish, Czech
    "tutaj", "kliknij tutaj", "czytaj dalej", "wiecej", "zde", "klikni zde", "kliknete zde", "vice",
    # Russian, Ukrainian
    "здесь", "тут", "нажмите здесь", "подробнее", "читать далее", "читати далi", "ссылка",
    # Greek, Turkish
    "εδω", "πατηστε εδω", "περισσοτερα", "buraya", "buraya tiklayin", "tiklayin", "devamini oku",
    # Chinese, Japanese, Korean
    "点击这里", "点这里", "这里", "更多", "阅读更多", "查看更多", "了解更多",
    "こちら", "こちらをクリック", "続きを読む", "詳しくはこちら", "もっと見る",
    "여기", "여기를 클릭", "더 보기", "자세히 보기",
)  # fmt: skip
_DOTLESS = str.maketrans({"ı": "i", "ø": "o", "æ": "ae", "ß": "ss", "ł": "l"})


def bare(text: str) -> str:
    """Words without signs, accents and case: « Lire la suite… » is ``lire la suite``."""
    if text.isascii() and text.isprintable() and "&" not in text and "<" not in text:
        return " ".join(_SIGNS.sub(" ", text.lower()).split())  # the same, and ten times as fast
    folded = unicodedata.normalize("NFKD", fold(text).translate(_DOTLESS))
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    # Japanese voiced sounds and Korean syllables are composed again.
    return " ".join(_SIGNS.sub(" ", unicodedata.normalize("NFC", letters)).split())


_BARE = frozenset(bare(one) for one in GENERIC)
_HAS_NAME = re.compile(r"aria-label(?:ledby)?\s*=\s*[\"'][^\"']|\btitle\s*=\s*[\"'][^\"']")


@page_rule(
    Rule(
        id="links/generic-text",
        reason="A link that says “click here” tells neither readers nor search engines where to.",
        severity=Severity.NOTICE,
        fix="Let the link say what is behind it.",
        bad='<p>For our prices <a href="/post-2/">click here</a>.</p>',
        good='<p>See <a href="/post-2/">our prices</a>.</p>',
        thresholds=(
            Threshold("also", (), "own choice", "further words that say nothing on this site"),
            Threshold("never", (), "own choice", "words of the lists that are fine on this site"),
        ),
        sample=True,
    )
)
def generic_text(page: Page, limits: Limits) -> Iterator[Hit]:
    """Lists of words by language, as Lighthouse's `link-text` has them (the lists are our own)."""
    fine = {bare(one) for one in limits.texts("never")}
    known = (_BARE | {bare(one) for one in limits.texts("also")}) - fine
    for link, address, _ in followed(page):
        # A place on the same page is under the reader's eyes already.
        if not link.text or len(link.text) > 60 or link.state == "fragment" or address is None:
            continue
        if bare(link.text) in known and not _named(page, link.span_start):
            message = f"the link says no more than “{link.text}”"
            yield Hit(message, f"{bare(link.text)} {link.url}", at(link), data=data(link))


def _named(page: Page, start: int) -> bool:
    """Whether the tag around a place gives the link another name for those who don't see it."""
    opening = page.html.rfind("<", 0, start)
    closing = page.html.find(">", start)
    return bool(_HAS_NAME.search(page.html, opening, closing if closing > 0 else start))


@page_rule(
    Rule(
        id="links/empty",
        reason="A link without an address does nothing when it is clicked.",
        severity=Severity.WARNING,
        fix="Give the link its address, or take it out.",
        bad='<p>See <a href="#">our offer</a> and <a href="">our prices</a>.</p>',
        good='<p>See <a href="/post-2/">our offer</a>.</p>',
        sample=True,
    )
)
def empty(page: Page, limits: Limits) -> Iterator[Hit]:
    for element in page.named("a", "area"):
        href = element.attributes.get("href")
        if href is None:
            continue
        plain = href.strip().lower().replace(" ", "").rstrip(";")
        if plain not in ("", "#", "javascript:", "javascript:void(0)", "javascript:void0"):
            continue
        if element.get("role").lower() == "button" or "onclick" in element.attributes:
            continue  # a button by other means
        words = _words_of(page, element.end)
        if plain == "#" and bare(words) in _TO_TOP:
            continue
        shown = f"“{words[:80]}”" if words else "a link without words"
        yield Hit(f"{shown} has no address", f"{plain} {words}", (element.start, element.end))


_TO_TOP = frozenset(
    bare(one)
    for one in (
        "top", "back to top", "to top", "to the top", "nach oben", "zum seitenanfang", "haut",
        "haut de page", "retour en haut", "arriba", "volver arriba", "su", "torna su", "naar boven",
        "↑", "▲",
    )
)  # fmt: skip


def _words_of(page: Page, start: int) -> str:
    end = page.html.find("</a", start)
    return plain(page.html[start : end if 0 <= end < start + 500 else start + 100])
