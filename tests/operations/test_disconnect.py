from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.operations.brokenclient import send_part
from tests.operations.layout import blob_count
from tests.operations.repository import (
    MANIFEST_TYPE,
    Repository,
    connect,
    digest_of,
    manifest_of,
    some_bytes,
    wait_until,
)
from tests.servers import Server, storagedriver_server

CONTENT = some_bytes(1, 4_000_000)
SENT = 3_000_000
KEPT = 2_000_000  # at least: what was under way when the connection broke may be lost
BINARY = {"Content-Type": "application/octet-stream"}
MANIFEST = manifest_of(b"{}", [], "cut") + b"\n"  # whole without its last byte
MANIFESTS = {"Content-Type": MANIFEST_TYPE}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with storagedriver_server(tmp_path) as running:
        yield running


@pytest.fixture
def repository(server: Server) -> Iterator[Repository]:
    with connect(server.url) as client:
        yield Repository(client, "some/image")


def _break_upload(server: Server, repository: Repository) -> str:
    """Start an upload whose PATCH breaks, and wait until most of what was sent is kept."""
    location = repository.start()
    content = CONTENT[:SENT]
    send_part(server.address, "PATCH", location, content, of=len(CONTENT), headers=BINARY)
    wait_until(lambda: (repository.status(location) or 0) >= KEPT, "most of the upload")
    return location


def _resume(repository: Repository, location: str) -> None:
    """Go on from where the status says; again when the broken request moved it since."""

    def taken() -> bool:
        size = repository.status(location)
        assert size is not None
        headers = {**BINARY, "Content-Range": f"{size}-{len(CONTENT) - 1}"}
        answer = repository.client.patch(location, content=CONTENT[size:], headers=headers)
        # 400: the server has not seen yet that the other connection broke.
        assert answer.status_code in {202, 400, 416}, answer.text
        return answer.status_code == 202

    wait_until(taken, "the rest of the upload was taken")
    repository.finish(location, digest_of(CONTENT))


def test_a_broken_patch_is_resumed_in_the_same_server(
    server: Server, repository: Repository
) -> None:
    location = _break_upload(server, repository)

    _resume(repository, location)

    assert CONTENT == repository.blob(digest_of(CONTENT))


def test_a_broken_patch_is_resumed_after_a_graceful_restart(
    server: Server, repository: Repository, tmp_path: Path
) -> None:
    location = _break_upload(server, repository)
    server.stop()

    with storagedriver_server(tmp_path) as another, connect(another.url) as client:
        resumed = Repository(client, repository.name)
        _resume(resumed, location)

        assert CONTENT == resumed.blob(digest_of(CONTENT))


def test_a_broken_patch_is_resumed_after_a_crash(
    server: Server, repository: Repository, tmp_path: Path
) -> None:
    location = _break_upload(server, repository)
    server.kill()

    with storagedriver_server(tmp_path) as another, connect(another.url) as client:
        resumed = Repository(client, repository.name)
        _resume(resumed, location)

        assert CONTENT == resumed.blob(digest_of(CONTENT))


def test_a_broken_chunk_with_a_range_is_sent_again(server: Server, repository: Repository) -> None:
    location = repository.patch(repository.start(), CONTENT[:1_000_000], first=0)
    headers = {**BINARY, "Content-Range": f"1000000-{len(CONTENT) - 1}"}
    rest = len(CONTENT) - 1_000_000
    chunk = CONTENT[1_000_000:SENT]
    send_part(server.address, "PATCH", location, chunk, of=rest, headers=headers)

    _resume(repository, location)

    assert CONTENT == repository.blob(digest_of(CONTENT))


def test_a_broken_final_put_can_be_repeated(server: Server, repository: Repository) -> None:
    location = repository.start()
    target = str(httpx.URL(location).copy_merge_params({"digest": digest_of(CONTENT)}))
    send_part(server.address, "PUT", target, CONTENT[:SENT], of=len(CONTENT), headers=BINARY)

    _resume(repository, location)

    assert CONTENT == repository.blob(digest_of(CONTENT))


def test_a_broken_single_post_leaves_nothing(
    server: Server, repository: Repository, tmp_path: Path
) -> None:
    digest = digest_of(CONTENT)
    target = f"/v2/{repository.name}/blobs/uploads/?digest={digest}"
    send_part(server.address, "POST", target, CONTENT[:SENT], of=len(CONTENT), headers=BINARY)
    server.stop()  # it ends what runs: from here on nothing changes

    with storagedriver_server(tmp_path) as another, connect(another.url) as client:
        assert not Repository(client, repository.name).has_blob(digest)
        assert [] == client.get("/v2/_catalog").json()["repositories"]
    assert 0 == blob_count(tmp_path / "registry-data")


def test_a_broken_manifest_put_leaves_no_tag(
    server: Server, repository: Repository, tmp_path: Path
) -> None:
    repository.push(b"{}")
    target = f"/v2/{repository.name}/manifests/v1"
    send_part(server.address, "PUT", target, MANIFEST[:-1], of=len(MANIFEST), headers=MANIFESTS)
    server.stop()

    with storagedriver_server(tmp_path) as another, connect(another.url) as client:
        assert Repository(client, repository.name).manifest("v1") is None
        assert [] == Repository(client, repository.name).tags()
