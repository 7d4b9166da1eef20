"""A driver whose storage is far away: each call waits for its answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from storagedriver import StorageDriver
from storagedriver_conformance import Target
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference

# As those of S3.
LIMITS = replace(Reference.capabilities.limits, min_part=5 * MIB, page=1000)


@dataclass(slots=True)
class Far:
    """What is stored far away: how many seconds each answer takes, and how many were given."""

    delay: float
    disk: Disk = field(default_factory=Disk)
    answers: int = 0
    kind: "type[Distant] | None" = None

    async def answer(self) -> None:
        self.answers += 1
        await asyncio.sleep(self.delay)

    def target(self) -> Target:
        return Target(open=self.opened, name="distant")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[StorageDriver]:
        await self.answer()
        driver = (self.kind or Distant)(self)
        try:
            yield driver
        finally:
            await driver.aclose()


class Distant(Reference):
    """The reference driver, every call and every write of which is a request."""

    capabilities = replace(Reference.capabilities, limits=LIMITS)

    def __init__(self, far: Far) -> None:
        super().__init__(far.disk)
        self.far = far

    async def enter(self, *paths: str, root: bool = False) -> None:
        await super().enter(*paths, root=root)
        await self.far.answer()
