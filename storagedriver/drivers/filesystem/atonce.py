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
"""How large a file may be to be got at once: to copy it takes a few microseconds."""

PIECE = 1 << 20
"""How many bytes of a large file are read at once: that takes about 50 microseconds.

A way to a thread and back takes as long by itself, and to send the bytes twice as long. More of
them would not stay in the second level of a processor's caches.
"""

_OPENAT2 = 437  # the number of the call, on every machine that Python runs on
_AT_FDCWD = -100
_HOW = "QQQ"
_HOW_BYTES = struct.calcsize(_HOW)
_NO_SYMLINKS = 0x04
_CACHED = 0x20
_NOWAIT = getattr(os, "RWF_NOWAIT", 0)
_WRITABLE = 0x200  # PyBUF_WRITE
# Up to so many bytes, to copy them takes less than to do without.
_COPIED = 1 << 13
# Where others rename files or mount at that moment, the kernel refuses what it could do.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Calls that fail rather than wait. Both raise `OSError` whenever a thread has to do it.

    `open` is `os.open` of a name without links on the way. `read` is `os.pread`, and gives less
    than it is asked for where the rest is not in memory.
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
    if size <= _COPIED:
        copied = bytearray(size)
        return bytes(copied[: os.preadv(descriptor, [copied], offset, _NOWAIT)])
    # As C code makes bytes, and as `os.pread` does: they are filled in before anybody sees them.
    # To read into a byte array and to copy that takes 1.7 times as long for a MiB.
    content: bytes = _new_bytes(None, size)
    memory = _memory_at(_address_of(content), size, _WRITABLE)
    count = os.preadv(descriptor, [memory], offset, _NOWAIT)
    return content if count == size else content[:count]


_new_bytes = ctypes.pythonapi.PyBytes_FromStringAndSize
_new_bytes.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]
_new_bytes.restype = ctypes.py_object
_address_of = ctypes.pythonapi.PyBytes_AsString
_address_of.argtypes = [ctypes.py_object]
_address_of.restype = ctypes.c_void_p
_memory_at = ctypes.pythonapi.PyMemoryView_FromMemory
_memory_at.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int]
_memory_at.restype = ctypes.py_object
