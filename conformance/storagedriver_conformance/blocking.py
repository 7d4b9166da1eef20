"""What blocks an event loop: calls that wait for a disk or a peer, seen in the loop's own thread.

Python tells audit hooks of some, and a profiler of the others. No time is measured, so that a busy
machine proves nothing.
"""

import gc
import io
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import get_ident
from types import FrameType
from typing import Any

FILES = {"open", "glob.glob", "glob.glob/2", "fcntl.flock", "fcntl.lockf"}
FILES |= {f"os.{name}" for name in ("listdir", "scandir", "mkdir", "rename", "remove", "rmdir")}
FILES |= {f"os.{name}" for name in ("link", "symlink", "truncate", "chmod", "chown", "utime")}
FILES |= {f"shutil.{name}" for name in ("copyfile", "copytree", "move", "rmtree")}
PEERS = {"subprocess.Popen", "sqlite3.connect", "socket.getaddrinfo", "socket.gethostbyname"}
CONNECT = "socket.connect"

# Of these a profiler alone is told; time.sleep tells audit hooks from Python 3.13 on. Without stat:
# a driver may ask for a name that the kernel was asked for just before, which takes microseconds.
OF_OS = ("fsync", "fdatasync", "pread", "preadv", "pwrite", "pwritev", "sendfile", "statvfs")
FUNCTIONS = [time.sleep, *(getattr(os, name) for name in OF_OS if hasattr(os, name))]
OPEN_FILES = (io.FileIO, io.BufferedReader, io.BufferedWriter, io.BufferedRandom)
OF_FILES = {"read", "read1", "readall", "readinto", "readline", "write", "flush"}

# With this flag preadv fails rather than wait.
NOWAIT = getattr(os, "RWF_NOWAIT", 0)
PREADV: Any = getattr(os, "preadv", None)  # not on every machine

# Python itself reads files there: for an import, or for the lines of a traceback.
PYTHON = ("importlib._bootstrap", "importlib._bootstrap_external", "linecache", "tokenize")

# An audit hook stays for the life of the process: one serves all, and looks here.
_watched: dict[int, list[str]] = {}


@contextmanager
def blocking_calls() -> Iterator[list[str]]:
    """Give a list that fills with the blocking calls which this thread makes in the block.

    A call of `os.preadv` with RWF_NOWAIT is none. Its flags are seen where it is called by that
    name: one that was imported from `os` before is taken to wait.
    """
    _install()
    collects = gc.isenabled()
    gc.disable()  # a finalizer of somebody else's object may remove a file
    seen: list[str] = []
    _watched[get_ident()] = seen
    if PREADV is not None:
        vars(os)["preadv"] = _preadv
    profiler = sys.getprofile()
    if profiler is None:
        sys.setprofile(_note_call)
    try:
        yield seen
    finally:
        sys.setprofile(profiler)
        del _watched[get_ident()]
        if PREADV is not None and not _watched:
            vars(os)["preadv"] = PREADV
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


def _preadv(
    descriptor: int, buffers: Sequence[bytearray | memoryview], offset: int, flags: int = 0, /
) -> int:
    """Call os.preadv. A profiler is not told its arguments, but sees what this frame has."""
    read: int = PREADV(descriptor, buffers, offset, flags)
    return read


def _note_call(frame: FrameType, event: str, called: object) -> None:
    seen = _watched.get(get_ident())
    if event != "c_call" or seen is None or not _waits(called) or _is_pythons(frame):
        return
    if frame.f_code is _preadv.__code__:
        if frame.f_locals["flags"] & NOWAIT:
            return
        frame = frame.f_back or frame
    name = getattr(called, "__qualname__", "")
    seen.append(f"{name} in {frame.f_code.co_name}")


def _waits(called: object) -> bool:
    if isinstance(getattr(called, "__self__", None), OPEN_FILES):
        return getattr(called, "__name__", "") in OF_FILES
    return any(called is function for function in FUNCTIONS)


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
