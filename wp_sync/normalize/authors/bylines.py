"""Bylines inside the text, in many languages: "By Jane Roe | November 15th, 2017 | Categories: X".

Reads lines and says who and when; removes nothing from a text, and decides nothing about authors.
Themes print such lines, and imports and copied pages leave them in the content.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain

from wp_sync.normalize.text import clean_name, fold, plain

_LONGEST = 300  # characters of a line that can be a byline
_LONGEST_PART = 120  # that is no list of categories
_LONGEST_MARKUP = 3000  # the same with the markup of its links
_MOST_NAME = 80
_MOST_WORDS = 9
_LOOKED_AT = 4000  # characters from the top of a content
_LINES = 6

# Words that stand before a name, folded; by WordPress's and the large themes' own translations.
_BY = (
    "by", "posted by", "written by", "published by", "author", "words by",
    "von", "verfasst von", "geschrieben von", "veröffentlicht von", "autor", "autorin",
    "por", "escrito por", "publicado por", "autora",
    "par", "écrit par", "publié par", "rédigé par", "auteur", "auteure",
    "di", "da", "scritto da", "pubblicato da", "autore", "autrice",
    "door", "geschreven door", "geplaatst door",
    "przez", "napisane przez", "opublikowane przez",
    "автор", "от", "опубликовано", "написал", "написала", "автором",
    "yazar", "yazan", "gönderen",
    "投稿者", "作成者", "著者", "執筆者",
    "بواسطة", "كتبه", "كتب بواسطة", "الكاتب",
    "av", "skriven av", "skrevet av", "af", "skrevet af",
)  # fmt: skip
_ON = (
    "on", "posted on", "posted", "published", "published on", "updated on", "date",
    "am", "veröffentlicht am", "datum", "vom",
    "el", "publicado el", "publicada el", "fecha", "em", "publicado em", "publicado", "data",
    "le", "publié le", "il", "pubblicato il", "op", "geplaatst op", "gepubliceerd op",
    "opublikowano", "dnia", "data publikacji", "опубликовано", "дата", "yayınlandı", "tarih",
    "投稿日", "公開日", "في", "نشر في", "تاريخ", "den", "publicerad", "publisert", "udgivet",
)  # fmt: skip
_CATEGORIES = (
    "categories", "category", "filed under", "posted in", "in",
    "kategorien", "kategorie", "categorías", "categoría", "categorias", "categoria",
    "catégories", "catégorie", "categorie", "categorieën", "rubriek", "kategoria",
    "рубрики", "рубрика", "категории", "kategoriler", "kategori", "kategorier",
    "カテゴリー", "カテゴリ", "التصنيفات", "التصنيف", "تصنيفات",
)  # fmt: skip
_OTHERS = re.compile(
    r"(?:\d+|no|keine|sin|aucun|nessun|nenhum|geen|brak|нет|yorum yok)?\s*"
    r"(?:comments?|kommentare?|comentarios?|comentários?|commentaires?|commenti|commento|reacties?"
    r"|komentarzy|komentarze|комментари\w*|yorum\w*|コメント\w*|تعليق\w*)"
    r"|(?:tags?|schlagwörter|etiquetas|étiquettes|mots-clés|метки|etiketler|タグ)\s*:.*"
    r"|\d+ min(?:ute)?s?(?: read)?"
)
_TARAFINDAN = re.compile(r"(.+?)\s+tarafından")  # Turkish puts "by" behind the name


def _low(text: str) -> str:
    """Small letters, character by character: a place in it is the same place in the text."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(low if len(low := sign.lower()) == 1 else sign for sign in text)


