"""The end of an upload that takes long: who asks for it again meanwhile gets the same one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Descriptor, Digest, Store, layout
from storagedriver.registry.store.errors import UploadInvalidError
from tests.registry.store.content import LAYER, body, chunked, files, read_blob
from tests.registry.store.spying import SpyingDriver
from tests.waiting import turns

NAME = "team/app"
DIGEST = Digest.of(LAYER)
HALF = len(LAYER) // 2


class Held:
    """A driver that is held at a call until the test lets it go on; `error` is raised then."""

    def __init__(self, driver: StorageDriver, call: str, path: str) -> None:
        self.driver = SpyingDriver(driver, before=self._hold)
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()
        self.error: Exception | None = None
        self._call = f"{call} {path}"

    @property
    def times(self) -> int:
        return self.driver.calls.count(self._call)

    async def _hold(self, call: str) -> None:
        if call == self._call:
            self.reached.set()
            await self.go_on.wait()
            if self.error is not None:
                raise self.error


@pytest.fixture
def held(driver: StorageDriver) -> Held:
    return Held(driver, "move", layout.blob(DIGEST))


@pytest.fixture
async def held_store(held: Held) -> AsyncIterator[Store]:
    async with Store(held.driver) as opened:
        yield opened


async def uploaded(store: Store) -> str:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(*chunked(LAYER)))
    return upload.id


async def finishing(
    store: Store, upload_id: str, digest: Digest = DIGEST, content: bytes = b""
) -> "asyncio.Task[Descriptor]":
    """Begin to finish, and let that come to where it waits."""
    chunks = body(*chunked(content))
    task = asyncio.create_task(store.uploads.finish(NAME, upload_id, digest, chunks))
    await turns()
    return task


async def test_a_repeated_end_waits_for_the_one_under_way(held: Held, held_store: Store) -> None:
    upload_id = await uploaded(held_store)
    first = await finishing(held_store, upload_id)
    await held.reached.wait()
    again = [await finishing(held_store, upload_id) for _ in range(2)]
    held.go_on.set()

    ends = await asyncio.gather(first, *again)

    assert [(DIGEST, len(LAYER))] * 3 == [(end.digest, end.size) for end in ends]
    assert 1 == held.times
    assert LAYER == await read_blob(held_store, NAME, DIGEST)


async def test_an_end_with_a_body_is_waited_for_once_all_of_it_has_come(
    held: Held, held_store: Store
) -> None:
    upload = await held_store.uploads.start(NAME)
    first = await finishing(held_store, upload.id, content=LAYER)
    await held.reached.wait()
    again = await finishing(held_store, upload.id)
    held.go_on.set()

    assert await first == await again
    assert 1 == held.times


async def test_an_end_goes_on_for_the_second_when_the_first_is_gone(
    held: Held, held_store: Store
) -> None:
    upload_id = await uploaded(held_store)
    first = await finishing(held_store, upload_id)
    await held.reached.wait()
    again = await finishing(held_store, upload_id)
    first.cancel()
    await asyncio.wait([first])
    held.go_on.set()

    assert DIGEST == (await again).digest
    assert first.cancelled()
    assert 1 == held.times
    assert [] == [path for path in await files(held.driver) if "_uploads" in path]


async def test_an_end_that_nobody_waits_for_is_ended_and_can_be_repeated(
    held: Held, held_store: Store
) -> None:
    upload_id = await uploaded(held_store)
    both = [await finishing(held_store, upload_id) for _ in range(2)]
    await held.reached.wait()
    for one in both:
        one.cancel()
    await asyncio.wait(both)

    assert {asyncio.current_task()} == asyncio.all_tasks()
    assert None is await held_store.blobs.find(NAME, DIGEST)
    held.go_on.set()
    assert DIGEST == (await held_store.uploads.finish(NAME, upload_id, DIGEST, body())).digest


async def test_all_who_wait_hear_that_it_failed_and_may_ask_again(
    held: Held, held_store: Store
) -> None:
    upload_id = await uploaded(held_store)
    both = [await finishing(held_store, upload_id) for _ in range(2)]
    await held.reached.wait()
    held.error = StorageUnavailableError("full of work")
    held.go_on.set()

    ends = await asyncio.gather(*both, return_exceptions=True)

    assert [held.error] * 2 == ends
    held.error = None
    assert DIGEST == (await held_store.uploads.finish(NAME, upload_id, DIGEST, body())).digest


@pytest.mark.parametrize(
    ("digest", "content"),
    [(Digest.of(b"other"), b""), (DIGEST, LAYER), (Digest.of(LAYER, "sha512"), b"")],
    ids=["another digest", "a body", "another algorithm"],
)
async def test_what_is_no_repetition_is_refused_and_changes_nothing(
    held: Held, held_store: Store, digest: Digest, content: bytes
) -> None:
    upload_id = await uploaded(held_store)
    first = await finishing(held_store, upload_id)
    await held.reached.wait()

    with pytest.raises(UploadInvalidError):
        await held_store.uploads.finish(NAME, upload_id, digest, body(content))

    held.go_on.set()
    assert DIGEST == (await first).digest
    assert LAYER == await read_blob(held_store, NAME, DIGEST)


async def test_an_end_is_not_waited_for_while_its_body_comes(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    go_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield LAYER[:HALF]
        await go_on.wait()
        yield LAYER[HALF:]

    first = asyncio.create_task(store.uploads.finish(NAME, upload.id, DIGEST, slow()))
    await turns()

    with pytest.raises(UploadInvalidError):
        await store.uploads.finish(NAME, upload.id, DIGEST, body())

    go_on.set()
    assert DIGEST == (await first).digest


async def test_another_process_may_end_it_meanwhile(
    held: Held, held_store: Store, store: Store
) -> None:
    upload_id = await uploaded(held_store)
    first = await finishing(held_store, upload_id)
    await held.reached.wait()

    again = await store.uploads.finish(NAME, upload_id, DIGEST, body())

    held.go_on.set()
    assert again == await first
    assert LAYER == await read_blob(store, NAME, DIGEST)


async def test_what_another_process_moves_meanwhile_is_linked(
    driver: StorageDriver, held: Held, held_store: Store
) -> None:
    link = Held(driver, "put_content", layout.layer(NAME, DIGEST))
    async with Store(link.driver) as other:
        upload_id = await uploaded(other)
        again = await finishing(held_store, upload_id)
        await held.reached.wait()
        first = await finishing(other, upload_id)
        await link.reached.wait()
        held.go_on.set()

        assert DIGEST == (await again).digest
        link.go_on.set()
        assert DIGEST == (await first).digest
    assert LAYER == await read_blob(held_store, NAME, DIGEST)


async def test_what_was_copied_and_not_yet_removed_is_not_read_again(
    driver: StorageDriver, held: Held, held_store: Store
) -> None:
    upload_id = await uploaded(held_store)
    first = await finishing(held_store, upload_id)
    await held.reached.wait()
    await driver.put_content(layout.blob(DIGEST), LAYER)
    spy = SpyingDriver(driver)
    async with Store(spy) as other:
        await other.uploads.finish(NAME, upload_id, DIGEST, body())

    assert [] == [call for call in spy.calls if call.startswith(("reader", "move"))]
    held.go_on.set()
    assert DIGEST == (await first).digest
