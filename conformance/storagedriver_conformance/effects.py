"""What of a process's work can be seen from outside: it changes files, or sends something.

Python tells audit hooks of the first, and profilers of the calls that do the second.
"""

import os
import sys
import threading
from collections.abc import Callable
from types import FrameType

CHANGES = {f"os.{name}" for name in ("rename", "remove", "mkdir", "rmdir", "link", "symlink")}
CHANGES |= {f"os.{name}" for name in ("truncate", "utime", "chmod", "chown")}
OPEN, FLAGS = "open", os.O_WRONLY | os.O_RDWR | os.O_CREAT

WRITES = {"write", "pwrite", "pwritev", "writev", "writelines", "flush", "copy_file_range"}
WRITES |= {"send", "sendall", "sendmsg", "sendto", "sendfile", "execute", "executemany", "commit"}
# What an open file has gathered is written then.
ENDS, FILES = {"close", "__exit__"}, "_io"

# How a thread wakes an event loop, and how this package tells what it does.
OURS = {"_write_to_self", "tell"}


def listen(heard: Callable[[], None]) -> None:
    """Call `heard` at each effect of this thread, and of all threads that will be started.

    Nothing ends that: it is for a process that will end soon.
    """

    def audited(event: str, arguments: tuple[object, ...]) -> None:
        if event in CHANGES or (event == OPEN and _is_written(arguments)):
            heard()

    def profiled(frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and _writes(called) and frame.f_code.co_name not in OURS:
            heard()

    sys.addaudithook(audited)
    threading.setprofile(profiled)
    sys.setprofile(profiled)


def _is_written(arguments: tuple[object, ...]) -> bool:
    flags = arguments[-1]
    return isinstance(flags, int) and bool(flags & FLAGS)


def _writes(called: object) -> bool:
    name = getattr(called, "__name__", "")
    owner = type(getattr(called, "__self__", None)).__module__
    return name in WRITES or (name in ENDS and owner == FILES)
