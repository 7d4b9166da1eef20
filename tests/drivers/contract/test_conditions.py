"""Puts and deletes that depend on what is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from storagedriver.errors import PreconditionFailedError
from storagedriver.protocol import StorageDriver
from tests.drivers.backends import on_shared
from tests.drivers.contract.observing import files, held, left_unfinished


async def outcomes(*calls: Coroutine[Any, Any, object]) -> list[bool]:
    """Make the calls at once, and tell which of them found their condition to hold."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, PreconditionFailedError):
            raise answer
    return [not isinstance(answer, BaseException) for answer in answers]


async def test_a_file_is_created_where_none_is(driver: StorageDriver) -> None:
    info = await driver.put_content("/a/file", b"new", if_none_match=True)

    assert b"new" == await driver.get_content("/a/file")
    assert info.version == (await driver.stat("/a/file")).version


async def test_a_file_is_not_created_where_one_is(driver: StorageDriver) -> None:
    before = await driver.put_content("/file", b"old")

    with pytest.raises(PreconditionFailedError) as caught:
        await driver.put_content("/file", b"new", if_none_match=True)

    assert ("/file", driver.name) == (caught.value.path, caught.value.driver)
    assert b"old" == await driver.get_content("/file")
    assert before.version == (await driver.stat("/file")).version


async def test_of_concurrent_creators_exactly_one_wins(driver: StorageDriver) -> None:
    contents = [b"%d" % number for number in range(12)]

    won = await outcomes(
        *(driver.put_content("/a/file", content, if_none_match=True) for content in contents)
    )

    assert 1 == sum(won)
    assert contents[won.index(True)] == await driver.get_content("/a/file")


async def test_of_concurrent_replacers_exactly_one_wins(driver: StorageDriver) -> None:
    before = await driver.put_content("/file", b"before")
    contents = [b"%d" % number for number in range(12)]

    won = await outcomes(
        *(driver.put_content("/file", content, if_match=before.version) for content in contents)
    )

    assert 1 == sum(won)
    assert contents[won.index(True)] == await driver.get_content("/file")


async def test_of_concurrent_replacers_and_deleters_exactly_one_wins(
    driver: StorageDriver,
) -> None:
    before = await driver.put_content("/file", b"before")

    won = await outcomes(
        *(driver.put_content("/file", b"after", if_match=before.version) for _ in range(5)),
        *(driver.delete("/file", if_match=before.version) for _ in range(5)),
    )

    assert 1 == sum(won)
    assert ({"/file": b"after"} if any(won[:5]) else {}) == await files(driver)


@on_shared
async def test_of_creators_in_two_instances_exactly_one_wins(
    driver: StorageDriver, second: StorageDriver
) -> None:
    won = await outcomes(
        *(
            instance.put_content("/file", b"x", if_none_match=True)
            for instance in (driver, second) * 6
        )
    )

    assert 1 == sum(won)


async def test_counting_by_conditional_puts_loses_no_count(driver: StorageDriver) -> None:
    await driver.put_content("/count", b"0")

    async def add() -> None:
        while True:
            async with driver.reader("/count") as reader:
                number = int(b"".join([piece async for piece in reader]))
            try:
                await driver.put_content(
                    "/count", b"%d" % (number + 1), if_match=reader.info.version
                )
            except PreconditionFailedError:
                continue
            return

    await asyncio.gather(*(add() for _ in range(12)))

    assert b"12" == await driver.get_content("/count")


async def test_a_stale_version_replaces_nothing(driver: StorageDriver) -> None:
    stale = await driver.put_content("/file", b"one")
    await driver.put_content("/file", b"two")

    with pytest.raises(PreconditionFailedError):
        await driver.put_content("/file", b"six", if_match=stale.version)

    assert b"two" == await driver.get_content("/file")


async def test_a_version_from_any_listing_is_the_one_to_match(driver: StorageDriver) -> None:
    await driver.put_content("/a/file", b"one")
    [by_list] = [info async for info in driver.list("/a")]
    by_walk = [info async for info in driver.walk("/")][-1]
    async with driver.reader("/a/file") as reader:
        by_reader = reader.info

    assert {(await driver.stat("/a/file")).version} == {
        by_list.version,
        by_walk.version,
        by_reader.version,
    }
    await driver.put_content("/a/file", b"two", if_match=by_list.version)


@pytest.mark.parametrize("path", ["/missing", "/directory", "/directory/file/below"])
async def test_what_is_no_file_matches_no_version(driver: StorageDriver, path: str) -> None:
    info = await driver.put_content("/directory/file", b"x")

    with pytest.raises(PreconditionFailedError):
        await driver.put_content(path, b"y", if_match=info.version)
    with pytest.raises(PreconditionFailedError):
        await driver.delete(path, if_match=info.version)

    assert {"/directory/file": b"x"} == await files(driver)


async def test_both_conditions_at_once_are_refused(driver: StorageDriver) -> None:
    info = await driver.put_content("/file", b"x")

    with pytest.raises(ValueError, match="if_match"):
        await driver.put_content("/file", b"y", if_match=info.version, if_none_match=True)

    assert b"x" == await driver.get_content("/file")


async def test_a_file_of_the_version_is_deleted(driver: StorageDriver) -> None:
    info = await driver.put_content("/a/file", b"x")

    await driver.delete("/a/file", if_match=info.version)

    assert {} == await files(driver)


async def test_a_file_of_another_version_is_not_deleted(driver: StorageDriver) -> None:
    stale = await driver.put_content("/file", b"one")
    await driver.put_content("/file", b"two")
    await left_unfinished(driver, "/file", b"draft")

    with pytest.raises(PreconditionFailedError):
        await driver.delete("/file", if_match=stale.version)

    assert b"two" == await driver.get_content("/file")
    assert [("/file", 5)] == await held(driver)


async def test_a_moved_file_tells_a_version_that_matches(driver: StorageDriver) -> None:
    await driver.put_content("/source", b"moved")
    stale = await driver.put_content("/target", b"other")
    await driver.move("/source", "/target")

    with pytest.raises(PreconditionFailedError):
        await driver.put_content("/target", b"late", if_match=stale.version)
    await driver.put_content("/target", b"next", if_match=(await driver.stat("/target")).version)

    assert b"next" == await driver.get_content("/target")
