"""Uploads: blobs that come in one request or in many."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import (
    BlobUnknownError,
    DigestInvalidError,
    RangeInvalidError,
    SizeInvalidError,
    UploadUnknownError,
)
from tests.registry.store.content import (
    CONFIG,
    LAYER,
    BodyBrokeError,
    body,
    broken_body,
    chunked,
    files,
    push_blob,
    read_blob,
    unhurried,
)
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST = Digest.of(LAYER)
WRONG = Digest.of(b"something else")
SOME_ID = "4c33db4e-73e9-45b3-8d14-6d8e5c17a409"


async def leftovers(driver: StorageDriver) -> list[str]:
    return [path for path in await files(driver) if "/_uploads/" in path] + [
        entry.path async for entry in driver.unfinished()
    ]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", b"{}", CONFIG, LAYER], ids=len)
async def test_a_blob_comes_in_one_request(
    driver: StorageDriver, store: Store, algorithm: str, content: bytes
) -> None:
    digest = Digest.of(content, algorithm)

    pushed = await store.uploads.push(NAME, digest, body(*chunked(content)))

    assert (digest, len(content)) == (pushed.digest, pushed.size)
    assert content == await read_blob(store, NAME, digest)
    assert [] == await leftovers(driver)


@pytest.mark.parametrize("content", [b"", CONFIG, LAYER], ids=len)
async def test_a_push_with_a_wrong_digest_leaves_nothing(
    driver: StorageDriver, store: Store, content: bytes
) -> None:
    with pytest.raises(DigestInvalidError) as caught:
        await store.uploads.push(NAME, WRONG, body(*chunked(content)))

    assert {"digest": str(WRONG), "content": str(Digest.of(content))} == caught.value.detail
    assert [] == await files(driver) + await leftovers(driver)


async def test_a_push_whose_body_breaks_leaves_nothing(driver: StorageDriver, store: Store) -> None:
    with pytest.raises(BodyBrokeError):
        await store.uploads.push(NAME, DIGEST, broken_body(*chunked(LAYER)))

    assert [] == await files(driver) + await leftovers(driver)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", CONFIG, LAYER], ids=len)
async def test_an_upload_is_appended_to_and_finished_empty(
    driver: StorageDriver, store: Store, algorithm: str, content: bytes
) -> None:
    digest = Digest.of(content, algorithm)
    upload = await store.uploads.start(NAME)
    assert 0 == (await store.uploads.status(NAME, upload.id)).size

    appended = await store.uploads.append(NAME, upload.id, body(*chunked(content)))
    assert len(content) == appended.size
    assert appended == await store.uploads.status(NAME, upload.id)
    finished = await store.uploads.finish(NAME, upload.id, digest, body())

    assert (digest, len(content)) == (finished.digest, finished.size)
    assert content == await read_blob(store, NAME, digest)
    assert [] == await leftovers(driver)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
async def test_an_upload_is_finished_with_its_whole_body(
    driver: StorageDriver, store: Store, algorithm: str
) -> None:
    digest = Digest.of(LAYER, algorithm)
    upload = await store.uploads.start(NAME)

    await store.uploads.finish(NAME, upload.id, digest, body(*chunked(LAYER)), length=len(LAYER))

    assert LAYER == await read_blob(store, NAME, digest)
    assert [] == await leftovers(driver)


async def test_chunks_with_their_places_make_the_blob(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    third = len(LAYER) // 3
    for first in (0, third):
        chunk = LAYER[first : first + third]
        await store.uploads.append(NAME, upload.id, body(chunk), first=first, length=third)

    rest = LAYER[2 * third :]
    await store.uploads.finish(
        NAME, upload.id, DIGEST, body(rest), first=2 * third, length=len(rest)
    )

    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_chunk_elsewhere_is_refused_with_the_size_and_changes_nothing(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER[:1000]))

    for first in (0, 999, 1001):
        with pytest.raises(RangeInvalidError) as caught:
            await store.uploads.append(NAME, upload.id, body(b"elsewhere"), first=first)
        assert 1000 == caught.value.size
        with pytest.raises(RangeInvalidError) as caught:
            await store.uploads.finish(NAME, upload.id, DIGEST, body(b"elsewhere"), first=first)
        assert 1000 == caught.value.size

    await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER[1000:]), first=1000)
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_wrong_digest_keeps_the_upload_and_publishes_nothing(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER))

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, WRONG, body())

    assert [layout.upload_started(NAME, upload.id)] == await files(driver)
    assert len(LAYER) == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, DIGEST, body())
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_a_wrong_digest_is_not_excused_by_a_blob_that_has_it(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)
    upload = await store.uploads.start(NAME)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, Digest.of(CONFIG), body(LAYER))


async def test_bytes_of_another_repository_are_not_had_by_their_digest_alone(store: Store) -> None:
    await push_blob(store, "secret", LAYER)
    upload = await store.uploads.start(NAME)

    with pytest.raises(DigestInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body())
    with pytest.raises(DigestInvalidError):
        await store.uploads.push(NAME, DIGEST, body())

    with pytest.raises(BlobUnknownError):
        await store.blobs.stat(NAME, DIGEST)


async def test_finishing_again_gives_the_same_again(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER))

    first = await store.uploads.finish(NAME, upload.id, DIGEST, body())

    assert first == await store.uploads.finish(NAME, upload.id, DIGEST, body())
    with pytest.raises(UploadUnknownError):
        await store.uploads.finish(NAME, upload.id, WRONG, body())


@pytest.mark.parametrize("upload_id", ["..", "none", "a" * 36])
async def test_what_can_be_no_upload_is_never_finished(store: Store, upload_id: str) -> None:
    await store.uploads.push(NAME, DIGEST, body(LAYER))

    with pytest.raises(UploadUnknownError):
        await store.uploads.finish(NAME, upload_id, DIGEST, body())


async def test_finishing_again_ends_an_upload_whose_removal_was_cut(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER))
    await driver.put_content(layout.upload_started(NAME, upload.id), b"2024-02-03T04:05:06Z")

    again = await store.uploads.finish(NAME, upload.id, DIGEST, body())

    assert (DIGEST, len(LAYER)) == (again.digest, again.size)
    assert [] == await leftovers(driver)


@pytest.mark.parametrize("upload_id", ["", "x", "..", "a/b", SOME_ID.upper(), f"{SOME_ID}\n"])
async def test_an_id_of_another_form_is_unknown(store: Store, upload_id: str) -> None:
    with pytest.raises(UploadUnknownError):
        await store.uploads.status(NAME, upload_id)


@pytest.mark.parametrize("name", ["team/other", "team", "team/app/below"])
async def test_an_upload_belongs_to_its_repository(
    driver: StorageDriver, store: Store, name: str
) -> None:
    upload = await store.uploads.start(NAME)
    before = await files(driver)

    for call in (
        store.uploads.status(name, upload.id),
        store.uploads.append(name, upload.id, body(CONFIG)),
        store.uploads.finish(name, upload.id, Digest.of(CONFIG), body(CONFIG)),
        store.uploads.cancel(name, upload.id),
    ):
        with pytest.raises(UploadUnknownError):
            await call
    assert before == await files(driver)


async def test_a_cancelled_upload_is_gone(driver: StorageDriver, store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(LAYER))

    await store.uploads.cancel(NAME, upload.id)

    assert [] == await files(driver) + await leftovers(driver)
    for call in (
        store.uploads.status(NAME, upload.id),
        store.uploads.append(NAME, upload.id, body(CONFIG)),
        store.uploads.finish(NAME, upload.id, DIGEST, body()),
        store.uploads.cancel(NAME, upload.id),
    ):
        with pytest.raises(UploadUnknownError):
            await call


async def test_a_body_longer_than_announced_is_kept_to_its_length_and_refused(store: Store) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(SizeInvalidError):
        await store.uploads.append(NAME, upload.id, body(b"0123", b"4567", b"89"), length=6)

    assert 6 == (await store.uploads.status(NAME, upload.id)).size
    await store.uploads.finish(NAME, upload.id, Digest.of(b"012345"), body())


async def test_a_body_shorter_than_announced_is_kept_and_refused(store: Store) -> None:
    upload = await store.uploads.start(NAME)

    with pytest.raises(SizeInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body(LAYER[:500]), length=501)

    assert 500 == (await store.uploads.status(NAME, upload.id)).size


async def test_a_blob_that_is_stored_is_linked_and_not_stored_again(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        await push_blob(store, "first", LAYER)
        spy.calls.clear()

        await push_blob(store, "second", LAYER)
        upload = await store.uploads.start("third")
        await store.uploads.append("third", upload.id, body(LAYER))
        await store.uploads.finish("third", upload.id, DIGEST, body())

        assert [] == [call for call in spy.calls if call.startswith(("move", "commit"))]
        for name in ("first", "second", "third"):
            assert LAYER == await read_blob(store, name, DIGEST)
        assert [] == await leftovers(driver)


async def test_a_stored_blob_of_another_size_is_replaced(
    driver: StorageDriver, store: Store
) -> None:
    await driver.put_content(layout.blob(DIGEST), LAYER[:100])

    await push_blob(store, NAME, LAYER)

    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_the_usual_push_reads_nothing_back(driver: StorageDriver) -> None:
    spy = SpyingDriver(driver)
    async with Store(spy) as store:
        upload = await store.uploads.start(NAME)
        await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[:1_500_000])))
        await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[1_500_000:])))
        await store.uploads.finish(NAME, upload.id, DIGEST, body())

    assert [] == [call for call in spy.calls if call.startswith("reader")]


@settings(unhurried, max_examples=40)
@given(st.lists(st.integers(0, 400_000), max_size=12), st.integers(0, 12))
def test_any_cut_into_chunks_and_requests_gives_the_same_blob(cuts: list[int], last: int) -> None:
    content = LAYER[: sum(cuts)]
    digest = Digest.of(content)
    chunks, at = [], 0
    for cut in cuts:
        chunks.append(content[at : at + cut])
        at += cut

    async def upload() -> bytes:
        async with open_driver("memory") as driver, Store(driver) as store:
            started = await store.uploads.start(NAME)
            await store.uploads.append(NAME, started.id, body(*chunks[: last // 2]))
            await store.uploads.append(NAME, started.id, body(*chunks[last // 2 : last]))
            await store.uploads.finish(NAME, started.id, digest, body(*chunks[last:]))
            return await read_blob(store, NAME, digest)

    assert content == asyncio.run(upload())
