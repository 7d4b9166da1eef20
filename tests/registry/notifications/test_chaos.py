"""Registries that fail, die and sleep at random, over one storage, lose nothing acknowledged."""

import asyncio
import random
from collections.abc import Iterable
from contextlib import suppress
from typing import Self

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.notifications.delivery import Outcome
from tests.registry.notifications.instances import (
    LEASE,
    REFUSED,
    TAKEN,
    Clock,
    Instance,
    Unconditional,
    tree,
)
from tests.registry.store.spying import SpyingDriver

STEPS = 60
NAMES = ("a", "b")


class Chaos:
    """Some registries, and what happens to them, drawn from a seed."""

    def __init__(self, driver: StorageDriver, seed: int, around: type[SpyingDriver]) -> None:
        self.clock = Clock()
        self.acknowledged: set[str] = set()
        self.sent: dict[str, set[str]] = {name: set() for name in NAMES}
        self._random = random.Random(seed)
        self._driver = around(driver, before=self._disturb, after=self._disturb)
        self._is_calm = False
        self._pushed = 0
        self._alive = [self._started() for _ in range(3)]
        self._tasks: dict[asyncio.Task[None], Instance] = {}
        self._busy: set[Instance] = set()

    async def run(self) -> None:
        for _ in range(STEPS):
            one = self._random.choice(self._alive)
            work = self._random.choices(
                [self._push, self._round, self._give_up, self._kill], [10, 10, 1, 1]
            )[0]
            self._tasks[asyncio.create_task(work(one))] = one
            if self._random.random() < 0.3:
                self.clock.seconds += self._random.choice([1, LEASE / 3, LEASE, 2 * LEASE])
            for _ in range(self._random.randrange(20)):
                await asyncio.sleep(0)
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert [] == [error for error in ended if isinstance(error, Exception)]

    async def calm_down(self) -> None:
        """Let everything work, until all is delivered."""
        self._is_calm = True
        for _ in range(8):
            self.clock.seconds += LEASE + 1
            for one in self._alive:
                await one.round()
        for one in self._alive:
            await one.keeper.release()

    def _started(self) -> Instance:
        one = Instance(self._driver, self.clock, *NAMES, answer=self._answer)
        one.sent = {name: _Adding(each) for name, each in self.sent.items()}
        return one

    def _answer(self) -> Outcome:
        return TAKEN if self._is_calm or self._random.random() < 0.8 else REFUSED

    async def _disturb(self, _: str) -> None:
        if self._is_calm:
            return
        for _ in range(self._random.randrange(3)):
            await asyncio.sleep(0)
        if self._random.random() < 0.05:
            raise StorageUnavailableError("down")

    async def _push(self, one: Instance) -> None:
        self._pushed += 1
        name = str(self._pushed)
        with suppress(StorageUnavailableError):
            await one.push(name)
            self.acknowledged.add(name)

    async def _round(self, one: Instance) -> None:
        if one in self._busy:
            return
        self._busy.add(one)
        with suppress(StorageUnavailableError):
            await one.round()
        self._busy.discard(one)

    async def _give_up(self, one: Instance) -> None:
        if one in self._busy or one not in self._alive:
            return
        self._alive[self._alive.index(one)] = self._started()
        with suppress(StorageUnavailableError):
            await one.keeper.release()

    async def _kill(self, one: Instance) -> None:
        if one not in self._alive:
            return
        self._alive[self._alive.index(one)] = self._started()
        for task, owner in self._tasks.items():
            if owner is one and task is not asyncio.current_task():
                task.cancel()


class _Adding(list[str]):
    """Gathers what all registries sent, instead of keeping what one did."""

    def __init__(self, into: set[str]) -> None:
        self._into = into

    def __iadd__(self, names: Iterable[str]) -> Self:
        self._into.update(names)
        return self


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("around", [SpyingDriver, Unconditional])
async def test_whatever_fails_nothing_acknowledged_is_lost_and_nothing_is_left(
    seed: int, around: type[SpyingDriver]
) -> None:
    async with open_driver("memory") as driver:
        chaos = Chaos(driver, seed, around)
        await chaos.run()
        await chaos.calm_down()

        for name, sent in chaos.sent.items():
            assert chaos.acknowledged <= sent, name
        assert [] == await tree(driver)
    assert len(chaos.acknowledged) > 5
