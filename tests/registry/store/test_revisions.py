"""What a tag names, on storage whose calls are requests: both links are read at a time."""

import asyncio
from dataclasses import replace

import pytest

from storagedriver.errors import CorruptContentError
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Limits
from storagedriver.registry.store import Digest, layout
from storagedriver.registry.store import revisions as revisions_module
from storagedriver.registry.store.links import write_link
from storagedriver.registry.store.revisions import Revisions
from tests.registry.store.spying import SpyingDriver

NAME = "team/app"
DIGEST, OTHER = Digest.of(b"a"), Digest.of(b"b")
TAG = layout.current(NAME, "v1")
REVISION = layout.revision(NAME, DIGEST)
READ_TAG, READ_REVISION = f"get_content {TAG}", f"get_content {REVISION}"


class Remote(SpyingDriver):
    """A driver that makes requests; `most` is how many calls ran at a time."""

    def __init__(self, driver: StorageDriver) -> None:
        super().__init__(driver, before=self._begin, after=self._end)
        self._running = 0
        self.most = 0

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, limits=Limits(page=1000))

    async def _begin(self, _: str) -> None:
        self._running += 1
        self.most = max(self.most, self._running)
        await asyncio.sleep(0)

    async def _end(self, _: str) -> None:
        self._running -= 1


@pytest.fixture
async def remote(driver: StorageDriver) -> Remote:
    for digest in (DIGEST, OTHER):
        await write_link(driver, layout.revision(NAME, digest), digest)
    await write_link(driver, TAG, DIGEST)
    return Remote(driver)


@pytest.fixture
async def revisions(remote: Remote) -> Revisions:
    """That have read the tag once."""
    revisions = Revisions(remote)
    assert DIGEST == await revisions.find(NAME, "v1")
    remote.calls.clear()
    return revisions


async def test_a_tag_that_was_read_before_takes_the_time_of_one_request(
    remote: Remote, revisions: Revisions
) -> None:
    assert 1 == remote.most

    assert DIGEST == await revisions.find(NAME, "v1")

    assert [READ_TAG, READ_REVISION] == remote.calls
    assert 2 == remote.most


async def test_where_calls_are_no_requests_nothing_is_guessed(
    driver: StorageDriver, remote: Remote
) -> None:
    spy = SpyingDriver(driver)
    spy.before, spy.after = remote.before, remote.after
    revisions = Revisions(spy)

    for _ in range(2):
        assert DIGEST == await revisions.find(NAME, "v1")

    assert 1 == remote.most


async def test_a_tag_that_names_another_manifest_now_is_seen(
    driver: StorageDriver, revisions: Revisions
) -> None:
    await write_link(driver, TAG, OTHER)

    assert OTHER == await revisions.find(NAME, "v1")
    assert OTHER == await revisions.find(NAME, "v1")


@pytest.mark.parametrize("path", [TAG, REVISION])
async def test_a_link_that_is_gone_is_missed(
    driver: StorageDriver, revisions: Revisions, path: str
) -> None:
    await driver.delete(path)

    assert None is await revisions.find(NAME, "v1")


async def test_a_revision_that_came_after_it_was_looked_for_is_found(
    driver: StorageDriver, remote: Remote, revisions: Revisions
) -> None:
    await driver.delete(REVISION)

    async def pushed(_: str) -> None:
        if READ_REVISION in remote.calls:
            await write_link(driver, REVISION, DIGEST)

    remote.after = pushed

    assert DIGEST == await revisions.find(NAME, "v1")


async def test_what_a_tag_named_before_may_be_corrupt_now(
    driver: StorageDriver, revisions: Revisions
) -> None:
    await driver.put_content(REVISION, b"nonsense")
    await write_link(driver, TAG, OTHER)

    assert OTHER == await revisions.find(NAME, "v1")

    await write_link(driver, TAG, DIGEST)
    with pytest.raises(CorruptContentError):
        await revisions.find(NAME, "v1")


async def test_only_so_many_tags_are_remembered(
    driver: StorageDriver, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions_module, "_MOST", 2)
    revisions = Revisions(remote)
    tags = ["v1", "v2", "v3"]
    for tag in tags:
        await write_link(driver, layout.current(NAME, tag), DIGEST)
        await revisions.find(NAME, tag)

    at_a_time = []
    for tag in reversed(tags):
        remote.most = 0
        await revisions.find(NAME, tag)
        at_a_time.append(remote.most)

    assert [2, 2, 1] == at_a_time
