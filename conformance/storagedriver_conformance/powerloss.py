"""What a power cut may leave of a folder: worked out from what was synced, at each line of a call.

What lies in the folder is looked at after each line of the driver's code, so that it is seen
whoever writes it. A file's bytes last from when it was synced; until then they may be lost,
although its name is there. Before a call returns, names last in the order in which they were made,
as they do where a file system has a journal. After that nothing may depend on one: a directory has
the names that it had when it was synced itself.
"""

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import RLock

Names = dict[int, dict[str, int]]
Contents = dict[int, bytes]

SYNCS = ("fsync", "fdatasync")
# How often a look is tried again when something goes while it is looked at.
ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Left:
    """What a power cut may leave: where it was, after how many acknowledgements, and what is lost.

    `tree` is a directory: its names, with the bytes of files and with further directories.
    """

    place: str
    said: int
    lost: str
    tree: "Tree"


Tree = dict[str, "bytes | Tree"]


@dataclass(slots=True)
class Seen:
    """Directories and files by numbers of our own, since the system's are used again."""

    names: Names = field(default_factory=dict)
    contents: Contents = field(default_factory=dict)


class Recorder:
    """Looks at a folder, and gathers what power cuts may leave of it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = RLock()
        self._numbers = count(1)
        self._known: dict[int, int] = {}
        self._now = Seen()
        self._synced = Seen()
        self._journal: Names = {}
        self._last: Contents = {}
        self._said = 0
        self._is_said = False
        self.found: list[Left] = []

    def begin(self) -> None:
        """Take what is there now as synced."""
        self._now = self._look()
        self._synced = Seen(dict(self._now.names), dict(self._now.contents))
        self._journal = dict(self._now.names)

    def reach(self, place: str) -> None:
        """Look at what the line before this one did."""
        with self._lock:
            now = self._look()
            if now != self._now or self._is_said:
                self._now, self._is_said = now, False
                self._note(place)

    def say(self) -> None:
        """Note that something is acknowledged."""
        self._said += 1
        self._is_said = True

    def sync(self, descriptor: int) -> None:
        """Note that a file or a directory was synced."""
        with self._lock:
            self._now = self._look()
            status = os.fstat(descriptor)
            number = self._known.get(status.st_ino)
            self._journal = dict(self._now.names)
            if number is not None and stat.S_ISDIR(status.st_mode):
                self._synced.names[number] = self._now.names[number]
            elif number is not None:
                self._synced.contents[number] = self._now.contents[number]

    def _note(self, place: str) -> None:
        """Work out what may be left now."""
        older = {number: self._synced.contents.get(number, b"") for number in self._last}
        whole = self._last
        if self._said:
            self._add(place, "what was not synced is lost", self._synced.names, older)
            self._add(place, "bytes that were not synced are lost", self._now.names, older)
        else:
            self._add(place, "bytes that were not synced are lost", self._now.names, older)
            self._add(place, "names that were not synced are lost", self._journal, whole)
            self._add(place, "what was not synced is lost", self._journal, older)

    def _add(self, place: str, lost: str, names: Names, contents: Contents) -> None:
        tree = _tree(1, names, contents)
        if all(tree != one.tree or self._said != one.said for one in self.found):
            self.found.append(Left(place, self._said, lost, tree))

    def _look(self) -> Seen:
        for _ in range(ATTEMPTS):
            seen, inodes = Seen(), dict[int, int]()
            try:
                self._scan(self._root, seen, inodes)
            except FileNotFoundError:
                continue
            self._known = inodes
            self._last |= seen.contents
            return seen
        return self._now  # it goes on changing: the next line will do

    def _scan(self, folder: Path, seen: Seen, inodes: dict[int, int]) -> int:
        number = self._number(folder, inodes)
        seen.names[number] = {}
        for entry in sorted(folder.iterdir()):
            if entry.is_dir():
                seen.names[number][entry.name] = self._scan(entry, seen, inodes)
            elif entry.is_file():
                below = seen.names[number][entry.name] = self._number(entry, inodes)
                seen.contents[below] = entry.read_bytes()
        return number

    def _number(self, entry: Path, inodes: dict[int, int]) -> int:
        inode = entry.stat().st_ino
        if inode not in inodes:
            known = self._known.get(inode)
            inodes[inode] = next(self._numbers) if known is None else known
        return inodes[inode]


def _tree(number: int, names: Names, contents: Contents) -> Tree:
    return {
        name: contents[below] if below in contents else _tree(below, names, contents)
        for name, below in names.get(number, {}).items()
    }


def write(tree: Tree, folder: Path) -> None:
    """Make a directory with all that is in it."""
    folder.mkdir(parents=True)
    for name, below in tree.items():
        if isinstance(below, bytes):
            (folder / name).write_bytes(below)
        else:
            write(below, folder / name)


def note_syncs(note: Callable[[int], None]) -> None:
    """Call `note` with the descriptor of each sync of this process, once it is done.

    Nothing ends that: it is for a process that will end soon.
    """
    for name in SYNCS:
        original: Callable[[int], None] = getattr(os, name, _nothing)
        noted = partial(_sync, original, note)
        for module in list(sys.modules.values()):
            for known in [known for known, value in vars(module).items() if value is original]:
                setattr(module, known, noted)


def _nothing(opened: int) -> None:
    """Stand for a sync that this system does not have."""


def _sync(original: Callable[[int], None], note: Callable[[int], None], opened: int) -> None:
    original(opened)
    note(opened)
