"""What the contract's own tests cannot see: what is in the container, and what else is left."""

from contextlib import AsyncExitStack

import pytest
from aiohttp import StreamReader

from storagedriver.drivers.azure import reading
from storagedriver.errors import InvalidPathError, PathNotFoundError, StorageBackendError
from storagedriver.protocol import StorageDriver
from tests.drivers.azure.conftest import Container, Open

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

BLOCK = 1 << 16


def body(size: int, first: int = 0) -> bytes:
    return bytes((first + at // 7) % 251 for at in range(size))


async def content(driver: StorageDriver, path: str, **where: int) -> bytes:
    async with driver.reader(path, **where) as reader:
        return b"".join([chunk async for chunk in reader])


async def test_a_file_is_the_block_blob_that_dockers_registry_would_look_for(
    opened: Open, container: Container
) -> None:
    async with opened(chunksize=BLOCK) as driver:
        await driver.put_content("/docker/registry/v2/blobs/x/data", b"content")
        async with await driver.writer("/docker/registry/v2/blobs/y/data") as writer:
            await writer.write(body(3 * BLOCK))
            await writer.commit()
        await driver.move("/docker/registry/v2/blobs/y/data", "/docker/registry/v2/blobs/z/data")

    keys = ["docker/registry/v2/blobs/x/data", "docker/registry/v2/blobs/z/data"]
    assert keys == container.keys()
    for key in keys:
        with container.client.get_blob_client(f"{container.root}/{key}") as blob:
            about = blob.get_blob_properties()
        assert "BlockBlob" == about.blob_type
        assert "application/octet-stream" == about.content_settings.content_type


@pytest.mark.parametrize("kind", ["append", "block"])
async def test_what_dockers_registry_has_stored_is_read_moved_and_replaced(
    opened: Open, container: Container, kind: str
) -> None:
    whole = body(BLOCK)
    with container.client.get_blob_client(f"{container.root}/uploads/data") as blob:
        if kind == "append":
            blob.create_append_blob()
            blob.append_block(whole[:1000])
            blob.append_block(whole[1000:])
        else:
            blob.upload_blob(whole)

    async with opened(chunksize=BLOCK) as driver:
        assert whole == await driver.get_content("/uploads/data")
        await driver.move("/uploads/data", "/blobs/data")
        assert whole[990:1010] == await content(driver, "/blobs/data", offset=990, length=20)
        async with await driver.writer("/blobs/data") as writer:
            await writer.write(body(2 * BLOCK + 1))
            await writer.commit()
        assert body(2 * BLOCK + 1) == await driver.get_content("/blobs/data")
        await driver.put_content("/blobs/data", b"small")
        assert b"small" == await driver.get_content("/blobs/data")

    assert ["blobs/data"] == container.keys()


async def test_an_upload_of_blocks_is_resumed_by_another_instance_and_leaves_nothing(
    opened: Open, container: Container
) -> None:
    whole = body(2 * BLOCK + 1000)
    async with opened(chunksize=BLOCK) as driver, await driver.writer("/d/f") as writer:
        await writer.write(whole[: BLOCK + 500])

    async with opened(chunksize=BLOCK) as driver:
        with pytest.raises(PathNotFoundError):
            await driver.stat("/d/f")
        with pytest.raises(PathNotFoundError):
            [info async for info in driver.list("/d")]
        assert [BLOCK + 500] == [info.size async for info in driver.unfinished()]
        async with await driver.writer("/d/f", append=True) as writer:
            assert BLOCK + 500 == writer.size
            await writer.write(whole[BLOCK + 500 :])
            info = await writer.commit()
        assert len(whole) == info.size
        assert whole == await driver.get_content("/d/f")
        assert whole[BLOCK - 5 : BLOCK + 5] == await content(
            driver, "/d/f", offset=BLOCK - 5, length=10
        )

    assert ["d/f"] == container.keys()
    assert [] == container.uncommitted()
    assert 0 == container.blocks("d/f")


@pytest.mark.parametrize("before", [[], ["d/f"]], ids=["new", "replaced"])
@pytest.mark.parametrize("way", ["cancel", "delete", "discard", "take over"])
async def test_whatever_ends_a_writer_its_blocks_are_dropped(
    opened: Open, container: Container, way: str, before: list[str]
) -> None:
    async with opened(chunksize=BLOCK) as driver:
        await driver.put_content("/d/other", b"stays")
        for key in before:
            await driver.put_content(f"/{key}", b"stays")
        writer = await driver.writer("/d/f")
        await writer.write(body(BLOCK + 10))
        await writer.close()
        if way == "cancel":
            await writer.cancel()
        elif way == "delete":
            await driver.delete("/d")
        elif way == "discard":
            async for info in driver.unfinished():
                await driver.discard(info)
        else:
            await (await driver.writer("/d/f")).cancel()

    there = [] if way == "delete" else [*before, "d/other"]
    assert there == container.keys()
    assert [] == container.uncommitted()
    assert [0] * len(there) == [container.blocks(key) for key in there]


async def test_folders_and_strangers_keys_are_passed_over(
    opened: Open, container: Container
) -> None:
    for key in ("d/empty/", "d/a b", "d/ä", "only/ä", "d/e/ä"):
        container.put(key)
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
        listed = [info.path async for info in driver.list("/tags", start_after="v1-rc")]
        assert [f"/tags/{name}" for name in names[2:]] == listed
        walked = [info.path async for info in driver.walk("/tags", start_after="/tags/v1-rc/link")]
        rest = [path for name in names[2:] for path in (f"/tags/{name}", f"/tags/{name}/link")]
        assert rest == walked


async def test_a_path_as_long_as_the_limit_is_stored_and_no_longer_one(
    opened: Open, container: Container
) -> None:
    async with opened() as driver:
        longest = driver.capabilities.limits.max_key
        assert longest is not None
        path = "/" + "/".join("n" * 200 for _ in range(8))
        path = path[: longest - 1] + "e"
        async with await driver.writer(path) as writer:
            await writer.write(b"content")
        async with await driver.writer(path, append=True) as writer:
            await writer.commit()
        assert b"content" == await driver.get_content(path)
        assert path in [info.path async for info in driver.walk("/")]
        for refused in (driver.put_content(f"{path}x", b""), driver.stat(f"{path}x")):
            with pytest.raises(InvalidPathError):
                await refused
        await driver.delete("/" + "n" * 200)

    assert [] == container.keys()


@pytest.fixture
def blockwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have readers ask for as little as a block at once."""
    monkeypatch.setattr(reading, "AT_ONCE", BLOCK)


@pytest.mark.usefixtures("blockwise")
async def test_open_readers_hold_no_connection(opened: Open) -> None:
    async with opened(maxconnections=2, pooltimeout=20, retries=0) as driver:
        await driver.put_content("/f", body(3 * BLOCK))
        async with AsyncExitStack() as stack:
            for _ in range(5):
                reader = await stack.enter_async_context(driver.reader("/f"))
                assert BLOCK == len(await anext(aiter(reader)))
            assert 3 * BLOCK == (await driver.stat("/f")).size


@pytest.mark.usefixtures("blockwise")
async def test_a_file_that_is_replaced_while_it_is_read_is_never_mixed(opened: Open) -> None:
    async with opened() as driver:
        await driver.put_content("/f", body(3 * BLOCK))
        async with driver.reader("/f") as reader:
            chunks = aiter(reader)
            first = await anext(chunks)
            await driver.put_content("/f", body(3 * BLOCK, first=1))
            with pytest.raises(StorageBackendError, match="replaced"):
                await anext(chunks)

        assert first == body(BLOCK)


async def test_an_answer_is_taken_in_large_pieces(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def read(stream: StreamReader, size: int = -1) -> bytes:
        asked.append(size)
        return await taken(stream, size)

    taken = StreamReader.read
    async with opened() as driver:
        await driver.put_content("/f", body(BLOCK))
        monkeypatch.setattr(StreamReader, "read", read)
        assert body(BLOCK) == await driver.get_content("/f")

    assert asked
    assert 1 << 18 <= min(asked)
