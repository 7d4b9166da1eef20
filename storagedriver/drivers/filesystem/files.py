"""What a file is: its record, from what the operating system tells about it."""

import os
import stat
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from storagedriver.records import FileInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_file(status: os.stat_result | None) -> TypeGuard[os.stat_result]:
    """Tell whether something is there, and is a regular file."""
    return status is not None and stat.S_ISREG(status.st_mode)


def is_folder(status: os.stat_result | None) -> bool:
    """Tell whether something is there, and is a directory."""
    return status is not None and stat.S_ISDIR(status.st_mode)


def version_of(status: os.stat_result) -> str:
    """Return the version of a file's content."""
    return f"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"


def modified_of(status: os.stat_result) -> datetime:
    """Return when a file was modified; for a time beyond the year 9999, the last one before it."""
    try:
        return _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def file_info(path: str, status: os.stat_result) -> FileInfo:
    """Return the record of a file."""
    return FileInfo(
        path=path,
        size=status.st_size,
        modified=modified_of(status),
        version=version_of(status),
    )


def folder_info(path: str) -> FileInfo:
    """Return the record of a directory."""
    return FileInfo(path=path, is_dir=True)
