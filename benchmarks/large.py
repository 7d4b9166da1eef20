"""One file of many GiB through a driver, and what memory it takes: `python -m benchmarks.large`.

It is written by a writer, moved, read in ranges and read whole, and all that is read is compared.
Without a URL, the driver is `s3` over a SeaweedFS that is started for it. It keeps what was
overwritten and deleted: the folder of temporary files needs twice the size of the file.
"""

import argparse
import asyncio
import os
import random
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver

MIB = 1024 * 1024
RANGE = 8 * MIB
BODY = random.Random(1).randbytes(MIB - 8)
PATH, MOVED = "/large", "/moved/large"


class WrongContentError(Exception):
    """What was read is not what was written."""


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("url", nargs="?", help="of the driver; unset: s3 over SeaweedFS")
    parser.add_argument("--gib", type=float, default=10, help="the size of the file")
    parser.add_argument("--chunksize", type=int, default=10, help="of s3 over SeaweedFS, in MiB")
    options = parser.parse_args()
    size = int(options.gib * 1024)
    if options.url is not None:
        asyncio.run(_measure(options.url, {}, size))
        return
    with _seaweedfs(options.chunksize * MIB) as parameters:
        asyncio.run(_measure("s3", parameters, size))


@contextmanager
def _seaweedfs(chunksize: int) -> Iterator[dict[str, Any]]:
    from tests import s3servers  # noqa: PLC0415  an extra brings what it needs

    with s3servers.seaweedfs() as server:
        yield server.parameters(chunksize=chunksize)


async def _measure(name: str, parameters: dict[str, Any], size: int) -> None:
    """Go through all steps; the size is in MiB."""
    async with open_driver(name, **parameters) as driver:
        print(f"{size:,} MiB, load {os.getloadavg()[0]:.1f}, resident before: {_peak():.0f} MiB\n")
        print("| step | seconds | MiB/s | CPU seconds | peak MiB |\n|---|---|---|---|---|")
        await _timed("write", size, _write(driver, size))
        await _timed("move", size, driver.move(PATH, MOVED))
        for offset in (0, size * MIB // 2 - 12_345, (size - 8) * MIB):
            await _timed(f"read 8 MiB from {offset:,}", 8, _read(driver, offset, RANGE))
        await _timed("read whole", size, _read(driver, 0, size * MIB))
        await _timed("delete", size, driver.delete(MOVED))


async def _timed(step: str, size: int, work: Awaitable[None]) -> None:
    _reset_peak()
    cpu, start = time.process_time(), time.perf_counter()
    await work
    seconds = time.perf_counter() - start
    used = time.process_time() - cpu
    print(
        f"| {step} | {seconds:.1f} | {size / seconds:.0f} | {used:.1f} | {_peak():.0f} |",
        flush=True,
    )


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    """Return the most MiB that were resident since the peak was last reset."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _block(number: int) -> bytes:
    """Return the block of that number: a MiB that cannot be compressed."""
    return number.to_bytes(8) + BODY


async def _write(driver: StorageDriver, size: int) -> None:
    async with await driver.writer(PATH) as writer:
        for number in range(size):
            await writer.write(_block(number))
        await writer.commit()


async def _read(driver: StorageDriver, offset: int, length: int) -> None:
    """Read a range, and compare it."""
    at = offset
    async with driver.reader(MOVED, offset=offset, length=length) as reader:
        async for chunk in reader:
            rest = memoryview(chunk)
            while rest:
                number, within = divmod(at, MIB)
                expected = _block(number)[within : within + len(rest)]
                if rest[: len(expected)] != expected:
                    raise WrongContentError(f"at {at:,}")
                rest = rest[len(expected) :]
                at += len(expected)
    if at != offset + length:
        raise WrongContentError(f"{offset + length - at:,} bytes are missing")


if __name__ == "__main__":
    main()
