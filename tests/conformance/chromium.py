"""A headless Chromium, driven through its DevTools protocol over a pair of pipes."""

import base64
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import F_DUPFD_CLOEXEC, fcntl
from pathlib import Path
from time import monotonic
from typing import Any

PATIENCE = 90.0
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--remote-debugging-pipe",
]
# The browser reads from 3 and writes to 4: the numbers are fixed, so they are set just before.
START = """\
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Chromium:
    """One browser with one page."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing
        self._buffer = b""
        self._sent = 0
        self._session: str | None = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command and return its result."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda one: one.get("id") == message["id"])
        assert "error" not in answer, answer
        return answer["result"]

    def show(self, file: Path, *, width: int = 1280, dark: bool = False) -> None:
        """Open a file in a window of a width, as those see it who prefer light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=844,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=file.as_uri())
        self._wait(lambda one: one.get("method") == "Page.loadEventFired")

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page gives
        """Return what a JavaScript expression gives in the page: the suite's own page has none."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Keep a picture of the whole page."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        """Tell the browser to end."""
        self._session = None
        self.call("Browser.close")

    def _send(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._writing, content) :]

    def _wait(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = monotonic() + PATIENCE
        while True:
            while b"\0" not in self._buffer:
                ready, _, _ = select.select([self._reading], [], [], max(0.0, end - monotonic()))
                assert ready, "chromium does not answer"
                got = os.read(self._reading, 1 << 16)
                assert got, "chromium has ended"
                self._buffer += got
            text, _, self._buffer = self._buffer.partition(b"\0")
            message: dict[str, Any] = json.loads(text)
            if wanted(message):
                return message


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Chromium]:
    """Run a browser whose profile is in a folder, and leave no process of it."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # Out of the way of 3 and 4.
    moved = [fcntl(one, F_DUPFD_CLOEXEC, 10) for one in (theirs_in, theirs_out)]
    os.close(theirs_in)
    os.close(theirs_out)
    start = [sys.executable, "-c", START, *map(str, moved), program]
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [*start, *FLAGS, f"--user-data-dir={folder / 'profile'}"],
            pass_fds=moved,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"HOME": str(folder)},
        )
    for one in moved:
        os.close(one)
    try:
        browser = Chromium(ours_in, ours_out)
        yield browser
        browser.close()
        process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        os.close(ours_in)
        os.close(ours_out)
