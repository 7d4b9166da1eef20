"""What the reference driver keeps things in, and how it gives bytes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from storagedriver.records import FileInfo
from storagedriver_conformance.faults import Faults
from storagedriver_conformance.zoo.writing import Pending

CHUNK = 65_536


@dataclass(slots=True)
class Stored:
    """A file: its bytes, its version, and when it was written."""

    content: bytes
    version: str
    modified: datetime


@dataclass(slots=True)
class Disk:
    """What outlives an instance of the driver.

    Instances in several threads may share it, so that names are gone through as a copy of them.
    """

    files: dict[str, Stored] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def faults(self) -> Faults | None:
        """What makes it fail, if anything can."""
        return None


class ReferenceReader:
    """A `Reader` of bytes that cannot change."""

    def __init__(self, info: FileInfo, content: bytes) -> None:
        self.info = info
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(0, len(self._content), CHUNK):
            await asyncio.sleep(0)
            yield self._content[at : at + CHUNK]
