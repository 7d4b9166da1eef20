"""What blocks an event loop: calls that wait for a disk or a peer, seen in the loop's own thread.

Python tells audit hooks of them. No time is measured, so that a busy machine proves nothing.
"""

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import get_ident
from types import FrameType

FILES = {"open", "glob.glob", "glob.glob/2", "fcntl.flock", "fcntl.lockf"}
FILES |= {f"os.{name}" for name in ("listdir", "scandir", "mkdir", "rename", "remove", "rmdir")}
FILES |= {f"os.{name}" for name in ("link", "symlink", "truncate", "chmod", "chown", "utime")}
FILES |= {f"shutil.{name}" for name in ("copyfile", "copytree", "move", "rmtree")}
PEERS = {"subprocess.Popen", "sqlite3.connect", "socket.getaddrinfo", "socket.gethostbyname"}
CONNECT = "socket.connect"

# Python itself reads files there: for an import, or for the lines of a traceback.
PYTHON = ("importlib._bootstrap", "importlib._bootstrap_external", "linecache", "tokenize")

# An audit hook stays for the life of the process: one serves all, and looks here.
_watched: dict[int, list[str]] = {}


@contextmanager
def blocking_calls() -> Iterator[list[str]]:
    """Give a list that fills with the blocking calls which this thread makes in the block."""
    _install()
    collects = gc.isenabled()
    gc.disable()  # a finalizer of somebody else's object may remove a file
    seen: list[str] = []
    _watched[get_ident()] = seen
    profiler = sys.getprofile()
    if profiler is None:
        sys.setprofile(_note_sleep)  # time.sleep tells audit hooks from Python 3.13 on
    try:
        yield seen
    finally:
        sys.setprofile(profiler)
        del _watched[get_ident()]
        if collects:
            gc.enable()


@cache
def _install() -> None:
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    seen = _watched.get(get_ident())
    if seen is None or not _blocks(event, arguments) or _is_pythons(sys._getframe(1)):  # noqa: SLF001 - the only way
        return
    seen.append(f"{event}({arguments[0]!r:.60})" if arguments else event)


def _note_sleep(frame: FrameType, event: str, called: object) -> None:
    seen = _watched.get(get_ident())
    if event == "c_call" and called is time.sleep and seen is not None:
        seen.append(f"time.sleep in {frame.f_code.co_name}")


def _blocks(event: str, arguments: tuple[object, ...]) -> bool:
    if event == CONNECT:
        timeout = getattr(arguments[0], "gettimeout", None)
        return timeout is not None and timeout() != 0
    return event in FILES or event in PEERS


def _is_pythons(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") in PYTHON:
            return True
        frame = frame.f_back
    return False
