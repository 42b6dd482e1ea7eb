"""``[notify]`` of the configuration: who is told, and how. Reads TOML; sends nothing.

Secrets do not stand here: the environment has them (`ENVIRONMENT`). An address that is a secret in
itself, as those of many chat services are, can be given there instead of in the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wp_sync import toml
from wp_sync.paths import typed

KEYS: Final = (
    "webhook",
    "email_to",
    "email_from",
    "smtp",
    "health_check",
    "metrics",
    "unreachable_after",
)
# What the environment may give; the last two are secrets, which the file can't hold.
ENVIRONMENT: Final = {
    "webhook": "WP_SYNC_WEBHOOK",
    "health_check": "WP_SYNC_HEALTH_CHECK",
    "webhook_secret": "WP_SYNC_WEBHOOK_SECRET",
    "smtp_password": "WP_SYNC_SMTP_PASSWORD",
}
UNREACHABLE_AFTER: Final = 3  # runs in a row; our own choice
_MAIL = re.compile(r"[^@\s,<>\"\x00-\x1f]+@[^@\s,<>\"\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Who is told what. Empty means nobody.

    ``smtp`` is ``smtp://user@host:587`` (STARTTLS is required unless the host is this machine) or
    ``smtps://user@host:465``. ``metrics`` is a file for the textfile collector of Prometheus'
    node exporter. ``unreachable_after``: runs in a row before a site that is down is news.
    """

    webhook: str = ""
    email_to: tuple[str, ...] = ()
    email_from: str = ""
    smtp: str = ""
    health_check: str = ""
    metrics: str = ""
    unreachable_after: int = UNREACHABLE_AFTER

    def in_environment(self, environment: Mapping[str, str] | None = None) -> NotifySettings:
        """With the addresses that the environment gives."""
        given = os.environ if environment is None else environment
        return replace(
            self,
            webhook=given.get(ENVIRONMENT["webhook"], "").strip() or self.webhook,
            health_check=given.get(ENVIRONMENT["health_check"], "").strip() or self.health_check,
        )

    @property
    def wanted(self) -> bool:
        return bool(self.webhook or self.email_to or self.health_check or self.metrics)


NOBODY: Final = NotifySettings()


def read(table: toml.Table, folder: Path) -> NotifySettings:
    """The settings of a ``[notify]`` table; mistakes are noted in its file's problems."""
    metrics = table.text("metrics")
    found = NotifySettings(
        webhook=_web(table, "webhook"),
        email_to=table.texts("email_to"),
        email_from=table.text("email_from"),
        smtp=table.text("smtp"),
        health_check=_web(table, "health_check"),
        metrics=str(folder / typed(metrics)) if metrics else "",
        unreachable_after=table.integer("unreachable_after", UNREACHABLE_AFTER, least=1, most=1000),
    )
    _check_mail(table, found)
    return found


def _web(table: toml.Table, key: str) -> str:
    text = table.text(key).strip()
    if not text or is_web(text):
        return text
    table.complain(
        f"{key} is no web address", key=key, hint="such as https://hooks.example.com/wp-sync"
    )
    return ""


def is_web(text: str) -> bool:
    """Whether a text is an http or https address that carries no login."""
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
        return good and parts.port != 0 and text.isprintable() and " " not in text
    except ValueError:
        return False


def _check_mail(table: toml.Table, found: NotifySettings) -> None:
    for address in (*found.email_to, *filter(None, [found.email_from])):
        if not _MAIL.fullmatch(address):
            key = "email_from" if address == found.email_from else "email_to"
            table.complain(f"{key} names “{address}”, which is no mail address", key=key)
    if found.smtp:
        try:
            parts = urlsplit(found.smtp)
            good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            hint = "such as smtp://robot@mail.example.com:587 or smtps://mail.example.com"
            table.complain("smtp is no address of a mail server", key="smtp", hint=hint)
        elif parts.password:
            table.complain(
                "smtp carries a password; a secret must not stand in this file.",
                key="smtp",
                hint=f"leave it out, and set {ENVIRONMENT['smtp_password']}",
            )
    if found.email_to and not (found.smtp and found.email_from):
        missing = " and ".join(
            key
            for key, value in (("smtp", found.smtp), ("email_from", found.email_from))
            if not value
        )
        table.complain(
            f"email_to needs {missing} as well",
            key="email_to",
            hint="name the server that takes the mail, and the address it comes from",
        )
