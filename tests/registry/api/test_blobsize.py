"""A blob may have so many bytes: one more is refused, and nothing of it is kept."""

from collections.abc import AsyncIterator

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.limits import LimitSettings
from storagedriver.registry.store import Store
from tests.recording import RecordingDriver
from tests.registry.api.content import code_of, digest_of, push_blob, start_upload, tree_of

MOST = 3_000_000
FULL = b"f" * MOST
SMALL = Config(limits=LimitSettings(blob_bytes=10))
LIMITED = Config(limits=LimitSettings(blob_bytes=MOST))
POST = "/v2/a/blobs/uploads/"


def client_of(driver: StorageDriver, config: Config = LIMITED) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(driver, config))
    return httpx.AsyncClient(transport=transport, base_url="http://registry")


async def streamed(content: bytes) -> AsyncIterator[bytes]:
    """Give a body without telling how long it is."""
    for at in range(0, len(content), 65536):
        yield content[at : at + 65536]


def check_refused(answer: httpx.Response) -> None:
    assert (413, "SIZE_INVALID") == (answer.status_code, code_of(answer))
    assert f"at most {MOST} bytes" in answer.text


async def test_a_blob_may_have_as_many_bytes_in_whatever_way_it_comes(
    driver: StorageDriver,
) -> None:
    async with client_of(driver) as client:
        digest = await push_blob(client, "a", FULL)
        closing = {"digest": digest}
        whole = await client.put(
            await start_upload(client, "b"), params=closing, content=streamed(FULL)
        )
        begun = await client.patch(await start_upload(client, "c"), content=streamed(FULL[:-1]))
        ended = await client.put(begun.headers["location"], params=closing, content=b"f")

    assert [201, 201] == [whole.status_code, ended.status_code]


async def test_one_that_tells_its_size_is_refused_before_storage_is_touched() -> None:
    driver = RecordingDriver()
    location = f"{POST}00000000-0000-4000-8000-000000000000"
    digest = {"digest": digest_of(FULL)}
    placed = {"content-range": f"{MOST}-{MOST}"}

    async with client_of(driver) as client:
        for answer in (
            await client.post(POST, params=digest, content=FULL + b"f"),
            await client.patch(location, content=FULL + b"f"),
            await client.patch(location, content=b"f", headers=placed),
            await client.put(location, params=digest, content=FULL + b"f"),
        ):
            check_refused(answer)

    assert [] == driver.calls


@pytest.mark.parametrize("size", [11, MOST + 1])
async def test_one_that_does_not_is_stopped_and_nothing_is_kept(
    driver: StorageDriver, size: int
) -> None:
    content = b"f" * size
    digest = {"digest": digest_of(content)}
    config = SMALL if size == 11 else LIMITED
    async with client_of(driver, config) as client:
        one = await client.post(POST, params=digest, content=streamed(content))
        two = await client.patch(await start_upload(client), content=streamed(content))
        three = await client.put(
            await start_upload(client), params=digest, content=streamed(content)
        )

    assert [413] * 3 == [each.status_code for each in (one, two, three)]
    assert [] == await tree_of(driver)


async def test_what_came_by_earlier_requests_counts_and_is_dropped_too(
    driver: StorageDriver,
) -> None:
    async with client_of(driver) as client:
        begun = await client.patch(await start_upload(client), content=FULL)
        location = begun.headers["location"]
        check_refused(await client.patch(location, content=b"f"))
        again = await client.get(location)

    assert (404, "BLOB_UPLOAD_UNKNOWN") == (again.status_code, code_of(again))
    assert [] == await tree_of(driver)


async def test_an_upload_from_before_the_limit_is_not_finished(driver: StorageDriver) -> None:
    async with Store(driver) as store:
        upload = await store.uploads.start("a")
        await store.uploads.append("a", upload.id, streamed(b"f" * 11))

    async with client_of(driver, SMALL) as client:
        digest = {"digest": digest_of(b"f" * 11)}
        answer = await client.put(f"{POST}{upload.id}", params=digest)

    assert 413 == answer.status_code
    assert [] == await tree_of(driver)


async def test_an_end_that_is_asked_for_again_gives_the_same(driver: StorageDriver) -> None:
    async with client_of(driver) as client:
        begun = await client.patch(await start_upload(client), content=FULL)
        digest = {"digest": digest_of(FULL)}
        answers = [await client.put(begun.headers["location"], params=digest) for _ in range(2)]

    assert [201, 201] == [each.status_code for each in answers]
