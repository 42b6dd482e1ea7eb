"""``links.toml`` into `LinkRules`, with the exports of redirects that it names."""

from __future__ import annotations

import re

from wp_sync.normalize.links.redirects import redirects_of
from wp_sync.normalize.rules import ExternalRule, LinkRules, NewSite, Redirect
from wp_sync.toml import Table

_HOST = re.compile(r"(?:[^\s/:@\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:/\S*)?")
_SCHEME = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
_SHORT = re.compile(r"[^\s/]+/[A-Za-z0-9]+")
# WordPress's structure tags (get_permalink()), but for %tags of plugins.
_TAGS = (
    "year", "monthnum", "day", "hour", "minute", "second", "post_id", "postname", "category",
    "author",
)  # fmt: skip
_LARGEST = 200 * 1024 * 1024


def read_links(top: Table) -> LinkRules:
    aliases = _addresses(top, "aliases")
    shortlinks = []
    for short in top.texts("shortlinks"):
        bare = _SCHEME.sub("", short.strip()).partition("-")[0]
        if _SHORT.fullmatch(bare):
            host, _, code = bare.partition("/")
            shortlinks.append(f"{host.lower()}/{code}")
        else:
            top.complain(
                f'"{short}" is not the start of a short address', key="shortlinks",
                hint='such as "wp.me/p8fRz"',
            )  # fmt: skip
    tracking = top.table("tracking")
    rules = LinkRules(
        aliases=tuple(aliases),
        trackers=tuple(name.lower() for name in tracking.texts("add")),
        keep_arguments=tuple(name.lower() for name in tracking.texts("keep")),
        clean=tracking.flag("clean"),
        shortlinks=tuple(shortlinks),
        redirects=tuple(_redirects(top)),
        external=tuple(_external(top)),
        new=_new(top.table("new")),
    )
    tracking.finish()
    for name in set(rules.trackers) & set(rules.keep_arguments):
        tracking.complain(f'"{name}" is both added and kept', key="keep", hint="keep one")
    return rules


def _addresses(top: Table, key: str) -> list[str]:
    found = []
    for alias in top.texts(key):
        bare = _SCHEME.sub("", alias.strip()).rstrip("/")
        if _HOST.fullmatch(bare):
            found.append(bare)
        else:
            hint = 'such as "old.example.com/blog"'
            top.complain(f'"{alias}" is not an address', key=key, hint=hint)
    return found


def _redirects(top: Table) -> list[Redirect]:
    found: list[Redirect] = []
    for name in top.texts("redirects"):
        beside = [folder / name for folder in top.file.folders]
        if not beside:
            continue
        path = next((path for path in beside if path.exists()), beside[0])
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError(f"is larger than {_LARGEST // 1024**2} MiB")
            found += redirects_of(path.read_bytes().decode("utf-8-sig"))
        except OSError as error:
            reason = error.strerror or str(error)
            top.complain(
                f'"{name}" can\'t be read: {reason}', key="redirects",
                hint="name an export of the Redirection plugin that lies beside this file",
            )  # fmt: skip
        except UnicodeDecodeError:
            top.complain(f'"{name}" is not UTF-8 text', key="redirects", hint="save it as UTF-8")
        except ValueError as error:
            top.complain(
                f'"{name}" {error}', key="redirects",
                hint="export the redirects as JSON or CSV (Redirection, Import/Export)",
            )  # fmt: skip
    return found


def _external(top: Table) -> list[ExternalRule]:
    found: list[ExternalRule] = []
    first: dict[str, str] = {}
    for table in top.tables("external"):
        old, new = table.text("from").strip(), table.text("to").strip()
        table.finish()
        bare = _SCHEME.sub("", old).rstrip("/")
        host, slash, path = bare.partition("/")
        bare = host.lower().removeprefix("www.") + slash + path
        for key, value in (("from", old), ("to", new)):
            if not _HOST.fullmatch(_SCHEME.sub("", value).rstrip("/")):
                message = f'"{value}" is not an address' if value else f"{key} is missing"
                hint = 'such as "partner.example/shop"'
                table.complain(message, key=key if key in table else "", hint=hint)
        if bare in first and bare:
            table.complain(f'"{old}" is rewritten at {first[bare]} already', key="from")
        first.setdefault(bare, table.where)
        found.append(ExternalRule(bare, new.rstrip("/"), table.where))
    return found


def _new(table: Table) -> NewSite:
    home, permalinks = table.text("home").strip(), table.text("permalinks").strip()
    uploads = table.text("uploads").strip()
    table.finish()
    for key, value in (("home", home), ("uploads", uploads)):
        if value and not re.match(r"https?://[^\s/]", value, re.IGNORECASE):
            hint = 'begin it with "https://"'
            table.complain(f'"{value}" is not a whole address', key=key, hint=hint)
    tags = re.findall(r"%([^%/]*)%", permalinks)
    for tag in tags:
        if tag not in _TAGS:
            known = ", ".join(f"%{name}%" for name in _TAGS)
            table.complain(f"%{tag}% is not known", key="permalinks", hint=f"known here: {known}")
    if permalinks and not {"postname", "post_id"} & set(tags):
        table.complain(
            "two posts could get one address", key="permalinks",
            hint="put %postname% or %post_id% into it",
        )  # fmt: skip
    if permalinks and not home:
        table.complain("permalinks without a home", key="permalinks", hint='add home = "https://…"')
    return NewSite(home.rstrip("/"), permalinks, uploads.rstrip("/"))
