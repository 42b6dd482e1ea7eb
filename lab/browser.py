"""A real Chromium without a window, spoken to through a pipe: for tests of pages and of markup.

Asks no outside name: everything but loopback resolves to nothing. Each browser has a profile of its
own, thrown away with it. No library beside Python's; see `lab.axe` for the accessibility oracle.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from lab import system
from lab.errors import LabError, LabUnavailable
from lab.where import locked

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-pipe",
)


def program() -> str:
    """The browser's full path; installed when it is missing and may be.

    Raises:
        LabUnavailable: there is none, and none can be installed.
    """
    named = os.environ.get("WP_SYNC_CHROMIUM")
    found = named or next(filter(None, (shutil.which(name) for name in NAMES)), None)
    if not found:
        with locked("apt"):
            found = shutil.which("chromium")
            if not found:
                system.install(["chromium"])
                found = shutil.which("chromium")
    if not found:
        raise LabUnavailable("no chromium here (WP_SYNC_CHROMIUM can name one)")
    return found


class Browser:
    """A running browser; `page` opens a page of its own in it."""

    def __init__(self, *flags: str) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="wp-sync-browser-")
        ours_in, its_out = os.pipe()
        its_in, ours_out = os.pipe()
        # Above 3 and 4, where the browser wants them, so that one does not overwrite the other.
        child_in, child_out = (fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (its_in, its_out))

        def at_their_places() -> None:
            os.dup2(child_in, 3)
            os.dup2(child_out, 4)

        command = [program(), *FLAGS, *flags, f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            [*command, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=at_their_places,
            pass_fds=(3, 4, child_in, child_out),
            start_new_session=True,
            close_fds=True,
        )
        for fd in (its_in, its_out, child_in, child_out):
            os.close(fd)
        self._in, self._out = ours_in, ours_out
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser and throw its profile away."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for fd in (self._in, self._out):
            os.close(fd)
        shutil.rmtree(self._profile.name, ignore_errors=True)
        self._profile.cleanup()

    def call(
        self, method: str, session: str = "", within: float = 60.0, **arguments: Any
    ) -> dict[str, Any]:
        """One call of the DevTools protocol; what happens meanwhile is kept in `events`."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": arguments}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        deadline = time.monotonic() + within
        while True:
            answer = self._read(deadline, method)
            if answer.get("id") == number:
                if "error" in answer:
                    raise LabError(f"the browser refuses {method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)

    def wait_for(self, method: str, session: str, within: float = 60.0) -> dict[str, Any]:
        """The next event of a name, or one that came already; it is taken out of `events`."""
        deadline = time.monotonic() + within
        while True:
            for place, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId", "") == session:
                    return self.events.pop(place)
            self.events.append(self._read(deadline, method))

    def _read(self, deadline: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self._in], [], [], max(0.0, left))
            if not ready:
                raise LabError(f"the browser says nothing to {what}")
            piece = os.read(self._in, 1 << 20)
            if not piece:
                raise LabError(f"the browser ended during {what}")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))

    def page(self, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
        """A new page of this size in pixels."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.shape(width, height, dark)
        return page


class Page:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **arguments)

    def shape(self, width: int, height: int = 900, dark: bool = False) -> None:
        """The size of the window in pixels, and what the reader prefers, light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address: str | Path) -> None:
        """Go to an address or a file, and wait until it is loaded."""
        url = address.resolve().as_uri() if isinstance(address, Path) else address
        answer = self.call("Page.navigate", url=url)
        if answer.get("errorText"):
            raise LabError(f"the browser can't open {url}: {answer['errorText']}")
        self._browser.wait_for("Page.loadEventFired", self._session)

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; of a promise, what it comes to."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise LabError(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def key(self, key: str, text: str = "") -> None:
        """Press a key: ``Tab``, ``Enter``, or a letter with its ``text``."""
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **more)

    def complaints(self) -> list[str]:
        """Errors that were thrown or written to the console since the page was made."""
        self.evaluate("0")  # so that what was sent before has arrived
        found = []
        for event in self._browser.events:
            if event.get("sessionId") != self._session:
                continue
            values = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                details = values["exceptionDetails"]
                found.append(details.get("exception", {}).get("description") or details["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and values["type"] == "error":
                found.append(" ".join(str(one.get("value", "")) for one in values["args"]))
            elif event["method"] == "Log.entryAdded" and values["entry"]["level"] == "error":
                found.append(values["entry"]["text"])
        return found

    def requests(self) -> Sequence[str]:
        """The addresses that the page asked for."""
        self.evaluate("0")
        return [
            event["params"]["request"]["url"]
            for event in self._browser.events
            if event.get("method") == "Network.requestWillBeSent"
            and event.get("sessionId") == self._session
        ]

    def picture(self, whole: bool = False) -> bytes:
        """The page as a PNG: what the window shows, or all of it."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    def printed(self) -> bytes:
        """The page as a PDF, as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])
