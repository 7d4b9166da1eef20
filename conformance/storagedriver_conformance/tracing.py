"""The lines of the driver's own code: counted as they are reached, the process killed at one."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from itertools import count
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from storagedriver.protocol import StorageDriver
from storagedriver_conformance.effects import listen

Tell = Callable[..., None]

# A loop in one line reaches it again and again: that often it counts.
REPEATED = 8

# A guard around a driver, or several, offers what is inside.
DEPTH = 8


def code_of(driver: object, named: Iterable[str] = ()) -> list[str]:
    """Return where the driver's own code lies: folders, which end in a separator, and files.

    That is the code of the packages `named` or, without any, of the packages of the driver's class
    and of the classes that it is made of.
    """
    if packages := [import_module(name) for name in named]:
        return [place for package in packages for place in _places(package)]
    for _ in range(DEPTH):
        driver = getattr(driver, "unguarded", None) or driver
    kinds = [kind.__module__ for kind in type(driver).__mro__]
    ours = {*sys.stdlib_module_names, StorageDriver.__module__}
    chosen = [name for name in kinds if name not in ours and name.partition(".")[0] not in ours]
    modules = [sys.modules[name] for name in chosen if name in sys.modules]
    return list(dict.fromkeys(place for module in modules for place in _places(module)))


def _places(module: ModuleType) -> list[str]:
    """Return the folder of a module's package; the file of one that is in no package."""
    file = getattr(module, "__file__", None)
    if file is None:  # a package without a file of its own, or a module that is compiled in
        return [f"{folder}{os.sep}" for folder in getattr(module, "__path__", [])]
    return [f"{Path(file).parent}{os.sep}" if module.__package__ else str(file)]


class Fuse:
    """Kills its process at the line of this number; with 0, it only counts.

    With `since`, it counts anew when so many things were said to be done. `effects` are the lines
    before which something was done that can be seen from outside. `heard` is told of each line.

    It has to be laid before those threads start whose lines are to count. They count, and those of
    the thread that lights it, from when it is lit.
    """

    def __init__(
        self, at: int, since: int, tell: Tell, heard: Callable[[str], None] = lambda _: None
    ) -> None:
        self._at = at
        self._since = since
        self._tell = tell
        self._heard = heard
        self._places: tuple[str, ...] = ()
        self._is_ours: dict[str, bool] = {}
        self._numbers = count(1)
        self._former = ""
        self._times = 0
        self.reached = 0
        self.effects: dict[int, None] = {}

    def lay(self) -> None:
        """Trace all threads that will be started; if nothing is to be killed, note effects."""
        threading.settrace(self._trace)
        if not self._at:
            listen(self._note)

    def light(self, places: Sequence[str]) -> None:
        """Begin to count the lines of the code that lies there."""
        self._is_ours.clear()
        self._places = tuple(places)
        sys.settrace(self._trace)

    def say(self, what: str) -> None:
        """Tell that something was done, and count that as a place too."""
        self._tell("said", self.reached, what)
        if self._since:
            self._since -= 1
            if not self._since:
                self._numbers = count(1)
        self.reach(f"after {what} returned")

    def reach(self, place: str) -> None:
        """Count a place, and kill the process if it is the one."""
        self._heard(place)
        self._times = self._times + 1 if place == self._former else 0
        self._former = place
        if self._times >= REPEATED:
            return
        self.reached = next(self._numbers)
        if self.reached == self._at and not self._since:
            self._tell("killed", self.reached, place)
            os.kill(os.getpid(), signal.SIGKILL)

    def _note(self) -> None:
        if self._places:
            self.effects[self.reached + 1] = None

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:  # noqa: ANN401, ARG002 - Python's form
        file = frame.f_code.co_filename
        if file not in self._is_ours:
            self._is_ours[file] = bool(self._places) and file.startswith(self._places)
        return self._line if self._is_ours[file] else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Any:  # noqa: ANN401, ARG002 - Python's form
        if event == "line":
            file = Path(frame.f_code.co_filename)
            self.reach(f"{file.parent.name}/{file.name}:{frame.f_lineno}")
        return self._line
