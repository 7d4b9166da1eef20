"""A queue of events in storage: numbered entries, and how far each endpoint is.

    /storagedriver/events/<instance>
    ├── owner                       who delivers it, and how far each endpoint is
    └── entries/<number>            what one request changed, or the pulls of a second, as JSON

Numbers are padded, so that the order of names is that of the entries. An entry goes when every
endpoint has passed it.
"""

import asyncio
from contextlib import suppress

from storagedriver.errors import PathNotFoundError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.notifications.claims import Claim, QueueLostError
from storagedriver.registry.store.concurrency import for_each

ROOT = "/storagedriver/events"

_DIGITS = 16
_AT_ONCE = 256  # entries that are deleted before the claim is looked after again


class Queue:
    """The entries of one instance, which this process delivers while its claim lasts.

    `cursors` has, for each endpoint, the number of the entry that it passed last; it is emptied
    when the queue is lost. `last` is the highest number given so far.
    """

    def __init__(
        self,
        driver: StorageDriver,
        name: str,
        claim: Claim,
        *,
        cursors: dict[str, int],
        first: int = 1,
        last: int = 0,
    ) -> None:
        self.name = name
        self.cursors = cursors
        self.last = last
        self.is_lost = False
        self._driver = driver
        self._claim = claim
        self._first = first
        self._writing: set[int] = set()
        self._renewing = asyncio.Lock()
        self._saved = dict(cursors)

    @property
    def settled(self) -> int:
        """The number up to which no entry is still being written."""
        return min(self._writing, default=self.last + 1) - 1

    @property
    def is_drained(self) -> bool:
        """Tell whether all endpoints have passed all entries."""
        return not self._writing and min(self.cursors.values(), default=self.last) >= self.last

    def pending(self, endpoint: str) -> int:
        """How many entries an endpoint has not passed yet."""
        return max(self.last - self.cursors.get(endpoint, self.last), 0)

    async def append(self, content: bytes) -> None:
        """Add an entry, durably; nobody has taken the queue over before it was there.

        Raises `QueueLostError` where somebody may have: it then belongs into another queue.
        """
        self.last += 1
        number = self.last
        self._writing.add(number)
        try:
            await self._driver.put_content(_entry(self.name, number), content)
            if self.is_lost or not self._claim.is_safe:
                await self.renew()
        finally:
            self._writing.discard(number)

    async def read(self, number: int) -> bytes | None:
        """Return an entry; None where there is none, as what failed to be written leaves a gap."""
        try:
            return await self._driver.get_content(_entry(self.name, number))
        except PathNotFoundError:
            return None

    def advance(self, endpoint: str, number: int) -> None:
        """Note that an endpoint has passed an entry."""
        if self.cursors.get(endpoint, number) < number:
            self.cursors[endpoint] = number

    async def sweep(self) -> bool:
        """Delete some of the entries that all endpoints have passed; tell whether more are left."""

        async def remove(number: int) -> None:
            with suppress(PathNotFoundError):
                await self._driver.delete(_entry(self.name, number))

        if self.is_lost:
            return False
        passed = min([*self.cursors.values(), self.last])
        numbers = range(self._first, min(self._first + _AT_ONCE, passed + 1))
        if numbers:
            await for_each(numbers, remove)
            self._first = numbers.stop
        return self._first <= passed

    async def save(self, *, within: float) -> None:
        """Note how far the endpoints are, where entries stay that some have passed.

        The claim is renewed by that, and at the latest `within` seconds after it was the last time.
        """
        is_uneven = len({*self.cursors.values()}) > 1
        if self._claim.age >= within or (is_uneven and self._saved != self.cursors):
            await self.renew()

    async def renew(self, *, released: bool = False) -> None:
        """Keep the queue, or give it up; raises `QueueLostError` where it was taken over."""
        async with self._renewing:
            if self.is_lost:
                raise QueueLostError(self.name)
            cursors = dict(self.cursors)
            try:
                await self._claim.renew(cursors, released=released)
            except QueueLostError:
                self.lose()
                raise
            self._saved = cursors

    def lose(self) -> None:
        """Deliver nothing of it any more."""
        self.is_lost = True
        self.cursors.clear()

    async def remove(self) -> None:
        """End a queue that is drained and swept.

        An entry that is written to it in this moment stays, and belongs to nobody.
        """
        self.lose()
        await self._claim.drop()


def owner_path(name: str) -> str:
    """Return where it stands who has a queue."""
    return f"{ROOT}/{name}/owner"


async def numbers_in(driver: StorageDriver, name: str) -> tuple[int, int]:
    """Return the numbers of a queue's first and last entry; an empty one has 1 and 0."""
    numbers: list[int] = []
    with suppress(PathNotFoundError):
        async for info in driver.list(f"{ROOT}/{name}/entries"):
            number = name_of(info.path)
            if number.isdigit():
                numbers = [*numbers[:1], int(number)]
    return (numbers[0], numbers[-1]) if numbers else (1, 0)


def _entry(name: str, number: int) -> str:
    return f"{ROOT}/{name}/entries/{number:0{_DIGITS}d}"
