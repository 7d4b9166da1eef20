"""What the operating system refuses, as the contract's errors."""

import errno

from storagedriver.errors import (
    InvalidPathError,
    PathConflictError,
    StorageBackendError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)

# ELOOP: a link where none is followed. ENXIO, ENODEV: a socket or a device, opened as a file.
_NOTHING_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV})

_KINDS: dict[int, type[StorageDriverError]] = {
    errno.ENOSPC: StorageFullError,
    errno.EDQUOT: StorageFullError,
    errno.EFBIG: StorageFullError,
    errno.EACCES: StoragePermissionError,
    errno.EPERM: StoragePermissionError,
    errno.EROFS: StoragePermissionError,
    errno.EEXIST: PathConflictError,
    errno.EISDIR: PathConflictError,
    errno.ENOTEMPTY: PathConflictError,
    errno.ENAMETOOLONG: InvalidPathError,
    # Whoever looks a file up answers "not there" himself. Anywhere else, a part of the root has
    # vanished below a running driver, and that must never be taken for a missing file.
    errno.ENOENT: StorageUnavailableError,
    errno.ENOTDIR: StorageUnavailableError,
    errno.ESTALE: StorageUnavailableError,
    errno.EIO: StorageUnavailableError,
    errno.EMFILE: StorageUnavailableError,
    errno.ENFILE: StorageUnavailableError,
    errno.ENOMEM: StorageUnavailableError,
    errno.EAGAIN: StorageUnavailableError,
    errno.EBUSY: StorageUnavailableError,
    errno.ETIMEDOUT: StorageUnavailableError,
    errno.ENOTCONN: StorageUnavailableError,
}


def is_missing(error: OSError) -> bool:
    """Tell whether a lookup failed because no file or directory of ours is there."""
    return error.errno in _NOTHING_THERE


def translated(error: OSError) -> StorageDriverError:
    """Return the contract's error for what the operating system raised."""
    kind = _KINDS.get(error.errno or 0, StorageBackendError)
    return kind(str(error))