# Month names of the twelve languages, in nominative and genitive, and the usual short forms.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero januar jänner janvier janeiro gennaio januari stycznia styczeń"
            " января январь ocak يناير",
            "february feb febrero februar février fevereiro febbraio februari lutego luty"
            " февраля февраль şubat فبراير",
            "march mar marzo märz mars março maart marca marzec марта март mart مارس",
            "april apr abril avril aprile kwietnia kwiecień апреля апрель nisan أبريل ابريل",
            "may mayo mai maio maggio mei maja maj мая май mayıs مايو",
            "june jun junio juni juin junho giugno czerwca czerwiec июня июнь haziran يونيو",
            "july jul julio juli juillet julho luglio lipca lipiec июля июль temmuz يوليو",
            "august aug agosto août augustus sierpnia sierpień августа август ağustos أغسطس",
            "september sept sep septiembre septembre setembro settembre września wrzesień"
            " сентября сентябрь eylül سبتمبر",
            "october oct octubre oktober octobre outubro ottobre października październik"
            " октября октябрь ekim أكتوبر",
            "november nov noviembre novembre novembro listopada listopad ноября ноябрь kasım"
            " نوفمبر",
            "december dec diciembre dezember décembre dezembro dicembre grudnia grudzień"
            " декабря декабрь aralık ديسمبر",
        ),
        1,
    )
    for name in (_low(word) for word in names.split())
}


def _alternatives(words: Collection[str]) -> str:
    return "|".join(sorted((re.escape(_low(word)) for word in words), key=len, reverse=True))


_MONTH = _alternatives(_MONTHS)
_DATES = (
    re.compile(
        rf"(?:\w+,\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|º|er)?\s+(?:de\s+|of\s+)?(?P<m>{_MONTH})"
        r"\.?[,،]?\s+(?:de\s+|del\s+)?(?P<y>\d{4})(?:\s*(?:г\.?|r\.|года))?"
    ),
    re.compile(
        rf"(?:\w+,\s+)?(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})"
    ),
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日"),
    re.compile(r"(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})"),
)
_AMBIGUOUS = re.compile(r"\d{1,2}[-/]\d{1,2}[-/]\d{4}")  # day first or month first: nobody knows

