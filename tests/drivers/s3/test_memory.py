"""What a writer holds in memory: the parts that it may, and next to nothing else."""

import tracemalloc
from collections.abc import Iterator

import pytest

from tests.drivers.s3.conftest import Open
from tests.drivers.s3.marks import on_weed

MIB = 1 << 20
PART = 5 * MIB
PARTS = 3
# A buffer that grows has an eighth more than it needs, and a request needs some memory, too.
BESIDES = 3 * MIB


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@on_weed
@pytest.mark.usefixtures("traced")
async def test_a_writer_holds_as_many_parts_as_it_may(opened: Open) -> None:
    piece = bytes(MIB)
    async with opened(chunksize=PART, writerparts=PARTS) as driver:
        await driver.put_content("/before", piece)
        async with await driver.writer("/f") as writer:
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            for _ in range(8 * PART // MIB):
                await writer.write(piece)
            _, peak = tracemalloc.get_traced_memory()
            await writer.commit()

    assert peak - before < PARTS * PART + BESIDES
