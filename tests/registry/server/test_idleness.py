"""A connection without requests ends after a while, counted from its last answer."""

import asyncio

import pytest

from storagedriver.registry.idleness import Idleness
from tests.registry.server.transports import Clock


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[float]:
    """When it was told that nothing came."""
    return []


@pytest.fixture
def idleness(clock: Clock, told: list[float]) -> Idleness:
    loop: asyncio.AbstractEventLoop = clock  # type: ignore[assignment]  # all of it that is used
    return Idleness(loop, 60.0, lambda: told.append(clock.time()))


def test_it_is_told_when_nothing_came_for_so_long(
    idleness: Idleness, clock: Clock, told: list[float]
) -> None:
    idleness.begin()
    clock.turn(59)
    before = list(told)
    clock.turn(1)

    assert [] == before
    assert [60.0] == told


def test_each_request_begins_it_anew(idleness: Idleness, clock: Clock, told: list[float]) -> None:
    for _ in range(5):
        idleness.begin()
        clock.turn(50)
        idleness.end()
    idleness.begin()
    clock.turn(59)
    before = list(told)
    clock.turn(1)

    assert [] == before
    assert [310.0] == told


def test_a_request_that_is_served_for_long_is_no_idleness(
    idleness: Idleness, clock: Clock, told: list[float]
) -> None:
    idleness.begin()
    idleness.end()
    clock.turn(1000)

    assert [] == told


def test_a_connection_that_is_lost_is_idle_no_more(
    idleness: Idleness, clock: Clock, told: list[float]
) -> None:
    idleness.begin()
    idleness.close()
    clock.turn(1000)

    assert [] == told
