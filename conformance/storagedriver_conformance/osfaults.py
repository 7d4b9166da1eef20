"""Faults for drivers whose storage is the file system of this machine: system calls that fail.

What a driver calls by Python's `os`, `open` and `pathlib` is struck, in whichever thread. It is
known by its module: a call counts where a function of the driver's package is among those that led
to it. Nothing else in the process is touched, and nothing is left of it after a block.
"""

import builtins
import errno
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any

from storagedriver_conformance.faults import Fault, Kind, Strikes

System = Callable[..., Any]

READS = {"read", "pread"}
WRITES = {"write", "pwrite", "writev", "pwritev"}
NAMES = {"rename", "replace", "link", "symlink", "unlink", "remove", "mkdir", "rmdir"}
SIZES = {"truncate", "ftruncate"}
SYNCS = {"fsync", "fdatasync"}
OPENS = {"open", "scandir", "listdir"}
LOOKS = {"stat", "lstat", "fstat"}
TIMES = {"utime"}

STRUCK = {
    Kind.REFUSE: READS | WRITES | NAMES | SIZES | SYNCS | OPENS | LOOKS | TIMES,
    Kind.CUT: READS | WRITES,
    Kind.LOST_ANSWER: WRITES | NAMES | SIZES | SYNCS | TIMES,
    Kind.DENIED: NAMES | OPENS | {"stat", "lstat", "truncate"},
    Kind.FULL: WRITES | SYNCS | {"open", "rename", "replace", "link", "symlink", "mkdir"},
    Kind.EXHAUSTED: OPENS,
}
NUMBERS = {
    Kind.REFUSE: errno.EIO,
    Kind.LOST_ANSWER: errno.EIO,
    Kind.DENIED: errno.EACCES,
    Kind.FULL: errno.ENOSPC,
    Kind.EXHAUSTED: errno.EMFILE,
}


class OsFaults:
    """Makes the system calls of a package fail: of `storage.local` and all that is below it.

    A driver that takes a function out of its module (`from os import rename`) hides that from it,
    as does a library in C. One fault at a time can be injected in a process.
    """

    kinds = tuple(STRUCK)

    def __init__(self, package: str) -> None:
        self._package = package

    @contextmanager
    def inject(self, fault: Fault) -> Iterator[Strikes]:
        """See `Faults`."""
        strikes = Strikes(fault)
        with ExitStack() as stack:
            for name in sorted(STRUCK[fault.kind]):
                if hasattr(os, name):  # some systems lack some
                    _replace(stack, os, name, partial(self._struck, name, strikes))
            for module in (builtins, io):
                _replace(stack, module, "open", self._opening)
            yield strikes

    def _struck(self, name: str, strikes: Strikes, original: System) -> System:
        """Return what stands for a system call."""
        kind = strikes.fault.kind

        def call(*arguments: object, **options: object) -> object:
            if kind is Kind.FULL and name == "open" and not _makes(arguments, options):
                return original(*arguments, **options)
            if not self._is_drivers() or not strikes.befall(_told(name, *arguments)):
                return original(*arguments, **options)
            if kind is Kind.CUT:
                return _half(name, original, arguments)
            if kind is Kind.LOST_ANSWER:
                original(*arguments, **options)
            number = NUMBERS[kind]
            raise OSError(number, os.strerror(number))

        return call

    def _opening(self, original: System) -> System:
        """Return what stands for `open`: Python's own, whose files work by calls of `os`."""
        of_python: System = import_module("_pyio").open

        def call(*arguments: object, **options: object) -> object:
            opens = of_python if self._is_drivers() else original
            return opens(*arguments, **options)

        return call

    def _is_drivers(self) -> bool:
        """Tell whether a function of the package led to the caller's call."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - the only way
        below = f"{self._package}."
        while frame is not None:
            module = frame.f_globals.get("__name__", "")
            if module == self._package or module.startswith(below):
                return True
            frame = frame.f_back
        return False


@dataclass(frozen=True, slots=True)
class _Instead:
    """A function that stands where another one belongs."""

    original: System
    function: System

    def __call__(self, *arguments: object, **options: object) -> object:
        return self.function(*arguments, **options)


def _replace(
    stack: ExitStack, module: ModuleType, name: str, made: Callable[[System], System]
) -> None:
    """Put a function into a module until the stack ends, made of the one that is there."""
    original = getattr(module, name)
    if isinstance(original, _Instead):
        # A thread that hangs has left it. Whichever ends last, nothing may stay in the module.
        original = original.original
    stack.callback(setattr, module, name, original)
    setattr(module, name, _Instead(original, made(original)))


def _makes(arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Tell whether an `os.open` makes a file, which needs space."""
    flags = arguments[1] if len(arguments) > 1 else options["flags"]
    return bool(flags & os.O_CREAT)


def _told(name: str, *arguments: object) -> str:
    """Say in words which call it is."""
    if arguments and isinstance(arguments[0], str | bytes | os.PathLike):
        return f"os.{name} of {os.fsdecode(arguments[0]).rpartition('/')[2]!r}"
    return f"os.{name}"


def _half(name: str, original: System, arguments: tuple[Any, ...]) -> object:
    """Read or write half, as the system may do at any time."""
    file, given, *place = arguments
    if name in READS:
        read = original(file, given, *place)
        kept = read[: -(-len(read) // 2)]
        if name == "read":
            os.lseek(file, len(kept) - len(read), os.SEEK_CUR)
        return kept
    if name.endswith("v"):
        joined = b"".join(given)
        return original(file, [joined[: -(-len(joined) // 2)]], *place)
    whole = memoryview(given).cast("B")
    return original(file, whole[: -(-len(whole) // 2)], *place)
