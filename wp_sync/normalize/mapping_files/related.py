"""``related.toml`` into `RelatedRules`."""

from __future__ import annotations

import re

import soupsieve

from wp_sync.normalize.related.forms import CLASSES
from wp_sync.normalize.related.phrases import HEADINGS
from wp_sync.normalize.rules import BlockRule, RelatedRules
from wp_sync.normalize.rules.related import BODY, FALLBACK
from wp_sync.normalize.text import fold
from wp_sync.toml import Table, did_you_mean

LANGUAGES = sorted(HEADINGS)
# Origins of blocks in the text that no class or id stands for.
_BY_WORDS = frozenset(("heading", "inline", "lead", "line"))


def read_related(top: Table) -> RelatedRules:
    look = top.table("look")
    rest, content, page = look.flag("rest", True), look.flag("content", True), look.flag("page")
    look.finish()
    most = top.integer("most", 50, least=1, most=1000)
    phrases: dict[str, tuple[str, ...]] = {}
    for key in ("headings", "leads"):
        table = top.table(key)
        found: list[str] = []
        for language in table.data:
            if not re.fullmatch(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?", language):
                hint = did_you_mean(language, LANGUAGES)
                table.complain(f'"{language}" is not a language code', key=language, hint=hint)
            for text in table.texts(language):
                if not fold(text):
                    table.complain("a phrase is empty", key=language)
                else:
                    found.append(fold(text))
        table.finish()
        phrases[key] = tuple(sorted(set(found)))
    blocks = tuple(_block(table) for table in top.tables("block"))
    body = top.table("body")
    policy = body.text("do", "keep", choices=BODY)
    heading = body.text("heading", "Related posts")
    leave = body.texts("leave") if "leave" in body else RelatedRules().body_leave
    known = sorted(_BY_WORDS | set(CLASSES.values()) | {block.name for block in blocks})
    for origin in leave:
        if origin not in known:
            hint = did_you_mean(origin, known)
            body.complain(f'no block has the origin "{origin}"', key="leave", hint=hint)
    body.finish()
    fallback = top.table("fallback")
    chosen = fallback.text("use", "none", choices=FALLBACK)
    computed = fallback.integer("most", 3, least=1, most=20)
    fallback.finish()
    return RelatedRules(
        rest=rest,
        content=content,
        page=page,
        most=most,
        headings=phrases["headings"],
        leads=phrases["leads"],
        blocks=blocks,
        body=next(each for each in BODY if each == policy),
        body_heading=heading.strip(),
        body_leave=tuple(sorted(set(leave))),
        fallback=next(each for each in FALLBACK if each == chosen),
        computed_most=computed,
    )


def _block(table: Table) -> BlockRule:
    rule = BlockRule(
        name=table.text("name").strip(),
        classes=table.texts("class"),
        ids=table.texts("id"),
        selector=table.text("selector"),
    )
    table.finish()
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", rule.name):
        table.complain("name must be one word", key="name", hint="small letters, digits, hyphens")
    if not (rule.classes or rule.ids or rule.selector):
        table.complain("the block says nothing of its markup", hint="one of class, id, selector")
    for key, words in (("class", rule.classes), ("id", rule.ids)):
        if any(not word or re.search(r"[\s.#>]", word) for word in words):
            table.complain(f"{key} is one bare word", key=key, hint="use selector for more")
    if rule.selector:
        try:
            soupsieve.compile(rule.selector)
        except soupsieve.SelectorSyntaxError as error:
            message = str(error).splitlines()[0]
            table.complain(f"selector is not CSS: {message}", key="selector")
    return rule
