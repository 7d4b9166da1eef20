"""Events as lines on a descriptor that other processes may write to as well."""

import os
import select
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from storagedriver.registry.logfmt import key
from storagedriver.registry.logformats import Format, as_text

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Lines:
    """Writes events as lines, each before `event` returns; without a thread.

    A line is lost, rather than waited for, while the reader of the descriptor is stalled, and when
    the descriptor fails.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        level: str = "info",
        fields: Mapping[str, str],
        line: Format = as_text,
    ) -> None:
        self.level = LEVELS[level]
        self._descriptor = descriptor
        self._fields = [(key(name), value) for name, value in fields.items()]
        self._line = line
        self._second = (0, "")

    def event(self, level: str, event: str, fields: Iterable[tuple[str, object]] = ()) -> None:
        """Log an event; a field of None is left out. Below the log's level it does nothing."""
        if LEVELS[level] >= self.level:
            self._take(self._written(level, event, fields))

    def _written(self, level: str, event: str, fields: Iterable[tuple[str, object]]) -> str:
        what = [("level", level), ("event", event), *fields, *self._fields]
        return self._line(self._now(), what)

    def _take(self, line: str) -> None:
        try:
            if select.select([], [self._descriptor], [], 0)[1]:
                os.write(self._descriptor, line.encode())
        except OSError:
            return

    def _now(self) -> str:
        now = time.time()
        seconds = int(now)
        second, text = self._second
        if second != seconds:
            text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
            self._second = seconds, text
        return f"{text}.{int((now - seconds) * 1000):03d}Z"


def batches(lines: Sequence[str]) -> Iterator[bytes]:
    """Join whole lines, as many as a pipe takes in one piece; a longer one stands alone.

    What is written at once and is not larger is never mixed with what other processes write.
    """
    batch: list[bytes] = []
    size = 0
    for line in lines:
        content = line.encode()
        if batch and size + len(content) > select.PIPE_BUF:
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(content)
        size += len(content)
    if batch:
        yield b"".join(batch)
