"""Animals whose files are neither old nor new when their process was killed.

All are the durable reference driver with one change, most of them to how its folder is written.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ParamSpec

from storagedriver.errors import PathNotFoundError, StorageBackendError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.durable import NEW, Durable, FolderDisk

P = ParamSpec("P")


class InPlace(FolderDisk):
    """Writes a record over the former one."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        half = len(content) // 2
        with file.open("wb", buffering=0) as opened:
            opened.write(head + content[:half])
            opened.write(content[half:])


@crime("A file is written in place.", "crash.old-or-new", seen_in="fsspec LocalFileSystem")
class WritesIntoTheFile(Durable):
    Storage = InPlace


class UnlinkingFirst(FolderDisk):
    """Removes the former record, then gives the new one its name."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        new = file.with_suffix(NEW)
        new.write_bytes(head + content)
        file.unlink(missing_ok=True)
        new.rename(file)


@crime("The old file is unlinked before the new one is renamed.", "crash.old-or-new")
class UnlinksFirst(Durable):
    Storage = UnlinkingFirst


class SizeFirst(FolderDisk):
    """Keeps the size of a file apart, writes it first, and reads so many bytes."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        if file.parent == self.stored.folder:
            self.beside(file).write_text(str(len(content)))
        super().save(file, head, content)

    def read(self, file: Path) -> tuple[bytes, bytes]:
        head, content = super().read(file)
        if file.parent == self.stored.folder:
            size = int(self.beside(file).read_text())
            content = content[:size].ljust(size, b"\0")
        return head, content


@crime("The size of a file is written before its content.", "crash.old-or-new")
class WritesSizeFirst(Durable):
    Storage = SizeFirst


@crime("A conditional put creates an empty file, then fills it.", "crash.old-or-new")
class CreatesEmpty(Durable):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        if if_match is not None or not if_none_match:
            return await super().put_content(
                path, content, if_match=if_match, if_none_match=if_none_match
            )
        await super().put_content(path, b"", if_none_match=True)
        return self.store(path, bytes(content))


@crime("Putting over a file deletes it first.", "crash.old-or-new")
class DeletesBeforePut(Durable):
    def store(self, path: str, content: bytes) -> FileInfo:
        if path in self.disk.files:
            del self.disk.files[path]
        return super().store(path, content)


@crime("A move deletes the source before it writes the destination.", "crash.move")
class DeletesBeforeMove(Durable):
    async def transfer(self, source: str, destination: str) -> None:
        content = self.find(source).content
        del self.disk.files[source]
        self.store(destination, content)


@crime("A move copies in two pieces.", "crash.move", seen_in="shutil.move between file systems")
class MovesInPieces(Durable):
    async def transfer(self, source: str, destination: str) -> None:
        content = self.find(source).content
        self.store(destination, content[: len(content) // 2])
        await super().transfer(source, destination)


@crime("The delete of a tree empties each file before it goes.", "crash.delete-tree")
class EmptiesBeforeDelete(Durable):
    def at_and_below(self, path: str) -> Sequence[str]:
        gone = super().at_and_below(path)
        for one in gone if path not in gone else []:
            self.store(one, b"")
        return gone


@crime(
    "The delete of a tree notes that it is done, then does it; done again, it trusts its note.",
    "crash.delete-tree",
)
class NotesBeforeDelete(Durable):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self.enter(path)
        note = self.disk.beside(self.disk.stored.file(path))
        if note.exists():
            raise PathNotFoundError(path=path, driver=self.name)
        if path not in self.disk.files and self.is_directory(path):
            self.disk.apart(note.touch)
        try:
            await super().delete(path, if_match=if_match)
        finally:
            self.disk.apart(note.unlink, missing_ok=True)


class Locking(FolderDisk):
    """Makes a lock file for each change, and removes it afterwards."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        lock = self.beside(file)
        try:
            lock.touch(exist_ok=False)
        except FileExistsError as error:
            raise StorageBackendError("somebody has locked it") from error
        super().save(file, head, content)
        lock.unlink()


@crime("A lock file stays when its process dies.", "crash.reopen", seen_in="filelock SoftFileLock")
class LeavesLocks(Durable):
    Storage = Locking


@crime(
    "What is written has a name beside the file until it is whole, and lists show it.",
    "crash.reopen",
)
class ShowsTemporaryNames(Durable):
    def store(self, path: str, content: bytes) -> FileInfo:
        temporary = f"{path}.{next(self.disk.numbers)}"
        super().store(temporary, content)
        info = super().store(path, content)
        del self.disk.files[temporary]
        return info


class Indexed(FolderDisk):
    """Writes an index of all records, in place, and wants to find it whole."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        super().save(file, head, content)
        with (self.folder / "index").open("w") as index:
            index.write(json.dumps([*self.stored, *self.begun]))

    def load(self) -> None:
        with suppress(FileNotFoundError):
            json.loads((self.folder / "index").read_text())
        super().load()


@crime("An index that was cut short keeps the driver from opening.", "crash.*")
class NeedsItsIndex(Durable):
    Storage = Indexed


class OpensOnce(FolderDisk):
    """Has a file while it reads what is there, and does not open where it finds it."""

    def load(self) -> None:
        reading = self.folder / "reading"
        self.folder.mkdir(exist_ok=True)
        try:
            reading.touch(exist_ok=False)
        except FileExistsError as error:
            raise StorageBackendError("somebody is about to open it") from error
        super().load()
        reading.unlink()


@crime("A process that dies while it opens the driver keeps others from it.", "crash.reopen")
class LeavesItsOpening(Durable):
    Storage = OpensOnce


class Lazy(FolderDisk):
    """Makes some changes a moment later: when the event loop has time, or before the next."""

    lazy = ""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._waiting: list[Callable[[], None]] = []

    def apart(self, change: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        self.flush()
        work = partial(super().apart, change, *args, **kwargs)
        if change.__name__ == self.lazy:
            self.later(work)
        else:
            work()

    def later(self, work: Callable[[], None]) -> None:
        self._waiting.append(work)
        asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for work in waiting:
            work()

    def load(self) -> None:
        self.flush()
        super().load()

    def release(self) -> None:
        self.flush()
        super().release()


class LazySaving(Lazy):
    lazy = "save"


@crime("A put is acknowledged before it is written.", "crash.acknowledged")
class AcknowledgesEarly(Durable):
    Storage = LazySaving


class LazyRemoving(Lazy):
    lazy = "remove"


@crime("A delete is acknowledged before anything is removed.", "crash.acknowledged")
class DeletesLater(Durable):
    Storage = LazyRemoving
