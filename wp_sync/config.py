"""What `wp-sync.toml` may say, read once and checked whole: all mistakes are reported together.

It knows words, types and limits; it opens no connection and touches no archive. Passwords have no
place in the file: they come from the environment, from a command, or from a prompt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from wp_sync import toml
from wp_sync.audit.settings import DEFAULTS as AUDIT
from wp_sync.audit.settings import Settings as AuditSettings
from wp_sync.config_targets import TargetConfig, read_targets
from wp_sync.errors import ConfigError, UsageError
from wp_sync.notify import settings as notifying
from wp_sync.notify.settings import NOBODY, NotifySettings
from wp_sync.paths import typed
from wp_sync.redaction import without_login

FILE_NAME: Final = "wp-sync.toml"
VERSION: Final = 1

MediaChoice = Literal["originals", "all", "none"]
MEDIA_CHOICES: Final = ("originals", "all", "none")
STAGES: Final = ("pull", "normalize", "audit")
ALL_STAGES: Final = (*STAGES, "publish")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the command line can be told by a file; flags replace single values.

    ``archive`` is a folder or a ``postgresql://`` address. Relative folders are relative to the
    file that names them. ``full_every`` is the longest time between two censuses.
    ``guard_items``, ``guard_percent`` and ``guard_most`` say when a number of deletions in one
    collection is suspicious: more than ``guard_items`` and more than ``guard_percent`` percent of
    it, or more than ``guard_most`` whatever the percentage.
    """

    file: Path | None = None
    url: str = ""
    user: str = ""
    password_command: str = field(default="", repr=False)  # its words may hold a token
    insecure_http: bool = False
    max_connections: int = 4
    archive: str = "archive"
    archive_media: str = ""
    media: MediaChoice = "originals"
    full_every: timedelta = timedelta(days=7)
    pages: bool = False
    follow_links: bool = False
    only: tuple[str, ...] = ()
    guard_items: int = 10
    guard_percent: float = 10.0
    guard_most: int = 1000
    mappings: Path | None = None
    stages: tuple[str, ...] = STAGES
    audit: AuditSettings = AUDIT
    publish_to: tuple[str, ...] = ()
    targets: Mapping[str, TargetConfig] = field(default_factory=dict)
    notify: NotifySettings = NOBODY


DEFAULTS: Final = Config()


# -- single values ---------------------------------------------------------------------------

