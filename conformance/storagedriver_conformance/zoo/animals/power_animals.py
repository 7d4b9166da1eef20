"""Animals that keep what they have from a killed process, and lose it in a power cut."""

from pathlib import Path

from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.durable import NEW, FolderDisk
from storagedriver_conformance.zoo.synced import PowerSafe, SyncedDisk


@crime("Nothing is synced.", "crash.power", "crash.power-*", seen_in="fsspec LocalFileSystem")
class NeverSyncs(PowerSafe):
    Storage = FolderDisk


class NamesOnly(SyncedDisk):
    """Syncs directories."""

    def sync(self, file: Path) -> None:
        if file.is_dir():
            super().sync(file)


@crime("A new file is renamed before its bytes are synced.", "crash.power", "crash.power-resume")
class SyncsNamesOnly(PowerSafe):
    Storage = NamesOnly


class BytesOnly(SyncedDisk):
    """Syncs files."""

    def sync(self, file: Path) -> None:
        if not file.is_dir():
            super().sync(file)


@crime("No directory is synced after a rename.", "crash.power", "crash.power-*")
class SyncsBytesOnly(PowerSafe):
    Storage = BytesOnly


class SyncedTooLate(SyncedDisk):
    """Gives a record its name, then syncs its bytes."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        new = file.with_suffix(NEW)
        new.write_bytes(head + content)
        new.replace(file)
        self.sync(file)
        self.sync(file.parent)


@crime("A file has its name before its bytes are synced.", "crash.power")
class SyncsTooLate(PowerSafe):
    Storage = SyncedTooLate


class DroppedInMemory(SyncedDisk):
    """Removes a record, and syncs nothing."""

    def remove(self, file: Path) -> None:
        FolderDisk.remove(self, file)


@crime("What was deleted comes back after a power cut.", "crash.power", "crash.power-delete")
class DeletesUnsynced(PowerSafe):
    Storage = DroppedInMemory


class TreesInMemory(SyncedDisk):
    """Syncs what is removed alone."""

    in_tree = False

    def remove(self, file: Path) -> None:
        if self.in_tree:
            FolderDisk.remove(self, file)
        else:
            super().remove(file)


@crime("A directory that was deleted comes back after a power cut.", "crash.power-delete")
class DeletesTreesUnsynced(PowerSafe):
    Storage = TreesInMemory
    disk: TreesInMemory

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.disk.in_tree = path not in self.disk.files
        try:
            await super().delete(path, if_match=if_match)
        finally:
            self.disk.in_tree = False


class GrowingInMemory(SyncedDisk):
    """Syncs what is new, and not what grows."""

    def append(self, file: Path, content: bytes) -> None:
        FolderDisk.append(self, file, content)


@crime("A writer that is closed is not synced.", "crash.power-resume")
class ClosesUnsynced(PowerSafe):
    Storage = GrowingInMemory
