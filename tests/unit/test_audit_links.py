"""What the audit says of links: where they lead, how they are written, what they say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.audit import findings, post
from tests.helpers import SITE, make_record
from wp_sync.audit.rules.links.hosts import host_kind
from wp_sync.audit.rules.links.malformed import malformed
from wp_sync.audit.rules.links.words import bare
from wp_sync.audit.settings import Settings
from wp_sync.findings import Certainty, Finding
from wp_sync.model import Record
from wp_sync.normalize.links.web_address import parse_address

HOME = f"https://{SITE}"
# One post a case: the link, the rules that must speak of it, and of the links family no other.
CASES: dict[str, tuple[str, list[str]]] = {
    "a published page": ("/other/", []),
    "a page by its whole address": (f"{HOME}/other/", []),
    "a feed of the site": ("/feed/", []),
    "a page of a month": ("/2024/05/", []),
    "the home page": (f"{HOME}/", []),
    "nothing": ("/nothing-there/", ["links/missing-target"]),
    "nothing, percent-encoded": ("/%C3%BCber-nichts/", ["links/missing-target"]),
    "a draft": ("/draft/", ["links/unpublished-target"]),
    "a page in the trash": ("/trashed/", ["links/unpublished-target"]),
    "a private page": ("/secret/", ["links/unpublished-target"]),
    "a former slug": ("/before/", ["links/moved-target"]),
    "a number": ("/?p=900", ["links/id-permalink"]),
    "a number of nothing": ("/?p=77777", ["links/missing-target"]),
    "a page of the old host with http": (f"http://{SITE}/other/", ["links/http-inside"]),
    "without a scheme": (f"//{SITE}/other/", []),
    "an anchor that is there": ("#here", []),
    "an anchor by a name": ("#by-name", []),
    "an anchor, percent-encoded": ("#caf%C3%A9", []),
    "the top": ("#top", []),
    "a text fragment": ("#:~:text=words", []),
    "a route of a script": ("#/step/2", []),
    "an anchor that is not there": ("#elsewhere", ["links/anchor-missing"]),
    "an anchor there on another page": ("/other/#part", []),
    "none on another page": ("/other/#nowhere", ["links/anchor-missing-there"]),
    "an anchor of the theme": ("/other/#comments", ["links/anchor-missing-there"]),
    "another site": ("https://elsewhere.example.org/a", []),
    "another site, its host in letters of another script": ("https://bücher.example.org/", []),
    "mail": ("mailto:desk@example.org", []),
    "mail with a subject": ("mailto:desk@example.org?subject=A%20question", []),
    "mail to whom the reader chooses": ("mailto:?to=a@example.org&body=x", []),
    "a phone": ("tel:+49-30-1234", []),
    "mail without its scheme": ("desk@example.org", ["links/malformed"]),
    "www without a scheme": ("www.example.org/page", ["links/malformed"]),
    "a scheme twice": ("http://https://example.org/", ["links/malformed"]),
    "slashes missing": ("https:example.org", ["links/malformed"]),
    "a mistyped scheme": ("htp://example.org/", ["links/malformed"]),
    "a place on a disk": ("file:///C:/offer.pdf", ["links/malformed"]),
    "a placeholder": ("{{ url }}", ["links/malformed"]),
    "a comma in the host": ("https://example,org/", ["links/malformed"]),
    "localhost": ("http://localhost/wp/", ["links/local-host"]),
    "a name of a laptop": ("http://clinic.local/", ["links/local-host"]),
    "a private network": ("http://10.0.0.5/x", ["links/private-host"]),
    "a bare name": ("http://intranet/", ["links/private-host"]),
    "an address of a public network": ("https://93.184.216.34/", []),
    "staging": (f"https://staging.{SITE}/other/", ["links/staging-host"]),
    "staging at a provider": ("https://clinic.wpengine.com/", ["links/staging-host"]),
    "another's site that is called so": ("https://staging.other.org/", []),
    "a preview": ("/?p=900&preview=true", ["links/preview"]),
    "the administration": ("/wp-admin/post.php?post=1&action=edit", ["links/admin"]),
    "what forms send to": ("/wp-admin/admin-ajax.php?action=x", []),
    "a campaign inside": ("/other/?utm_source=x", ["links/campaign"]),
    "a campaign outside": ("https://elsewhere.example.org/?utm_source=x", []),
    "a hash": ("#", ["links/empty"]),
    "void": ("javascript:void(0);", ["links/empty"]),
}  # fmt: skip
NUMBERS = {name: 100 + number for number, name in enumerate(CASES)}


def records() -> list[Record]:
    known = [
        post(900, '<h2 id="part">Part</h2>', link=f"{HOME}/other/", slug="other"),
        post(901, link=f"{HOME}/draft/", slug="draft", status="draft"),
        post(902, link=f"{HOME}/trashed/", slug="trashed", status="trash"),
        post(903, link=f"{HOME}/secret/", slug="secret", status="private"),
        make_record("site/site", 0),
    ]
    for name, id in NUMBERS.items():
        url = CASES[name][0].replace("&", "&amp;")
        known.append(
            post(
                id,
                f'<p id="here">Before <a href="{url}">words of the link</a> and after.</p>'
                '<p><a name="by-name">A place</a> <b id="café">another</b></p>',
            )
        )
    return known


@pytest.fixture(scope="module")
def told() -> Mapping[int, list[Finding]]:
    from tests.audit import site_of
    from wp_sync.audit.engine import audit_site
    from wp_sync.normalize.engine import normalize_site
    from wp_sync.normalize.rules import Rules

    before = post(900, link=f"{HOME}/before/", slug="before", modified_gmt="2023-01-01T00:00:00")
    with site_of(before) as site:
        site.save(site.begin_run("pull", "anonymous"), records())
        normalize_site(site, Rules())
        number = audit_site(site).audit.number
        found: dict[int, list[Finding]] = {}
        for one in site.audit_book().findings(number):
            if one.family == "links":
                found.setdefault(one.id, []).append(one)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_link_is_told_for_what_it_is(name: str, told: Mapping[int, list[Finding]]) -> None:
    assert [one.rule for one in told.get(NUMBERS[name], [])] == CASES[name][1]


def test_what_may_well_be_there_is_for_a_person_to_look_at(
    told: Mapping[int, list[Finding]],
) -> None:
    review = {"an anchor of the theme", "staging at a provider", "a number of nothing"}
    for name, id in NUMBERS.items():
        for one in told.get(id, []):
            expected = Certainty.REVIEW if name in review else Certainty.CERTAIN
            assert one.certainty is expected, name


def test_a_link_that_stands_twice_is_one_finding_with_its_count() -> None:
    html = '<p><a href="/nope/">a</a> <a href="/nope/">b</a></p>'
    (one,) = (f for f in findings(post(1, html)) if f.rule == "links/missing-target")
    assert one.data["times"] == 2


def test_images_are_not_taken_for_links_that_visitors_follow() -> None:
    html = f'<p><img src="{HOME}/wp-content/uploads/no.jpg" alt="x"></p>'
    assert not [one for one in findings(post(1, html)) if one.rule == "links/missing-target"]


def test_http_where_the_site_itself_uses_https() -> None:
    plain = '<a href="http://news.example.org/a">a story</a>'
    other = '<a href="http://old.example.org/">an old site</a>'
    secure = '<a href="https://news.example.org/b">another story</a>'
    told = findings(post(1, f"<p>{plain} {other}</p>"), post(2, f"<p>{secure}</p>"))
    (one,) = (f for f in told if f.rule == "links/http-outside")
    assert (one.id, one.subject) == (1, "http://news.example.org/a")


@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("Click here!", "click here"),
        ("  Lire la suite… »", "lire la suite"),
        ("En savoir plus →", "en savoir plus"),
        ("AQUÍ", "aqui"),
        ("Weiterlesen…", "weiterlesen"),
        ("こちら", "こちら"),
        ("여기", "여기"),
    ],
)
def test_words_are_compared_without_signs_accents_and_case(words: str, same: str) -> None:
    assert bare(words) == same


@pytest.mark.parametrize(
    "words", ["click here", "Hier", "« ici »", "Aquí", "Leggi tutto", "こちら", "여기", "здесь"]
)
def test_links_that_say_nothing_in_many_languages(words: str) -> None:
    told = findings(post(1, f'<p><a href="/post-2/">{words}</a></p>'), post(2))
    assert [one.rule for one in told if one.rule == "links/generic-text"]


def test_a_name_for_those_who_do_not_see_it_is_enough() -> None:
    html = '<p><a href="/post-2/" aria-label="Our prices">more</a></p>'
    assert not [f for f in findings(post(1, html), post(2)) if f.rule == "links/generic-text"]


def test_words_of_the_site_can_be_added_and_taken_out() -> None:
    html = '<p><a href="/post-2/">Weiter so</a> <a href="/post-3/">hier</a></p>'
    limits = {"links/generic-text": {"also": ("weiter so",), "never": ("hier",)}}
    told = findings(post(1, html), post(2), post(3), settings=Settings(thresholds=limits))
    generic = [one.subject for one in told if one.rule == "links/generic-text"]
    assert generic == ["weiter so /post-2/"]


def test_scripts_and_frames_without_encryption_are_graver_than_pictures() -> None:
    html = (
        '<img src="http://cdn.example.org/a.jpg" alt="a">'
        '<iframe title="t" src="http://cdn.example.org/f"></iframe>'
        '<a href="http://cdn.example.org/page">a page</a>'
    )
    told = [f for f in findings(post(1, html)) if f.rule == "links/mixed-content"]
    assert {(f.data["url"][-2:], str(f.severity)) for f in told} == {
        ("pg", "warning"),
        ("/f", "error"),
    }


@pytest.mark.parametrize(
    "raw",
    [
        "https://example.org/a,b",
        "https://example.org/?q=http://x.org",
        "https://web.archive.org/web/2020/http://example.org/",
        "https://example.org:8080/",
        "https://user@example.org/",
        "https://xn--bcher-kva.example/",
        "https://example.org./",
        "/a/b/../c",
        "?page=2",
        "tel:112",
        "skype:somebody?call",
        "https://example.org/%7Buser%7D",
    ],
)
def test_unusual_addresses_that_are_fine(raw: str) -> None:
    assert malformed(raw) == ""


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1/", "local"),
        ("http://[::1]/", "local"),
        ("http://0.0.0.0/", "local"),
        ("http://a.localhost/", "local"),
        ("http://172.20.1.1/", "private"),
        ("http://169.254.169.254/", "private"),
        ("http://[fd00::1]/", "private"),
        ("http://nas.lan/", "private"),
        ("http://172.32.1.1/", ""),
        ("https://example.com/", ""),
        ("https://local.example.org/", ""),
    ],
)
def test_hosts_that_nobody_else_reaches(url: str, kind: str) -> None:
    address = parse_address(url)
    assert address is not None
    assert host_kind(address) == kind