_DURATION = re.compile(r"([1-9][0-9]{0,4})\s*(m|min|h|d|w)")
_UNITS: Final = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> timedelta:
    """A length of time such as ``30m``, ``12h``, ``7d`` or ``2w``.

    Raises:
        ValueError: it is written in another way.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("expected a number and m, h, d or w, such as 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def check_url(text: str) -> str:
    """The address of a site, tidied; ``https://`` is added where no scheme is given.

    Raises:
        UsageError: it is no address of a web site, or it carries a password.
    """
    url = text.strip()
    if "://" not in url and not re.match(r"[a-z][a-z0-9+.-]*:(?![0-9])", url, re.IGNORECASE):
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        shown = without_login(text)
        raise UsageError(f"“{shown}” is not the address of a web site.", hint=_URL_HINT) from None
    if parts.username is not None or parts.password is not None:
        shown = f"{parts.scheme}://…@{parts.hostname or ''}"
        raise UsageError(
            f"the address {shown} carries a login; addresses end up in logs.",
            hint="leave it out: give the name with --user, the password with WP_SYNC_PASSWORD",
        )
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_host(host) or port == 0:
        shown = without_login(text)
        raise UsageError(f"“{shown}” is not the address of a web site.", hint=_URL_HINT)
    return parts.scheme + url[len(parts.scheme) :]


_URL_HINT: Final = "give it as in the browser, such as https://blog.example.com"
_LABEL = re.compile(r"(?!-)[^\s!\"#$%&'()*+,/:;<=>?@\[\\\]^`{|}~]{1,63}(?<!-)")


def _is_host(host: str) -> bool:
    if ":" in host:  # IPv6, already taken out of its brackets
        return re.fullmatch(r"[0-9a-f:.%]+", host) is not None
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


# -- the file --------------------------------------------------------------------------------

_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "site": ("url", "user", "password_command", "insecure_http", "max_connections"),
    "archive": ("location", "media"),
    "pull": (
        "media", "full_every", "pages", "follow_links", "only", "guard_items", "guard_percent",
        "guard_most",
    ),
    "normalize": ("mappings",),
    "audit": (
        "on", "off", "severity", "limits", "fail_on", "suppressions", "baseline", "reports",
        "formats", "check_external",
    ),
    "run": ("stages", "targets"),
    "notify": notifying.KEYS,
}  # fmt: skip
_SECRET = re.compile(r"(?i)pass(?!word_command$)|passwd|secret|token|api_?key|credential")


def load_config(file: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: every mistake in it, each with its line and the next step.
    """
    document = toml.read(file)
    folder = file.resolve().parent
    top = document.table()
    top.integer("version", VERSION, least=VERSION, most=VERSION)
    site, archive, pull, normalize, audit, run, notify = (top.table(name) for name in _SECTIONS)
    targets = read_targets(top, folder)
    location = archive.text("location", DEFAULTS.archive)
    if not location.strip():
        archive.complain("location is empty", key="location", hint="name a folder")
    mappings = normalize.text("mappings")
    media_folder = archive.text("media")
    config = Config(
        file=file,
        url=_url(site),
        user=site.text("user"),
        password_command=site.text("password_command"),
        insecure_http=site.flag("insecure_http"),
        max_connections=site.integer("max_connections", 4, least=1, most=32),
        archive=location if is_address(location) else _within(folder, location),
        archive_media=_within(folder, media_folder) if media_folder else "",
        media=cast(MediaChoice, pull.text("media", DEFAULTS.media, choices=MEDIA_CHOICES)),
        full_every=_duration(pull),
        pages=pull.flag("pages"),
        follow_links=pull.flag("follow_links"),
        only=pull.texts("only"),
        guard_items=pull.integer("guard_items", DEFAULTS.guard_items, least=0),
        guard_percent=_percent(pull),
        guard_most=pull.integer("guard_most", DEFAULTS.guard_most, least=0),
        mappings=_mappings(folder, mappings),
        stages=_stages(run),
        audit=_audit(audit, folder),
        publish_to=_publish_to(run, targets),
        targets=targets,
        notify=notifying.read(notify, folder),
    )
    if is_address(location):
        _no_login_in(archive, location)
    for section in (site, archive, pull, normalize, audit, run, notify, top):
        _no_strangers(section)
    if document.problems:
        raise ConfigError(sorted(document.problems, key=lambda problem: problem.place.line or 0))
    return config


def is_address(location: str) -> bool:
    """Whether an archive's location is a database address rather than a folder."""
    return "://" in location


def _within(folder: Path, named: str) -> str:
    return str(folder / typed(named))


def _mappings(folder: Path, named: str) -> Path | None:
    if named:
        return folder / typed(named)
    usual = folder / "mappings"
    return usual if usual.is_dir() else None


def _url(site: toml.Table) -> str:
    text = site.text("url")
    if not text.strip():
        return ""
    try:
        return check_url(text)
    except UsageError as error:
        site.complain(error.message, key="url", hint=error.hint)
        return ""


def _duration(pull: toml.Table) -> timedelta:
    if "full_every" not in pull:
        return DEFAULTS.full_every
    text = pull.text("full_every", "7d")
    try:
        return parse_duration(text)
    except ValueError as error:
        pull.complain(f"full_every is “{text}”: {error}", key="full_every")
        return DEFAULTS.full_every


