"""The thread of a blocking driver: what runs in it, how it ends, and what ends with it."""

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from storagedriver import (
    DriverClosedError,
    DriverConfigurationError,
    PathNotFoundError,
    StorageDriver,
    blocking,
    open_driver,
)
from storagedriver.as_fsspec import DriverFileSystem
from storagedriver.blocking import BlockingDriver
from tests.spoiltdrivers import spoilt, threads_of

PATIENCE = 60.0


@pytest.fixture
def driver() -> Iterator[BlockingDriver]:
    with blocking.open_driver("memory") as driver:
        yield driver


def test_all_calls_run_in_one_thread_of_its_own(driver: BlockingDriver) -> None:
    assert 1 == len(threads_of("memory"))
    driver.put_content("/a", b"")
    assert 1 == len(threads_of("memory"))
    assert threads_of("memory")[0].daemon


def test_leaving_the_block_ends_the_thread_after_an_error_too() -> None:
    with (
        pytest.raises(PathNotFoundError),
        blocking.open_driver("memory") as driver,
    ):
        driver.get_content("/missing")

    assert [] == threads_of("memory")


def test_what_is_wrong_with_the_parameters_is_raised_and_leaves_no_thread() -> None:
    with pytest.raises(DriverConfigurationError), blocking.open_driver("memory", nothing="x"):
        pass

    assert [] == threads_of("memory")


def test_the_thread_is_not_named_after_what_a_url_may_hide(tmp_path: Path) -> None:
    with blocking.open_driver(f"file://{tmp_path}"):
        assert 1 == len(threads_of("file"))


def test_a_closed_driver_refuses_every_call_and_may_be_closed_again(driver: BlockingDriver) -> None:
    driver.put_content("/a", b"x")
    entries = driver.walk("/")
    next(entries)
    writer = driver.writer("/b")

    driver.close()
    driver.close()

    with pytest.raises(DriverClosedError):
        driver.get_content("/a")
    with pytest.raises(DriverClosedError):
        next(driver.list("/"))
    with pytest.raises(DriverClosedError):
        writer.write(b"x")
    entries.close()


def test_a_reader_left_after_the_driver_was_closed_raises_nothing_more() -> None:
    with blocking.open_driver("memory") as driver:
        driver.put_content("/a", b"x")
        with driver.reader("/a"), driver.writer("/b"):
            driver.close()


@pytest.mark.parametrize("kind", ["reader", "listing", "filesystem"])
def test_what_is_garbage_is_not_waited_for_where_a_lock_may_be_held(kind: str) -> None:
    lock, left = threading.Lock(), threading.Event()

    @asynccontextmanager
    async def leaving_by_the_lock(*_: object, **__: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            with lock:
                left.set()

    async def entries(*_: object, **__: object) -> AsyncIterator[int]:
        async with leaving_by_the_lock():
            yield 1

    @asynccontextmanager
    async def closing_by_the_lock() -> AsyncIterator[StorageDriver]:
        async with leaving_by_the_lock(), open_driver("memory") as driver:
            yield driver

    def begun(driver: BlockingDriver) -> object:
        if kind == "listing":
            listing = driver.walk("/")
            next(listing)
            return listing
        reader = driver.reader("/a")
        reader.__enter__()
        return reader

    def in_a_cycle(one: object) -> None:
        cycle = [one]
        cycle.append(cycle)

    with ExitStack() as stack:
        if kind == "filesystem":
            opened = blocking.opened(closing_by_the_lock())
            filesystem = DriverFileSystem(opened.__enter__(), skip_instance_cache=True)
            weakref.finalize(filesystem, opened.__exit__, None, None, None)
            in_a_cycle(filesystem)
            del filesystem, opened
        else:
            spoiling = spoilt(reader=leaving_by_the_lock, walk=entries)
            driver = stack.enter_context(blocking.opened(spoiling))
            in_a_cycle(begun(driver))
        with lock:
            gc.collect()
        assert left.wait(PATIENCE)


def test_closing_ends_a_call_of_another_thread() -> None:
    begun = threading.Event()
    ended: list[type[BaseException]] = []

    async def stat(path: str) -> None:
        begun.set()
        await asyncio.sleep(3600)
        ended.append(type(path))

    def call(driver: BlockingDriver) -> None:
        try:
            driver.stat("/")
        except DriverClosedError as error:
            ended.append(type(error))

    with blocking.opened(spoilt(stat=stat)) as driver:
        caller = threading.Thread(target=call, args=(driver,))
        caller.start()
        assert begun.wait(PATIENCE)
        driver.close()
        caller.join(PATIENCE)

    assert [DriverClosedError] == ended


def test_whoever_calls_while_it_is_closed_is_done_or_refused() -> None:
    def call(driver: BlockingDriver) -> bool:
        while True:
            try:
                driver.put_content("/a", b"x")
                list(driver.list("/"))
            except DriverClosedError:
                return True

    for _ in range(10):
        with ThreadPoolExecutor(6) as pool, blocking.open_driver("memory") as driver:
            callers = [pool.submit(call, driver) for _ in range(6)]
            driver.stat("/")
            driver.close()
            assert all(caller.result(PATIENCE) for caller in callers)


def test_an_interrupted_call_is_cancelled_and_awaited_before_the_interruption_comes_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = threading.Event()
    ended: list[str] = []

    async def stat(path: str) -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            ended.append(path)

    waits: list[object] = []

    def interrupted(futures: object, **options: object) -> object:
        assert begun.wait(PATIENCE)
        waits.append(futures)
        if len(waits) == 1:
            raise KeyboardInterrupt
        return wait(futures, **options)

    with blocking.opened(spoilt(stat=stat)) as driver:
        with monkeypatch.context() as patch:
            patch.setattr("storagedriver.loopthread.wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                driver.stat("/")
        assert ["/"] == ended
        driver.put_content("/a", b"and it goes on")


def test_what_would_end_a_process_comes_out_of_the_call_alone() -> None:
    async def stat(path: str) -> None:
        raise SystemExit(path)

    with blocking.opened(spoilt(stat=stat)) as driver:
        with pytest.raises(SystemExit):
            driver.stat("/a")
        driver.put_content("/a", b"and it goes on")


def test_a_call_in_the_thread_of_the_loop_is_refused_where_it_would_never_end() -> None:
    outer: list[BlockingDriver] = []

    async def stat(path: str) -> None:
        outer[0].get_content(path)

    with blocking.opened(spoilt(stat=stat)) as driver:
        outer.append(driver)
        with pytest.raises(RuntimeError, match="own thread"):
            driver.stat("/a")


def test_a_failure_to_close_is_raised_once() -> None:
    @asynccontextmanager
    async def failing() -> AsyncIterator[StorageDriver]:
        async with open_driver("memory") as driver:
            yield driver
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), blocking.opened(failing()) as driver:
        pass
    driver.close()

    assert [] == threads_of("driver")


def test_it_works_within_a_thread_that_runs_an_event_loop() -> None:
    async def main() -> bytes:
        with blocking.open_driver("memory") as driver:
            driver.put_content("/a", b"x")
            return driver.get_content("/a")

    assert b"x" == asyncio.run(main())
