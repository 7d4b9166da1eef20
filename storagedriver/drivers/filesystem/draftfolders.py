"""Where drafts lie: a folder for each path, directly in one folder, so that keeping one is cheap.

In a tree like that of the paths, a new draft would need a new folder for each component, and to be
kept each of them would have to be synced. `/a/b` has the folder `a,b` instead. Where that name is
too long for a file system it is cut, and goes on in the folder below, in a name led by `+`. Neither
character is in the grammar of paths, so that no two paths share a folder.
"""

import os
from collections.abc import Iterator

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.tree import Tree
from storagedriver.errors import InvalidPathError
from storagedriver.paths import MAX_KEY, ROOT, check_path, child_of, is_below, order_key

_SLASH = ","
_ON = "+"
# Most file systems take names of 255 bytes, eCryptfs takes 143.
_PIECE = 142

MOST_ADDED = len(_ON + "/") * (MAX_KEY // _PIECE)
"""How many bytes a path's folder may be longer than the path."""


def folder_of(path: str) -> str:
    """Return the folder of a path's drafts, as a path of its own, which the grammar disallows."""
    name = path[1:].replace("/", _SLASH)
    pieces = [name[at : at + _PIECE] for at in range(0, len(name), _PIECE)]
    # Led by a sign of its own, no piece can be `.` or `..`.
    return "/" + f"/{_ON}".join(pieces)


def folders_below(drafts: Tree, path: str) -> list[tuple[str, str]]:
    """Return the paths at and below a path that have a folder, each with it, in their order.

    `drafts` is what the folders lie in. All the names there are read: as many as there are
    unfinished writers.
    """
    found = []
    folders = [ROOT]
    for folder in folders:
        for name in _folders_in(drafts, folder):
            below = child_of(folder, name)
            text = below.replace(f"/{_ON}", "").replace(_SLASH, "/")
            if text == path or is_below(text, path):
                found.append((text, below))
            if len(name.removeprefix(_ON)) == _PIECE:
                folders.append(below)
    return sorted((each for each in found if _is_right(*each)), key=lambda each: order_key(each[0]))


def _folders_in(drafts: Tree, folder: str) -> Iterator[str]:
    """Give the names of the folders in a folder, in any order."""
    try:
        with os.scandir(drafts.file(folder)) as entries:
            yield from [each.name for each in entries if each.is_dir(follow_symlinks=False)]
    except OSError as error:
        if not is_missing(error):
            raise


def _is_right(path: str, folder: str) -> bool:
    """Tell whether a folder is really that of a path: others' folders may lie there too."""
    try:
        check_path(path)
    except InvalidPathError:
        return False
    return folder == folder_of(path)
