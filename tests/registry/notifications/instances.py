"""The notifications of registries over one storage, without HTTP, and with a test's clock."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support
from storagedriver.registry.configuration.events import Endpoint, Settings
from storagedriver.registry.notifications.counts import Counts
from storagedriver.registry.notifications.delivery import Delivery, Outcome
from storagedriver.registry.notifications.keeping import Keeper
from storagedriver.registry.notifications.pulls import Pulls
from storagedriver.registry.notifications.queues import Queues
from tests.registry.store.spying import SpyingDriver

LEASE = 15.0
TAKEN = Outcome(200)
REFUSED = Outcome(500)
UNREACHED = Outcome(None, "it cannot be reached")


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def entry(*names: str) -> str:
    """Make an entry of the queue, of pushes to tags of these names."""
    target = {"mediaType": "a/manifest"}
    return json.dumps([{"action": "push", "target": target | {"tag": each}} for each in names])


class Instance:
    """One registry. `sent` has the names of events by endpoint, `answer` what posts come to.

    Whoever waits goes on at once; `slept` has for how long.
    """

    def __init__(
        self,
        driver: StorageDriver,
        clock: Clock,
        *names: str,
        most: int = 1000,
        answer: Callable[[], Outcome] = lambda: TAKEN,
        threshold: int = 10,
        ignored_types: tuple[str, ...] = (),
    ) -> None:
        endpoints = [
            Endpoint(name=name, url="http://none", threshold=threshold, ignored_types=ignored_types)
            for name in names
        ]
        settings = Settings(endpoints=tuple(endpoints), lease=LEASE, most=most)
        self.answer = answer
        self.sent: dict[str, list[str]] = {name: [] for name in names}
        self.slept: list[float] = []
        self.counts = {name: Counts() for name in names}
        self.queues = Queues(driver, settings, now=clock)
        self.pulls = Pulls(self.queues)
        self.keeper = Keeper(self.queues, self.pulls, settings, self.counts, now=clock)
        self._deliveries = {
            each.name: Delivery(
                each,
                self.queues,
                self.counts[each.name],
                self._post,
                sleep=self._slept,
                chance=lambda: 0.25,
            )
            for each in endpoints
        }

    async def push(self, *names: str) -> None:
        for name in names:
            await self.queues.append(entry(name).encode())

    async def round(self, *names: str) -> None:
        """Look after everything, and deliver all that can be, to all endpoints or to these."""
        while await self.keeper.round():
            pass
        for name in names or self._deliveries:
            while await self.step(name):
                pass

    async def step(self, name: str) -> bool:
        """Deliver the next entry to an endpoint, if there is one."""
        return await self._deliveries[name].step()

    async def _slept(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def _post(self, endpoint: Endpoint, body: bytes) -> Outcome:
        outcome = self.answer()
        if outcome.is_delivered:
            events = json.loads(body)["events"]
            self.sent[endpoint.name] += [each["target"]["tag"] for each in events]
        return outcome


class Unconditional(SpyingDriver):
    """A driver without conditional put."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, conditional_put=Support.ABSENT)


async def tree(driver: StorageDriver) -> list[str]:
    """Give the paths of all files."""
    return [info.path async for info in driver.walk("/") if not info.is_dir]


async def entries(driver: StorageDriver) -> list[str]:
    """Give the names of all entries of queues."""
    return [path.rpartition("/")[2] for path in await tree(driver) if "/entries/" in path]
