import os
from pathlib import Path

import pytest

from storagedriver.errors import WriterLostError
from storagedriver.protocol import StorageDriver
from tests.drivers.filesystem.running import finish, run, start

INCREMENT = """
for _ in range(25):
    while True:
        async with driver.reader("/a/counter") as reader:
            version = reader.info.version
            content = b"".join([piece async for piece in reader])
        try:
            await driver.put_content("/a/counter", b"%d" % (int(content) + 1), if_match=version)
            break
        except PreconditionFailedError:
            pass
"""

CREATE = """
won = []
for number in range(50):
    try:
        await driver.put_content(f"/a/{number}", b"mine", if_none_match=True)
        won.append(number)
    except PreconditionFailedError:
        pass
print(*won)
"""


async def test_a_counter_kept_by_if_match_loses_no_increment_of_any_process(
    driver: StorageDriver, root: Path
) -> None:
    await driver.put_content("/a/counter", b"0")

    for process in [start(root, INCREMENT) for _ in range(4)]:
        finish(process)

    assert b"100" == await driver.get_content("/a/counter")


async def test_each_file_is_created_by_exactly_one_process(root: Path) -> None:
    processes = [start(root, CREATE) for _ in range(3)]

    won = [int(number) for process in processes for number in finish(process).split()]

    assert list(range(50)) == sorted(won)


async def test_a_process_goes_on_where_another_one_closed_a_writer(
    driver: StorageDriver, root: Path
) -> None:
    run(
        root,
        """
        async with await driver.writer("/a/upload") as writer:
            await writer.write(b"first ")
        """,
    )

    async with await driver.writer("/a/upload", append=True) as writer:
        assert len(b"first ") == writer.size
        await writer.write(b"second")
        await writer.commit()

    assert b"first second" == await driver.get_content("/a/upload")


@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("size", [5, 2 << 20])
async def test_a_process_that_takes_over_makes_the_former_writer_lose(
    driver: StorageDriver, root: Path, *, append: bool, size: int
) -> None:
    async with await driver.writer("/a/upload") as writer:
        await writer.write(b"a" * (1 << 20))
        run(
            root,
            f"""
            async with await driver.writer("/a/upload", append={append}) as writer:
                await writer.write(b"b")
            """,
        )

        for _ in range(2):
            with pytest.raises(WriterLostError):
                await writer.write(b"a" * size)
        with pytest.raises(WriterLostError):
            await writer.commit()
        with pytest.raises(WriterLostError):
            await writer.close()
        await writer.cancel()

    async with await driver.writer("/a/upload", append=True) as writer:
        await writer.commit()
    assert (b"a" * (1 << 20) if append else b"") + b"b" == await driver.get_content("/a/upload")


async def test_a_forked_process_does_not_keep_a_lock(driver: StorageDriver, root: Path) -> None:
    run(
        root,
        """
        from storagedriver.drivers.filesystem.locks import Locks
        until, end = os.pipe()
        with Locks(sys.argv[1] + "/~/locks", step=1).hold("/a"):
            if not os.fork():
                os.close(end)
                os.read(until, 1)
                os._exit(0)
        await driver.put_content("/a", b"put while the other process lives")
        os.close(end)
        os.wait()
        """,
    )

    assert b"put while the other process lives" == await driver.get_content("/a")


async def test_a_program_that_is_started_inherits_no_descriptor(
    driver: StorageDriver, root: Path
) -> None:
    await driver.put_content("/b", b"content")

    async with await driver.writer("/a"), driver.reader("/b"):
        opened = [name for name in os.listdir("/proc/self/fd") if _leads_to(name, root)]
        inherited = [name for name in opened if os.get_inheritable(int(name))]

    assert 2 == len(opened)
    assert [] == inherited


def _leads_to(descriptor: str, root: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(root))
    except FileNotFoundError:
        return False
