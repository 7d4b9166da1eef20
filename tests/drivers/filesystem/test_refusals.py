"""What the operating system refuses, where a driver could take it for something else."""

import pytest

from storagedriver import (
    StorageDriver,
    StorageDriverError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver_conformance.faults import Fault, Kind
from storagedriver_conformance.osfaults import OsFaults

FAULTS = OsFaults("storagedriver.drivers.filesystem")

every_refusal = pytest.mark.parametrize(
    ("kind", "error"),
    [(Kind.REFUSE, StorageUnavailableError), (Kind.DENIED, StoragePermissionError)],
)


@every_refusal
@pytest.mark.parametrize("size", [1, 2 << 20])
async def test_a_writer_whose_file_cannot_be_looked_at_is_not_lost(
    driver: StorageDriver, kind: Kind, error: type[StorageDriverError], size: int
) -> None:
    async with await driver.writer("/a") as writer:
        with FAULTS.inject(Fault(kind=kind, call=1)) as strikes, pytest.raises(error):
            await writer.write(b"x" * size)
        await writer.write(b"content")
        await writer.commit()

    assert 1 == len(strikes.struck)
    assert b"content" == await driver.get_content("/a")


@every_refusal
async def test_a_root_that_cannot_be_looked_at_has_not_vanished(
    driver: StorageDriver, kind: Kind, error: type[StorageDriverError]
) -> None:
    with FAULTS.inject(Fault(kind=kind, call=1)) as strikes, pytest.raises(error) as raised:
        await driver.stat("/")

    assert ["os.stat of '~'"] == strikes.struck
    assert "vanished" not in str(raised.value)
