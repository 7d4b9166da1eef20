"""Animals whose unfinished writers do not survive their process as they should."""

from pathlib import Path

from storagedriver.paths import parent_of
from storagedriver.records import UnfinishedInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.animals.crash_animals import Lazy
from storagedriver_conformance.zoo.durable import Durable, FolderDisk
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


class Promising(FolderDisk):
    """Notes how long a record will be before it grows, and trusts the note."""

    def append(self, file: Path, content: bytes) -> None:
        size = len(self.read(file)[1]) + len(content)
        self.beside(file).write_text(str(size))
        super().append(file, content)

    def read(self, file: Path) -> tuple[bytes, bytes]:
        head, content = super().read(file)
        note = self.beside(file)
        return head, content.ljust(int(note.read_text()) if note.exists() else 0, b"\0")

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        self.beside(file).unlink(missing_ok=True)
        super().save(file, head, content)


@crime("A writer's size is kept before its bytes are.", "crash.resume")
class ClaimsWhatIsNotThere(Durable):
    Storage = Promising


class KeepingLate(ReferenceWriter):
    """Keeps in memory what it is given, and writes it a moment after it was closed."""

    driver: "ClosesEarly"

    async def close(self) -> None:
        is_open = not self.ended
        await super().close()
        if is_open:
            self.driver.disk.later(self.keep)

    def keep(self) -> None:
        if self.owns():
            self.driver.disk.pending[self.path] = self.pending


@crime("A writer's close is acknowledged before its bytes are written.", "crash.resume")
class ClosesEarly(Durable):
    Storage = Lazy
    Writer = KeepingLate
    disk: Lazy


@crime("To resume a writer drops what it kept, then writes it under its new name.", "crash.resume")
class DropsBeforeResuming(Durable):
    def kept(self, path: str) -> bytes:
        content = super().kept(path)
        del self.disk.pending[path]
        return content


class ForgettingAtStart(FolderDisk):
    """Drops what is unfinished when the first instance of a process reads it."""

    def load(self) -> None:
        super().load()
        if not self.users:
            for path in list(self.begun):
                del self.begun[path]


@crime(
    "Opening drops what other processes began.", "crash.resume", seen_in="upload purging at start"
)
class PurgesAtStart(Durable):
    Storage = ForgettingAtStart


class OwnBeginnings(FolderDisk):
    """Knows what was begun in this process."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder)
        self.own: set[str] = set()


class Knowing(Durable):
    """Tells this process's unfinished writers from others'."""

    Storage = OwnBeginnings
    disk: OwnBeginnings

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        self.disk.own.add(pending.generation)
        return super().make_writer(path, pending)


@crime("A discard takes what this process began, and nothing else.", "crash.purge")
class DiscardsItsOwn(Knowing):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await self.enter(unfinished.path)
        if unfinished.id in self.disk.own:
            await super().discard(unfinished)


@crime("Discarding what a dead process began takes all of the directory.", "crash.purge")
class DiscardsTheDirectory(Knowing):
    async def discard(self, unfinished: UnfinishedInfo) -> None:
        await super().discard(unfinished)
        if unfinished.id not in self.disk.own:
            self.drop_pending(parent_of(unfinished.path))
