"""The durable reference driver, whose folder outlives a power cut too."""

import os
from dataclasses import replace
from pathlib import Path

from storagedriver.records import Support
from storagedriver_conformance.zoo.durable import NEW, Durable, FolderDisk


class SyncedDisk(FolderDisk):
    """A folder in which each change is synced."""

    def save(self, file: Path, head: bytes, content: bytes) -> None:
        """Keep a record: its bytes first, then its name."""
        new = file.with_suffix(NEW)
        new.write_bytes(head + content)
        self.sync(new)
        new.replace(file)
        self.sync(file.parent)

    def append(self, file: Path, content: bytes) -> None:
        """Keep more of a record."""
        super().append(file, content)
        self.sync(file)

    def remove(self, file: Path) -> None:
        """Drop a record, and its name for good."""
        super().remove(file)
        self.sync(file.parent)

    def sync(self, file: Path) -> None:
        """Bring a file or a directory to the disk."""
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


class PowerSafe(Durable):
    """The reference driver, which loses nothing when the power goes."""

    capabilities = replace(Durable.capabilities, power_safe=Support.NATIVE)
    Storage: type[FolderDisk] = SyncedDisk
