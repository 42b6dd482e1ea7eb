"""Ctrl-C and SIGTERM end a run cleanly and soon; the next run goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli import start
from wp_sync.cli.stopping import signals
from wp_sync.demo import DemoServer, Request, Response
from wp_sync.progress import Stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


class Slow:
    """Lets everything through until posts are listed; holds those answers back, then is gone."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.free = threading.Event()
        self.seconds = 1.0

    def __call__(self, request: Request) -> Response | None:
        if "offset" in request.query and not self.free.is_set():
            self.reached.set()
            self.free.wait(self.seconds)
        return None


@pytest.fixture
def slow() -> Iterator[tuple[DemoServer, Slow]]:
    hook = Slow()
    with DemoServer(hook=hook) as site:
        yield site, hook
        hook.free.set()


def pull(site: DemoServer, folder: Path, *more: str) -> subprocess.Popen[str]:
    return start("pull", site.url, "--archive", "blog", "--media", "none", *more, cwd=folder)


def until_slow(process: subprocess.Popen[str], hook: Slow) -> None:
    """Wait until the pull is in the middle of a listing."""
    if not hook.reached.wait(60):
        process.kill()
        pytest.fail(f"the pull never came that far: {process.communicate()}")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_a_signal_stops_cleanly_and_the_next_run_completes(
    slow: tuple[DemoServer, Slow], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    site, hook = slow
    with pull(site, tmp_path, "--json") as process:
        until_slow(process, hook)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert "safe" in err
    assert json.loads(out)["exit_code"] == code
    hook.free.set()
    with start("status", "--archive", "blog", "--json", cwd=tmp_path) as process:
        runs = json.loads(process.communicate(timeout=60)[0])["runs"]
    assert [run["outcome"] for run in runs] == ["interrupted"]
    with pull(site, tmp_path, "--json") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    with start("status", "--archive", "blog", "--json", cwd=tmp_path) as process:
        status = json.loads(process.communicate(timeout=60)[0])
    assert status["kinds"]["posts/post"]["live"] == len(site.site.listings["/wp/v2/posts"].items)


def test_a_second_signal_aborts_at_once(slow: tuple[DemoServer, Slow], tmp_path: Path) -> None:
    site, hook = slow
    hook.seconds = 300  # an answer that does not come
    with pull(site, tmp_path) as process:
        until_slow(process, hook)
        process.send_signal(signal.SIGTERM)
        said = process.stderr
        assert said is not None
        heard = ""
        for heard in said:
            if "once more" in heard:
                break
        assert "once more" in heard
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        assert process.returncode == 143
        assert hook.reached.is_set()
        assert not hook.free.is_set()  # it did not wait for the answer
    hook.free.set()
    with start("check", "--archive", "blog", "--read-data", cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out


def test_a_signal_is_heard_while_the_main_thread_waits() -> None:
    """Delivered past the main thread, as when it comes just before that begins to wait."""
    stop, heard = Stop(), threading.Event()
    before = signal.getsignal(signal.SIGTERM)
    with signals(stop, asked=heard.set, aborting=lambda _: None):
        # By then this thread waits; sent earlier, it would be heard either way.
        beside = threading.Timer(
            0.5, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        )
        beside.start()
        assert heard.wait(60)
        beside.join()
    assert stop.requested
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with DemoServer() as site, pull(site, tmp_path) as process:
        process.communicate(timeout=120)
    with start("show", "post/101", "-a", "blog", cwd=tmp_path) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.wait(timeout=60)
    assert "Traceback" not in err
    assert "sorry" not in err.lower()
