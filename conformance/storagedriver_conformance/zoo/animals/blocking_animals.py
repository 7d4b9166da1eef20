"""Crimes against the event loop: waiting in its thread."""

import asyncio
import fcntl
import os
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime("It opens a file in the event loop's thread.", "surface.never-blocks")
class OpensInTheLoop(Reference):
    async def get_content(self, path: str) -> bytes:
        with Path(os.devnull).open("rb") as file:  # noqa: ASYNC230 - the crime
            file.read()
        return await super().get_content(path)


@crime("It sleeps in the event loop's thread.", "surface.never-blocks", seen_in="retry decorators")
class SleepsInTheLoop(Reference):
    async def stat(self, path: str) -> FileInfo:
        time.sleep(0)  # noqa: ASYNC251 - the crime
        return await super().stat(path)


@crime("It waits for a lock file in the event loop's thread.", "surface.never-blocks")
class LocksInTheLoop(Reference):
    async def move(self, source: str, destination: str) -> None:
        with tempfile.TemporaryFile() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
        await super().move(source, destination)


@crime("It looks names up in the event loop's thread.", "surface.never-blocks")
class ResolvesInTheLoop(Reference):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        socket.getaddrinfo("127.0.0.1", 80)
        await super().delete(path, if_match=if_match)


@crime("A writer removes its temporary file in the event loop's thread.", "surface.never-blocks")
class RemovesInTheLoop(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Removing(ReferenceWriter):
            async def commit(self) -> FileInfo:
                Path("/nonexistent/part").unlink(missing_ok=True)  # noqa: ASYNC240 - the crime
                return await super().commit()

        return Removing(self, path, pending)


@crime(
    "It opens a file in another thread, and reads it in the event loop's.",
    "surface.never-blocks",
    seen_in="adapters over synchronous libraries",
)
class ReadsInTheLoop(Reference):
    async def get_content(self, path: str) -> bytes:
        file = await asyncio.to_thread(Path(os.devnull).open, "rb")
        file.read()
        await asyncio.to_thread(file.close)
        return await super().get_content(path)


@crime("A writer brings its bytes to the disk in the event loop's thread.", "surface.never-blocks")
class SyncsInTheLoop(Reference):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Syncing(ReferenceWriter):
            async def close(self) -> None:
                file = await asyncio.to_thread(tempfile.TemporaryFile)
                os.fsync(file.fileno())
                await asyncio.to_thread(file.close)
                await super().close()

        return Syncing(self, path, pending)


@crime(
    "It reads a file in the event loop's thread, whether it is in memory or not.",
    "surface.never-blocks",
)
class PreadsInTheLoop(Reference):
    async def get_content(self, path: str) -> bytes:
        with suppress(OSError):  # there is no such file, so that none can leak
            os.preadv(-1, [bytearray(1)], 0)
        return await super().get_content(path)