def _percent(pull: toml.Table) -> float:
    percent = pull.number("guard_percent", DEFAULTS.guard_percent, least=0)
    if percent > 100:
        pull.complain(f"guard_percent is {percent:g}, but must be at most 100", key="guard_percent")
        return DEFAULTS.guard_percent
    return percent


def _stages(run: toml.Table) -> tuple[str, ...]:
    stages = run.texts("stages", STAGES)
    for stage in stages:
        if stage not in ALL_STAGES:
            hint = toml.did_you_mean(stage, ALL_STAGES)
            run.complain(f"stages names “{stage}”, which is no stage", key="stages", hint=hint)
    if not stages:
        hint = f"known are {', '.join(ALL_STAGES)}"
        run.complain("stages is empty, so that nothing would run", key="stages", hint=hint)
    return tuple(stage for stage in ALL_STAGES if stage in stages)  # always in the working order


def _publish_to(run: toml.Table, targets: Mapping[str, TargetConfig]) -> tuple[str, ...]:
    """The targets that a run pushes to: those named, else all."""
    named = run.texts("targets", tuple(targets))
    for name in named:
        if name not in targets:
            hint = toml.did_you_mean(name, targets) if targets else "add it: [targets.NAME]"
            run.complain(f"targets names “{name}”, which is no target", key="targets", hint=hint)
    if "publish" in run.texts("stages", STAGES) and not named:
        hint = "add one: [targets.NAME]"
        run.complain("stages has publish, and there is no target", key="stages", hint=hint)
    return named


def _audit(audit: toml.Table, folder: Path) -> AuditSettings:
    if not audit.data:
        return AUDIT
    # Only where it is asked for: it knows every rule.
    from wp_sync.audit.configured import read

    return read(audit, folder)


def _no_login_in(archive: toml.Table, location: str) -> None:
    try:
        secret = urlsplit(location).password
    except ValueError:
        secret = None
    if secret:
        archive.complain(
            "location carries a password; a secret must not stand in this file.",
            key="location",
            hint="leave it out of the address; PostgreSQL reads PGPASSWORD or ~/.pgpass",
        )


def _no_strangers(table: toml.Table) -> None:
    """Complain about keys that mean nothing here, and say where they may belong."""
    known = (
        _SECTIONS.get(str(table.path[0]), ()) if table.path else (*_SECTIONS, "version", "targets")
    )
    for key, value in table.data.items():
        if key in known:
            continue
        elsewhere = [name for name, keys in _SECTIONS.items() if key in keys]
        if _SECRET.search(key) and not isinstance(value, dict) and not elsewhere:
            message = f"{key}: a secret must not stand in this file."
            hint = (
                "delete the line; set WP_SYNC_PASSWORD, or password_command in [site] to a command"
                " that prints the password"
            )
        else:
            what = "section" if isinstance(value, dict) and not table.path else "key"
            message = f"unknown {what} “{key}”"
            hint = toml.did_you_mean(key, known)
            if elsewhere:
                hint = f"it belongs into [{elsewhere[0]}]"
        table.complain(message, key=key, hint=hint)


# -- the template ----------------------------------------------------------------------------