_SEPARATOR = re.compile(r"\s*[|•·¦]\s*|\s+[–—/-]\s+|\s*\n\s*")
_AUTHOR = re.compile(rf"(?:{_alternatives(_BY)})(?:\s*[::]\s*|\s+)(?P<name>.+)")
_ON_DATE = re.compile(rf"(?:{_alternatives(_ON)})(?:\s*[::]\s*|\s+)(?P<rest>.+)")
_FILED = re.compile(rf"(?:{_alternatives(_CATEGORIES)})\s*[::]\s*(?P<names>.+)")
_MIDDLE = re.compile(rf"\s(?:{_alternatives(_BY)}|{_alternatives(_ON)})\s")
_NAME = re.compile(r"[^\W\d_][\w.,'’@&\s-]*")
_COMMAS = re.compile("[,،、]")
_AND = re.compile(r"\s*[,&،、]\s*|\s+(?:and|und|et|y|e|en|i|и|ve|och|og)\s+")
_TITLE = re.compile(r"(?:(?:dr|prof|mr|mrs|ms|med|frau|herr|dra|sr|sra|mme|dott|dottssa)\.?\s+)+")
_YEAR = re.compile(r"\d\d{3}")  # so spelled, it is looked for by its first digit
_BLOCK = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|section|article|header|figure|br|table|tr|td|blockquote)\b[^>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Byline:
    """What a byline says. ``day`` is an ISO date, empty where none is told or two are meant."""

    author: str = ""
    day: str = ""
    categories: tuple[str, ...] = ()
    text: str = ""


def parse_byline(line: str, known: Collection[str] = ()) -> Byline | None:
    """A line of plain text as a byline; None where it is none.

    It has to say at least two of author, day and categories, and nothing that is none of these (or
    a number of comments, or tags), so that prose which begins with "By" is left alone. A name
    alone counts where it is one of ``known`` (folded names).
    """
    if not known and not _likely(line):
        return None
    text = clean_name(line)
    if not 4 <= len(text) <= _LONGEST:
        return None
    parts = [part for part in _SEPARATOR.split(text) if part]
    if len(parts) == 1 and len(text) > _LONGEST_PART:
        return None
    author, day, dated = "", "", False
    categories: tuple[str, ...] = ()
    for part in parts:
        folded = _low(part)
        if found := _FILED.fullmatch(folded):
            names = _COMMAS.split(part[found.start("names") :])
            categories += tuple(name.strip() for name in names if name.strip())
            continue
        if len(part) > _LONGEST_PART:
            return None
        if _OTHERS.fullmatch(folded):
            continue
        who, when = _who_and_when(part)
        if not who and when is None:
            return None
        if (who and author) or (when is not None and dated):
            return None
        author = author or who
        day, dated = day or (when or ""), dated or when is not None
    told = bool(author) + dated + bool(categories)
    if told >= 2 or (author and told == 1 and fold(author) in known):
        return Byline(author, day, categories, text)
    return None


def _likely(text: str) -> bool:
    """A day or a label is in every byline that says two things; most prose ends here."""
    return ":" in text or "\uff1a" in text or _YEAR.search(text) is not None


def find_byline(content: str) -> Byline | None:
    """The byline among the first lines of a post's content, if one says two things."""
    for line in _lines(content):
        if found := parse_byline(line):
            return found
    return None


def differences(line: Byline, day: str, names: Collection[str]) -> Iterator[str]:
    """What a byline says otherwise than its post: the author, or the day by more than one.

    ``day`` is the post's ISO time (UTC: the site's own day may be a day off), ``names`` the folded
    names and slugs that the post's authors go by.
    """
    known = {each for name in names for each in _spellings(name)}
    if line.author and known and not known & set(_spellings(line.author)):
        yield f'the byline names "{line.author}", and the post has another author'
    if line.day and day:
        apart = abs((date.fromisoformat(line.day) - date.fromisoformat(day[:10])).days)
        if apart > 1:
            yield f"the byline is of {line.day}, and the post of {day[:10]}"


def _spellings(name: str) -> Iterator[str]:
    """A name, and its parts: without degrees behind a comma, of several people each, titles off."""
    yield fold(name)
    for part in _AND.split(fold(name)):
        bare = _TITLE.sub("", part).strip(" .")
        if len(bare) > 2:
            yield bare


def parse_day(text: str) -> str | None:
    """A day as bylines write it, as an ISO date.

    Empty where it can be read in two ways (``03/04/2019``), None where it is no day.
    """
    folded = _low(text.strip()).rstrip(".,")
    for pattern in _DATES:
        if found := pattern.fullmatch(folded):
            month = found["m"] if found["m"].isdigit() else _MONTHS[found["m"]]
            try:
                return date(int(found["y"]), int(month), int(found["d"])).isoformat()
            except ValueError:
                return None
    return "" if _AMBIGUOUS.fullmatch(folded) else None


def _lines(content: str) -> Iterator[str]:
    top = content[:_LOOKED_AT]
    number = at = 0
    for match in chain(_BLOCK.finditer(top), (None,)):
        piece = top[at : match.start()] if match else top[at:]
        at = match.end() if match else at
        if not piece or piece.isspace():
            continue
        number += 1
        if number > _LINES:
            return
        if len(piece) <= _LONGEST_MARKUP and _likely(piece):
            yield plain(piece)


def _who_and_when(part: str) -> tuple[str, str | None]:
    """The name and the day in one part of a byline, which may hold both."""
    when = parse_day(part)
    if when is not None:
        return "", when
    folded = _low(part)
    if turkish := _TARAFINDAN.fullmatch(folded):
        return _name(part[: turkish.end(1)]), None
    for cut in _MIDDLE.finditer(folded):  # "Posted on … by …", "By … on …"
        first, second = part[: cut.start()], part[cut.start() + 1 :]
        one, other = _single(first), _single(second)
        if (one[0] and other[1] is not None) or (one[1] is not None and other[0]):
            return one[0] or other[0], one[1] if one[1] is not None else other[1]
    return _single(part)


def _single(part: str) -> tuple[str, str | None]:
    folded = _low(part)
    if found := _ON_DATE.fullmatch(folded):
        when = parse_day(found["rest"])
        if when is not None:
            return "", when
    when = parse_day(part)
    if when is not None:
        return "", when
    if found := _AUTHOR.fullmatch(folded):
        return _name(part[found.start("name") :]), None
    return "", None


def _name(text: str) -> str:
    """A name as it is written, or nothing where the words are no name."""
    name = text.strip(" ,;").rstrip(".")
    short = len(name) <= _MOST_NAME and name.count(" ") <= _MOST_WORDS
    return name if short and _NAME.fullmatch(name) else ""
