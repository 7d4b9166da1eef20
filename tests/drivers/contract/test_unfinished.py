"""What unfinished writers left: told, resumed or discarded."""

from datetime import UTC, datetime, timedelta

from storagedriver.protocol import StorageDriver
from tests.drivers.contract.observing import MIB, everything, files, held, left_unfinished


async def test_nothing_is_told_where_nothing_is_unfinished(driver: StorageDriver) -> None:
    await driver.put_content("/a/file", b"x")

    for path in ("/", "/a", "/a/file", "/missing"):
        assert [] == await held(driver, path)


async def test_unfinished_writers_come_in_the_order_of_paths(driver: StorageDriver) -> None:
    paths = ["/a/x", "/a/x-", "/a/x0/y", "/a-", "/a.b/c", "/b"]
    for size, path in reversed(list(enumerate(paths))):
        await left_unfinished(driver, path, bytes(size))

    assert [(path, size) for size, path in enumerate(paths)] == await held(driver)


async def test_those_at_and_below_a_path_are_told(driver: StorageDriver) -> None:
    for path in ("/a/b", "/a/b/c", "/a/b-", "/a/bb/c"):
        await left_unfinished(driver, path, b"x")

    assert [("/a/b", 1), ("/a/b/c", 1)] == await held(driver, "/a/b")
    assert [("/a/b/c", 1)] == await held(driver, "/a/b/c")
    assert 4 == len(await held(driver, "/a"))


async def test_many_unfinished_writers_are_all_told(driver: StorageDriver) -> None:
    paths = sorted(f"/u/{number}/data" for number in range(400))
    for path in paths:
        await left_unfinished(driver, path, b"xy")

    assert [(path, 2) for path in paths] == await held(driver)


async def test_a_record_tells_size_and_time(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/file", bytes(MIB + 1))

    assert MIB + 1 == record.size
    assert timedelta(0) == record.modified.utcoffset()
    assert abs(datetime.now(UTC) - record.modified) < timedelta(minutes=10)


async def test_telling_changes_nothing(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/file", b"draft")

    assert [record] == await everything(driver.unfinished())
    assert [record] == await everything(driver.unfinished("/file"))
    async with await driver.writer("/file", append=True) as writer:
        assert 5 == writer.size


async def test_an_open_writer_goes_on_after_it_was_told_of(driver: StorageDriver) -> None:
    writer = await driver.writer("/file")
    await writer.write(b"one ")
    await everything(driver.unfinished())
    await writer.write(b"two")
    await writer.commit()

    assert {"/file": b"one two"} == await files(driver)


async def test_what_is_discarded_is_gone(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/a/file", b"draft")
    await driver.put_content("/a/file", b"committed")

    await driver.discard(record)
    await driver.discard(record)

    assert [] == await held(driver)
    assert {"/a/file": b"committed"} == await files(driver)


async def test_what_was_resumed_since_is_not_discarded(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/file", b"draft")
    async with await driver.writer("/file", append=True) as writer:
        await driver.discard(record)
        await writer.write(b" resumed")
    resumed = (await everything(driver.unfinished()))[0]
    await driver.discard(record)

    assert record.id != resumed.id
    assert [("/file", 13)] == await held(driver)
    await driver.discard(resumed)
    assert [] == await held(driver)


async def test_what_was_replaced_since_is_not_discarded(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/file", b"draft")
    replaced = await left_unfinished(driver, "/file", b"other")

    await driver.discard(record)

    assert record.id != replaced.id
    assert [("/file", 5)] == await held(driver)


async def test_what_was_committed_since_is_not_discarded(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/file", b"draft")
    async with await driver.writer("/file", append=True) as writer:
        await writer.commit()

    await driver.discard(record)

    assert {"/file": b"draft"} == await files(driver)
    assert [] == await held(driver)


async def test_discarding_an_unknown_record_does_nothing(driver: StorageDriver) -> None:
    record = await left_unfinished(driver, "/a/file", b"draft")
    await driver.discard(record)
    await left_unfinished(driver, "/a/file/below", b"kept")

    await driver.discard(record)

    assert [("/a/file/below", 4)] == await held(driver)
