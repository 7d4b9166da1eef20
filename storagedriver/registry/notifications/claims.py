"""Who delivers a queue: a file beside its entries, replaced on condition that it did not change.

`owner` says who has the queue and how far each endpoint is, and its bytes change at each renewal.
Whoever sees it unchanged for as long as it says itself takes the queue over: of several, one does.
The former owner counts itself out well before that, by its own clock; no two clocks are compared.

Where the driver has no conditional put, the file is read before it is written and, after a take
over, once more. Two can then believe that they have a queue, and both deliver it, until the next
renewal of one of them.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Self, TypedDict

from storagedriver.errors import PathNotFoundError, PreconditionFailedError
from storagedriver.protocol import StorageDriver

SAFE_SHARE = 2 / 3
"""For which share of a lease its owner relies on it; others wait for the whole."""

Cursors = Mapping[str, int]


class QueueLostError(Exception):
    """Another registry has taken the queue over, as it did not hear of this one for too long."""


def clock() -> float:
    """Return seconds that go on while the machine sleeps, where the system counts them."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What is in the file: whose the queue is, for how many seconds, and how far each endpoint is.

    Nobody has a queue without such a file, or one that was `released`. `renewals` makes the bytes
    differ each time.
    """

    owner: str = ""
    lease: float = 0.0
    cursors: Cursors = field(default_factory=dict)
    released: bool = False
    renewals: int = 0

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a file; what cannot be read counts as no owner's."""
        try:
            value = json.loads(content)
            cursors = {str(name): int(number) for name, number in value["cursors"].items()}
            return cls(
                owner=str(value["owner"]),
                lease=float(value["lease"]),
                cursors=cursors,
                released=bool(value["released"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls()

    def encoded(self) -> bytes:
        """Write the file."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a queue's owner; `version` is the file's, None where there is none."""

    owner: Owner
    version: str | None


async def look(driver: StorageDriver, path: str) -> Sight:
    """Read whose a queue is, at the `path` of its file."""
    try:
        async with driver.reader(path) as reader:
            content = b"".join([chunk async for chunk in reader])
            return Sight(Owner.parse(content), reader.info.version)
    except PathNotFoundError:
        return Sight(Owner(), None)


class Condition(TypedDict, total=False):
    """What has to be so for a put to be done."""

    if_match: str
    if_none_match: bool


def _is_still(version: str | None) -> Condition:
    return {"if_none_match": True} if version is None else {"if_match": version}


class Claim:
    """The right to one queue, held by `token` for `lease` seconds from each renewal on."""

    def __init__(
        self,
        driver: StorageDriver,
        path: str,
        *,
        token: str,
        lease: float,
        now: Callable[[], float] = clock,
    ) -> None:
        self._driver = driver
        self._path = path
        self._token = token
        self._lease = lease
        self._now = now
        self._version: str | None = None
        self._renewals = 0
        self._renewed = now() - lease
        self._is_conditional = bool(driver.capabilities.conditional_put)
        self._deletes_conditionally = bool(driver.capabilities.conditional_delete)

    @property
    def age(self) -> float:
        """How many seconds ago it was renewed."""
        return self._now() - self._renewed

    @property
    def is_safe(self) -> bool:
        """Tell whether nobody can have taken the queue over yet."""
        return self.age < self._lease * SAFE_SHARE

    async def make(self, cursors: Cursors) -> None:
        """Have a new queue, of a name that nobody else uses."""
        await self._put(cursors)

    async def take(self, seen: Sight, cursors: Cursors) -> bool:
        """Take a queue whose owner is still as it was seen; tell whether that succeeded."""
        try:
            await self._put(cursors, condition=_is_still(seen.version))
        except PreconditionFailedError:
            return False
        if self._is_conditional:
            return True
        return (await look(self._driver, self._path)).owner.owner == self._token

    async def renew(self, cursors: Cursors, *, released: bool = False) -> None:
        """Keep the queue for another while, or give it up, and note how far each endpoint is.

        Raises `QueueLostError` where another has it.
        """
        if not self._is_conditional:
            await self._look_again()
        try:
            await self._put(cursors, condition=_is_still(self._version), released=released)
        except PreconditionFailedError:
            # It may be a renewal of our own whose answer was lost.
            await self._look_again()
            try:
                await self._put(cursors, condition=_is_still(self._version), released=released)
            except PreconditionFailedError as error:
                raise QueueLostError(self._path) from error

    async def drop(self) -> None:
        """Take the file away, unless another registry wrote it."""
        with suppress(PathNotFoundError, PreconditionFailedError):
            version = self._version if self._deletes_conditionally else None
            await self._driver.delete(self._path, if_match=version)

    async def _look_again(self) -> None:
        seen = await look(self._driver, self._path)
        if seen.owner.owner != self._token:
            raise QueueLostError(self._path)
        self._version = seen.version

    async def _put(
        self, cursors: Cursors, *, condition: Condition | None = None, released: bool = False
    ) -> None:
        began = self._now()
        self._renewals += 1
        owner = Owner(
            owner=self._token,
            lease=self._lease,
            cursors=dict(cursors),
            released=released,
            renewals=self._renewals,
        )
        conditions: Condition = (condition or {}) if self._is_conditional else {}
        info = await self._driver.put_content(self._path, owner.encoded(), **conditions)
        self._version = info.version
        # What is given up is not relied on from then on.
        self._renewed = began - self._lease if released else began
