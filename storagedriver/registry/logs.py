"""The server's log: lines on a descriptor, written by a thread of their own."""

import logging
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from storagedriver.registry import requestids
from storagedriver.registry.lines import LEVELS, Lines, batches
from storagedriver.registry.logfmt import redacted
from storagedriver.registry.logformats import Format, as_text

_GATHERED_SECONDS = 0.02
_MOST_WAITING = 50_000
_CLOSING_SECONDS = 5.0


class Log(Lines):
    """Writes events as lines, in their order, without making whoever logs wait.

    A thread writes what came together within 20 ms. While a reader of the descriptor is stalled, at
    most 50,000 lines wait, and what is lost beyond that is counted in a line of its own. A
    descriptor that fails (a closed pipe) loses its lines, and nothing else happens.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        level: str = "info",
        fields: Mapping[str, str],
        line: Format = as_text,
    ) -> None:
        super().__init__(descriptor, level=level, fields=fields, line=line)
        self._waiting: deque[str] = deque()
        self._lost = 0
        self._wake = threading.Event()
        self._is_closing = threading.Event()
        self._thread = threading.Thread(target=self._write_lines, name="log", daemon=True)
        self._thread.start()

    def event(self, level: str, event: str, fields: Iterable[tuple[str, object]] = ()) -> None:
        """Log an event; a field of None is left out. Below the log's level it does nothing."""
        if LEVELS[level] < self.level:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(self._written(level, event, fields))
        if not self._wake.is_set():
            self._wake.set()

    def close(self) -> None:
        """Write what waits, for at most 5 seconds, and end the thread. May be repeated."""
        self._is_closing.set()
        self._wake.set()
        self._thread.join(_CLOSING_SECONDS)

    def _write_lines(self) -> None:
        is_closing = False
        while not is_closing:
            self._wake.wait()
            self._is_closing.wait(_GATHERED_SECONDS)
            # In this order: who sets the event from here on finds it cleared, and what was set
            # or appended before is seen below.
            self._wake.clear()
            is_closing = self._is_closing.is_set()
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            lost, self._lost = self._lost, 0
            if lost:
                lines.append(self._written("error", "lost", [("lines", lost)]))
            for batch in batches(lines):
                self._write(batch)

    def _write(self, content: bytes) -> None:
        while content:
            try:
                content = content[os.write(self._descriptor, content) :]
            except BlockingIOError:
                time.sleep(_GATHERED_SECONDS)
            except OSError:
                return


class LogHandler(logging.Handler):
    """Brings what libraries log into the same lines, without secrets."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record; a traceback goes into the same line."""
        if record.name == "uvicorn.error" and record.exc_info:
            return  # an exception out of the app: the request's own line has told it
        try:
            message = redacted(record.getMessage())
        except Exception:  # noqa: BLE001 - a wrong logging call must not fail what it tells about
            message = redacted(str(record.msg))
        error = record.exc_info[1] if record.exc_info else None
        fields = [
            ("logger", record.name),
            ("message", message),
            ("request_id", requestids.current()),
            ("error", traceback_of(error)),
        ]
        self._log.event(_name(record.levelno), "message", fields)


def traceback_of(error: BaseException | None) -> str | None:
    """Give an error's traceback as one text, without secrets."""
    return redacted("".join(traceback.format_exception(error))) if error else None


def _name(number: int) -> str:
    return next((name for name in reversed(LEVELS) if LEVELS[name] <= number), "debug")


@contextmanager
def logging_to(log: Log) -> Iterator[None]:
    """Send everything that is logged in this process to the log, while in the block."""
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn")
    httpx = logging.getLogger("httpx")
    handler = LogHandler(log)
    levels = root.level, uvicorn.level, httpx.level
    root.addHandler(handler)
    root.setLevel(max(log.level, logging.INFO))  # below that, libraries log whole headers
    uvicorn.setLevel(max(log.level, logging.WARNING))
    httpx.setLevel(max(log.level, logging.WARNING))  # else it tells each URL, with what is in it
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        uvicorn.setLevel(levels[1])
        httpx.setLevel(levels[2])


@contextmanager
def opened_log(*, level: str, fields: Mapping[str, str], line: Format = as_text) -> Iterator[Log]:
    """Open the log on standard error, and write all of it before leaving the block."""
    log = Log(standard_error(), level=level, fields=fields, line=line)
    try:
        with logging_to(log):
            yield log
    finally:
        log.close()


def standard_error() -> int:
    """Give the descriptor of standard error, which leads nowhere if the process was given none."""
    # Without standard streams (`2>&-`), the next files to be opened, a blob for one, would get
    # their numbers, and what is printed to them.
    while (placeholder := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 - standard error
        pass
    os.close(placeholder)
    return 2 if sys.stderr is None else sys.stderr.fileno()
