"""What WordPress itself puts on a new site, still there for visitors to find."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wp_sync.audit.base import Certainty, Hit, Limits, Rule, Severity, page_rule, site_rule
from wp_sync.audit.page import Page
from wp_sync.audit.site import Site
from wp_sync.normalize.text import fold, plain

# The first words of WordPress's own first post, page, comment and policy (wp-admin/includes/
# upgrade.php and its translations).
_FIRST_POST = re.compile(
    r"welcome to wordpress\. this is your first post|willkommen (?:bei|zur deutschen version von) "
    r"wordpress|bienvenue (?:sur|dans) wordpress|te damos la bienvenida a wordpress|bienvenido a "
    r"wordpress|benvenut[oi] (?:in|su) wordpress|welkom bij wordpress|bem-vindo ao wordpress|"
    r"witaj w wordpress|добро пожаловать в wordpress|välkommen till wordpress",
    re.IGNORECASE,
)
_FIRST_PAGE = re.compile(
    r"this is an example page\. it.{1,8}s different from a blog post|dies ist eine beispiel-?seite|"
    r"(?:voici|ceci est) (?:un exemple de page|une page d.{1,8}exemple)|esta es una página de "
    r"ejemplo|questa è una pagina (?:di esempio|d.{1,8}esempio)|dit is een voorbeeldpagina|"
    r"esta é uma página de exemplo|это пример страницы",
    re.IGNORECASE,
)
_TELLING = (
    "wordpress", "example page", "beispiel", "exemple", "ejemplo", "esempio", "voorbeeld",
    "exemplo", "пример",
)  # fmt: skip
_SAMPLES = frozenset(
    ("hello world!", "hallo welt!", "bonjour tout le monde !", "bonjour tout le monde !",
     "¡hola, mundo!", "ciao mondo!", "hallo wereld.", "olá, mundo!", "привет, мир!",
     "sample page", "beispiel-seite", "page d'exemple", "página de ejemplo", "pagina di esempio",
     "voorbeeldpagina", "página exemplo", "пример страницы")
)  # fmt: skip
_POLICY = "privacy-policy-tutorial"
_COMMENTER = re.compile(r"//(?:[a-z-]+\.)?wordpress\.org/?$")
_SOON = 3_600  # seconds between the first post and page of a site that nobody touched


@page_rule(
    Rule(
        id="content/default-left",
        reason="WordPress's own sample text tells visitors that nobody looks after the site.",
        severity=Severity.WARNING,
        fix="Delete it, or write your own.",
        bad="<p>Welcome to WordPress. This is your first post. Edit or delete it.</p>",
        good="<p>Welcome to our ward.</p>",
        sample=True,
    )
)
def default_left(page: Page, limits: Limits) -> Iterator[Hit]:
    start = page.text[:400]
    low = start.lower()
    likely = any(word in low for word in _TELLING)
    if likely and _FIRST_POST.search(start):
        yield Hit(f"WordPress's own first post: “{page.post.title}”", "first post", (0, 120))
    elif likely and _FIRST_PAGE.search(start):
        yield Hit(f"WordPress's own sample page: “{page.post.title}”", "sample page", (0, 120))
    elif _POLICY in page.html:
        at = page.html.find(_POLICY)
        words = plain(page.html[at : at + 120].partition(">")[2]) or "Suggested text:"
        message = f"WordPress's suggestions stand in the policy: “{words[:80]}”"
        yield Hit(message, "policy", (at, at + len(_POLICY)))
    elif page.title in _SAMPLES and _first_and_untouched(page):
        yield Hit(f"WordPress's own sample: “{page.post.title}”", "sample", (0, 120))


def _first_and_untouched(page: Page) -> bool:
    """By id and date: the first three ids are those that the installation makes."""
    post = page.post
    untouched = post.modified_at == post.published_at
    return post.id <= 3 and (untouched or len(page.words) < 60)


@site_rule(
    Rule(
        id="content/default-comment",
        reason="WordPress's own sample comment tells visitors that nobody looks after the site.",
        severity=Severity.NOTICE,
        fix="Delete the comment.",
        bad="the comment 1 of “A WordPress Commenter”",
        good="comments by readers",
    )
)
def default_comment(site: Site, limits: Limits) -> Iterator[Hit]:
    rows = site.query(
        "SELECT id, author_name, author_url, content FROM comments"
        " WHERE site = :site AND id = 1 AND state = 'live'"
    )
    for row in rows:
        known = fold(str(row["author_name"])) == "a wordpress commenter"
        if known or _COMMENTER.search(str(row["author_url"])):
            name = str(row["author_name"])
            certainty = Certainty.CERTAIN if known else Certainty.REVIEW
            yield Hit(
                f"WordPress's own sample comment by “{name}”", "sample comment",
                kind="comments/comment", id=1, certainty=certainty,
            )  # fmt: skip
