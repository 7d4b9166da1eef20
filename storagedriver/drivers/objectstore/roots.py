"""The root directory: what all keys of a driver begin with."""

from storagedriver.errors import InvalidPathError
from storagedriver.paths import check_path

_LONGEST = 512


def check_root(prefix: str) -> None:
    """Raise `ValueError` for a prefix of keys that is no directory's path and a slash."""
    try:
        check_path(f"/{prefix}x", limit=_LONGEST)
    except InvalidPathError as error:
        raise ValueError(f"rootdirectory cannot be used: {error.message}") from error
