"""A program that is killed in the middle of its work, again and again.

It reads commands from its standard input, one a line: an action, a number to begin with, and how
many seconds to wait after the first thing that was done. For each it forks a process that repeats
the action and tells of everything it has done; that one is killed, and what it told is written to
the standard output, as JSON.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable

from storagedriver.errors import PathNotFoundError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

STREAM = bytes(range(251)) * 20_000


def body(number: int) -> bytes:
    """Return a content that tells its number, and whether it is whole."""
    return f"{number}:".encode() + b"x" * (number * 7919 % 200_000)


def number_of(content: bytes) -> int:
    """Return the number of a content; fail unless it is whole."""
    number = int(content.partition(b":")[0])
    assert body(number) == content
    return number


async def put(driver: StorageDriver, number: int) -> AsyncIterator[str]:
    while True:
        await driver.put_content("/a/b/victim", body(number))
        yield f"{number}"
        number += 1


async def commit(driver: StorageDriver, number: int) -> AsyncIterator[str]:
    while True:
        async with await driver.writer("/a/b/victim") as writer:
            content = body(number)
            await writer.write(content[:1000])
            await writer.write(content[1000:])
            await writer.commit()
        yield f"{number}"
        number += 1


async def move(driver: StorageDriver, number: int) -> AsyncIterator[str]:
    while True:
        await driver.put_content("/a/source", body(number))
        await driver.move("/a/source", "/a/b/victim")
        yield f"{number}"
        number += 1


async def delete(driver: StorageDriver, number: int) -> AsyncIterator[str]:
    while True:
        await driver.put_content("/a/b/victim", body(number))
        yield f"put {number}"
        await driver.delete("/a" if number % 2 else "/a/b/victim")
        yield f"deleted {number}"
        number += 1


async def write(driver: StorageDriver, number: int) -> AsyncIterator[str]:
    del number
    while True:
        try:
            writer = await driver.writer("/a/b/victim", append=True)
        except PathNotFoundError:
            writer = await driver.writer("/a/b/victim")
        async with writer:
            for _ in range(3):
                await writer.write(STREAM[writer.size :][:400_000])
        yield f"{writer.size}"
        if writer.size == len(STREAM):
            await writer.cancel()
            yield "0"


ACTIONS: dict[str, Callable[[StorageDriver, int], AsyncIterator[str]]] = {
    "put": put,
    "commit": commit,
    "move": move,
    "delete": delete,
    "write": write,
}


async def repeat(root: str, action: str, number: int, told: int) -> None:
    async with open_driver("filesystem", rootdirectory=root) as driver:
        async for word in ACTIONS[action](driver, number):
            os.write(told, f"{word}\n".encode())


def kill_one(root: str, action: str, number: int, delay: float) -> list[str]:
    """Start a process, kill it a while after its first word, and return all its words."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        asyncio.run(repeat(root, action, number, writing))
        os._exit(1)
    os.close(writing)
    with open(reading) as words:
        first = words.readline()
        time.sleep(delay)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return [first.strip(), *words.read().split("\n")[:-1]]


def main(root: str) -> None:
    for line in sys.stdin:
        action, number, delay = line.split()
        words = kill_one(root, action, int(number), float(delay))
        print(json.dumps(words), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
