"""How a server's memory is allocated: the pieces of blobs that pass are of one size, all day.

glibc gives each thread a heap of its own, and memory that is freed back to the kernel soon. Each
piece of a pull is then made of fresh pages, which cost more than to read the file, and 32 pulls at
once have twice the peak.
"""

import ctypes
import sys
from contextlib import suppress

# Of malloc.h: what can be told, and what it is told, in bytes but for the number of heaps.
_TRIM_THRESHOLD, _KEPT = -1, 64 * 1024 * 1024
_MMAP_THRESHOLD, _LARGEST = -3, 32 * 1024 * 1024
_ARENA_MAX, _HEAPS = -8, 1


def keep_pieces() -> None:
    """Have the threads of this process share one heap, which keeps up to 64 MiB that are free."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl has neither the function nor the heaps
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_ARENA_MAX, _HEAPS)
            mallopt(_MMAP_THRESHOLD, _LARGEST)
            mallopt(_TRIM_THRESHOLD, _KEPT)
