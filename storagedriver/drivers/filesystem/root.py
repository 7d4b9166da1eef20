"""The parts of an open root, and where they lie.

    <root>/a/b               the file /a/b, and nothing else beside it
    <root>/~/temporary/      what is being written by a put
    <root>/~/writers/a,b/~X  what an unfinished writer of /a/b holds, X being its generation
    <root>/~/locks/00 to ff  the files that are locked, each for the paths with that hash

No path can name `~`, so no answer ever tells of it.
"""

from dataclasses import dataclass

from storagedriver.drivers.filesystem.atonce import AtOnce
from storagedriver.drivers.filesystem.locks import Locks
from storagedriver.drivers.filesystem.remembering import NamesMemory
from storagedriver.drivers.filesystem.tree import Tree

OWN = "/~"
TEMPORARY = f"{OWN}/temporary"
WRITERS = f"{OWN}/writers"
LOCKS = f"{OWN}/locks"


@dataclass(frozen=True, slots=True)
class Root:
    """An open root.

    `tree` has the files, `drafts` what unfinished writers hold, a folder for each path.
    `at_once` has calls that never wait, where the operating system has them.
    `memory` has the names of large directories, where it can be told that they are unchanged.
    `max_key` is how long a path may be, so that the operating system still takes its name.
    """

    tree: Tree
    drafts: Tree
    locks: Locks
    temporary: str
    at_once: AtOnce | None
    memory: NamesMemory | None
    max_key: int
