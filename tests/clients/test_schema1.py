"""Images as the first registries had them, with signatures in their manifests."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.clients.commands import Command
from tests.clients.images import Layout, digest_of, image_layout
from tests.clients.transfers import push
from tests.servers import Server, storagedriver_server

SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"


@pytest.fixture
def image(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "image", seed=20240104, sizes=(700, 30_000))


@pytest.fixture
def old_server(tmp_path: Path) -> Iterator[Server]:
    settings = {"REGISTRY_COMPATIBILITY_SCHEMA1_ENABLED": "true"}
    with storagedriver_server(tmp_path, "--driver", "memory", environment=settings) as server:
        yield server


def test_a_signed_manifest_is_pushed_and_pulled_by_tag_and_digest(
    old_server: Server, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    name = f"{old_server.address}/old/app"
    push(skopeo, image, f"{name}:v1", "--format=v2s1")

    answer = httpx.get(f"{old_server.url}/v2/old/app/manifests/v1")
    assert SIGNED == answer.headers["content-type"]
    assert json.loads(answer.content)["signatures"]
    digest = answer.headers["docker-content-digest"]
    assert digest != digest_of(answer.content)
    for reference in (":v1", f"@{digest}"):
        folder = tmp_path / reference[1:3]
        skopeo("copy", "--src-tls-verify=false", f"docker://{name}{reference}", f"dir:{folder}")
        assert answer.content == (folder / "manifest.json").read_bytes()
        layers = {layer["blobSum"] for layer in json.loads(answer.content)["fsLayers"]}
        assert layers == {f"sha256:{path.name}" for path in folder.iterdir()} & layers


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_unless_it_is_configured_it_is_refused(name: str, skopeo: Command, image: Layout) -> None:
    options = ["--dest-tls-verify=false", "--format=v2s1"]

    told = skopeo.refused("copy", *options, image.reference, f"docker://{name}:v1")

    assert "manifests of schema 1 are not taken" in told
