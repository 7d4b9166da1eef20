"""A driver that middleware is around keeps the contract like any other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from storagedriver.errors import UnsupportedOperationError
from storagedriver.factory import open_driver
from storagedriver.guard import guarded
from storagedriver.middleware import configured, wrapped
from storagedriver.middleware.cloudfront import CloudFrontDriver
from storagedriver.middleware.measuring import MeasuredDriver
from storagedriver.protocol import StorageDriver
from storagedriver.records import Support
from storagedriver_conformance import Profile, Status, Target
from storagedriver_conformance.groups.__init__ import all_properties
from storagedriver_conformance.reporters import terminal
from storagedriver_conformance.runner import check_now

SMOKE = Profile.named("smoke")


class Nobody:
    """A meter that nobody looks at."""

    def called(self, action: str, outcome: str, seconds: float) -> None:
        pass

    def read(self, size: int) -> None:
        pass

    def written(self, size: int) -> None:
        pass


@asynccontextmanager
async def opened() -> AsyncIterator[StorageDriver]:
    """Open a driver with all around it that changes nothing: one call at a time goes through."""
    async with open_driver("memory") as driver:
        chosen = [
            configured("redirect", {"baseurl": "https://cdn.example.org"}),
            configured("retry", {}),
            configured("limit", {"calls": "1"}),
        ]
        measured = MeasuredDriver(wrapped(driver, *chosen), Nobody())
        cloudfront = CloudFrontDriver(
            measured, "https://cdn.example.org", key_pair="K1", sign=bytes, seconds=60
        )
        yield guarded(cloudfront)


@pytest.mark.timeout(600)
def test_a_driver_with_everything_around_it_conforms() -> None:
    here = [one for one in all_properties() if not one.id.startswith("url.")]

    report = check_now(Target(open=opened), profile=SMOKE, properties=here)

    told = terminal.text(report, command="storagedriver conformance run")
    bad = [one for one in report.results if one.status not in {Status.PASSED, Status.ABSENT}]
    assert not bad, told
    assert not report.trouble, told


async def test_a_read_only_driver_reads_and_refuses_the_rest() -> None:
    async with open_driver("memory") as driver:
        await driver.put_content("/a", b"kept")
        writer = await driver.writer("/b")
        await writer.close()
        (unfinished,) = [each async for each in driver.unfinished()]
        chosen = configured("readonly", {})

        for reading in (wrapped(driver, chosen), chosen.factory.wrap(driver, chosen.parameters)):
            assert Support.ABSENT is reading.capabilities.writable
            for change in (
                reading.put_content("/a", b"new"),
                reading.writer("/a"),
                reading.move("/a", "/c"),
                reading.delete("/a"),
                reading.discard(unfinished),
            ):
                with pytest.raises(UnsupportedOperationError, match="read-only"):
                    await change
            assert b"kept" == await reading.get_content("/a")
            assert ["/a"] == [entry.path async for entry in reading.list("/")]
            assert [unfinished] == [each async for each in reading.unfinished()]


async def test_a_redirecting_driver_gives_urls_for_reading() -> None:
    async with open_driver("memory") as driver:
        chosen = configured("redirect", {"baseurl": "https://cdn.example.org/files/"})
        redirecting = wrapped(driver, chosen)

        assert "https://cdn.example.org/files/a/b" == await redirecting.redirect_url("/a/b")
        assert await redirecting.redirect_url("/a/b", method="HEAD")
        assert None is await redirecting.redirect_url("/a/b", method="PUT")
        assert redirecting.capabilities.redirect


async def test_the_first_is_innermost_and_closing_the_last_closes_all() -> None:
    async with open_driver("memory") as driver:
        await driver.put_content("/a", b"")
        outer = wrapped(driver, configured("readonly", {}), configured("limit", {}))
        with pytest.raises(UnsupportedOperationError):
            await outer.delete("/a")

        assert outer is guarded(outer)
        await outer.aclose()

        with pytest.raises(Exception, match="closed"):
            await driver.stat("/a")


async def test_around_nothing_is_the_driver_itself() -> None:
    async with open_driver("memory") as driver:
        assert driver is wrapped(driver)
