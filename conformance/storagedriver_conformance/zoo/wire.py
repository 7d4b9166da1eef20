"""What lies between a driver and its storage: requests that can fail, and answers that can be lost.

The service behind it remembers what it has done: each request carries a token, the same when it is
repeated, and what bears a token that was answered before is not done again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from zlib import crc32

from storagedriver_conformance.faults import Fault, Kind, Strikes

T = TypeVar("T")

BROKEN, NONE_LEFT, DENIED, THROTTLED, FAILED, BUSY, FULL = 0, 1, 403, 429, 500, 503, 507
REFUSALS = {
    Kind.REFUSE: BUSY,
    Kind.DENIED: DENIED,
    Kind.THROTTLED: THROTTLED,
    Kind.FULL: FULL,
    Kind.EXHAUSTED: NONE_LEFT,
}
ANY = {*REFUSALS, Kind.DELAY, Kind.LOST_ANSWER} - {Kind.FULL}
# Turns of the event loop until a late answer comes.
LATE = 10


class Refused(Exception):  # noqa: N818 - it is an answer
    """An answer that is none: a status as HTTP has them.

    Or, of no answer at all: 0 where the connection broke, 1 where there was no free one.
    """

    def __init__(self, status: int, *, retry_after: float | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An answer's body, with what its head told of it."""

    content: bytes
    size: int
    checksum: int

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come."""
        return len(self.content) == self.size

    @property
    def is_good(self) -> bool:
        """Whether it is what was sent."""
        return self.is_whole and crc32(self.content) == self.checksum


@dataclass(slots=True)
class Wire:
    """The way to the service, which is the `faults` of a target too."""

    strikes: Strikes | None = None
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All ways to fail."""
        return tuple(Kind)

    @contextmanager
    def inject(self, fault: Fault) -> Iterator[Strikes]:
        """See `Faults`."""
        self.strikes = Strikes(fault)
        try:
            yield self.strikes
        finally:
            self.strikes = None

    async def ask(
        self,
        request: str,
        do: Callable[[], Awaitable[T]],
        *,
        token: str | None = None,
        half: Callable[[], object] | None = None,
        needs_space: bool = False,
    ) -> T:
        """Have a request done, or raise `Refused`.

        `half` does what is left where the connection breaks in the middle of the request's body.
        """
        kinds = {Kind.FULL} if needs_space else set()
        fault = self._befallen(request, kinds | {Kind.CUT} if half else kinds)
        if fault is not None and fault.kind is Kind.CUT and half is not None:
            half()
            raise Refused(BROKEN)
        return await self._done(fault, do, token)

    async def fetch(self, request: str, do: Callable[[], Awaitable[bytes]]) -> Body:
        """Return the body that answers a request, which may be cut or changed on the way."""
        fault = self._befallen(request, {Kind.CUT, Kind.CORRUPT})
        content = await self._done(fault, do)
        body = Body(content=content, size=len(content), checksum=crc32(content))
        if fault is not None and fault.kind is Kind.CUT:
            return replace(body, content=content[: len(content) // 2])
        if fault is not None and fault.kind is Kind.CORRUPT and content:
            return replace(body, content=bytes([content[0] ^ 1]) + content[1:])
        return body

    async def batch(self, request: str, each: Mapping[str, Callable[[], object]]) -> dict[str, int]:
        """Do several things, and return the statuses of those that were not done."""
        fault = self._befallen(request, {Kind.BAD_BATCH})
        bad = list(each)[:1] if fault is not None and fault.kind is Kind.BAD_BATCH else []

        async def do() -> dict[str, int]:
            for key, one in each.items():
                if key not in bad:
                    one()
            return dict.fromkeys(bad, FAILED)

        return await self._done(fault, do)

    def _befallen(self, request: str, kinds: set[Kind]) -> Fault | None:
        """Return what befalls a request, which can meet these kinds and those that any can."""
        if self.strikes is None or self.strikes.fault.kind not in ANY | kinds:
            return None
        return self.strikes.fault if self.strikes.befall(request) else None

    async def _done(
        self, fault: Fault | None, do: Callable[[], Awaitable[T]], token: str | None = None
    ) -> T:
        """Do a request unless a fault keeps it from being done, and answer."""
        await asyncio.sleep(0)
        if fault is not None and fault.kind in REFUSALS:
            wait = fault.retry_after if fault.kind is Kind.THROTTLED else None
            raise Refused(REFUSALS[fault.kind], retry_after=wait)
        if token is not None and token in self.answers:
            return self.answers[token]  # type: ignore[no-any-return] # as it was then
        answer = await do()
        if fault is not None and fault.kind is Kind.DELAY:
            for _ in range(LATE):
                await asyncio.sleep(0)
        if fault is not None and fault.kind is Kind.LOST_ANSWER:
            if token is not None:
                self.answers[token] = answer
            raise Refused(BROKEN)
        return answer
