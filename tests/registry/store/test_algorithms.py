"""Which algorithm an upload is hashed by on its way."""

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.errors import DigestInvalidError
from tests.registry.store.content import LAYER, body, chunked, files, read_blob
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
HALF = len(LAYER) // 2


@pytest.mark.parametrize(
    ("announced", "algorithm", "reads"),
    [("sha512", "sha512", 0), ("sha256", "sha512", 1), ("sha512", "sha256", 1)],
)
async def test_what_was_announced_is_not_read_again(
    driver: StorageDriver, announced: str, algorithm: str, reads: int
) -> None:
    digest = Digest.of(LAYER, algorithm)
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        upload = await store.uploads.start(NAME, announced)
        await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[:HALF])))
        await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[HALF:])))
        await store.uploads.finish(NAME, upload.id, digest, body())

        assert reads == len([call for call in spy.calls if call.startswith("reader")])
        assert LAYER == await read_blob(store, NAME, digest)


@pytest.mark.parametrize("algorithm", ["md5", "", "SHA256", "sha512 "])
async def test_an_algorithm_that_is_not_supported_begins_nothing(
    driver: StorageDriver, store: Store, algorithm: str
) -> None:
    with pytest.raises(DigestInvalidError, match="sha256 and sha512 are"):
        await store.uploads.start(NAME, algorithm)

    assert [] == await files(driver)
