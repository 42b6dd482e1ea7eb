"""Panels over one time axis as a small SVG that is readable on light and dark pages.

Knows points, steps and bands; nothing of what they mean. Text stays text, so that it can be read
aloud and searched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LEFT, _RIGHT, _PANEL, _GAP, _TOP = 760, 48, 12, 130, 44, 52
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .paper { fill: #ffffff }
  .grid { stroke: #d0d7de }
  .line { stroke: #0969da; stroke-width: 1.5; fill: none }
  .dots { stroke: #0969da; stroke-width: 4; stroke-linecap: round }
  .band { fill: #fff1d6 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .paper { fill: #0d1117 }
    .grid { stroke: #30363d }
    .line, .dots { stroke: #58a6ff }
    .band { fill: #3a2d12 }
  }
"""
Point = tuple[float, float]


@dataclass(frozen=True)
class Band:
    """A stretch of time with a name."""

    start: float
    end: float
    name: str


@dataclass(frozen=True)
class Panel:
    """One quantity over time: steps, or dots."""

    name: str
    points: Sequence[Point]
    dots: bool = False


def picture(title: str, end: float, bands: Sequence[Band], panels: Sequence[Panel]) -> str:
    """The SVG; time runs from 0 to ``end`` seconds."""
    height = _TOP + len(panels) * (_PANEL + _GAP)

    def across(at: float) -> float:
        return _LEFT + at / end * (_WIDTH - _LEFT - _RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" class="paper"/>',
        f'<text class="title" x="{_LEFT}" y="18">{escape(title)}</text>',
    ]
    bottom = height - _GAP
    for band in bands:
        left, right = across(band.start), across(band.end)
        parts.append(
            f'<rect class="band" x="{left:.1f}" y="{_TOP - 18}" width="{right - left:.1f}" '
            f'height="{bottom - _TOP + 18}"/>'
            f'<text x="{left + 2:.1f}" y="{_TOP - 5}">{escape(band.name)}</text>'
        )
    for number, panel in enumerate(panels):
        parts += _panel(panel, _TOP + number * (_PANEL + _GAP), across, end)
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, top: float, across: Callable[[float], float], end: float) -> list[str]:
    highest = max(1, math.ceil(max((value for _, value in panel.points), default=1.0)))
    base = top + _PANEL

    def up(value: float) -> float:
        return base - value / highest * (_PANEL - 22)

    parts = [f'<text x="{_LEFT + 4}" y="{top + 12}">{escape(panel.name)}</text>']
    for value in range(0, int(highest) + 1, max(1, round(highest / 4))):
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" '
            f'y1="{up(value):.1f}" y2="{up(value):.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{up(value) + 4:.1f}" text-anchor="end">{value}</text>'
        )
    for second in range(0, int(end) + 1, 10):
        unit = " s" if second + 10 > end else ""
        parts.append(
            f'<text x="{across(second):.1f}" y="{base + 16}" text-anchor="middle">'
            f"{second}{unit}</text>"
        )
    if panel.dots:
        dots = "".join(f"M{across(at):.0f} {up(v):.0f}h0" for at, v in panel.points if at <= end)
        parts.append(f'<path class="dots" d="{dots}"/>')
    else:
        path, before = "", 0.0
        for at, level in panel.points:
            path += f"{'L' if path else 'M'}{across(at):.1f} {up(before):.1f}V{up(level):.1f}"
            before = level
        parts.append(f'<path class="line" d="{path}"/>')
    return parts
