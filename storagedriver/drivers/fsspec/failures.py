"""What a filesystem of fsspec raises, as the contract's errors."""

import errno
import ftplib
from collections.abc import Iterator
from contextlib import contextmanager

from storagedriver.errors import (
    InvalidPathError,
    StorageBackendError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_FOR_NOW = frozenset({errno.EIO, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.EMFILE})


@contextmanager
def translated() -> Iterator[None]:
    """Raise what the block raises as an error of the contract.

    A missing file is none here: who looks a file up catches `FileNotFoundError` himself, and
    anywhere else something has vanished below the driver.
    """
    try:
        yield
    except StorageDriverError:
        raise
    except (OSError, EOFError, ftplib.Error) as error:
        raise _kind(error)(f"{type(error).__name__}: {error}") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in {"builtins", "storagedriver"}:
            raise  # a mistake of ours
        raise StorageBackendError(f"{type(error).__name__}: {error}") from error


def _kind(error: Exception) -> type[StorageDriverError]:
    code = error.errno if isinstance(error, OSError) else None
    if isinstance(error, PermissionError) or code in _REFUSED:
        return StoragePermissionError
    if code in _FULL or str(error).startswith("552"):  # FTP's word for a full disk
        return StorageFullError
    if code == errno.ENAMETOOLONG:
        return InvalidPathError
    if isinstance(error, FileNotFoundError | ConnectionError | TimeoutError | EOFError):
        return StorageUnavailableError
    if code in _FOR_NOW or isinstance(error, ftplib.error_temp):
        return StorageUnavailableError
    return StorageBackendError
