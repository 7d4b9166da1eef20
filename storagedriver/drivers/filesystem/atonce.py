"""Opening and reading what the kernel has in memory, which needs no thread: nothing is waited for.

Linux tells before it would wait. `openat2` with RESOLVE_CACHED opens a file only if all names on
the way are in its memory, and `preadv2` with RWF_NOWAIT reads only what is. Otherwise both fail
with EAGAIN, and a thread does the call in the usual way. The file systems of a network take no
RWF_NOWAIT, and neither do those of processes, so there all is done in threads.
"""

import ctypes
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

MOST = 1 << 16
"""How many bytes are read at once: to copy them takes a few microseconds."""

_OPENAT2 = 437  # the number of the call, on every machine that Python runs on
_AT_FDCWD = -100
_HOW = "QQQ"
_HOW_BYTES = struct.calcsize(_HOW)
_NO_SYMLINKS = 0x04
_CACHED = 0x20
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)
# Where others rename files or mount at that moment, the kernel refuses what it could do.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Calls that fail rather than wait. Both raise `OSError` whenever a thread has to do it.

    `open` is `os.open` of a name without links on the way, `read` is `os.pread`.
    """

    open: Callable[[str, int], int]
    read: Callable[[int, int, int], bytes]


def probe(file: str) -> AtOnce | None:
    """Return the calls, if they work on an empty file that was just made; None if not."""
    # What does not wait need not let other threads run, which would then have to be waited for.
    library = ctypes.PyDLL(None)
    if not _NOWAIT or not hasattr(library, "syscall"):
        return None
    syscall = library.syscall
    syscall.argtypes = [
        ctypes.c_long,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_char_p,
        ctypes.c_size_t,
    ]
    syscall.restype = ctypes.c_long

    def opened(name: str, flags: int) -> int:
        descriptor: int = syscall(_OPENAT2, _AT_FDCWD, os.fsencode(name), _how(flags), _HOW_BYTES)
        if descriptor < 0:
            raise BlockingIOError
        return descriptor

    answers = any(_can_read(opened, file) for _ in range(_TRIES))
    return AtOnce(opened, _read) if answers else None


@lru_cache(maxsize=8)  # it is one for reading, and one for a look
def _how(flags: int) -> bytes:
    """Return what `openat2` is told of how to open."""
    return struct.pack(_HOW, flags | os.O_CLOEXEC, 0, _NO_SYMLINKS | _CACHED)


def _can_read(opened: Callable[[str, int], int], file: str) -> bool:
    try:
        descriptor = opened(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        os.preadv(descriptor, [bytearray(1)], 0, _NOWAIT)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _read(descriptor: int, size: int, offset: int) -> bytes:
    content = bytearray(size)
    return bytes(content[: os.preadv(descriptor, [content], offset, _NOWAIT)])