_TEMPLATE: Final = """\
# What wp-sync copies, and how. Lines behind a # show the defaults.
# `wp-sync run` does everything named here under one lock; good for cron.
version = 1

[site]
url = {url}

# Leave user out to copy what visitors see. With a user, drafts, private posts and the raw text
# are copied too. Make an application password for it in WordPress (Users, Profile) and put it
# into the environment as WP_SYNC_PASSWORD, or name a command that prints it. Never write it here.
{user}
{password_command}

# Connections at once. Fewer are used by themselves while the site is slow.
# max_connections = 4

# Allow a login over plain http. Anyone on the way can read the password then.
{insecure_http}

[archive]
# A folder, or postgresql://user@host/database with a folder for media below.
location = {archive}
# media = "archive-media"

[pull]
# Media files: "originals", "all" (every size that WordPress made) or "none".
# media = "originals"

# Compare every id with the site's at least this often. Deletions are found right away where the
# site's totals tell of them; this finds the rest. Written 12h, 7d or 2w.
# full_every = "7d"

# Fetch the pages that visitors see, and what plugins answer for each post, for related posts that
# only these tell.
# pages = false

# Ask the site where its own links lead that point to nothing known, such as addresses that posts
# once had; each answer counts for a month.
# follow_links = false

# Kinds to copy, such as ["posts", "terms"] or ["posts/page"]. Empty means all.
# only = []

# Refuse to believe in more disappearances of one kind than these: more than guard_items and more
# than guard_percent of them, or more than guard_most. `wp-sync pull --allow-deletions N` is the
# key for one run.
# guard_items = 10
# guard_percent = 10
# guard_most = 1000

[normalize]
# Your decisions on categories, tags, authors, related posts and links.
mappings = "mappings"

[audit]
# `wp-sync audit rules` lists the rules. Switch off single ones or whole families, such as
# ["links/generic-text", "accessibility"], or turn on what is off by default.
# off = []
# on = []

# End with exit code 6 on findings of this severity or above: "error", "warning", "notice", "never".
# fail_on = "never"

# Findings that are known: a file of suppressions with reasons, and a baseline of what was there.
# suppressions = ""
# baseline = ""

# Where `wp-sync run` writes reports, and which: html, json, csv, sarif, junit, markdown.
# reports = ""
# formats = ["markdown"]

# Ask links to other sites whether they still lead somewhere; a success counts for a day.
# check_external = false

# Another severity for single rules, such as {{ "links/campaign" = "warning" }}.
# severity = {{}}

# Other thresholds, such as {{ "links/generic-text" = {{ also = ["to the shop"] }} }}.
# limits = {{}}

[run]
# Add "publish" to push to the targets below as well, or only to those named here.
# stages = ["pull", "normalize", "audit"]
# targets = []

# Where to mirror to: `wp-sync plan new`, `push new`, `verify new`. The password comes from
# WP_SYNC_TARGET_PASSWORD or a command; never write it here.
#   [targets.new]
#   kind = "wordpress"
#   url = "https://new.example.com"
#   user = "editor"
#   on_conflict = "stop"        # or "theirs", or "overwrite"
#   on_deleted = "unpublish"    # or "leave", or "trash"

# Who hears of `wp-sync run`, once when something changes (docs/watch.md). Addresses that are
# secrets in themselves stand in the environment: WP_SYNC_WEBHOOK, WP_SYNC_HEALTH_CHECK; so do the
# secrets WP_SYNC_WEBHOOK_SECRET and WP_SYNC_SMTP_PASSWORD.
[notify]
# webhook = "https://hooks.example.com/wp-sync"
# email_to = ["editor@example.com"]
# email_from = "wp-sync@example.com"
# smtp = "smtp://robot@mail.example.com:587"
# health_check = "https://health.example.com/ping/blog"
# metrics = "/var/lib/prometheus/node-exporter/wp-sync.prom"

# Runs in a row that can't reach the site before that is news.
# unreachable_after = 3
"""


def template(config: Config) -> str:
    """The text of a commented `wp-sync.toml` that says what ``config`` does and shows the rest."""
    return _TEMPLATE.format(
        url=_quoted(config.url),
        user=_line("user", config.user, "editor"),
        password_command=_line(
            "password_command", config.password_command, "pass show blog.example.com"
        ),
        insecure_http="insecure_http = true" if config.insecure_http else "# insecure_http = false",
        archive=_quoted(config.archive),
    )


def _line(key: str, value: str, example: str) -> str:
    return f"{key} = {_quoted(value)}" if value else f"# {key} = {_quoted(example)}"


def _quoted(text: str) -> str:
    # JSON's escapes are a subset of those of TOML's basic strings, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
