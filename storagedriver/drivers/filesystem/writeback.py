"""Writing back early: what was written goes to the disk while more comes, and not all at the end.

Without that the kernel keeps half a minute of writes in memory, and the sync at the end of a large
file waits for all of them. Only a sync makes anything durable: this is no more than a hint.
"""

import ctypes
from collections.abc import Callable
from functools import cache

STEP = 8 << 20
"""How many bytes are written before they are sent to the disk."""

_WRITE = 2  # SYNC_FILE_RANGE_WRITE of Linux: begin to write what no write has begun for


def begin(descriptor: int, offset: int, size: int) -> None:
    """Have the kernel begin to write a part of a file to the disk, where it can be told to."""
    call = _sync_file_range()
    if call is not None:
        call(descriptor, ctypes.c_int64(offset), ctypes.c_int64(size), ctypes.c_uint(_WRITE))


@cache
def _sync_file_range() -> Callable[..., int] | None:
    call: Callable[..., int] | None = getattr(ctypes.CDLL(None), "sync_file_range", None)
    return call
