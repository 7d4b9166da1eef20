"""The contract for code that is not async."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from storagedriver import (
    DriverClosedError,
    PathNotFoundError,
    PreconditionFailedError,
    WriterClosedError,
    blocking,
    open_driver,
)
from storagedriver.blocking import BlockingDriver
from tests.spoiltdrivers import spoilt


@pytest.fixture
def driver() -> Iterator[BlockingDriver]:
    with blocking.open_driver("memory") as driver:
        yield driver


def test_every_method_does_what_the_async_one_does(driver: BlockingDriver) -> None:
    first = driver.put_content("/d/a", b"first")
    with driver.writer("/d/b") as writer:
        writer.write(b"sec")
        writer.write(b"ond")
        assert 6 == writer.size
        writer.commit()
    driver.move("/d/b", "/d/c")
    driver.put_content("/d/a", b"new", if_match=first.version)

    assert b"new" == driver.get_content("/d/a")
    assert ["/d/a", "/d/c"] == [info.path for info in driver.list("/d")]
    assert ["/d/c"] == [info.path for info in driver.list("/d", start_after="a")]
    assert ["/d", "/d/a", "/d/c"] == [info.path for info in driver.walk("/")]
    assert 6 == driver.stat("/d/c").size
    assert driver.redirect_url("/d/a") is None
    with driver.reader("/d/c", offset=1, length=3) as reader:
        assert 6 == reader.info.size
        assert b"eco" == b"".join(reader)
    with pytest.raises(PreconditionFailedError):
        driver.put_content("/d/a", b"newer", if_match=first.version)
    driver.delete("/d")
    with pytest.raises(PathNotFoundError):
        driver.stat("/d")


def test_an_unfinished_writer_is_listed_resumed_and_discarded(driver: BlockingDriver) -> None:
    with driver.writer("/a") as writer:
        writer.write(b"begun")

    (kept,) = driver.unfinished()
    assert ("/a", 5) == (kept.path, kept.size)
    with driver.writer("/a", append=True) as writer:
        assert 5 == writer.size
        writer.write(b" and done")
        writer.commit()
    assert b"begun and done" == driver.get_content("/a")

    driver.writer("/b").close()
    for one in driver.unfinished("/b"):
        driver.discard(one)
    assert [] == list(driver.unfinished())


def test_it_gives_the_name_and_the_capabilities_of_the_driver(driver: BlockingDriver) -> None:
    assert "memory" == driver.name
    assert driver.capabilities.writable


def test_many_threads_at_once_share_a_driver(driver: BlockingDriver) -> None:
    def work(number: int) -> bytes:
        path = f"/{number}"
        for turn in range(20):
            driver.put_content(path, f"{number}:{turn}".encode())
            with driver.writer(f"{path}-written") as writer:
                writer.write(path.encode())
                writer.commit()
            assert path in {info.path for info in driver.list("/")}
        return driver.get_content(path)

    with ThreadPoolExecutor(12) as pool:
        assert [f"{number}:19".encode() for number in range(12)] == list(pool.map(work, range(12)))


def test_a_listing_reads_no_further_than_it_is_iterated_and_is_closed_when_left() -> None:
    given: list[int] = []
    closed: list[str] = []

    async def walk(path: str, *, start_after: str | None) -> AsyncIterator[object]:
        try:
            for number in range(1_000):
                given.append(number)
                yield number
        finally:
            closed.append(f"{path} {start_after}")

    with blocking.opened(spoilt(walk=walk)) as driver:
        for entry in driver.walk("/"):
            if entry == 2:  # type: ignore[comparison-overlap] # the spoilt driver gives numbers
                break
        gc.collect()

        assert [0, 1, 2] == given
        assert ["/ None"] == closed

        with closing(driver.walk("/")) as entries:
            next(entries)
        assert ["/ None", "/ None"] == closed


def test_a_listing_that_never_began_calls_nothing() -> None:
    with blocking.opened(spoilt(list=None)) as driver:
        driver.list("/").close()


def test_errors_come_at_the_first_step_of_a_listing(driver: BlockingDriver) -> None:
    entries = driver.list("/missing")

    with pytest.raises(PathNotFoundError) as raised:
        next(entries)
    assert "/missing" == raised.value.path


def test_the_error_of_a_block_comes_out_and_the_reader_is_left(driver: BlockingDriver) -> None:
    driver.put_content("/a", b"x")

    with pytest.raises(ZeroDivisionError), driver.reader("/a") as reader:
        raise ZeroDivisionError
    with pytest.raises((RuntimeError, DriverClosedError, ValueError, PathNotFoundError)):
        list(reader)


def test_a_writer_left_by_an_error_keeps_what_it_has(driver: BlockingDriver) -> None:
    writer = driver.writer("/a")
    writer.write(b"kept")

    with pytest.raises(ZeroDivisionError), writer:
        raise ZeroDivisionError
    with pytest.raises(WriterClosedError):
        writer.write(b"x")
    assert [4] == [one.size for one in driver.unfinished()]
    writer.cancel()
    assert [] == list(driver.unfinished())


def test_the_files_are_those_of_the_async_driver(tmp_path: Path) -> None:
    with blocking.open_driver("filesystem", rootdirectory=tmp_path) as driver:
        driver.put_content("/a", b"x")

    async def read() -> bytes:
        async with open_driver("filesystem", rootdirectory=tmp_path) as driver:
            return await driver.get_content("/a")

    assert b"x" == asyncio.run(read())
