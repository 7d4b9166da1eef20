"""An answer that is not taken is given up, and one that is taken slowly is not."""

from collections.abc import Callable

import pytest

from storagedriver.registry.draining import LOOKS, Draining


class Transport:
    def __init__(self) -> None:
        self.waiting = 1000
        self.is_cut = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.is_cut = True


class Loop:
    """A loop in which time goes by when a test says so; it has one timer at most."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(self, seconds: float, work: Callable[[], None]) -> "Loop":
        assert not self.timers
        self.timers.append((seconds, work))
        return self

    def cancel(self) -> None:
        self.timers.clear()

    def go_on(self) -> float:
        ((seconds, work),) = self.timers
        self.timers.clear()
        work()
        return seconds


@pytest.fixture
def transport() -> Transport:
    return Transport()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def draining(transport: Transport, loop: Loop, told: list[str]) -> Draining:
    return Draining(transport, loop, 60.0, lambda: told.append("cut"))


def test_it_is_cut_when_nothing_was_taken_for_so_long(
    draining: Draining, transport: Transport, loop: Loop, told: list[str]
) -> None:
    draining.begin()
    waited = 0.0
    while not transport.is_cut:
        waited += loop.go_on()

    assert 60 <= waited <= 60 * (1 + 1 / LOOKS)
    assert ["cut"] == told
    assert [] == loop.timers


def test_it_is_not_cut_while_something_is_taken(
    draining: Draining, transport: Transport, loop: Loop
) -> None:
    draining.begin()
    for _ in range(100):
        for _ in range(LOOKS):
            loop.go_on()
        transport.waiting -= 1

    assert not transport.is_cut


def test_what_goes_on_is_not_looked_at_and_needs_no_timer_of_its_own(
    draining: Draining, transport: Transport, loop: Loop
) -> None:
    for _ in range(100):
        draining.begin()
        draining.end()
    assert 1 == len(loop.timers)
    loop.go_on()

    assert [] == loop.timers
    assert not transport.is_cut


def test_an_answer_that_was_taken_to_its_end_needs_no_cut(
    draining: Draining, transport: Transport, loop: Loop
) -> None:
    transport.waiting = 0
    draining.begin()
    for _ in range(3 * LOOKS):
        loop.go_on()
    draining.close()

    assert not transport.is_cut
    assert [] == loop.timers


def test_without_a_limit_nothing_is_looked_at(transport: Transport, loop: Loop) -> None:
    draining = Draining(transport, loop, 0.0, lambda: None)
    draining.begin()

    assert [] == loop.timers
