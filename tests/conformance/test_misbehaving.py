"""Whatever a method of a driver does, it is a finding: soon, and never an error of the suite."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from storagedriver_conformance import Status, prop
from storagedriver_conformance.context import Context
from storagedriver_conformance.zoo.reference import Reference
from tests.conformance.toys import tried

METHODS = ["get_content", "put_content", "reader", "writer", "stat", "list", "walk", "move"]
METHODS += ["delete", "unfinished", "discard", "redirect_url"]


class StrangerError(BaseException):
    """No error of the contract, nor of any library."""


@prop("toy.uses-all", "Every method answers.")
async def uses_all(ctx: Context) -> None:
    driver = ctx.driver
    await driver.put_content("/d/file", b"content")
    ctx.same(b"content", await driver.get_content("/d/file"), "the content")
    ctx.same(b"content", await ctx.content("/d/file"), "what a reader gives")
    await ctx.written("/d/written", b"content")
    await driver.stat("/d/file")
    ctx.same(["/d/file", "/d/written"], await ctx.children("/d"), "the list")
    ctx.same(["/d", "/d/file", "/d/written"], await ctx.below("/"), "the walk")
    await driver.move("/d/file", "/d/moved")
    ctx.same(b"content", await driver.get_content("/d/moved"), "what was moved")
    await ctx.pending("/pending", b"content")
    found = [info async for info in driver.unfinished()]
    ctx.same(1, len(found), "the number of unfinished writers")
    await driver.discard(found[0])
    ctx.same({}, await ctx.left_open(), "what is unfinished after discard")
    ctx.same(None, await driver.redirect_url("/d/moved"), "the URL")
    await driver.delete("/d")
    ctx.holds(not await ctx.exists("/d"), "something is left")


def gives(value: object) -> Callable[..., object]:
    return lambda *_, **__: value


def answers(value: object) -> Callable[..., object]:
    async def method(*_: Any, **__: Any) -> object:  # noqa: ANN401 - it takes anything
        return value

    return method


def raises(error: BaseException) -> Callable[..., object]:
    async def method(*_: Any, **__: Any) -> object:  # noqa: ANN401 - it takes anything
        raise error

    return method


def raises_when_called(error: BaseException) -> Callable[..., object]:
    def method(*_: Any, **__: Any) -> object:  # noqa: ANN401 - it takes anything
        raise error

    return method


async def goes_round(*_: Any, **__: Any) -> object:  # noqa: ANN401 - it takes anything
    while True:  # noqa: ASYNC110 - that is its crime
        await asyncio.sleep(0)


async def yields(*_: Any, **__: Any) -> AsyncIterator[object]:  # noqa: ANN401 - it takes anything
    for _each in range(3):
        yield object()


async def yields_without_end(*_: Any, **__: Any) -> AsyncIterator[object]:  # noqa: ANN401 - it takes anything
    while True:
        await asyncio.sleep(0)
        yield None


@asynccontextmanager
async def enters(*_: Any, **__: Any) -> AsyncIterator[object]:  # noqa: ANN401 - it takes anything
    yield None


BEHAVIOURS: dict[str, Callable[..., object]] = {
    "gives what is not async": gives(object()),
    "gives text": gives("rubbish"),
    "answers an object": answers(object()),
    "answers too much": answers([b"rubbish"]),
    "raises BaseException": raises(StrangerError("its own")),
    "raises it when called": raises_when_called(StrangerError("its own")),
    "raises KeyboardInterrupt": raises(KeyboardInterrupt()),
    "raises SystemExit": raises(SystemExit(0)),
    "raises CancelledError": raises(asyncio.CancelledError()),
    "raises GeneratorExit": raises(GeneratorExit()),
    "raises StopIteration": raises_when_called(StopIteration()),
    "raises StopAsyncIteration": raises(StopAsyncIteration()),
    "raises KeyError": raises(KeyError("its own")),
    "raises AssertionError": raises(AssertionError("its own")),
    "yields objects": yields,
    "yields without end": yields_without_end,
    "is a context of None": enters,
}


def test_a_driver_that_keeps_all_passes_this() -> None:
    assert tried(Reference, uses_all).conforms


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_method_that_misbehaves_is_a_finding(behaviour: str, method: str) -> None:
    kind = type("Misbehaving", (Reference,), {method: BEHAVIOURS[behaviour]})

    report = tried(kind, uses_all)

    (result,) = report.results
    assert (Status.FAILED, 1) == (result.status, report.exit_code), result.reason
    assert result.finding is not None
    assert result.finding.message


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_goes_round_for_ever_is_a_finding(method: str) -> None:
    kind = type("GoesRound", (Reference,), {method: goes_round})

    report = tried(kind, uses_all, patience=0.5)

    (result,) = report.results
    assert Status.FAILED is result.status, result.reason
    assert result.finding is not None


def test_a_driver_without_async_is_a_finding() -> None:
    kind = type("NotAsync", (Reference,), {method: gives(b"content") for method in METHODS})

    report = tried(kind, uses_all)

    (result,) = report.results
    assert result.finding is not None
    assert "is not async: it gave bytes" in result.finding.message
