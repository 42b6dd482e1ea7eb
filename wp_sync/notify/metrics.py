"""A run's numbers as Prometheus' text format, for the node exporter's textfile collector. Pure.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from wp_sync.notify.base import Condition, RunReport
from wp_sync.notify.decide import Memory

_HELP = {
    "last_run_timestamp_seconds": "When the last run ended, by our own clock.",
    "last_success_timestamp_seconds": "When a run last ended well; 0: never.",
    "last_run_duration_seconds": "How long the last run took.",
    "last_run_exit_code": "Exit code of the last run.",
    "condition": "1 for how things stand now: ok, attention, failed, unreachable.",
    "problems": "Problems that the last run told of.",
    "items": "Items that the last run found new, changed, vanished or restored.",
    "requests": "Requests that the last run made.",
    "findings": "Findings of the last audit that are open.",
}


def as_metrics(report: RunReport, memory: Memory) -> str:
    """The whole file for one site."""
    site = (("site", report.site or report.archive),)
    rows: dict[str, list[tuple[tuple[tuple[str, str], ...], float]]] = {
        "last_run_timestamp_seconds": [(site, report.finished_at.timestamp())],
        "last_success_timestamp_seconds": [(site, _seconds(memory.last_success))],
        "last_run_duration_seconds": [
            (site, (report.finished_at - report.started_at).total_seconds())
        ],
        "last_run_exit_code": [(site, float(report.exit))],
        "condition": [
            ((*site, ("condition", str(one))), float(one is memory.condition)) for one in Condition
        ],
        "problems": [(site, float(len(report.problems)))],
    }
    for (name, labels), value in sorted(report.counts.items()):
        rows.setdefault(name, []).append(((*site, *labels), value))
    return "".join(_family(name, values) for name, values in rows.items())


def _family(name: str, values: Iterable[tuple[tuple[tuple[str, str], ...], float]]) -> str:
    full = f"wp_sync_{name}"
    lines = [f"# HELP {full} {_HELP[name]}", f"# TYPE {full} gauge"]
    for labels, value in values:
        inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        lines.append(f"{full}{{{inner}}} {value:.15g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").timestamp() if text else 0.0
