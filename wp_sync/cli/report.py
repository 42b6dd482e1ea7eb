"""The doctor's findings for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from wp_sync.errors import Exit

if TYPE_CHECKING:
    from wp_sync.source.doctor import DoctorReport


def doctor_parts(report: DoctorReport) -> list[RenderableType]:
    """The report, most important first."""
    return [Text(str(report))]


def doctor_exit(report: DoctorReport) -> Exit:
    """Done: a doctor that could look has done its work, whatever it saw."""
    return Exit.DONE
