"""Component order over whatever order a service lists in.

Services that sort keys by bytes give `v1-rc/x` and `v1.0/x` before `v1/x`, as `-` and `.` come
before `/`; others walk directories, and give them in the contract's order. Nothing here has to know
which: in either, what belongs before an entry of a page and is not yet listed can only lie in a
directory in which the page ends, or below a *stem* of the page's last key, a part of one of its
names that ends before a `-` or a `.`. So each page is sorted, these are asked for, and what was
given once is passed over.
"""

from collections.abc import Iterator

from storagedriver.paths import is_below, order_key

_BEFORE_SLASH = "-."
LAST = "~"
"""Sorts behind all that a name can begin with: asking for what follows it leaves a directory."""


def stems(path: str, directory: str) -> Iterator[str]:
    """Give the stems of a path's names below a directory, as paths, in order."""
    parent = directory.rstrip("/")
    for name in _names(path, directory):
        for at in range(1, len(name)):
            if name[at] in _BEFORE_SLASH:
                yield f"{parent}/{name[:at]}"
        parent = f"{parent}/{name}"


def ways(path: str, directory: str) -> Iterator[str]:
    """Give the directories that lead from a directory to a path, that one not included."""
    at = directory.rstrip("/")
    for name in _names(path, directory)[:-1]:
        at = f"{at}/{name}"
        yield at


def child_on_the_way(path: str, directory: str) -> str:
    """Return the child of a directory that leads to a path below it."""
    return f"{directory.rstrip('/')}/{_names(path, directory)[0]}"


def child_behind(path: str, directory: str) -> str:
    """Return what to begin after, in a listing of a directory, to leave its child on the way."""
    child = child_on_the_way(path, directory)
    return child if child == path else f"{child}/{LAST}"


def is_passed(path: str, given: str | None) -> bool:
    """Tell whether a path comes no later than the one that was given last."""
    return given is not None and order_key(path) <= order_key(given)


def passed_directory(path: str, directory: str, given: str | None) -> str | None:
    """Return the highest directory on the way to a path, of which all was given; None if none."""
    for way in ways(path, directory):
        if is_passed(way, given) and way != given and not is_below(given or "", way):
            return way
    return None


def _names(path: str, directory: str) -> list[str]:
    return path.removeprefix(directory.rstrip("/"))[1:].split("/")
