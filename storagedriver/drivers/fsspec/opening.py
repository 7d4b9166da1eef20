"""Opening a filesystem of fsspec as storage."""

import time
from contextlib import suppress
from itertools import islice

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.dircache import DirCache

from storagedriver.drivers.fsspec.draftfolders import MOST_ADDED
from storagedriver.drivers.fsspec.files import DRAFTS, TEMPORARY, Files
from storagedriver.drivers.fsspec.parameters import FsspecParameters
from storagedriver.drivers.fsspec.traits import modified, traits_of
from storagedriver.errors import DriverConfigurationError
from storagedriver.paths import MAX_KEY

_DAY = 24 * 3600.0  # seconds
_SWEPT_AT_MOST = 1000


def open_files(parameters: FsspecParameters) -> Files:
    """Connect to a filesystem. Raises `DriverConfigurationError` where there can be none."""
    fs, root = _connected(parameters)
    files = Files(fs, root, traits_of(_names(fs)))
    temporary = files.private(TEMPORARY)
    try:
        fs.makedirs(temporary, exist_ok=True)
    except Exception:  # each filesystem has its own error where another made it meanwhile
        if files.at(temporary) is None:
            raise
    _sweep(files)
    return files


def connect(parameters: FsspecParameters) -> AbstractFileSystem:
    """Connect to a filesystem once more. Raises `DriverConfigurationError` and what it raises."""
    return _connected(parameters)[0]


def _connected(parameters: FsspecParameters) -> tuple[AbstractFileSystem, str]:
    options = parameters.arguments()
    try:
        # An instance that others share would be closed by them.
        fs, root = url_to_fs(parameters.url, **options, skip_instance_cache=True)
    except (ValueError, ImportError, TypeError) as error:
        raise DriverConfigurationError(f"{_scheme(parameters.url)}: {error}") from error
    fs.dircache = DirCache(use_listings_cache=False)  # others write there too
    traits_of(_names(fs)).bound(fs)
    return fs, root


def _names(fs: AbstractFileSystem) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else tuple(fs.protocol)


def _sweep(files: Files) -> None:
    """Remove temporary files that killed processes left: those older than a day."""
    for entry in islice(files.entries(files.private(TEMPORARY)), _SWEPT_AT_MOST):
        written = modified(entry)
        if written is not None and written.timestamp() < time.time() - _DAY:
            with suppress(Exception):  # another may sweep too, and who may only read does not
                files.fs.rm_file(entry["name"])


def room(files: Files) -> int:
    """Return how long a path can be, with the root and the private folder before it."""
    return MAX_KEY - len(files.private(DRAFTS)) - MOST_ADDED


def _scheme(url: str) -> str:
    return url.partition("://")[0]
