"""Where drafts lie, one folder for each path, and what of them is there.

`/a/b` has the folder `a,b`, so that a new draft costs one new folder and leaves none. Where that
name is too long for a file system it is cut, and goes on in the folder below, in a name led by `+`.
Neither sign is in the grammar of paths, so that no two paths share a folder.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from storagedriver.drivers.fsspec.changing import Changes
from storagedriver.drivers.fsspec.files import DRAFTS, Files, Info
from storagedriver.drivers.fsspec.states import State
from storagedriver.errors import InvalidPathError, StorageUnavailableError
from storagedriver.paths import MAX_KEY, check_path, is_below, name_of, order_key
from storagedriver.records import UnfinishedInfo

STATE = "state"

_SLASH = ","
_ON = "+"
_ATTEMPTS = 10
_CUT = 142  # some file systems take no longer names

MOST_ADDED = len(f"/{_ON}") * (MAX_KEY // _CUT)
"""How many bytes a path's folder may be longer than the path."""


def folder(files: Files, path: str, *names: str) -> str:
    """Return where the draft of a path is, or something in it."""
    return files.private(DRAFTS, _name(path), *names)


def _name(path: str) -> str:
    name = path[1:].replace("/", _SLASH)
    return f"/{_ON}".join(name[at : at + _CUT] for at in range(0, len(name), _CUT))


def read(files: Files, path: str) -> State | None:
    """Return what a path's draft says that it has; None where there is none."""
    key = folder(files, path, STATE)
    for _ in range(_ATTEMPTS):
        try:
            return State.from_json(files.fs.cat_file(key))
        except Exception as error:  # each filesystem has its own error for what is not there
            if files.at(key) is None:
                return None
            if not isinstance(error, FileNotFoundError):
                raise
    raise StorageUnavailableError("the state of an unfinished writer cannot be read")


def load(files: Files, path: str) -> State | None:
    """Return what a path's draft has; None where there is none.

    When one is dropped, the state goes last. Where a segment is gone a process was killed that was
    dropping the draft, and what is left of it counts no more.
    """
    state = read(files, path)
    if state is None or is_whole(files, path, state):
        return state
    return replace(state, segments=())


def is_whole(files: Files, path: str, state: State) -> bool:
    """Tell whether all segments of a draft are there."""
    if not state.segments:
        return True
    names = {name_of(entry["name"]) for entry in files.entries(folder(files, path))}
    return names.issuperset(segment.name for segment in state.segments)


def drop(changes: Changes, path: str, *, owner: str) -> None:
    """Remove a path's draft, its state last; one that is another owner's by now is left alone."""
    files = changes.files
    found = files.entries(folder(files, path))
    state = read(files, path)
    if state is not None and state.owner != owner:
        return
    _remove(changes, path, found)


def _remove(changes: Changes, path: str, found: list[Info]) -> None:
    """Remove what was found in the folder of a path's draft, the state last, and the folder."""
    for entry in sorted(found, key=lambda entry: name_of(entry["name"]) == STATE):
        if entry["type"] == "file":
            changes.making.forget(entry["name"])
    changes.folders.leave(folder(changes.files, path))


def drop_below(changes: Changes, path: str) -> None:
    """Remove the drafts at and below a path."""
    for one in _paths(changes.files, path):
        with changes.lock:
            _remove(changes, one, changes.files.entries(folder(changes.files, one)))


def unfinished(files: Files, path: str) -> Iterator[UnfinishedInfo]:
    """Give the drafts at and below a path, in the order of paths."""
    for one in _paths(files, path):
        state = load(files, one)
        if state is not None:
            modified = datetime.fromtimestamp(state.modified, UTC)
            yield UnfinishedInfo(path=one, size=state.size, modified=modified, id=state.owner)


def discard(changes: Changes, info: UnfinishedInfo) -> None:
    """Remove a draft if it is still the one that was listed."""
    with changes.lock:
        state = read(changes.files, info.path)
        if state is not None and state.owner == info.id:
            drop(changes, info.path, owner=info.id)


def _paths(files: Files, path: str) -> list[str]:
    """Return the paths at and below a path that have a folder, in their order."""
    found = []
    folders = [""]
    for upper in folders:
        for entry in files.entries(files.private(DRAFTS) + upper):
            name = name_of(entry["name"].rstrip("/"))
            if entry["type"] != "directory":
                continue
            below = f"{upper}/{name}"
            text = below.replace(f"/{_ON}", "").replace(_SLASH, "/")
            if (text == path or is_below(text, path)) and _is_its_folder(text, below):
                found.append(text)
            if len(name.removeprefix(_ON)) == _CUT:
                folders.append(below)
    return sorted(found, key=order_key)


def _is_its_folder(path: str, below: str) -> bool:
    """Tell whether a folder is really that of a path: others' folders may lie there too."""
    with suppress(InvalidPathError):
        check_path(path)
        return below == f"/{_name(path)}"
    return False
