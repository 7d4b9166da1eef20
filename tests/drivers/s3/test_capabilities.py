"""What is found out about each server when the driver is opened on it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storagedriver.drivers.objectstore import probing
from storagedriver.drivers.s3.opening import MOST
from storagedriver.paths import MAX_KEY
from storagedriver.records import Support
from tests.drivers.s3.conftest import Bucket, Open
from tests.spoilingproxy import Proxy, refused


async def test_each_server_can_do_all_that_s3_can(opened: Open, root: str) -> None:
    async with opened() as driver:
        found = driver.capabilities
        path = f"/{'d/' * 300}{'f' * 255}"[: found.limits.max_key]
        await driver.put_content(path, b"content")
        await driver.delete(path)

    assert MOST == replace(found, limits=MOST.limits)
    # What lies below ~/ for a path has a longer key than its file.
    assert MAX_KEY - len(root) - 40 < found.limits.max_key < MAX_KEY - len(root)


async def test_a_server_that_knows_no_conditions_is_found_out(opened: Open, proxy: Proxy) -> None:
    # Two puts without a condition come first and last; what has one is not understood.
    unknown = refused(501, "NotImplemented")
    proxy.watch(lambda place, kind: unknown if kind == "PUT" and 3 < place < 8 else None)

    async with opened(regionendpoint=proxy.url) as driver:
        found = driver.capabilities

    assert Support.ABSENT is found.conditional_put
    assert Support.NATIVE is found.writable


async def test_an_open_drops_the_probes_of_one_that_was_killed(
    opened: Open, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "_LEFT_BEHIND", timedelta(hours=-1))
    bucket.client.put_object(Bucket=bucket.name, Key=f"{bucket.root}/~/probe/killed")

    async with opened():
        pass

    assert [] == bucket.keys("~/probe/")
