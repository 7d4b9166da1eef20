import asyncio

import pytest

from storagedriver.registry.proxy.errors import UpstreamUnavailableError
from storagedriver.registry.proxy.sharing import Shared
from tests.waiting import no_forgotten_errors, turns

__all__ = ["no_forgotten_errors"]


async def test_who_begins_and_is_cancelled_does_not_stop_what_others_wait_for() -> None:
    shared, go_on, begun = Shared[int](), asyncio.Event(), []

    async def work() -> int:
        begun.append(1)
        await go_on.wait()
        return 7

    first, second = (asyncio.create_task(shared.result("key", work)) for _ in range(2))
    await turns()
    first.cancel()
    await turns()
    go_on.set()

    assert 7 == await second
    assert first.cancelled()
    assert [1] == begun


async def test_what_failed_is_done_anew_for_who_comes_later() -> None:
    shared, results = Shared[int](), [ValueError("first"), 7]

    async def work() -> int:
        result = results.pop(0)
        if isinstance(result, ValueError):
            raise result
        return result

    with pytest.raises(ValueError, match="first"):
        await shared.result("key", work)

    assert 7 == await shared.result("key", work)


async def test_what_is_stopped_is_told_as_unavailable() -> None:
    shared = Shared[bool]()
    waiting = asyncio.create_task(shared.result("key", asyncio.Event().wait))
    await turns()

    await shared.aclose()

    with pytest.raises(UpstreamUnavailableError):
        await waiting


@pytest.mark.usefixtures("no_forgotten_errors")
async def test_an_error_that_nobody_waits_for_is_not_complained_of() -> None:
    shared, go_on = Shared[None](), asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        raise ValueError

    waiting = asyncio.create_task(shared.result("key", work))
    await turns()
    waiting.cancel()
    go_on.set()
    await turns()

    assert waiting.cancelled()
