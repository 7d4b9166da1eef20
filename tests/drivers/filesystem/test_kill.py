import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import StorageDriver
from tests.drivers.filesystem import victims
from tests.drivers.filesystem.victims import STREAM, number_of

VICTIM = "/a/b/victim"
ROUNDS = 25

Kill = Callable[[str, int], list[str]]


@pytest.fixture
def kill(root: Path) -> Iterator[Kill]:
    """Start an action from a number on, kill it, and return what it told before."""
    chance = random.Random(42)
    command = [sys.executable, victims.__file__, str(root)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        commands, answers = process.stdin, process.stdout
        assert commands is not None
        assert answers is not None

        def killed(action: str, number: int) -> list[str]:
            commands.write(f"{action} {number} {chance.uniform(0, 0.03)}\n")
            commands.flush()
            words: list[str] = json.loads(answers.readline())
            return words

        yield killed
        commands.close()
        assert 0 == process.wait(60)


async def content_of(driver: StorageDriver, path: str) -> bytes | None:
    try:
        return await driver.get_content(path)
    except PathNotFoundError:
        return None


async def walked(driver: StorageDriver) -> set[str]:
    return {info.path async for info in driver.walk("/")}


@pytest.mark.parametrize("action", ["put", "commit"])
async def test_a_killed_put_leaves_the_last_or_the_next_content(
    driver: StorageDriver, kill: Kill, action: str
) -> None:
    number = 0
    for _ in range(ROUNDS):
        told = int(kill(action, number)[-1])

        found = number_of(await driver.get_content(VICTIM))
        assert found in {told, told + 1}
        assert {"/a", "/a/b", VICTIM} == await walked(driver)
        number = found + 1


async def test_a_killed_move_leaves_one_whole_file_at_least(
    driver: StorageDriver, kill: Kill
) -> None:
    number = 0
    for _ in range(ROUNDS):
        told = int(kill("move", number)[-1])

        found = number_of(await driver.get_content(VICTIM))
        assert found in {told, told + 1}
        source = await content_of(driver, "/a/source")
        assert source is None or number_of(source) == told + (1 if found == told else 2)
        number = found + 2


async def test_a_killed_delete_leaves_the_file_or_nothing(
    driver: StorageDriver, kill: Kill
) -> None:
    number = 0
    for _ in range(ROUNDS):
        word, told = kill("delete", number)[-1].split()

        content = await content_of(driver, VICTIM)
        found = None if content is None else number_of(content)
        assert found in ({int(told), None} if word == "put" else {int(told) + 1, None})
        assert (set() if found is None else {"/a", "/a/b", VICTIM}) == await walked(driver)
        number = int(told) + 2


async def test_a_killed_writer_resumes_with_all_that_was_closed(
    driver: StorageDriver, kill: Kill
) -> None:
    for number in range(ROUNDS):
        told = int(kill("write", 0)[-1])

        left = [each async for each in driver.unfinished("/a")]
        if not left:
            # It was killed between dropping a complete one and beginning the next.
            assert told in {0, len(STREAM)}
            continue
        async with await driver.writer(VICTIM, append=True) as writer:
            assert [(VICTIM, writer.size)] == [(each.path, each.size) for each in left]
            assert writer.size >= told or told == len(STREAM)
            if number % 5 == 4:
                await writer.commit()
                assert STREAM[: writer.size] == await driver.get_content(VICTIM)
