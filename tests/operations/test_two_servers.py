from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.operations.layout import check_layout
from tests.operations.repository import Repository, connect, digest_of, manifest_of, some_bytes
from tests.servers import storagedriver_server

CONFIG = b"{}"
LAYER = some_bytes(2, 3_000_000)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Repository, Repository]]:
    """Give one repository through two servers over one folder."""
    root = (tmp_path / "shared").as_uri()
    with ExitStack() as running:
        servers = [
            running.enter_context(storagedriver_server(tmp_path, "--driver", root))
            for _ in range(2)
        ]
        clients = [running.enter_context(connect(server.url)) for server in servers]
        yield Repository(clients[0], "some/image"), Repository(clients[1], "some/image")


def _push_image(repository: Repository, tag: str, name: str) -> bytes:
    repository.push(CONFIG)
    repository.push(LAYER)
    manifest = manifest_of(CONFIG, [LAYER], name)
    repository.put_manifest(tag, manifest)
    return manifest


def test_what_one_acknowledged_the_other_serves_at_once(
    pair: tuple[Repository, Repository],
) -> None:
    one, other = pair
    manifest = _push_image(one, "v1", "first")

    assert manifest == other.manifest("v1")
    assert LAYER == other.blob(digest_of(LAYER))
    assert ["v1"] == other.tags()


def test_a_tag_moved_on_one_is_moved_on_the_other(pair: tuple[Repository, Repository]) -> None:
    one, other = pair
    _push_image(one, "v1", "first")
    other.manifest("v1")
    newer = _push_image(one, "v1", "second")

    assert newer == other.manifest("v1")


def test_what_one_deleted_is_gone_on_the_other(pair: tuple[Repository, Repository]) -> None:
    one, other = pair
    digest = digest_of(_push_image(one, "v1", "first"))
    other.manifest(digest)
    other.blob(digest_of(LAYER))

    one.delete_manifest(digest)
    one.delete_blob(digest_of(LAYER))

    assert other.manifest("v1") is None
    assert other.manifest(digest) is None
    assert other.blob(digest_of(LAYER)) is None
    assert [] == other.tags()


def test_an_upload_goes_on_from_server_to_server(pair: tuple[Repository, Repository]) -> None:
    one, other = pair
    location = one.start()
    location = one.patch(location, LAYER[:1_000_000], first=0)
    location = other.patch(location, LAYER[1_000_000:2_000_000], first=1_000_000)
    location = one.patch(location, LAYER[2_000_000:], first=2_000_000)
    assert len(LAYER) == other.status(location)

    other.finish(location, digest_of(LAYER))

    assert LAYER == one.blob(digest_of(LAYER))
    assert one.status(location) is None


def test_both_moving_one_tag_leave_it_on_one_of_the_images(
    pair: tuple[Repository, Repository], tmp_path: Path
) -> None:
    manifests = [_push_image(pair[0], f"kept-{number}", str(number)) for number in range(20)]

    with ThreadPoolExecutor(4) as pool:
        moves = [
            pool.submit(pair[number % 2].put_manifest, "v1", manifest)
            for number, manifest in enumerate(manifests)
        ]
        for move in moves:
            move.result()

    assert pair[0].manifest("v1") in manifests
    assert pair[0].manifest("v1") == pair[1].manifest("v1")
    check_layout(tmp_path / "shared")


def test_both_pushing_one_blob_store_it_once(
    pair: tuple[Repository, Repository], tmp_path: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        pushes = [pool.submit(pair[number % 2].push, LAYER) for number in range(8)]
        for push in pushes:
            assert digest_of(LAYER) == push.result()

    assert LAYER == pair[0].blob(digest_of(LAYER)) == pair[1].blob(digest_of(LAYER))
    check_layout(tmp_path / "shared")
