"""The report's one file: words escaped by Jinja, data as JSON, style and script named by digest.

The content security policy lets run only the script and style that this module wrote, by their
SHA-256, and lets nothing be fetched from anywhere: what a site's content may have smuggled into a
title or excerpt is a text and stays one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from wp_sync import __version__
from wp_sync.audit.report.html.charts import SEVERITIES, bars, by_rule, counted_by, lines

_HERE = resources.files("wp_sync.audit.report.html")
# What the families of rules are about, for those who don't know them by name.
FAMILIES = {
    "links": "Links",
    "related": "Related posts",
    "taxonomy": "Categories and tags",
    "search": "Search engines",
    "accessibility": "Accessibility",
    "content": "Texts",
    "media": "Pictures and files",
    "security": "Security, privacy",
    "leftovers": "Leftovers",
    "external": "Other sites",
}
_IN_PRINT = 100  # findings in the printed summary; the rest is for the screen


def report_page(data: Mapping[str, Any]) -> str:
    """The page for what `report_data` gathered."""
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["web"] = _web
    environment.filters["coded"] = _coded
    template = environment.from_string((_HERE / "report.html").read_text(encoding="utf-8"))
    counted = counted_by(data)
    return template.render(
        data=data,
        site=data["site"],
        audit=data["audit"],
        severities=SEVERITIES,
        rules=by_rule(data),
        charts=[
            ("By subject", bars(_named(counted["family"]))),
            ("By author", bars(counted["author"])),
            ("By category", bars(counted["category"])),
        ],
        lines=lines(data["history"]),
        printed=_printed(data),
        in_print=_IN_PRINT,
        version=__version__,
        style=Markup(style),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        style_hash=_digest(style),
        script_hash=_digest(script),
        json=Markup(_json({**data, "families": FAMILIES})),  # noqa: S704 - escaped there
    )


def _json(data: Mapping[str, Any]) -> str:
    """JSON that no parser of HTML can see an end tag or a comment in."""
    text = msgspec.json.encode(data).decode("utf-8", "replace")
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _coded(text: str) -> Markup:
    """A rule's words; what stands in backticks is for typing."""
    code = Markup("<code>{}</code>")
    parts = text.split("`")
    return Markup().join(
        code.format(part) if number % 2 else part for number, part in enumerate(parts)
    )


def _web(url: str) -> str:
    """An address that may be a link; empty for anything but the web's."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _named(families: Mapping[str, list[int]]) -> dict[str, list[int]]:
    return {FAMILIES.get(name, name): counts for name, counts in families.items()}


def _printed(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The gravest findings that count, for those who print or have no script."""
    columns, found = data["findings"], []
    for number, muted in enumerate(columns["muted"]):
        if muted:
            continue
        item = data["items"][columns["item"][number]]
        found.append(
            {
                "severity": SEVERITIES[columns["severity"][number]],
                "rule": data["rules"][columns["rule"][number]]["id"],
                "title": item[2] or f"{item[0]} {item[1]}",
                "url": item[3],
                "message": columns["message"][number],
            }
        )
        if len(found) == _IN_PRINT:
            break
    return found
