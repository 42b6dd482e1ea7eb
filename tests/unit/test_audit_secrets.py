"""A secret that stands in a text is told of, and is in no finding and in no report."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pytest

from tests.audit import findings, post
from tests.cli import Cli
from tests.helpers import SITE, make_identity
from wp_sync.archive import open_archive
from wp_sync.audit.registry import by_id
from wp_sync.audit.report import as_csv, as_json, as_junit, as_markdown, as_sarif
from wp_sync.audit.report.report import Report
from wp_sync.audit.secrets import find, hidden, masked, without
from wp_sync.findings import Audit
from wp_sync.model import Record
from wp_sync.normalize.engine import normalize_site
from wp_sync.normalize.rules import Rules

# Made up, in the form of each service's own; in halves, so that no scanner takes them for real.
SECRETS = {
    "AKIA" + "IOSFODNN7EXAMPLQ": "AKIA",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc": "sk_live_",
    "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a": "ghp_",
    "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY": "AIza",
    "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx": "xoxb-",
    "SG." + "ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr": "SG.",
    "npm_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789": "npm_",
    "0123456789abcdef0123456789abcd9f" + "-us14": "0123",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq2\n-----END RSA PRIVATE KEY-----": "-----",
}
PASSWORDS = {
    "mysql://clinic:s3cretlamp@db.clinic.test:3306/wp": "s3cretlamp",
    "https://desk:night0wl77@files.clinic.test/": "night0wl77",
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_and_only_its_beginning_is_shown(secret: str) -> None:
    text = f"<p>before {secret} behind</p>"
    (one,) = find(text)
    assert text[one.start : one.end] == secret
    assert one.shown.startswith(SECRETS[secret])
    hidden_part = secret[len(one.shown) :]
    assert hidden_part not in masked(text)
    assert len(masked(text)) == len(text)
    assert hidden_part not in without(text)


@pytest.mark.parametrize("address", PASSWORDS)
def test_a_password_in_an_address_is_found(address: str) -> None:
    assert PASSWORDS[address] not in without(f"see {address} there")
    assert without(f"see {address} there").endswith(" there")


@pytest.mark.parametrize(
    "harmless",
    [
        "sk-10", "pk_live is a table", "AKIAXXXXXXXXXXXXXXXX", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "mysql://user:password@localhost/db", "https://user:pass@example.com/", "about-us1.html",
        "https://clinic.test:8443/x@y", "9e107d9d372bb6826bd81d3542a419d6", "mailto:a@b.test",
        "https://maps.test/@48.1,11.5,14z", "ftp://${USER}:${PASS}@host/",
    ],
)  # fmt: skip
def test_what_only_looks_like_one_is_left_alone(harmless: str) -> None:
    assert without(harmless) == harmless


def test_a_secret_that_was_cut_short_is_hidden_too() -> None:
    secret = next(iter(SECRETS))
    assert hidden(f"a link to /{secret[:12]}", [(secret, "AKIA")]) == "a link to /AKIA•••"


def planted() -> list[Record]:
    """Posts with each secret in words, addresses, attributes, titles, descriptions and scripts."""
    return [
        post(
            number,
            f'<h1>{value}</h1><p><a href="/gone/?key={value}">{value}</a> [gone_box key="{value}"]'
            f'</p><img src="/a.jpg?{value}"><p onclick="go(\'{value}\')">as of 2015 {value}</p>'
            f"<script>key = '{value}'</script><iframe src='https://x.test/?{value}'></iframe>"
            f"<form action='https://x.test/{value}'><input name='{value}'></form>",
            title={"rendered": f"The key {value}"},
            excerpt={"rendered": f"<p>{value}</p>"},
            yoast_head_json={"title": value, "description": value},
        )
        for number, value in enumerate([*SECRETS, *PASSWORDS], 1)
    ]


def assert_untold(said: str) -> None:
    for value in SECRETS:
        part = value.split("\n")[1] if "\n" in value else value[8:24]
        assert part not in said, value
    for password in PASSWORDS.values():
        assert password not in said


def test_no_report_has_a_secret_in_it() -> None:
    records = planted()
    found = list(findings(*records))
    told = {one.id for one in found if one.rule == "security/secret"}
    assert told == set(range(1, len(records) + 1))
    said = "\n".join(json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in found)
    audit = Audit(1, "2024-05-09T12:00:00Z", posts=len(records), counted=len(found))
    for module in (as_csv, as_json, as_junit, as_markdown, as_sarif):
        stream = io.StringIO()
        report = Report("x", "https://x", "X", audit, None, by_id(), lambda: iter(found))
        module.write(report, stream)
        said += stream.getvalue()
    assert_untold(said)


def test_no_file_of_the_command_has_a_secret_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page for colleagues has posts, terms and the graph of related posts beside findings."""
    monkeypatch.chdir(tmp_path)
    with open_archive(Path("archive")) as archive:
        site = archive.of(SITE)
        site.set_site(make_identity())
        site.save(site.begin_run("pull", "anonymous"), planted())
        normalize_site(site, Rules())
    cli = Cli(capsys)
    formats = "html,json,csv,sarif,junit,markdown"
    done = cli("audit", "--format", formats, "--output", "out")
    written = sorted(path.suffix for path in Path("out").iterdir())
    assert written == [".csv", ".html", ".json", ".md", ".sarif", ".xml"]
    files = [path.read_text(encoding="utf-8") for path in Path("out").iterdir()]
    assert all("security/secret" in one for one in files)
    assert_untold("\n".join([done.out, done.err, cli("audit", "--json").out, *files]))
