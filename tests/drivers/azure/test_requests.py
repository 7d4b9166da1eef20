"""What each call costs, counted, as the documentation has it."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path

import pytest

from storagedriver.protocol import StorageDriver
from tests.azureservers import AzureServer
from tests.documents import Document
from tests.drivers.azure.conftest import Open
from tests.drivers.azure.requests import kind_of
from tests.spoilingproxy import Proxy

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

PAGE = Path(__file__).parents[3] / "docs" / "drivers" / "azure.md"
BLOCK = 1 << 16


ORDER = ["GET", "HEAD", "LIST", "LIST BLOCKS", "PUT", "BLOCK", "BLOCK LIST", "COPY"]
ORDER += ["DELETE", "DELETE MANY"]


class Costs:
    """Counts the requests of calls, under the names that the documentation has."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self.counted: dict[str, str] = {}

    async def of(self, name: str, call: Awaitable[object]) -> None:
        self._proxy.watch()
        await call
        self.counted[name] = told(self._proxy.seen)


def told(seen: Sequence[str]) -> str:
    number = Counter(seen)
    return ", ".join(f"{number[kind]} {kind}" for kind in ORDER if kind in number) or "none"


async def everything(items: AsyncIterator[object]) -> list[object]:
    return [item async for item in items]


async def open_once(opened: Open, **parameters: object) -> None:
    async with opened(**parameters):
        pass


async def read(driver: StorageDriver, path: str, **where: int) -> None:
    async with driver.reader(path, **where) as reader:
        await everything(aiter(reader))


async def count(driver: StorageDriver, costs: Costs) -> None:
    await costs.of("`put_content`", driver.put_content("/d/f", bytes(100)))
    info = await driver.stat("/d/f")
    put = driver.put_content("/d/f", bytes(100), if_match=info.version)
    await costs.of("`put_content` with a condition", put)
    await costs.of("`get_content`", driver.get_content("/d/f"))
    await costs.of("`reader`, up to 8 MiB", read(driver, "/d/f"))
    await costs.of("`reader` of no bytes", read(driver, "/d/f", length=0))
    await costs.of("`stat` of a file", driver.stat("/d/f"))
    await costs.of("`stat` of a directory, or of nothing", driver.stat("/d"))
    await costs.of("`list`, `walk`, up to 1,000 names", everything(driver.walk("/")))
    await costs.of("`redirect_url`", driver.redirect_url("/d/f"))
    await costs.of("`move`", driver.move("/d/f", "/d/g"))
    await costs.of("`delete` of a file", driver.delete("/d/g"))
    for number in range(10):
        await driver.put_content(f"/d/{number}", b"")
    await costs.of("`delete` of a directory, up to 256 files", driver.delete("/d"))


async def write(driver: StorageDriver, path: str, *sizes: int) -> None:
    async with await driver.writer(path) as writer:
        for size in sizes:
            await writer.write(bytes(size))
        await writer.commit()


async def count_writing(driver: StorageDriver, costs: Costs) -> None:
    """Count what writers send in all: when they send it is a matter of chance."""

    async def go_on() -> None:
        async with await driver.writer("/d/w", append=True) as writer:
            await writer.commit()

    async def leave() -> None:
        async with await driver.writer("/d/w") as writer:
            await writer.write(bytes(2 * BLOCK + 1))

    await costs.of("a file of one part, by one `write`", write(driver, "/d/w", BLOCK))
    await costs.of("a file of two parts", write(driver, "/d/w", 2 * BLOCK))
    await costs.of("a file of four parts", write(driver, "/d/w", 4 * BLOCK))
    await costs.of("a file of four parts, by four `write`", write(driver, "/d/w", *[BLOCK] * 4))
    await costs.of("three parts left by `close`", leave())
    await costs.of("`unfinished`, which gives them", everything(driver.unfinished()))
    await costs.of("`commit` of them, by another writer", go_on())
    await leave()
    unfinished = [info async for info in driver.unfinished()]
    await costs.of("`discard` of them", driver.discard(unfinished[0]))


async def test_each_call_costs_what_the_documentation_says(
    opened: Open, server: AzureServer
) -> None:
    host, _, account = server.url.rpartition("/")
    async with Proxy(host, kind_of=kind_of).serving() as proxy:
        costs = Costs(proxy)
        url = f"{proxy.url}/{account}"
        await costs.of("opening", open_once(opened, serviceurl=url))
        await costs.of("opening with `probe=off`", open_once(opened, serviceurl=url, probe="off"))
        async with opened(serviceurl=url, chunksize=BLOCK, probe="off") as driver:
            await count(driver, costs)
            await count_writing(driver, costs)

    rows = Document(PAGE).rows("Requests")[1:]
    assert costs.counted == {call: requests for call, requests, *_ in rows}
