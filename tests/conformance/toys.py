"""Drivers that misbehave in one way, and a property that is quick to try on them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import sleep

from hypothesis.strategies import integers

from storagedriver import FileInfo, StorageDriver, StorageUnavailableError
from storagedriver_conformance import Property, Report, Target, prop
from storagedriver_conformance.context import Context
from storagedriver_conformance.runner import check_now
from storagedriver_conformance.zoo.keeping import Disk
from storagedriver_conformance.zoo.reference import Reference


@prop("toy.keeps", "What was put is got.")
async def keeps(ctx: Context) -> None:
    body = ctx.body(ctx.draw(integers(0, 5_000)), seed=1)
    await ctx.driver.put_content("/a", body)
    ctx.same(body, await ctx.driver.get_content("/a"), "the content")


@prop("toy.lists", "There is an end.")
async def lists(ctx: Context) -> None:
    ctx.same([], await ctx.children("/"), "the list")


@prop("toy.redirects", "There are URLs.", needs=("redirect",))
async def redirects(ctx: Context) -> None:
    ctx.holds(await ctx.driver.redirect_url("/a"), "there is no URL")


@prop("toy.broken", "The property itself is broken.")
async def broken(ctx: Context) -> None:
    raise ZeroDivisionError(ctx)


class CutsAt1000(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        return super().store(path, content[:1000])


class Unreachable(Reference):
    async def get_content(self, path: str) -> bytes:
        raise StorageUnavailableError(
            "https://me:hunter2@storage.example did not answer", path=path
        )


class Hangs(Reference):
    async def get_content(self, path: str) -> bytes:
        await asyncio.sleep(3600)
        return await super().get_content(path)


class ListsForEver(Reference):
    async def list(
        self, path: str, *, start_after: str | None = None
    ) -> AsyncGenerator[FileInfo, None]:
        while True:
            yield FileInfo(path=f"{path}/again", is_dir=True)


class HangsAndWillNotBeCancelled(Reference):
    async def get_content(self, path: str) -> bytes:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue


class BlocksTheLoop(Reference):
    async def get_content(self, path: str) -> bytes:
        sleep(60)  # noqa: ASYNC251 # that is its crime
        return await super().get_content(path)


class EndsTheProcess(Reference):
    async def get_content(self, path: str) -> bytes:
        raise SystemExit(path)


class IsNotAsync(Reference):
    def get_content(self, path: str) -> bytes:  # type: ignore[override] # that is its crime
        return self.disk.files[path].content


class AnswersRubbish(Reference):
    async def get_content(self, path: str) -> list[str]:  # type: ignore[override] # its crime
        return [path]


class DoesNotOpen(Reference):
    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        raise ConnectionError("no route to storage.example")


def target(kind: Callable[[Disk], StorageDriver], *, patience: float = 60.0) -> Target:
    disk = Disk()

    @asynccontextmanager
    async def opened() -> AsyncIterator[StorageDriver]:
        driver = kind(disk)
        try:
            yield driver
        finally:
            await driver.aclose()

    return Target(open=opened, name="toy", patience=patience)


def tried(
    kind: Callable[[Disk], StorageDriver],
    *properties: Property,
    patience: float = 60.0,
    seed: int = 1,
) -> Report:
    chosen: Iterable[Property] = properties or [keeps]
    return check_now(target(kind, patience=patience), properties=chosen, seed=seed)
