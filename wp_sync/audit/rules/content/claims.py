"""Claims about health and money without a source, and texts that are hard to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from wp_sync.audit.base import Certainty, Hit, Limits, Rule, Severity, Threshold, page_rule
from wp_sync.audit.page import Page

_MEDICAL = (
    r"pain|depression|anxiety|insomnia|migraine|cancer|diabetes|ptsd|symptoms?|patients?|blood "
    r"pressure|disease|disorder|addiction|therapy|treatment|infusions?|sleep|apnea|weight"
)
_CLAIM = re.compile(
    r"\bclinically (?:proven|tested|shown)\b|\bscientifically proven\b|\bproven to (?:cure|heal|"
    r"treat|reduce|lower|prevent|improve)\b|\bguaranteed (?:returns?|results?|profits?|cure)\b"
    r"|\brisk[- ]free (?:returns?|investment|profits?)\b|\bwithout (?:any )?side effects\b"
    r"|\b(?:a recent|a new|recent|new|several|many|some) (?:study|studies|trials?|research) "
    r"(?:has|have|shows?|showed|suggests?|found|finds)\b|\b(?:studies|research) (?:has |have )?"
    r"(?:shows?|shown|proven|found)\b|\b(?:studie|études|estudios) (?:zeigen|montrent|muestran)\b"
    rf"|\b(?:cures?|heals|eliminates|reverses) (?:\w+ ){{0,2}}(?:{_MEDICAL})\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\b\d{1,3}(?:[.,]\d+)? ?(?:%|percent\b|per cent\b|Prozent\b)", re.IGNORECASE)
_ABOUT = re.compile(rf"\b(?:{_MEDICAL}|returns?|interest|profit)\b", re.IGNORECASE)
# One of these words is in each of them; and the beginnings that tell a passage with one.
_TELLING = frozenset(
    ("proven", "tested", "shown", "guaranteed", "risk-free", "risk", "effects", "study", "studies",
     "trial", "trials", "research", "studie", "études", "estudios", "cures", "cure", "heals",
     "eliminates", "eliminate", "reverses", "reverse", "heal", "percent", "cent", "prozent")
)  # fmt: skip
_STEMS = (
    "proven", "clinically", "guarantee", "risk", "side effect", "stud", "trial", "research",
    "étude", "estudio", "cure", "heal", "eliminate", "reverse", "percent", "per cent", "prozent",
    "%",
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")
_VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)
_ENGLISH = frozenset(
    ("the", "and", "of", "to", "in", "is", "that", "for", "it", "with", "as", "are", "on", "was")
)


@page_rule(
    Rule(
        id="content/claim-unsourced",
        reason="A claim about health or money without a source can harm readers, and the house.",
        severity=Severity.WARNING,
        certainty=Certainty.REVIEW,
        fix="Link to where it is shown, or say it as what it is: experience, hope, opinion.",
        bad="<p>Infusions reduce chronic pain in 87% of patients.</p>",
        good='<p>Infusions reduce pain in 62% of patients (<a href="https://doi.org/1">trial</a>).</p>',
        sample=True,
    )
)
def claim_unsourced(page: Page, limits: Limits) -> Iterator[Hit]:
    if _TELLING.isdisjoint(page.vocabulary) and "%" not in page.text:
        return
    home = urlsplit(page.setting.home).hostname or ""
    sources: list[int] | None = None
    for passage in page.passages:
        text = passage.text
        low = text.lower()
        if not any(word in low for word in _STEMS):
            continue
        match = _CLAIM.search(text)
        if match is None:
            match = _SHARE.search(text)
            if match is None or not _ABOUT.search(text):
                continue
        if sources is None:
            sources = [
                one.start
                for one in page.named("a")
                if one.get("href").startswith(("http", "//")) and home not in one.get("href")
            ]
        if any(passage.start <= place < passage.end for place in sources):
            continue
        sentence = next((one for one in _SENTENCE.split(text) if match[0] in one), text)[:160]
        message = f"no source is linked for “{sentence}”"
        at = (passage.inner_start, passage.inner_end)
        yield Hit(message, f"claim {sentence}", at)


@page_rule(
    Rule(
        id="content/readability",
        reason="Long sentences of long words are not read to their end; for English texts only.",
        severity=Severity.NOTICE,
        certainty=Certainty.REVIEW,
        fix="Break the longest sentences in two, and take shorter words.",
        bad="<p>" + "Notwithstanding considerable methodological heterogeneity, the aforementioned "
        "multidisciplinary interventions demonstrated statistically significant amelioration of "
        "the symptomatology that is characteristic for this population in the institution. "
        * 4
        + "</p>",
        good="<p>"
        + "We slept in the ward. The bed was good. It was quiet in the night. " * 6
        + "</p>",
        thresholds=(
            Threshold("flesch", 50, "Yoast SEO", "reading ease below which a text is hard"),
            Threshold("long_sentence", 20, "Yoast SEO", "words of a long sentence"),
            Threshold("share", 0.25, "Yoast SEO", "of all sentences that may be long"),
        ),
        sample=True,
        on=False,
    )
)
def readability(page: Page, limits: Limits) -> Iterator[Hit]:
    words = page.words
    if len(words) < 50 or sum(word in _ENGLISH for word in words) < len(words) / 8:
        return  # too short, or another language
    sentences = [one for p in page.passages for one in _SENTENCE.split(p.text) if len(one) > 1]
    syllables = sum(len(_VOWELS.findall(word)) or 1 for word in words)
    ease = 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * syllables / len(words)
    if ease < limits.number("flesch"):
        yield Hit(f"its reading ease (Flesch) is {ease:.0f}", "ease")
    most = limits.whole("long_sentence")
    long = sum(len(one.split()) > most for one in sentences)
    if long > len(sentences) * limits.number("share"):
        message = f"{long} of {len(sentences)} sentences have more than {most} words"
        yield Hit(message, "sentences")
