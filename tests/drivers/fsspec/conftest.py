"""Filesystems of fsspec to try the driver on: one of a kind each."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from storagedriver import StorageDriver, guarded
from storagedriver.drivers.fsspec import FsspecFactory
from tests.drivers.fsspec.fileservers import Place, ftp_server, sftp_server, webdav_server

SHM = Path("/dev/shm")
SERVERS = {"sftp": sftp_server, "ftp": ftp_server, "webdav": webdav_server}

Open = Callable[[], AbstractAsyncContextManager[StorageDriver]]


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Start what the test's parameter names, with a folder of its own."""
    kind = request.param
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name:
        folder = Path(name)
        root = folder / "root"
        if kind == "file":
            yield Place(f"file://{root}", root)
        elif kind == "memory":
            yield Place(f"memory://{root}", root)
            MemoryFileSystem().rm(str(root), recursive=True)  # one for the whole process
        elif kind == "unknown":
            options: dict[str, object] = {"path": str(folder), "target_protocol": "file"}
            yield Place("dir://root", root, options)
        else:
            with SERVERS[kind](folder, root) as served:
                yield served


@pytest.fixture
def opener(place: Place) -> Open:
    @asynccontextmanager
    async def opened() -> AsyncIterator[StorageDriver]:
        driver = guarded(await FsspecFactory().open(place.parameters()))
        try:
            yield driver
        finally:
            await driver.aclose()

    return opened
