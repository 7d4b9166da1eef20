"""Clients that work on one file at the same time, and the history of what they were answered."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from storagedriver.errors import (
    PathNotFoundError,
    PreconditionFailedError,
    StorageBackendError,
)
from storagedriver_conformance.context import Context
from storagedriver_conformance.findings import Race, Span, Violation
from storagedriver_conformance.linear import Event, Kind, longest_order, odd_one_out
from storagedriver_conformance.racing import renumbered
from storagedriver_conformance.view import View

PATH = "/d/file"
SUITE = -1  # who works on the file before the clients, and after them
PUTS = [Kind.PUT, Kind.GET, Kind.DELETE]
CONDITIONAL = [*PUTS, Kind.CREATE, Kind.SWAP]


def programs(ctx: Context, *, clients: int = 3, most: int = 4) -> SearchStrategy[list[list[str]]]:
    """What each client does, in order: kinds of calls by name."""
    kinds = [kind.value for kind in (CONDITIONAL if ctx.capabilities.conditional_put else PUTS)]
    one = st.lists(st.sampled_from(kinds), min_size=2, max_size=most)
    return st.lists(one, min_size=2, max_size=clients)


@dataclass(slots=True)
class History:
    """The calls that were answered, with the moments of one clock that all clients share."""

    events: list[Event] = field(default_factory=list)
    clock: "count[int]" = field(default_factory=lambda: count(1))

    def note(self, client: int, kind: Kind, began: int, **answer: Any) -> None:  # noqa: ANN401 - fields of an event
        """Add a call that has just ended."""
        event = Event(client=client, kind=kind, began=began, ended=next(self.clock), **answer)
        self.events.append(event)

    def clients(
        self, drivers: list[View], wanted: list[list[str]]
    ) -> list[Coroutine[Any, Any, None]]:
        """Return what the clients do; each uses one of the drivers."""
        return [
            Client(number, drivers[number % len(drivers)], self).run(kinds)
            for number, kinds in enumerate(wanted)
        ]

    async def begin(self, driver: View) -> None:
        """Write the file, before any client begins."""
        await Client(SUITE, driver, self).run([Kind.PUT])

    async def look(self, driver: View) -> None:
        """Read the file once more, when all clients have ended."""
        await Client(SUITE, driver, self).run([Kind.GET])

    def explain(self) -> None:
        """Raise `Violation` unless some order of the calls gives their answers."""
        if len(longest_order(self.events)) == len(self.events):
            return
        order, odd = odd_one_out(self.events)
        at = sorted(range(len(self.events)), key=lambda place: self.events[place].began)
        spans = renumbered([_span(self.events[place]) for place in at])
        race = Race(
            spans=spans, order=tuple(at.index(place) for place in order), misfit=at.index(odd)
        )
        one = spans[at.index(odd)]
        answer = f" -> {one.answer}" if one.answer else ""
        message = "no order of the calls of several clients on one file gives these answers"
        actual = f"{one.client}: {one.call}{answer}, which fits nowhere"
        raise Violation(message, actual=actual, race=race)


def _span(event: Event) -> Span:
    return Span(
        client="suite" if event.client == SUITE else f"client {event.client + 1}",
        call=event.call,
        began=event.began,
        ended=event.ended,
        answer=event.answer,
    )


class Client:
    """One of several that work on the file. Each value that it writes is written once."""

    def __init__(self, number: int, driver: View, history: History) -> None:
        self._number = number
        self._driver = driver
        self._history = history

    async def run(self, kinds: list[str]) -> None:
        """Make the calls, one after the other."""
        for place, kind in enumerate(kinds):
            value = f"{self._number}.{place}"
            match Kind(kind):
                case Kind.GET:
                    await self._get()
                case Kind.DELETE:
                    await self._delete()
                case Kind.SWAP:
                    await self._swap(value)
                case _:
                    await self._change(Kind(kind), value)
            await asyncio.sleep(0)

    async def _get(self) -> tuple[str | None, str | None]:
        """Read the file; return its value and its version."""
        began = next(self._history.clock)
        try:
            async with self._driver.reader(PATH) as reader:
                content = b"".join([chunk async for chunk in reader])
        except PathNotFoundError:
            self._history.note(self._number, Kind.GET, began)
            return None, None
        except StorageBackendError:
            # A reader whose file is replaced may fail; then it is read again.
            if self._driver.capabilities.stable_read:
                raise
            return await self._get()
        value = content.decode(errors="replace")
        self._history.note(self._number, Kind.GET, began, value=value)
        return value, reader.info.version

    async def _delete(self) -> None:
        began, done = next(self._history.clock), True
        try:
            await self._driver.delete(PATH)
        except PathNotFoundError:
            done = False
        self._history.note(self._number, Kind.DELETE, began, done=done)

    async def _swap(self, value: str) -> None:
        expected, version = await self._get()
        if version is not None:
            await self._change(Kind.SWAP, value, expected=expected, version=version)

    async def _change(
        self, kind: Kind, value: str, *, expected: str | None = None, version: str | None = None
    ) -> None:
        began, done = next(self._history.clock), True
        try:
            await self._driver.put_content(
                PATH, value.encode(), if_match=version, if_none_match=kind is Kind.CREATE
            )
        except PreconditionFailedError:
            done = False
        self._history.note(self._number, kind, began, value=value, expected=expected, done=done)
