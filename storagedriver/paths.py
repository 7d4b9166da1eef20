"""The grammar of paths, and their order.

A path is absolute and has no trailing slash: one or more components, each led by `/` and made of
ASCII letters, digits, `.`, `_` and `-`. The components `.` and `..` are not allowed. A component
has at most 255 bytes. `/` alone names the root, which only some calls take.

Order is by component: `/a/x` comes before `/a-b`, although `-` sorts before `/`.
"""

import re

from storagedriver.errors import InvalidPathError

ROOT = "/"
MAX_COMPONENT = 255
MAX_KEY = 1024

_LETTERS = "[A-Za-z0-9._-]"
# No possessive quantifiers: before Python 3.11.5 (Debian 12 has 3.11.2) they match `/a/` here.
_PATH = re.compile(rf"(?:/(?!\.\.?(?:/|\Z)){_LETTERS}{{1,{MAX_COMPONENT}}})+")
_ANY_NAMES = re.compile(rf"(?:/{_LETTERS}+)+")
_DOTS = re.compile(r"/\.\.?(?:/|\Z)")


def check_path(path: object, *, root: bool = False, limit: int = MAX_KEY) -> None:
    """Raise `InvalidPathError` unless `path` follows the grammar.

    `root` says whether `/` is taken; `limit` is the number of bytes that the path may have.
    """
    if not isinstance(path, str):
        raise InvalidPathError(f"a path is a str, not {type(path).__name__}", path=repr(path))
    if (len(path) <= limit and _PATH.fullmatch(path)) or (root and path == ROOT):
        return
    shown = path if len(path) <= MAX_COMPONENT else path[:MAX_COMPONENT] + "..."
    raise InvalidPathError(_mistake(path, limit), path=ascii(shown)[1:-1])


def _mistake(path: str, limit: int) -> str:
    """Say what is wrong with a path that is wrong."""
    if path == ROOT:
        return "the root is no file, and is neither written, moved nor deleted"
    if not _ANY_NAMES.fullmatch(path):
        return "a path is one or more of '/' and a name of ASCII letters, digits, '.', '_', '-'"
    if _DOTS.search(path):
        return "'.' and '..' are not names"
    if len(path) > limit:
        return f"a path has at most {limit} bytes here, this one {len(path)}"
    return f"a name has at most {MAX_COMPONENT} bytes"


def check_name(name: object) -> None:
    """Raise `InvalidPathError` unless `name` could be a child's name: one component."""
    if not isinstance(name, str):
        raise InvalidPathError(f"a name is a str, not {type(name).__name__}", path=repr(name))
    check_path(f"/{name}")
    if "/" in name:
        raise InvalidPathError("a child's name has no '/'", path=name)


def order_key(path: str) -> tuple[str, ...]:
    """Return the key that sorts paths by component: a directory right before what is in it."""
    return tuple(path.split("/"))


def name_of(path: str) -> str:
    """Return the last component; that of the root is empty."""
    return path.rpartition("/")[2]


def parent_of(path: str) -> str:
    """Return the directory that `path` is in; the root is in itself."""
    return path.rpartition("/")[0] or ROOT


def child_of(directory: str, name: str) -> str:
    """Return the path of `name` in `directory`."""
    return f"/{name}" if directory == ROOT else f"{directory}/{name}"


def is_below(path: str, directory: str) -> bool:
    """Tell whether `path` lies below `directory`, at any depth; nothing lies below itself."""
    return path != ROOT if directory == ROOT else path.startswith(f"{directory}/")
