"""Processes of their own over one container: one of them wins, and what one left another ends."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storagedriver.errors import PathNotFoundError
from tests.azureservers import AzureServer
from tests.drivers.azure.conftest import Container, Open

pytestmark = pytest.mark.timeout(600)  # the first test of a machine installs Azurite

ROOT = Path(__file__).parents[3]
BLOCK = 1 << 16
TIMES = 15
PATIENCE = 300.0  # seconds

OPENED = """\
import asyncio, json, os, signal, sys
from storagedriver import PreconditionFailedError, open_driver

async def main():
    async with open_driver("azure", **json.loads(sys.argv[1])) as driver:
        await work(driver)
"""

RACE = f"""
async def work(driver):
    print("ready", flush=True)
    sys.stdin.readline()
    won = 0
    for number in range({TIMES}):
        try:
            await driver.put_content(f"/created/{{number}}", b"", if_none_match=True)
            won += 1
        except PreconditionFailedError:
            pass
    added = 0
    while added < {TIMES}:
        info = await driver.stat("/counter")
        count = int(await driver.get_content("/counter"))
        try:
            await driver.put_content("/counter", b"%d" % (count + 1), if_match=info.version)
            added += 1
        except PreconditionFailedError:
            pass
    print(won)
"""

KILLED = """
async def work(driver):
    writer = await driver.writer("/d/f")
    await writer.write(bytes(range(256)) * 1024)
    if sys.argv[2] == "closed":
        await writer.close()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def process(work: str, parameters: dict[str, object], *arguments: str) -> subprocess.Popen[str]:
    program = f"{OPENED}{work}\nasyncio.run(main())\n"
    return subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(parameters), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def test_of_two_processes_one_wins_each_time(
    opened: Open, server: AzureServer, root: str
) -> None:
    async with opened() as driver:
        await driver.put_content("/counter", b"0")
        racing = [process(RACE, server.parameters(rootdirectory=root)) for _ in range(2)]
        try:
            for one in racing:
                assert one.stdout is not None
                assert "ready\n" == one.stdout.readline()
            won = [one.communicate("go\n", PATIENCE)[0] for one in racing]
        finally:
            for one in racing:
                one.kill()
                one.communicate()

        assert [0, 0] == [one.returncode for one in racing]
        assert TIMES == sum(map(int, won))
        assert b"%d" % (2 * TIMES) == await driver.get_content("/counter")


@pytest.mark.parametrize("left", ["open", "closed"])
async def test_what_a_killed_process_has_begun_another_ends(
    opened: Open, server: AzureServer, root: str, container: Container, left: str
) -> None:
    whole = bytes(range(256)) * 1024
    parameters = server.parameters(rootdirectory=root, chunksize=BLOCK)
    with process(KILLED, parameters, left) as killed:
        assert -signal.SIGKILL == killed.wait(PATIENCE)

    async with opened(chunksize=BLOCK) as driver:
        with pytest.raises(PathNotFoundError):
            await driver.get_content("/d/f")
        async with await driver.writer("/d/f", append=True) as writer:
            kept = writer.size
            assert kept == len(whole) or (
                left == "open" and kept % BLOCK == 0 and kept < len(whole)
            )
            await writer.write(whole[kept:])
            await writer.write(b"and more")
            await writer.commit()
        assert whole + b"and more" == await driver.get_content("/d/f")

    assert ["d/f"] == container.keys()
    assert [] == container.uncommitted()
