"""A file on its way to the service: what fills up, what is being sent, and what has arrived."""

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from storagedriver.drivers.objectstore.bodies import Bytes
from storagedriver.drivers.objectstore.concurrency import together
from storagedriver.drivers.objectstore.drafts import Draft, Tail, Waste, runs_of, token
from storagedriver.drivers.objectstore.ownership import Ownership, Resumed
from storagedriver.drivers.objectstore.pipeline import Pipeline
from storagedriver.drivers.objectstore.service import Part
from storagedriver.errors import (
    PreconditionFailedError,
    StorageDriverError,
    StorageFullError,
    WriterLostError,
)

_Sending = Callable[[], Coroutine[Any, Any, Part | None]]


class Parts:
    """The bytes of one writer. At most `most` parts are in memory, the one that fills included."""

    def __init__(self, owner: Ownership, resumed: Resumed, *, most: int) -> None:
        self._owner = owner
        self._service = owner.state.service
        self._part_size = owner.draft.part_size
        self._arrived = {part.number: part for part in resumed.parts}
        self._next = owner.draft.following
        self._behind = sum(part.size for part in resumed.parts)
        self._buffer = bytearray(resumed.tail)
        self._kept_size = self.size
        self._pipeline = Pipeline(self._send, most=max(1, most - 1))

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._behind + len(self._buffer)

    async def add(self, view: memoryview) -> None:
        """Take bytes. Raises `WriterLostError`, `StorageFullError` where they do not fit."""
        await self._owner.check()
        self._check_room(len(view))
        while view:
            if len(self._buffer) >= self._part_size:
                await self._cut()
            room = self._part_size - len(self._buffer)
            self._buffer += view[:room]
            view = view[room:]

    async def keep(self) -> None:
        """Bring all to the service, so that another writer can go on."""
        if self.size == self._kept_size:
            await self._owner.check()
            return
        await self._all_sent()
        draft = self._owner.draft
        waste = draft.waste
        if draft.tail is not None:
            waste += (Waste("tail", draft.tail.name),)
        draft = replace(
            draft,
            is_open=False,
            is_starting=False,
            runs=runs_of(self._parts()),
            following=self._next,
            tail=await self._tail(),
            waste=waste,
        )
        try:
            await self._owner.change(draft)
        except WriterLostError:
            # No draft names the tail, and none will.
            with suppress(StorageDriverError):
                await self._drop_tail(draft)
            raise
        self._kept_size = self.size
        # What stays is noted in the draft, and goes with it.
        with suppress(StorageDriverError):
            await self._owner.state.drop_waste(self._owner.path, waste)

    async def publish(self) -> str:
        """Make the file of it, and return its version."""
        if self._behind == 0:
            await self._owner.check()
            target = self._owner.state.target(self._owner.path)
            return await self._service.put(target, bytes(self._buffer))
        *_, last = await self._all_sent(self._send_last)
        parts = self._parts() if last is None else [*self._parts(), last]
        return await self._service.finish_upload(self._owner.upload, parts)

    async def forget(self) -> None:
        """Drop what was needed until it was published."""
        with suppress(PreconditionFailedError):
            await self._owner.forget()

    async def drop(self) -> None:
        """Drop all of it, unless the path is another writer's by now."""
        await self._pipeline.stop()
        await self._owner.drop()

    async def stop(self) -> None:
        """Send nothing more."""
        await self._pipeline.stop()

    async def _send_last(self) -> Part | None:
        """Send what fills no part, and keep it, for more may yet be written."""
        if not self._buffer:
            return None
        tag = await self._service.send_part(self._owner.upload, self._next, bytes(self._buffer))
        return Part(number=self._next, size=len(self._buffer), tag=tag)

    async def _all_sent(self, *others: _Sending) -> Sequence[Part | None]:
        """Send all that is in parts, and what `others` do; raise if the path is another's.

        Parts show nothing: it is asked while they are sent.
        """
        sending = [partial(self._unless_lost, one) for one in (self._pipeline.drain, *others)]
        return await together((self._owner.check, *sending), most=len(sending) + 1)

    async def _unless_lost(self, send: _Sending) -> Part | None:
        """Await what `send` returns. If that fails and the path is another's: `WriterLostError`."""
        try:
            return await send()
        except StorageDriverError:
            await self._owner.check()
            raise

    async def _tail(self) -> Tail | None:
        if not self._buffer:
            return None
        # A name of its own each time: an earlier one may be what another writer resumes.
        tail = Tail(name=token(), at=self._behind, size=len(self._buffer))
        await self._owner.state.write_tail(self._owner.path, tail.name, bytes(self._buffer))
        return tail

    async def _drop_tail(self, draft: Draft) -> None:
        if draft.tail is not None:
            waste = [Waste("tail", draft.tail.name)]
            await self._owner.state.drop_waste(self._owner.path, waste)

    async def _cut(self) -> None:
        """Send the part that is full, and begin the next."""
        await self._owner.begin_upload(self._next)
        await self._pipeline.put(self._next, self._buffer)
        self._next += 1
        self._behind += len(self._buffer)
        self._buffer = bytearray()

    async def _send(self, number: int, body: Bytes) -> None:
        tag = await self._service.send_part(self._owner.upload, number, body)
        self._arrived[number] = Part(number=number, size=len(body), tag=tag)

    def _parts(self) -> list[Part]:
        return [self._arrived[number] for number in sorted(self._arrived)]

    def _check_room(self, more: int) -> None:
        numbers = self._service.max_parts - self._next + 1
        most = self._behind + numbers * self._part_size
        if self.size + more > most:
            raise StorageFullError(
                f"a file that is sent in parts of {self._part_size:,} bytes has at most {most:,}: "
                "open the driver with a larger chunksize, and write it anew"
            )
