"""The documented number of requests for each call, counted."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from storagedriver.protocol import StorageDriver
from tests.documents import Document
from tests.drivers.s3.deeds import LARGE, NEW, PART
from tests.drivers.s3.marks import on_weed
from tests.spoilingproxy import Proxy

PAGE = Document(Path(__file__).parents[3] / "docs" / "drivers" / "s3.md")


async def made(driver: StorageDriver) -> AsyncIterator[str]:
    """Make calls; after each, give its row in the table, or nothing if it has none."""
    async for row in read_and_changed(driver):
        yield row
    async for row in written(driver):
        yield row


async def read_and_changed(driver: StorageDriver) -> AsyncIterator[str]:
    info = await driver.put_content("/d/f", NEW)
    yield "`put_content`"
    await driver.put_content("/d/f", NEW, if_match=info.version)
    yield "`put_content` with a condition"
    await driver.get_content("/d/f")
    yield "`get_content`"
    async with driver.reader("/d/f", offset=3) as reader:
        assert [NEW[3:]] == [chunk async for chunk in reader]
    yield "`reader`"
    async with driver.reader("/d/f", length=0):
        pass
    yield "`reader` of no bytes"
    await driver.stat("/d/f")
    yield "`stat` of a file"
    await driver.stat("/d")
    yield "`stat` of a directory"
    assert ["/d/f"] == [info.path async for info in driver.list("/d")]
    yield "`list` of up to 1,000 keys"
    assert ["/d/f"] == [info.path async for info in driver.walk("/d")]
    yield "`walk` of up to 1,000 keys"
    assert await driver.redirect_url("/d/f")
    yield "`redirect_url`"
    await driver.move("/d/f", "/d/g")
    yield "`move`"
    await driver.delete("/d/g")
    yield "`delete` of a file"
    for name in ("a", "b", "c"):
        await driver.put_content(f"/t/{name}", NEW)
    yield ""
    await driver.delete("/t")
    yield "`delete` of a directory with up to 1,000 files"


async def written(driver: StorageDriver) -> AsyncIterator[str]:
    writer = await driver.writer("/d/f")
    yield "`writer`"
    await writer.write(NEW)
    yield "`write` that fills no part"
    await writer.commit()
    yield "`commit` of less than a part"
    # Parts are on their way while calls return: only what waits for them is counted.
    async with await driver.writer("/d/f") as writer:
        await writer.write(LARGE[: PART + 1])
    yield "`writer`, `write`, `close` of a part and some bytes"
    async with await driver.writer("/d/f", append=True) as writer:
        await writer.write(LARGE[PART + 1 :])
        await writer.commit()
    yield "`writer`, `write`, `commit` that go on from there"
    await driver.move("/d/f", "/d/g")
    yield "`move` of two parts"
    await (await driver.writer("/d/f")).close()
    yield ""
    (unfinished,) = [info async for info in driver.unfinished()]
    yield "`unfinished` with one writer"
    await driver.discard(unfinished)
    yield "`discard` of a writer that has sent nothing"
    async with await driver.writer("/d/f") as writer:
        await writer.write(LARGE)
    yield ""
    (unfinished,) = [info async for info in driver.unfinished()]
    yield "`unfinished` with one upload"
    await driver.discard(unfinished)
    yield "`discard` of an upload and some bytes"


def documented(requests: str) -> Counter[str]:
    """Read a cell of the table; requests that are sent at once come in any order."""
    if requests == "none":
        return Counter()
    named = [one.partition(" ") for one in requests.split(", ")]
    return Counter({kind: int(number) for number, _, kind in named})


@on_weed
async def test_each_call_takes_the_requests_that_are_documented(
    driver: StorageDriver, proxy: Proxy
) -> None:
    found: dict[str, Counter[str]] = {}
    proxy.watch()
    async for row in made(driver):
        if row:
            found[row] = Counter(proxy.seen)
        proxy.watch()

    _, *rows = PAGE.rows("Requests")
    assert {call: documented(requests) for call, requests, *_ in rows} == found
