"""What a driver answers, checked for its type: nothing that it gives can make the suite stumble."""

import inspect
import socket
from datetime import datetime
from types import UnionType
from typing import TypeVar

from storagedriver.errors import StorageUnavailableError
from storagedriver.records import FileInfo, UnfinishedInfo
from storagedriver_conformance.findings import Violation

T = TypeVar("T")

# What says that a server is gone, whether or not the driver makes an error of the contract of it.
UNREACHABLE = (StorageUnavailableError, ConnectionError, socket.gaierror)

FILE_INFO: dict[str, type | UnionType] = {
    "path": str,
    "size": int,
    "is_dir": bool,
    "modified": datetime | None,
    "version": str | None,
}
UNFINISHED_INFO: dict[str, type | UnionType] = {
    "path": str,
    "size": int,
    "modified": datetime,
    "id": str,
}


def typed(text: str, value: object, wanted: type[T]) -> T:
    """Return the value, or raise `Violation` unless it is of the type."""
    if not isinstance(value, wanted):
        dropped(value)
        message = f"{text} answered with the wrong type"
        raise Violation(message, expected=wanted.__name__, actual=type(value).__name__)
    return value


def file_info(text: str, value: object) -> FileInfo:
    """Return the value, or raise `Violation` unless it is a file's record, and each field right."""
    return _record(text, typed(text, value, FileInfo), FILE_INFO)


def unfinished_info(text: str, value: object) -> UnfinishedInfo:
    """Do the same for the record of an unfinished writer."""
    return _record(text, typed(text, value, UnfinishedInfo), UNFINISHED_INFO)


def _record(text: str, record: T, fields: dict[str, type | UnionType]) -> T:
    for name, wanted in fields.items():
        value = getattr(record, name, ...)
        if not isinstance(value, wanted):
            message = f"{text} answered with a record whose {name} is of the wrong type"
            expected = getattr(wanted, "__name__", str(wanted))
            raise Violation(message, expected=expected, actual=type(value).__name__)
    return record


def dropped(value: object) -> None:
    """Close a coroutine that nobody will await, so that nothing warns of it."""
    if inspect.iscoroutine(value):
        value.close()


def told(error: BaseException) -> str:
    """Return an error's text, which may be broken too."""
    try:
        return str(error)
    except Exception as trouble:  # noqa: BLE001 - it is a stranger's code
        return f"{type(error).__name__}, whose text raises {type(trouble).__name__}"


def unreachable(error: BaseException) -> bool:
    """Tell whether an error, or what it was raised from, says that the storage was not reached."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UNREACHABLE):
        cause = cause.__cause__
    return cause is not None
