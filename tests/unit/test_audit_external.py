"""What an audit says of links to other sites, by what was last learned of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.helpers import make_identity, make_record, tmp_archive
from wp_sync.audit.engine import audit_site
from wp_sync.findings import LinkCheck
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.mapping_files import load_rules

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
URL = "https://example.org/study/12"
LATE = "2026-11-29T03:00:00Z"


def told(check: dict[str, Any], link: str = URL) -> list[tuple[str, str]]:
    given = {"url": URL, "state": "ok", "status": 200, "checked_at": LATE, "since": LATE, **check}
    with tmp_archive() as store:
        site = store.of("blog.example.com")
        site.set_site(make_identity("blog.example.com"))
        body = f'<p>See <a href="{link}">the study</a> and <a href="{link}">again</a>.</p>'
        run = site.begin_run("pull", "anonymous")
        posts = [
            make_record("posts/post", 5, content={"rendered": body}),
            make_record("posts/post", 6, content={"rendered": body}, status="draft"),
        ]
        site.save(run, posts)
        normalize_site(site, load_rules(None))
        site.audit_book().put_link_checks([LinkCheck(**given)])
        number = audit_site(site, now=NOW).audit.number
        found = site.audit_book().findings(number)
        return [(one.rule, one.message) for one in found if one.family == "external"]


def test_what_is_gone_for_the_second_time_is_an_error_once_a_post() -> None:
    gone = {"state": "broken", "status": 404, "reason": "answers 404", "tries": 2}
    assert told(gone) == [
        ("external/broken-link", f"{URL} answers 404, since 2026-11-29"),
    ]
    assert told(gone, f"{URL}#part"), "a fragment hides nothing"
    assert told({**gone, "tries": 1}) == [], "once is a suspicion"


def test_an_old_result_says_nothing() -> None:
    gone = {"state": "broken", "status": 404, "reason": "answers 404", "tries": 9}
    assert told({**gone, "checked_at": "2026-10-01T03:00:00Z"}) == []


@pytest.mark.parametrize("state", ["blocked", "unknown", "transient"])
def test_a_refusal_or_a_bad_hour_is_no_broken_link(state: str) -> None:
    assert told({"state": state, "status": 403, "reason": "answers 403", "tries": 9}) == []


def test_silence_for_days_is_for_a_person_to_look_at() -> None:
    down = {"state": "transient", "status": None, "reason": "no answer", "tries": 3}
    since = "2026-11-25T03:00:00Z"
    assert [rule for rule, _ in told({**down, "since": since})] == ["external/no-answer"]
    assert told({**down, "since": since, "tries": 2}) == []
    assert told(down) == []


@pytest.mark.parametrize(
    ("leads_to", "status", "rules"),
    [
        ("https://example.org/studies/12", 301, ["external/moved"]),
        ("https://example.org/studies/12", 302, []),
        ("https://www.example.org/study/12/", 308, []),
        ("https://example.org/", 301, ["external/leads-home"]),
        ("https://example.org/", 302, ["external/leads-home"]),
        ("https://example.org/?p=12", 301, ["external/moved"]),
    ],
)
def test_where_a_link_ends(leads_to: str, status: int, rules: list[str]) -> None:
    found = told({"leads_to": leads_to, "status": status})
    assert [rule for rule, _ in found] == rules
