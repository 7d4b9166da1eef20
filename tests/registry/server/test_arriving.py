"""A body of which nothing comes is given up, and one that comes slowly or is held back is not."""

import asyncio
from dataclasses import dataclass, field

import pytest

from storagedriver.registry.arriving import LOOKS, Arriving
from tests.registry.server.transports import Clock

SECONDS = 60.0


@dataclass
class Owed:
    """A request whose body is to come; of the connection's flow, whether it is stopped."""

    read_paused: bool = False
    waiting_for_100_continue: bool = False
    is_served: bool = True
    told: list[float] = field(default_factory=list)

    def get(self) -> "Owed | None":
        return self if self.is_served else None


@pytest.fixture
async def clock() -> Clock:
    return Clock()


@pytest.fixture
def owed() -> Owed:
    return Owed()


@pytest.fixture
def arriving(clock: Clock, owed: Owed) -> Arriving:
    loop: asyncio.AbstractEventLoop = clock  # type: ignore[assignment]  # all of it that is used
    return Arriving(
        loop,
        owed,  # type: ignore[arg-type]  # all of the flow that is looked at
        SECONDS,
        owed.get,  # type: ignore[arg-type]  # and of the request
        lambda: owed.told.append(clock.time()),
    )


def look(clock: Clock, times: int) -> None:
    for _ in range(times):
        clock.turn(SECONDS / LOOKS)


def test_it_is_told_when_nothing_came_for_so_long(
    arriving: Arriving, clock: Clock, owed: Owed
) -> None:
    arriving.begin()
    look(clock, 10 * LOOKS)

    assert [SECONDS * (1 + 1 / LOOKS)] == owed.told


def test_a_body_may_take_its_time_while_it_comes(
    arriving: Arriving, clock: Clock, owed: Owed
) -> None:
    for _ in range(100):
        arriving.begin()
        look(clock, LOOKS)

    assert [] == owed.told


@pytest.mark.parametrize("reason", ["read_paused", "waiting_for_100_continue"])
def test_a_client_that_is_held_back_is_not_waited_for(
    arriving: Arriving, clock: Clock, owed: Owed, reason: str
) -> None:
    setattr(owed, reason, True)
    arriving.begin()
    look(clock, 10 * LOOKS)
    before = list(owed.told)
    setattr(owed, reason, False)
    look(clock, LOOKS + 1)

    assert [] == before
    assert 1 == len(owed.told)


def test_a_body_that_is_there_is_not_waited_for(
    arriving: Arriving, clock: Clock, owed: Owed
) -> None:
    arriving.begin()
    owed.is_served = False
    look(clock, 10 * LOOKS)

    assert [] == owed.told


def test_a_connection_that_is_lost_owes_nothing(
    arriving: Arriving, clock: Clock, owed: Owed
) -> None:
    arriving.begin()
    arriving.close()
    look(clock, 10 * LOOKS)

    assert [] == owed.told


def test_without_a_limit_it_is_waited_for_ever(clock: Clock, owed: Owed) -> None:
    loop: asyncio.AbstractEventLoop = clock  # type: ignore[assignment]  # all of it that is used
    arriving = Arriving(loop, owed, 0.0, owed.get, lambda: owed.told.append(0))  # type: ignore[arg-type]  # as above
    arriving.begin()
    look(clock, 10 * LOOKS)

    assert [] == owed.told
