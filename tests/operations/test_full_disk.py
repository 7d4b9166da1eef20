import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.operations.ledger import Body, Ledger, Tag
from tests.operations.repository import RefusedError, Repository, connect, digest_of, manifest_of
from tests.servers import Server, storagedriver_server

DISK = 24 * 1024 * 1024
MANIFESTS = DISK // 4_000  # more of them than can fit
SIZES = (1_000_000, 60_000, 3_000)  # the disk is full when not even the smallest fits
HELD = Body(seed=1_001, size=6_000_000)
LARGE = Body(seed=1_002, size=1_500_000)
CONFIG = Body(seed=1_003, size=300)


def _tmpfs(folder: Path) -> Sequence[str]:
    """Give a command prefix that mounts a small disk for what it runs, and for nobody else."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    mount = f'mount -t tmpfs -o size={DISK} tmpfs "{folder}" && exec "$@"'
    return ["unshare", *user, "--mount", "sh", "-c", mount, "sh"]


def _works(prefix: Sequence[str]) -> bool:
    try:
        return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(params=["filesystem", "memory"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Give a server whose storage is small. Where nothing can be mounted, it is memory's."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if request.param == "filesystem" and _works(prefix := _tmpfs(disk)):
        small = storagedriver_server(tmp_path, "--driver", disk.as_uri(), wrapper=prefix)
    else:
        small = storagedriver_server(tmp_path, "--driver", "memory", "-o", f"max_bytes={DISK}")
    with small as running:
        yield running


@pytest.fixture
def repository(server: Server) -> Iterator[Repository]:
    with connect(server.url) as client:
        yield Repository(client, "some/image")


def _fits(push: Callable[[], object]) -> bool:
    """Push and tell whether there was room; any other refusal is an error."""
    try:
        push()
    except RefusedError as refused:
        if refused.status != 507:
            raise
        return False
    return True


def _fill(repository: Repository, ledger: Ledger) -> None:
    """Push in every way, and note what was acknowledged, until nothing fits."""
    seed = 0

    def one_more(push: Callable[[bytes], str], size: int) -> None:
        body = Body(seed=seed, size=size)
        ledger.blobs[push(body.content())] = body

    for size in SIZES:
        for push in (repository.push, repository.push_at_once):
            while _fits(partial(one_more, push, size)):
                seed += 1


def _hold(repository: Repository) -> str:
    """Begin an upload that takes room until it is cancelled."""
    return repository.patch(repository.start(), HELD.content())


def _tag(repository: Repository, ledger: Ledger, tag: str, unique: str) -> None:
    manifest = manifest_of(CONFIG.content(), [], unique)
    noted = ledger.tags.setdefault(tag, Tag())
    noted.ask(digest_of(manifest))
    noted.acknowledge(repository.put_manifest(tag, manifest))
    ledger.manifests[digest_of(manifest)] = manifest


def _push_config(repository: Repository, ledger: Ledger) -> None:
    ledger.blobs[repository.push(CONFIG.content())] = CONFIG


def test_a_full_disk_loses_nothing_and_room_lets_pushes_go_on(
    server: Server, repository: Repository
) -> None:
    ledger = Ledger()
    held = _hold(repository)
    _push_config(repository, ledger)
    _tag(repository, ledger, "v1", "first")
    _fill(repository, ledger)
    for number in range(MANIFESTS):
        if not _fits(partial(_tag, repository, ledger, "v1", f"{number:04000}")):
            break
    else:
        pytest.fail("there was room left on the disk that should be full")

    ledger.check(repository)
    repository.cancel(held)
    ledger.blobs[repository.push(LARGE.content())] = LARGE
    _tag(repository, ledger, "v1", "last")

    ledger.check(repository)
    assert server.process.poll() is None


def test_a_chunk_that_does_not_fit_is_sent_again_when_there_is_room(
    repository: Repository,
) -> None:
    held, location = _hold(repository), repository.start()
    _fill(repository, Ledger())
    assert not _fits(lambda: repository.patch(location, LARGE.content()))

    repository.cancel(held)
    size = repository.status(location)
    assert size is not None
    repository.patch(location, LARGE.content()[size:], first=size)
    repository.finish(location, digest_of(LARGE.content()))

    assert LARGE.content() == repository.blob(digest_of(LARGE.content()))


def test_a_full_disk_lets_tags_and_manifests_and_blobs_be_deleted(repository: Repository) -> None:
    ledger = Ledger()
    _push_config(repository, ledger)
    for tag in ("v1", "v2"):
        _tag(repository, ledger, tag, tag)
    _fill(repository, ledger)

    repository.delete_manifest("v1")
    repository.delete_manifest(digest_of(manifest_of(CONFIG.content(), [], "v2")))
    repository.delete_blob(digest_of(CONFIG.content()))

    assert [] == repository.tags()
    assert not repository.has_blob(digest_of(CONFIG.content()))
