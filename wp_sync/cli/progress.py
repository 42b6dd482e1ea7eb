"""Progress as people want it: bars on a terminal, a line a stage elsewhere, silence on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as RichProgress,
)
from rich.text import Text

from wp_sync.cli.text import length, printable, stage_name
from wp_sync.progress import Progress

# Between a group of work and the part of it that is under way, in a stage's name.
WITHIN = " · "


class Reporter(Progress):
    """A `Progress` with a beginning and an end, so that a screen can be put back in order."""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def stage(self, name: str, total: int | None = None, unit: str = "items") -> None:
        pass

    def advance(self, amount: int = 1) -> None:
        pass

    def note(self, text: str) -> None:
        pass


_NO_TIME = 0.05  # seconds; shown as 0.0 s


class Lines(Reporter):
    """One line for every finished stage, or group of them: for pipes and logs of cron jobs."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._name = ""
        self._unit = ""
        self._done = 0
        self._total: int | None = None
        self._begun = 0.0
        self._lock = threading.Lock()

    def stage(self, name: str, total: int | None = None, unit: str = "items") -> None:
        group = name.partition(WITHIN)[0]
        if WITHIN in name and group == self._name:
            if self._total is not None:
                self._total += total or 0
            self._unit = unit
            return
        self._finish()
        self._name, self._unit, self._total, self._done = group, unit, total, 0
        self._begun = time.monotonic()

    def advance(self, amount: int = 1) -> None:
        with self._lock:
            self._done += amount

    def note(self, text: str) -> None:
        self._write(f"note: {printable(text, one_line=True)}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish(cut_short=kind is not None)

    def _finish(self, *, cut_short: bool = False) -> None:
        if not self._name:
            return
        seconds = time.monotonic() - self._begun
        name = stage_name(self._name)
        if not self._done and not cut_short and seconds < 1:
            self._name = ""  # nothing was there to do; not worth a line
            return
        if self._done:
            unit = self._unit.removesuffix("s") if self._done == 1 else self._unit
            amount = f"{self._done:,} {unit}"
            if self._total and self._done < self._total:
                amount = f"{self._done:,} of {self._total:,} {self._unit}"
            took = ""  # what took no time has no rate either
            if seconds >= _NO_TIME:
                took = f" in {length(seconds)} ({_rate(self._done / seconds)})"
            line = f"{name}: {amount}{took}"
        else:
            line = f"{name}: {length(seconds)}"
        self._write(line + (", not finished" if cut_short else ""))
        self._name = ""


class Bars(Reporter):
    """One bar for every stage, with amount, rate and time left."""

    def __init__(self, console: Console) -> None:
        self._progress = RichProgress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Amount(),
            _Rate(),
            _Left(),
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=8,
        )
        self._console = console
        self._task: TaskID | None = None

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._finish()
        elif self._task is not None:
            self._progress.stop_task(self._task)
        self._progress.stop()

    def stage(self, name: str, total: int | None = None, unit: str = "items") -> None:
        self._finish()
        shown = stage_name(name)
        self._task = self._progress.add_task(shown, total=total or None, unit=unit)

    def advance(self, amount: int = 1) -> None:
        if self._task is not None:
            self._progress.advance(self._task, amount)

    def note(self, text: str) -> None:
        self._progress.console.print(Text(f"  {printable(text, one_line=True)}", style="dim"))

    def _finish(self) -> None:
        if self._task is not None:
            done = self._progress.tasks[-1].completed
            # A stage is over when the next begins; what it was estimated at no longer matters.
            self._progress.update(self._task, total=max(done, 1), completed=max(done, 1), real=done)
            self._task = None


class _Amount(ProgressColumn):
    def render(self, task: Task) -> Text:
        done = int(task.fields.get("real", task.completed))
        unit = task.fields.get("unit", "")
        if task.finished:
            return Text(f"{done:,} {unit}" if done else "", style="cyan")
        if task.total:
            return Text(f"{done:,}/{int(task.total):,} {unit}", style="cyan")
        return Text(f"{done:,} {unit}" if done else "", style="cyan")


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        done = task.fields.get("real", task.completed)
        speed = done / task.elapsed if task.finished and task.elapsed and done else task.speed
        return Text(_rate(speed) if speed and done else "", style="magenta")


class _Left(ProgressColumn):
    def render(self, task: Task) -> Text:
        if task.finished or task.time_remaining is None:
            return Text("")
        return Text(f"{length(task.time_remaining)} left", style="dim")


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}/s" if per_second >= 9.95 else f"{per_second:.1f}/s"
