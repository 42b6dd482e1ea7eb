"""Rules on links, related posts, cleaning and blocks held against all texts: which meet nothing.

Pure: rules and texts in, findings out. Looks for what a rule names, such as a host or a class, and
stops looking once it was met; whether the rule does something there is seen in a preview.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from wp_sync.normalize.clean import Cleaner
from wp_sync.normalize.mapping_check import Finding, place_of
from wp_sync.normalize.related.entries import key_of
from wp_sync.normalize.rules import CleaningRules, Rules
from wp_sync.normalize.rules.boilerplate import BoilerplateRules
from wp_sync.normalize.text import plain


class Body:
    """A post's text in the forms in which rules look for it, made when first asked for."""

    def __init__(self, source: str, *, page: bool = False) -> None:
        self.source = source
        self.page = page
        self._lower = self._said = ""

    @property
    def lower(self) -> str:
        """Small letters, and slashes as JSON may not have them."""
        self._lower = self._lower or self.source.lower().replace("\\/", "/")
        return self._lower

    @property
    def said(self) -> str:
        """The words alone, as announcing phrases are compared."""
        self._said = self._said or key_of(plain(self.source.replace("<", " <")))
        return self._said


@dataclass(frozen=True, slots=True)
class _Wanted:
    finding: Finding
    there: Callable[[Body], bool]
    pages: bool = False  # looked for on rendered pages too


def check_texts(rules: Rules, texts: Iterable[Body]) -> list[Finding]:
    """What no text has of all that the rules name; reads only as many texts as it needs."""
    waiting = list(_wanted(rules))
    if waiting:
        for text in texts:
            waiting = [
                one for one in waiting if (text.page and not one.pages) or not one.there(text)
            ]
            if not waiting:
                break
    return [one.finding for one in waiting]


def _wanted(rules: Rules) -> Iterator[_Wanted]:
    yield from _of_links(rules)
    yield from _of_related(rules)
    yield from _of_cleaning(rules.cleaning)
    for block in rules.boilerplate.blocks:
        cleaner = Cleaner(_OFF, BoilerplateRules((block,)))
        message = f'no text has the block "{block.name}", or one like it'
        hint = "copy its words anew from `wp-sync mappings blocks`"
        yield _Wanted(
            Finding("no-match", "boilerplate", message, place_of(block.where), hint),
            _told_by(cleaner),
        )


_OFF = CleaningRules(*["off"] * 8)  # type: ignore[arg-type]


def _of_links(rules: Rules) -> Iterator[_Wanted]:
    links = rules.links
    for kind, addresses in (("alias", links.aliases), ("short address", links.shortlinks)):
        for address in addresses:
            message = f'no text has a link to the {kind} "{address}"'
            yield _Wanted(
                Finding("no-match", "links", message, serious=False), _has(f"//{address.lower()}")
            )
    for rule in links.external:
        message = f'no text has a link to "{rule.old}"'
        host, slash, path = rule.old.partition("/")
        there = (f"//{host}{slash}{path.lower()}", f"//www.{host}{slash}{path.lower()}")
        yield _Wanted(Finding("no-match", "links", message, place_of(rule.where)), _has(*there))


def _of_related(rules: Rules) -> Iterator[_Wanted]:
    related = rules.related
    for word, phrases in (("heading", related.headings), ("lead", related.leads)):
        for phrase in phrases:
            key = key_of(phrase)
            message = f'no text has the words "{phrase}" of a {word}'
            yield _Wanted(
                Finding("no-match", "related", message, serious=False),
                _says(key),
                related.page,
            )
    for block in related.blocks:
        words = (*block.classes, *block.ids)
        if words and not block.selector:
            message = f'no text has the markup of the block "{block.name}" ({", ".join(words)})'
            hint = "" if related.page else "themes put it on the page only: page = true in [look]"
            yield _Wanted(
                Finding("no-match", "related", message, hint=hint),
                _has(*words, exactly=True),
                related.page,
            )


def _of_cleaning(rules: CleaningRules) -> Iterator[_Wanted]:
    named = [
        ("shortcode", (*rules.remove_shortcodes, *rules.unwrap_shortcodes), "["),
        ("class", rules.builder_classes, ""),
        ("host", rules.pixel_hosts, ""),
    ]
    for what, names, before in named:
        for name in dict.fromkeys(names):
            message = f'no text has the {what} "{name}"'
            finding = Finding("no-match", "cleaning", message, serious=False)
            yield _Wanted(finding, _has(f"{before}{name.lower()}"))


def _has(*words: str, exactly: bool = False) -> Callable[[Body], bool]:
    def there(text: Body) -> bool:
        return any(word in (text.source if exactly else text.lower) for word in words)

    return there


def _says(key: str) -> Callable[[Body], bool]:
    return lambda text: key in text.said


def _told_by(cleaner: Cleaner) -> Callable[[Body], bool]:
    return lambda text: bool(cleaner.look(text.source, ""))
