"""Storage for registries: one small async contract, drivers that keep it, and a factory."""

from storagedriver.errors import (
    CorruptContentError,
    DriverClosedError,
    DriverConfigurationError,
    InvalidOffsetError,
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
    UnsupportedOperationError,
    WriterClosedError,
    WriterLostError,
    WrongLoopError,
)
from storagedriver.factory import DriverFactory, get_factory, known_drivers, open_driver
from storagedriver.guard import guarded
from storagedriver.protocol import Content, FileWriter, Reader, StorageDriver
from storagedriver.records import Capabilities, FileInfo, Limits, Support, UnfinishedInfo

__version__ = "0.1.0"

__all__ = [
    "Capabilities",
    "Content",
    "CorruptContentError",
    "DriverClosedError",
    "DriverConfigurationError",
    "DriverFactory",
    "FileInfo",
    "FileWriter",
    "InvalidOffsetError",
    "InvalidPathError",
    "Limits",
    "PathConflictError",
    "PathNotFoundError",
    "PreconditionFailedError",
    "Reader",
    "StorageBackendError",
    "StorageDriver",
    "StorageDriverError",
    "StorageFullError",
    "StoragePermissionError",
    "StorageUnavailableError",
    "Support",
    "UnfinishedInfo",
    "UnsupportedOperationError",
    "WriterClosedError",
    "WriterLostError",
    "WrongLoopError",
    "get_factory",
    "guarded",
    "known_drivers",
    "open_driver",
]
