"""Connections that several servers take from one socket."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from storagedriver.registry import accepting
from storagedriver.registry.accepting import Acceptor
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.listening import listen
from storagedriver.registry.logs import Log
from storagedriver.registry.serving import uvicorn_config
from storagedriver.registry.shares import Shares
from storagedriver.registry.stopping import Server, Stop
from tests.registry.server.serving import Client, echo, until, with_lifespan

GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
FOREVER = 10_000.0


class Taker(Acceptor):
    """Counts what it takes."""

    taken = 0

    async def begin(self, accepted: socket.socket, client: str | None) -> None:
        assert client is not None
        accepted.close()
        self.taken += 1


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    log = Log(descriptor, fields={})
    yield log
    log.close()
    os.close(descriptor)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    (bound,) = listen("127.0.0.1", 0)
    with bound:
        yield bound


@asynccontextmanager
async def takers(
    listener: socket.socket, log: Log, *, are_ahead: tuple[bool, ...]
) -> AsyncIterator[list[Taker]]:
    """Let several take connections, some of which are ahead of the others."""
    copies = [listener.dup() for _ in are_ahead]  # as processes that were forked have them
    found = [
        Taker(copy, asyncio.Protocol, log, lambda is_ahead=is_ahead: is_ahead)
        for copy, is_ahead in zip(copies, are_ahead, strict=True)
    ]
    try:
        yield found
    finally:
        for taker, copy in zip(found, copies, strict=True):
            taker.close()
            copy.close()


async def connected(listener: socket.socket) -> None:
    _, writer = await asyncio.open_connection(*listener.getsockname())
    writer.close()
    await writer.wait_closed()


async def test_who_is_ahead_leaves_connections_to_the_others(
    listener: socket.socket, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "YIELD_SECONDS", FOREVER)
    async with takers(listener, log, are_ahead=(True, False)) as (ahead, behind):
        for number in range(5):
            await connected(listener)
            await until(lambda number=number: behind.taken > number)

        assert (0, 5) == (ahead.taken, behind.taken)


async def test_what_the_others_leave_is_taken_after_all(listener: socket.socket, log: Log) -> None:
    async with takers(listener, log, are_ahead=(True,)) as (ahead,):
        await connected(listener)

        await until(lambda: ahead.taken)


async def test_where_none_is_ahead_each_connection_is_taken_once(
    listener: socket.socket, log: Log
) -> None:
    async with takers(listener, log, are_ahead=(False, False)) as (one, other):
        for number in range(5):
            await connected(listener)
            await until(lambda number=number: one.taken + other.taken > number)

        assert 5 == one.taken + other.taken


async def test_a_server_tells_the_others_how_many_connections_it_has(
    listener: socket.socket, log: Log
) -> None:
    shares, stop = Shares(2), Stop()
    server = Server(
        uvicorn_config(Config(), with_lifespan(echo), None, log),
        stop=stop,
        drain_seconds=0,
        announce=lambda: None,
        log=log,
        share=shares.of(0),
    )
    other = shares.of(1)
    other.tell(1)
    serving = asyncio.create_task(server.serve([listener.dup()]))

    await until(other.is_ahead)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    client = Client(reader=reader, writer=writer)
    await client.send(GET)
    _, _, body = await client.answer()
    await until(lambda: not other.is_ahead())
    await client.close()
    await until(other.is_ahead)
    stop.ask()
    await serving

    assert b"GET /a " == body
    assert not other.is_ahead()  # of one that is gone


def test_who_is_gone_is_not_waited_for() -> None:
    shares = Shares(3)
    one, other = shares.of(0), shares.of(1)
    one.tell(5)

    alone = one.is_ahead()
    other.tell(4)
    behind = one.is_ahead()
    other.leave()

    assert [False, True, False] == [alone, behind, one.is_ahead()]


async def test_each_byte_of_its_orders_is_a_wish_to_stop() -> None:
    ours, orders = socket.socketpair()
    stop = Stop()
    with ours, orders, stop.on_orders(orders):
        ours.send(b"s")
        await until(lambda: stop.is_asked)
        once = stop.is_forced
        ours.send(b"s")
        await until(lambda: stop.is_forced)

    assert not once


async def test_the_end_of_its_orders_is_one_wish_to_stop() -> None:
    ours, orders = socket.socketpair()
    stop = Stop()
    with orders, stop.on_orders(orders):
        ours.close()
        await until(lambda: stop.is_asked)

    assert not stop.is_forced
