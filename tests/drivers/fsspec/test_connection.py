"""Connections: lost by a server that ends them, while a call goes on or none does; and shared."""

import asyncio
import socket
import threading
import time
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from storagedriver import StorageDriver, StorageUnavailableError
from storagedriver.drivers.fsspec import connection
from tests.drivers.fsspec.conftest import Open

served = pytest.mark.parametrize("place", ["sftp", "ftp"], indirect=True)


def lose(driver: StorageDriver) -> None:
    """End the connection as a server does that is restarted."""
    fs = driver.unguarded._files.fs  # type: ignore[attr-defined]
    connected = fs.client.get_transport() if hasattr(fs, "client") else fs.ftp
    connected.sock.shutdown(socket.SHUT_RDWR)


@served
async def test_a_lost_connection_is_made_again_for_the_next_call(opener: Open) -> None:
    async with opener() as driver:
        await driver.put_content("/a", b"kept")
        writer = await driver.writer("/b")
        await writer.write(b"1")
        lose(driver)

        with pytest.raises(StorageUnavailableError):
            await driver.get_content("/a")
        assert b"kept" == await driver.get_content("/a")
        await writer.write(b"2")
        await writer.commit()
        assert b"12" == await driver.get_content("/b")


@served
async def test_a_connection_that_a_server_ended_in_the_meantime_is_not_noticed(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opener() as driver:
        await driver.put_content("/a", b"kept")
        monkeypatch.setattr(connection, "IDLE", 0.0)
        lose(driver)

        assert b"kept" == await driver.get_content("/a")


@pytest.mark.parametrize("place", ["memory"], indirect=True)
async def test_files_in_memory_are_looked_at_by_one_thread_at_a_time(
    opener: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = MemoryFileSystem.ls
    alone = threading.Lock()

    def ls(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 # what fsspec gives
        assert alone.acquire(blocking=False)
        try:
            time.sleep(0.001)  # so that others get their turn, if they may
            return listed(*arguments, **options)
        finally:
            alone.release()

    monkeypatch.setattr(MemoryFileSystem, "ls", ls)
    async with opener() as driver:
        await driver.put_content("/d/a", b"")

        async def names() -> list[str]:
            return [entry.path async for entry in driver.list("/d")]

        assert [["/d/a"]] * 8 == await asyncio.gather(*(names() for _ in range(8)))
