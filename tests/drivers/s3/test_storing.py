"""What the contract's own tests cannot see: what is in the bucket, and what else is left there."""

from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from storagedriver.errors import PathNotFoundError, StorageUnavailableError
from storagedriver.protocol import StorageDriver
from tests.drivers.s3.conftest import Open
from tests.drivers.s3.marks import on_weed
from tests.s3servers import S3Server

Raw = Any  # botocore has no types
PART = 5 << 20


def body(size: int, first: int = 0) -> bytes:
    return (bytes(range(first, 256)) + bytes(range(first))) * (size // 256) + b"e" * (size % 256)


def keys(raw: Raw, server: S3Server, root: str) -> list[str]:
    answer = raw.list_objects_v2(Bucket=server.bucket, Prefix=f"{root}/")
    return sorted(one["Key"].removeprefix(f"{root}/") for one in answer.get("Contents", ()))


def uploads(raw: Raw, server: S3Server, root: str) -> list[str]:
    answer = raw.list_multipart_uploads(Bucket=server.bucket, Prefix=f"{root}/")
    return [one["Key"] for one in answer.get("Uploads", ())]


async def content(driver: StorageDriver, path: str, **where: int) -> bytes:
    async with driver.reader(path, **where) as reader:
        return b"".join([chunk async for chunk in reader])


async def test_a_file_is_the_object_that_dockers_registry_would_look_for(
    opened: Open, raw: Raw, server: S3Server, root: str
) -> None:
    async with opened() as driver:
        await driver.put_content("/docker/registry/v2/blobs/x/data", b"content")
        async with await driver.writer("/docker/registry/v2/blobs/y/data") as writer:
            await writer.write(b"written")
            await writer.commit()

    assert ["docker/registry/v2/blobs/x/data", "docker/registry/v2/blobs/y/data"] == keys(
        raw, server, root
    )


async def test_an_upload_of_parts_is_resumed_by_another_instance_and_leaves_nothing(
    opened: Open, raw: Raw, server: S3Server, root: str
) -> None:
    whole = body(2 * PART + 1000)
    async with opened() as driver, await driver.writer("/d/f") as writer:
        await writer.write(whole[: PART + 500])
    assert [f"{root}/d/f"] == uploads(raw, server, root)

    async with opened() as driver:
        with pytest.raises(PathNotFoundError):
            await driver.stat("/d/f")
        assert [PART + 500] == [info.size async for info in driver.unfinished()]
        async with await driver.writer("/d/f", append=True) as writer:
            assert PART + 500 == writer.size
            await writer.write(whole[PART + 500 :])
            info = await writer.commit()
        assert len(whole) == info.size
        assert whole == await driver.get_content("/d/f")
        assert whole[PART - 5 : PART + 5] == await content(
            driver, "/d/f", offset=PART - 5, length=10
        )

    assert ["d/f"] == keys(raw, server, root)
    assert [] == uploads(raw, server, root)


@pytest.mark.parametrize("way", ["cancel", "delete", "discard", "take over"])
async def test_whatever_ends_a_writer_its_upload_is_dropped(
    opened: Open, raw: Raw, server: S3Server, root: str, way: str
) -> None:
    async with opened() as driver:
        await driver.put_content("/d/other", b"stays")
        writer = await driver.writer("/d/f")
        await writer.write(body(PART + 10))
        await writer.close()
        assert 1 == len(uploads(raw, server, root))
        if way == "cancel":
            await writer.cancel()
        elif way == "delete":
            await driver.delete("/d")
        elif way == "discard":
            async for info in driver.unfinished():
                await driver.discard(info)
        else:
            await (await driver.writer("/d/f")).cancel()

    assert [] == uploads(raw, server, root)
    assert ([] if way == "delete" else ["d/other"]) == keys(raw, server, root)


async def test_a_move_in_parts_is_the_same_file_and_leaves_no_upload(
    opened: Open, raw: Raw, server: S3Server, root: str
) -> None:
    whole = body(2 * PART + 3)
    async with opened(multipartcopythresholdsize=PART, multipartcopychunksize=PART) as driver:
        await driver.put_content("/a", whole)
        await driver.move("/a", "/b/c")
        assert whole == await driver.get_content("/b/c")

    assert ["b/c"] == keys(raw, server, root)
    assert [] == uploads(raw, server, root)


async def test_folders_and_strangers_keys_are_passed_over(
    opened: Open, raw: Raw, server: S3Server, root: str
) -> None:
    for key in ("d/", "d/empty/", "d/a b", "d/ä", "only/", "only/ä", "d/e/ä"):
        raw.put_object(Bucket=server.bucket, Key=f"{root}/{key}", Body=b"")
    async with opened() as driver:
        await driver.put_content("/d/file", b"content")
        assert ["/d"] == [info.path async for info in driver.list("/")]
        assert ["/d/file"] == [info.path async for info in driver.list("/d")]
        assert ["/d", "/d/file"] == [info.path async for info in driver.walk("/")]
        with pytest.raises(PathNotFoundError):
            await driver.stat("/only")
        with pytest.raises(PathNotFoundError):
            [info async for info in driver.list("/d/empty")]


async def test_names_that_begin_alike_are_listed_by_component(opened: Open) -> None:
    names = ["v1", "v1-rc", "v1-rc.1", "v1.0", "v1.0.1", "v10"]
    async with opened() as driver:
        for name in reversed(names):
            await driver.put_content(f"/tags/{name}/link", b"")
        assert [f"/tags/{name}" for name in names] == [i.path async for i in driver.list("/tags")]
        walked = [info.path async for info in driver.walk("/tags", start_after="/tags/v1-rc/link")]
        rest = [path for name in names[2:] for path in (f"/tags/{name}", f"/tags/{name}/link")]
        assert rest == walked


async def test_a_name_whose_directory_is_gone_can_be_created(opened: Open) -> None:
    async with opened() as driver:
        await driver.put_content("/d/name/below", b"")
        await driver.delete("/d/name")

        await driver.put_content("/d/name", b"file", if_none_match=True)

        assert b"file" == await driver.get_content("/d/name")


async def test_a_reader_frees_its_connection_when_its_block_is_left(opened: Open) -> None:
    async with opened(maxconnections=2, pooltimeout=20, retries=0) as driver:
        await driver.put_content("/f", body(PART))
        for _ in range(5):
            async with driver.reader("/f") as reader:
                async for _chunk in reader:
                    break
        assert PART == (await driver.stat("/f")).size


async def test_too_many_readers_get_an_error_and_do_not_wait_for_ever(opened: Open) -> None:
    async with opened(maxconnections=2, pooltimeout=0.2, retries=0) as driver:
        await driver.put_content("/f", body(PART))
        async with driver.reader("/f"), driver.reader("/f"):
            with pytest.raises(StorageUnavailableError, match="maxconnections"):
                await driver.stat("/f")
        assert PART == (await driver.stat("/f")).size


@on_weed
async def test_a_server_that_stops_answering_is_given_up_in_time(
    opened: Open, server: S3Server
) -> None:
    async with opened() as patient, AsyncExitStack() as stack:
        await patient.put_content("/f", b"content")
        driver = await impatient(opened, stack)
        server.pause()
        try:
            with pytest.raises(StorageUnavailableError):
                await driver.get_content("/f")
            with pytest.raises(StorageUnavailableError):
                await driver.put_content("/g", b"content")
        finally:
            server.go_on()
        assert b"content" == await patient.get_content("/f")


async def impatient(opened: Open, stack: AsyncExitStack) -> StorageDriver:
    """Open a driver that soon gives up; on a busy machine it may do that before it is open."""
    for _ in range(100):
        with suppress(StorageUnavailableError):
            parameters = {"readtimeout": 1, "retries": 1, "retryseconds": 2, "probe": "off"}
            return await stack.enter_async_context(opened(**parameters))
    raise AssertionError("the server never answers within a second")
