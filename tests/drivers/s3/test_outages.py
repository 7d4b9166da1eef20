"""A real server, each of whose requests is spoiled: old or new, and an error that is known."""

import asyncio
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from storagedriver.errors import (
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver.protocol import StorageDriver
from tests.drivers.s3.conftest import Bucket
from tests.drivers.s3.deeds import DEEDS, Deed, purge
from tests.drivers.s3.marks import on_weed
from tests.spoilingproxy import Fault, Proxy, lost, refused, torn, unheard

# So far off that a loaded machine does not come near it; without bounds, it is never over.
AT_MOST = 300
CHANGING = {"PUT", "PART", "BEGIN", "COMPLETE", "COPY"}

Spoil = Callable[[int, str], Fault | None]


class Outage(NamedTuple):
    """`at` tells what is spoiled, from the number of a request on. `errors` are right then.

    Of the requests, each `step`-th is tried.
    """

    at: Callable[[int], Spoil]
    errors: tuple[type[StorageDriverError], ...] = ()
    words: str = ""
    step: int = 9


def once(*faults: Fault) -> Callable[[int], Spoil]:
    return lambda moment: (
        lambda place, _: faults[moment // 3 % len(faults)] if place == moment else None
    )


def lasting(*faults: Fault, kinds: set[str] | None = None) -> Callable[[int], Spoil]:
    return lambda moment: (
        lambda place, kind: (
            faults[moment // 3 % len(faults)]
            if place >= moment and (kinds is None or kind in kinds)
            else None
        )
    )


OUTAGES = {
    "throttled once": Outage(
        once(
            refused(503, "SlowDown"),
            refused(429, "TooManyRequests", **{"Retry-After": "0"}),
            refused(500, "InternalError"),
        )
    ),
    "an answer lost": Outage(once(lost), step=1),
    "an answer torn": Outage(once(torn), (StorageUnavailableError,)),
    "no answer any more": Outage(
        lasting(unheard, refused(503, "SlowDown")), (StorageUnavailableError,), step=2
    ),
    "full": Outage(
        lasting(
            refused(507, "XMinioStorageFull"),
            refused(403, "QuotaExceeded"),
            refused(507, "InsufficientStorage"),
            kinds=CHANGING,
        ),
        (StorageFullError,),
        "no space left",
    ),
    "not allowed": Outage(
        lasting(refused(403, "AccessDenied")),
        (StoragePermissionError,),
        "not allowed to s3:.*policies",
    ),
    "not allowed to change": Outage(
        lasting(refused(403, "AccessDenied"), kinds={*CHANGING, "DELETE", "DELETE MANY"}),
        (StoragePermissionError,),
        "not allowed to s3:.*policies",
    ),
}


async def done(driver: StorageDriver, deed: Deed) -> StorageDriverError | None:
    """Do it; give the error that it ends with."""
    try:
        async with asyncio.timeout(AT_MOST):
            await deed.do(driver)
    except StorageDriverError as error:
        return error
    return None


@on_weed
@pytest.mark.timeout(600)
@pytest.mark.parametrize("deed", DEEDS)
async def test_at_each_request_it_is_old_or_new_and_purged_afterwards(
    driver: StorageDriver, patient: StorageDriver, proxy: Proxy, bucket: Bucket, deed: str
) -> None:
    prepare, do, check = DEEDS[deed]
    await prepare(patient)
    proxy.watch()
    await do(driver)
    requests = len(proxy.seen)
    for number, (name, outage) in enumerate(OUTAGES.items()):
        for moment in range(1 + number % min(outage.step, requests), requests + 1, outage.step):
            await prepare(patient)
            proxy.watch(outage.at(moment))
            error = await done(driver, DEEDS[deed])
            told = f"{name}, at request {moment} of {proxy.seen}: {error!r}"
            proxy.watch()
            await proxy.settled()

            if error is not None:
                assert isinstance(error, outage.errors), told
                assert re.search(outage.words, str(error)), told
            await check(patient, error is None)
            await purge(patient)
            assert [] == bucket.left(), told
