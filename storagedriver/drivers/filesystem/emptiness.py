"""Whether a directory exists: a file lies below it, at any depth."""

import os

from storagedriver.drivers.filesystem.failures import is_missing
from storagedriver.drivers.filesystem.names import is_ours
from storagedriver.drivers.filesystem.root import Root
from storagedriver.drivers.filesystem.tree import FOLDER, enter, open_in
from storagedriver.paths import child_of, name_of


def holds_file(root: Root, path: str) -> bool:
    """Tell whether a file lies below a directory; False if there is no directory."""
    try:
        descriptor = root.tree.open(path, FOLDER)
    except OSError as error:
        if is_missing(error):
            return False
        raise
    return _holds_file(root, path, descriptor)


def child_holds_file(root: Root, folder: int, path: str) -> bool:
    """Do what `holds_file` does, for a directory in an open one: without a lookup of its path."""
    try:
        descriptor = open_in(folder, name_of(path))
    except OSError as error:
        if is_missing(error):
            return False
        raise
    return _holds_file(root, path, descriptor)


def _holds_file(root: Root, path: str, descriptor: int) -> bool:
    """Tell whether a file lies below an open directory, and close it."""
    others: list[str] = []
    if _leads_to_file(root, path, descriptor, others):
        return True
    while others:
        path = others.pop()
        try:
            descriptor = root.tree.open(path, FOLDER)
        except OSError as error:
            if not is_missing(error):
                raise
        else:
            if _leads_to_file(root, path, descriptor, others):
                return True
    return False


def _leads_to_file(root: Root, path: str, descriptor: int, others: list[str]) -> bool:
    """Tell whether the way down from an open directory, by one directory in each, finds a file.

    `others` get the directories that are passed on the way. The directory is closed.
    """
    try:
        while True:
            folders: list[str] = []
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    is_dir = _is_folder(entry)
                    if is_dir is None or not is_ours(root, path, entry.name):
                        continue
                    if not is_dir:
                        return True
                    folders.append(child_of(path, entry.name))
            if not folders:
                return False
            path = folders.pop()
            others += folders
            descriptor = enter(descriptor, name_of(path))
    except OSError as error:
        if is_missing(error):
            return False
        raise
    finally:
        os.close(descriptor)


def _is_folder(entry: "os.DirEntry[str]") -> bool | None:
    """Tell whether an entry is a directory; None if it is no file either, or gone."""
    try:
        if entry.is_dir(follow_symlinks=False):
            return True
        return False if entry.is_file(follow_symlinks=False) else None
    except FileNotFoundError:
        return None
