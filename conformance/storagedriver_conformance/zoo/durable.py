"""The reference driver on files: what it holds survives its process.

A folder has a file for each of the driver's files, and for each unfinished writer, that begins with
a line about it. All of them are read when an instance is opened; then each change is made to the
files first, in a thread of their own, which is waited for. Processes take turns: what one changes,
the instances of others see when the next one is opened.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import ParamSpec, TypeVar

from storagedriver.records import Support
from storagedriver_conformance.zoo.keeping import Disk, Stored
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

P = ParamSpec("P")
T = TypeVar("T", bound=Stored | Pending)

NEW = ".new"
SHM = Path("/dev/shm")  # noqa: S108 - what is made there has a name of its own; syncs cost nothing


class Shelf(dict[str, T]):
    """Records by their paths, each of them in a file of its own."""

    def __init__(self, disk: "FolderDisk", name: str, kind: type[T]) -> None:
        super().__init__()
        self.folder = disk.folder / name
        self._disk = disk
        self._kind = kind

    def __setitem__(self, path: str, record: T) -> None:
        head = json.dumps([path, mark(record), record.modified.isoformat()]).encode()
        self._disk.apart(self._disk.save, self.file(path), head + b"\n", record.content)
        super().__setitem__(path, record)

    def __delitem__(self, path: str) -> None:
        self._disk.apart(self._disk.remove, self.file(path))
        super().__delitem__(path)

    def file(self, path: str) -> Path:
        """Return where the record of a path is kept."""
        return self.folder / sha256(path.encode()).hexdigest()

    def load(self) -> None:
        """Read what the folder has; what is the same stays the same object."""
        self.folder.mkdir(parents=True, exist_ok=True)
        found = set()
        for file in self.folder.iterdir():
            if file.suffix == NEW:
                continue
            head, content = self._disk.read(file)
            path, name, modified = json.loads(head)
            found.add(path)
            former = self.get(path)
            if former is None or (mark(former), former.content) != (name, content):
                record = self._kind(content, name, datetime.fromisoformat(modified))
                super().__setitem__(path, record)
        for path in self.keys() - found:
            super().__delitem__(path)


def mark(record: Stored | Pending) -> str:
    """Return what tells a record from others of its path."""
    return record.version if isinstance(record, Stored) else record.generation


class FolderDisk(Disk):
    """A folder: one that is given, or one of its own, there while this process uses it."""

    def __init__(self, folder: Path | None = None) -> None:
        place = SHM if os.access(SHM, os.W_OK) else Path(gettempdir())
        self.folder = folder or place / f"conformance-{secrets.token_hex(16)}"
        self.stored = Shelf(self, "files", Stored)
        self.begun = Shelf(self, "unfinished", Pending)
        numbers = iter(lambda: secrets.randbits(62), -1)
        super().__init__(files=self.stored, pending=self.begun, numbers=numbers)
        self.users = 0
        self._owner = None if folder else os.getpid()
        self._thread: ThreadPoolExecutor | None = None

    def acquire(self) -> None:
        """Read what is there, for one more instance."""
        self.load()
        self.users += 1

    def load(self) -> None:
        """Read what is there."""
        self.stored.load()
        self.begun.load()

    def release(self) -> None:
        """End an instance; after the last, remove the folder, if this process made it."""
        self.users -= 1
        if self.users:
            return
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        if os.getpid() == self._owner:
            shutil.rmtree(self.folder)

    def apart(self, change: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        """Make a change to a file in the thread for that."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1)
        self._thread.submit(change, *args, **kwargs).result()

    def beside(self, file: Path) -> Path:
        """Return where something else may be kept about a record."""
        return self.folder / f"{file.parent.name}-{file.name}"

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        """Keep a record, in place of what the file had."""
        new = file.with_suffix(NEW)
        new.write_bytes(head + content)
        new.replace(file)

    def append(self, file: Path, content: bytes) -> None:
        """Keep more of a record."""
        with file.open("ab", buffering=0) as opened:
            opened.write(content)

    def read(self, file: Path) -> tuple[bytes, bytes]:
        """Return the line about a record, and its content."""
        head, _, content = file.read_bytes().partition(b"\n")
        return head, content

    def remove(self, file: Path) -> None:
        """Drop a record, which another process may have dropped."""
        file.unlink(missing_ok=True)


class DurableWriter(ReferenceWriter):
    """A writer whose bytes go to the file at once."""

    driver: "Durable"

    def take(self, chunk: bytes) -> None:
        """Keep more bytes."""
        disk = self.driver.disk
        disk.apart(disk.append, disk.begun.file(self.path), chunk)
        super().take(chunk)


class Durable(Reference):
    """The reference driver, whose files and unfinished writers outlive its process."""

    capabilities = replace(Reference.capabilities, durable=Support.NATIVE)
    Storage: type[FolderDisk] = FolderDisk
    Writer: type[ReferenceWriter] = DurableWriter
    disk: FolderDisk

    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(self.Storage() if disk is None else disk)
        self.disk.acquire()

    async def aclose(self) -> None:
        """See the protocol."""
        if not self.closed:
            self.disk.release()
        await super().aclose()
