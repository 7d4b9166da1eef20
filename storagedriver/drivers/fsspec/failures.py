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

# Of paramiko and httpx, which need not be here.
_LOST = frozenset(
    {"SSHException", "ChannelException"}
    | {"ConnectError", "ReadError", "WriteError", "RemoteProtocolError"}
    | {"ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"}
)


class VanishedError(FileNotFoundError):
    """A file that was to be moved or joined is not there any more: somebody else had it first."""


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
        raise _kind(error)(f"{type(error).__name__}: {error}") from error


def may_be_a_missing_folder(error: Exception) -> bool:
    """Tell whether a change may have failed because its folder was not there.

    Each filesystem has its own error for that; those of full storage, refusals and lost connections
    are known not to be it.
    """
    return isinstance(error, FileNotFoundError) or _kind(error) is StorageBackendError


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
    if (
        type(error).__name__ in _LOST
        or code in _FOR_NOW
        or str(error) == "Socket is closed"
        or isinstance(error, ftplib.error_temp)
    ):
        return StorageUnavailableError
    return StorageBackendError
