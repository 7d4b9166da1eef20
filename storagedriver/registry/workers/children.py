"""Child processes: forked, told to stop, and heard of.

They are forked, not started anew: a new one is there in an instant, with the modules, the sockets
and the very configuration of the others, whatever became of its file, and shares memory with them.
For that, who forks has no thread and no event loop, neither of which survives a fork.
"""

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

from storagedriver.errors import DriverConfigurationError, StorageDriverError
from storagedriver.registry.configuration.config import ConfigError

STOP = b"s"
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)

_FAILED = 1
_MISUSED = 2
_PIECE = 65536

Facts = Mapping[str, object]


class Parent:
    """What a child knows of the process that forked it.

    From `orders` it reads a byte for each time that it is told to stop. Its end is the parent's.
    """

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders

    def ready(self, **facts: object) -> None:
        """Say that this process serves, and what the parent has to know of it."""
        self._say({"ready": facts})

    def failed(self, status: int, reason: str) -> None:
        """Say why this process ends, and with which status the whole would have to."""
        self._say({"failed": reason, "status": status})

    def _say(self, message: Mapping[str, object]) -> None:
        try:
            self.orders.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return  # the parent has died, which is seen elsewhere


class Child:
    """A running child process, as its parent sees it."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        channel.settimeout(0)
        self.pid = pid
        self.channel = channel
        self.facts: Facts | None = None
        self.failure: tuple[int, str] | None = None
        self._heard = b""
        self._is_silent = False

    @property
    def is_heard(self) -> bool:
        """Tell whether it may still say something."""
        return not self._is_silent

    def stop(self) -> None:
        """Tell it to stop; a second time, at once."""
        try:
            self.channel.send(STOP)
        except OSError:
            return  # it has ended

    def listen(self) -> None:
        """Take in what it has said: `facts` once it is ready, `failure` before it ends."""
        while not self._is_silent:
            try:
                piece = self.channel.recv(_PIECE)
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            self._is_silent = not piece
            self._heard += piece
        *lines, self._heard = self._heard.split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "ready" in message:
                self.facts = message["ready"]
            else:
                self.failure = message["status"], message["failed"]

    def ended(self) -> str | None:
        """Tell how it ended, or None while it runs; when it has ended, it is gone for good."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self.listen()
        self.channel.close()
        code = os.waitstatus_to_exitcode(status)
        if self.failure is None and code:
            self.failure = _FAILED, _how(code)
        return _how(code) if self.failure is None else self.failure[1]


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def forked(main: Callable[[Parent], int], closed: Iterable[socket.socket]) -> Child:
    """Run `main` in a child process, which ends with the status that it returns.

    There, SIGTERM and SIGINT do nothing: a terminal or a service manager sends them to all
    processes, and what the parent made of them comes by the channel. `closed` are sockets that are
    the parent's alone; with a copy of another's channel, nobody would see the parent die.
    """
    channel, orders = socket.socketpair()
    # A signal that came between would be written to what wakes the parent.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        pid = os.fork()
        if not pid:
            _live(main, Parent(orders), [channel, *closed])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    orders.close()
    return Child(pid, channel)


def _live(
    main: Callable[[Parent], int], parent: Parent, closed: Iterable[socket.socket]
) -> NoReturn:
    """Be a child until the end: nothing of the parent's is cleaned up here, or done twice."""
    status = _FAILED
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        for each in closed:
            each.close()
        status = main(parent)
    except (ConfigError, DriverConfigurationError) as error:
        status = _MISUSED
        parent.failed(status, str(error))
    except StorageDriverError as error:
        parent.failed(status, str(error))
    except BaseException as error:  # noqa: BLE001 - a defect, which is shown as it would be anywhere
        traceback.print_exc()
        sys.stderr.flush()
        parent.failed(status, f"{type(error).__name__}: {error}")
    finally:
        os._exit(status)
