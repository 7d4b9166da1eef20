import asyncio

from storagedriver.errors import PathConflictError, PathNotFoundError, PreconditionFailedError
from storagedriver.protocol import StorageDriver

ROUNDS = 150


async def test_a_put_succeeds_while_others_empty_its_directory(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def come_and_go(by: StorageDriver, name: str) -> None:
        path = f"/a/b/c/{name}"
        for number in range(ROUNDS):
            content = f"{name} {number}".encode()
            await by.put_content(path, content)
            assert content == await by.get_content(path)
            await by.delete(path)

    await asyncio.gather(
        *(come_and_go(by, f"{by is driver}-{each}") for by in [driver, second] for each in range(3))
    )

    assert [] == [info async for info in driver.walk("/")]


async def test_writers_and_moves_succeed_while_others_empty_their_directories(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def come_and_go(by: StorageDriver, name: str) -> None:
        for number in range(ROUNDS):
            content = f"{name} {number}".encode()
            async with await by.writer(f"/a/{name}/upload") as writer:
                await writer.write(content)
                await writer.commit()
            await by.move(f"/a/{name}/upload", f"/b/c/{name}")
            assert content == await by.get_content(f"/b/c/{name}")
            await by.delete(f"/b/c/{name}")

    await asyncio.gather(
        *(come_and_go(by, f"{by is driver}-{each}") for by in [driver, second] for each in range(3))
    )

    assert [] == [info async for info in driver.walk("/")]
    assert [] == [each async for each in driver.unfinished()]


async def test_a_put_after_a_delete_of_its_directory_stays(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def empty() -> None:
        for _ in range(ROUNDS):
            try:
                await second.delete("/a")
            except PathNotFoundError:
                await asyncio.sleep(0)

    async def fill() -> None:
        for number in range(ROUNDS):
            await driver.put_content(f"/a/{number % 7}/{number % 3}", b"content")

    await asyncio.gather(empty(), fill(), fill())
    await driver.put_content("/a/last", b"content")

    assert b"content" == await second.get_content("/a/last")


async def test_a_name_is_a_file_or_a_directory_and_never_both(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def attempt(by: StorageDriver, path: str) -> bool:
        try:
            await by.put_content(path, b"content", if_none_match=True)
        except (PathConflictError, PreconditionFailedError):
            return False
        return True

    for _ in range(ROUNDS):
        results = await asyncio.gather(attempt(driver, "/a/b"), attempt(second, "/a"))

        assert 1 == sum(results)
        await driver.delete("/a")


async def test_of_many_creators_in_two_instances_one_wins(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def create(by: StorageDriver) -> bool:
        try:
            await by.put_content("/a/b", b"content", if_none_match=True)
        except PreconditionFailedError:
            return False
        return True

    for _ in range(20):
        assert 1 == sum(await asyncio.gather(*map(create, [driver, second] * 10)))
        await driver.delete("/a/b")


async def test_of_many_deleters_with_a_version_one_wins(
    driver: StorageDriver, second: StorageDriver
) -> None:
    async def delete(by: StorageDriver, version: str | None) -> bool:
        try:
            await by.delete("/a/b", if_match=version)
        except PreconditionFailedError:
            return False
        return True

    for _ in range(20):
        version = (await driver.put_content("/a/b", b"content")).version
        assert 1 == sum(
            await asyncio.gather(*(delete(by, version) for by in [driver, second] * 10))
        )
