"""Connections that several servers take from one socket."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import pytest

from storagedriver.registry import accepting
from storagedriver.registry.config import Config
from storagedriver.registry.listening import listen
from storagedriver.registry.logs import Log
from storagedriver.registry.serving import uvicorn_config
from storagedriver.registry.shares import Share, Shares
from storagedriver.registry.stopping import Server, Stop
from tests.registry.server.serving import Client, echo, until, with_lifespan

GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
CLIENTS = 10
PROBE = 2


class Pair:
    """Two servers on one socket, and clients that stay connected."""

    def __init__(self, port: int, servers: list[Server], shares: Shares) -> None:
        self.port = port
        self.servers = servers
        self.shares = shares

    @property
    def counts(self) -> list[int]:
        return [len(each.server_state.connections) for each in self.servers]

    async def until_one_has_none(self) -> None:
        """Wait until a server has told that it has no connection."""
        probe = self.shares.of(PROBE)
        probe.tell(1)
        await until(probe.is_ahead)
        probe.leave()

    async def connect(self, clients: AsyncExitStack) -> Client:
        """Connect, and wait until that is taken."""
        before = sum(self.counts)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        client = Client(reader=reader, writer=writer)
        clients.push_async_callback(client.close)
        await until(lambda: sum(self.counts) > before)
        return client


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    (bound,) = listen("127.0.0.1", 0)
    shares = Shares(3)
    with ExitStack() as closing:
        descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
        closing.callback(os.close, descriptor)
        log = Log(descriptor, fields={})
        closing.callback(log.close)
        closing.enter_context(bound)
        stop = Stop()
        servers = [server(log, stop, shares.of(place)) for place in range(2)]
        serving = [asyncio.create_task(each.serve([bound.dup()])) for each in servers]
        try:
            await until(lambda: all(each.started for each in servers))
            yield Pair(bound.getsockname()[1], servers, shares)
        finally:
            stop.is_asked = stop.is_forced = True
            await asyncio.gather(*serving)


def server(log: Log, stop: Stop, share: Share) -> Server:
    return Server(
        uvicorn_config(Config(), with_lifespan(echo), None, log),
        stop=stop,
        drain_seconds=0,
        announce=lambda: None,
        log=log,
        share=share,
    )


async def test_each_takes_as_many_connections_as_the_other(pair: Pair) -> None:
    async with AsyncExitStack() as clients:
        connected = [await pair.connect(clients) for _ in range(CLIENTS)]
        await connected[0].send(GET)

        assert [CLIENTS // 2] * 2 == pair.counts
        assert b"GET /a " == (await connected[0].answer())[2]


async def test_one_that_lost_its_connections_takes_the_next(pair: Pair) -> None:
    async with AsyncExitStack() as clients:
        connected = [await pair.connect(clients) for _ in range(CLIENTS)]
        of_first = {each.client for each in pair.servers[0].server_state.connections}
        for client in connected:
            if client.writer.get_extra_info("sockname") in of_first:
                await client.close()
        await pair.until_one_has_none()
        for _ in range(CLIENTS // 2):
            await pair.connect(clients)

        assert [CLIENTS // 2] * 2 == pair.counts


async def test_what_the_others_leave_is_taken(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accepting, "YIELD_SECONDS", 0.01)
    pair.servers[1].servers[0].close()  # one that hangs: it tells no more, and takes no more
    async with AsyncExitStack() as clients:
        for _ in range(3):
            await pair.connect(clients)

        assert [3, 0] == pair.counts


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
