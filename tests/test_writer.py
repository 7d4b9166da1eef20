"""What the guard does for a writer: which calls it may still get, and from whom."""

import asyncio

import pytest

from storagedriver import (
    DriverClosedError,
    FileWriter,
    PathConflictError,
    StorageBackendError,
    StorageDriver,
    WriterClosedError,
    WriterLostError,
    guarded,
)
from tests.recording import INFO, RecordingDriver, RecordingWriter


@pytest.fixture
def inner() -> RecordingDriver:
    return RecordingDriver()


@pytest.fixture
def driver(inner: RecordingDriver) -> StorageDriver:
    return guarded(inner)


@pytest.fixture
async def writer(driver: StorageDriver, inner: RecordingDriver) -> FileWriter:
    writer = await driver.writer("/file")
    inner.calls.clear()
    return writer


async def test_a_writer_is_a_file_writer(writer: FileWriter) -> None:
    assert isinstance(writer, FileWriter)
    assert 3 == writer.size


async def test_a_writer_writes_and_commits(writer: FileWriter, inner: RecordingDriver) -> None:
    async with writer:
        await writer.write(b"a")
        await writer.write(memoryview(b"b"))
        assert INFO == await writer.commit()

    assert [("write", b"a"), ("write", b"b"), ("commit",)] == inner.calls


async def test_leaving_the_block_closes_a_writer(
    writer: FileWriter, inner: RecordingDriver
) -> None:
    async with writer:
        pass

    assert [("close",)] == inner.calls


async def test_leaving_the_block_with_an_error_closes_a_writer(
    writer: FileWriter, inner: RecordingDriver
) -> None:
    with pytest.raises(KeyError):
        async with writer:
            raise KeyError

    assert [("close",)] == inner.calls


@pytest.mark.parametrize("end", ["commit", "close", "cancel"])
async def test_after_its_end_a_writer_takes_nothing(
    end: str, writer: FileWriter, inner: RecordingDriver
) -> None:
    await getattr(writer, end)()

    with pytest.raises(WriterClosedError) as raised:
        await writer.write(b"a")
    with pytest.raises(WriterClosedError):
        await writer.commit()

    assert [(end,)] == inner.calls
    assert ("recording", "/file") == (raised.value.driver, raised.value.path)


@pytest.mark.parametrize(
    ("first", "second", "calls"),
    [
        ("close", "close", [("close",)]),
        ("close", "cancel", [("close",), ("cancel",)]),
        ("cancel", "close", [("cancel",)]),
        ("cancel", "cancel", [("cancel",)]),
        ("commit", "close", [("commit",)]),
        ("commit", "cancel", [("commit",)]),
    ],
)
async def test_closing_and_cancelling_after_the_end(
    first: str,
    second: str,
    calls: list[tuple[str]],
    writer: FileWriter,
    inner: RecordingDriver,
) -> None:
    await getattr(writer, first)()
    await getattr(writer, second)()
    await getattr(writer, second)()

    assert calls == inner.calls


@pytest.mark.parametrize("error", [PathConflictError(), OSError(28, "No space left")])
@pytest.mark.parametrize("next_step", ["commit", "close", "cancel"])
async def test_a_writer_goes_on_after_a_failed_commit(
    error: Exception, next_step: str, writer: FileWriter, inner: RecordingDriver
) -> None:
    inner.error = error
    with pytest.raises((PathConflictError, StorageBackendError), match="recording: /file"):
        await writer.commit()
    inner.error = None

    await getattr(writer, next_step)()

    assert [("commit",), (next_step,)] == inner.calls


@pytest.mark.parametrize("end", ["close", "cancel"])
async def test_a_failed_end_is_no_end(end: str, writer: FileWriter, inner: RecordingDriver) -> None:
    inner.error = StorageBackendError()
    with pytest.raises(StorageBackendError):
        await getattr(writer, end)()
    inner.error = None

    await getattr(writer, end)()

    assert [(end,), (end,)] == inner.calls


async def test_an_error_of_closing_is_raised_by_the_block(
    writer: FileWriter, inner: RecordingDriver
) -> None:
    with pytest.raises(WriterLostError, match="recording: /file"):
        async with writer:
            inner.error = WriterLostError()


async def test_an_error_of_closing_does_not_hide_the_blocks_own(
    writer: FileWriter, inner: RecordingDriver
) -> None:
    async def failing_block() -> None:
        async with writer:
            inner.error = WriterLostError("it is another's")
            raise KeyError

    with pytest.raises(KeyError) as raised:
        await failing_block()

    assert "it is another's" in raised.value.__notes__[0]


@pytest.mark.parametrize("call", ["write", "commit", "close", "cancel"])
async def test_a_writer_of_a_closed_driver_fails(
    call: str, writer: FileWriter, driver: StorageDriver
) -> None:
    await driver.aclose()

    with pytest.raises(DriverClosedError):
        await (writer.write(b"") if call == "write" else getattr(writer, call)())


async def test_a_writer_cannot_be_used_by_two_tasks_at_once(
    driver: StorageDriver, inner: RecordingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = asyncio.Event()

    async def slow(self: RecordingWriter, chunk: bytes) -> None:
        await may_end.wait()

    monkeypatch.setattr(RecordingWriter, "write", slow)
    writer = await driver.writer("/file")
    first = asyncio.create_task(writer.write(b"first"))
    await asyncio.sleep(0)

    for call in (writer.write(b"second"), writer.commit(), writer.close(), writer.cancel()):
        with pytest.raises(RuntimeError, match="two tasks use the writer of /file"):
            await call
    may_end.set()
    await first

    await writer.commit()
    assert [("writer", "/file", False), ("commit",)] == inner.calls


async def test_a_writer_can_be_used_after_a_cancelled_call(
    driver: StorageDriver, inner: RecordingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(self: RecordingWriter, chunk: bytes) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(RecordingWriter, "write", endless)
    writer = await driver.writer("/file")
    task = asyncio.create_task(writer.write(b"first"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await writer.close()

    assert ("close",) == inner.calls[-1]
