"""An animal: the reference driver with one crime, and the properties that must catch it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import ModuleType

from storagedriver.protocol import StorageDriver
from storagedriver_conformance.target import Target
from storagedriver_conformance.zoo.durable import FolderDisk
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Crime:
    """What an animal does wrong, in one sentence.

    `expected` are the ids of the properties that must kill it, globs allowed; `seen_in` names real
    software that did it.
    """

    name: str
    sentence: str
    expected: tuple[str, ...]
    seen_in: str
    make: Callable[[Disk], StorageDriver]
    storage: type[Disk]
    patience: float

    def target(self) -> Target:
        """Return a target whose instances share one disk, as those of a real storage do."""
        disk, kind = self.storage(), self.storage

        @asynccontextmanager
        async def opened(disk: Disk = disk) -> AsyncIterator[StorageDriver]:
            driver = self.make(disk)
            try:
                yield driver
            finally:
                await driver.aclose()

        return Target(
            open=opened,
            over=(lambda folder: opened(kind(folder))) if issubclass(kind, FolderDisk) else None,
            name=self.name,
            patience=self.patience,
            disposable=True,
            faults=disk.faults,
        )


def crime(
    sentence: str, *expected: str, seen_in: str = "", patience: float = 5.0
) -> Callable[[type[Reference]], Crime]:
    """Put a subclass of the reference driver into the zoo."""

    def make(spoilt: type[Reference]) -> Crime:
        return Crime(
            name=spoilt.__name__,
            sentence=sentence,
            expected=expected,
            seen_in=seen_in,
            make=spoilt,
            storage=spoilt.Storage,
            patience=patience,
        )

    return make


def gather(modules: Iterable[ModuleType]) -> list[Crime]:
    """Return the animals that modules define, in the order of their definition."""
    found = [
        value for module in modules for value in vars(module).values() if isinstance(value, Crime)
    ]
    repeated = [name for name, times in Counter(one.name for one in found).items() if times > 1]
    if repeated:
        message = f"two animals have the name {min(repeated)}"
        raise ValueError(message)
    return found
