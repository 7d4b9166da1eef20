"""A tag moves on, and an image is still found by its digest, here and in other registries."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command, installed
from tests.clients.images import Layout, image_layout
from tests.servers import Server, docker_registry

SIZES = (700, 30_000)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Server]:
    """Give a registry of another make."""
    installed("docker-registry")
    with docker_registry(tmp_path, tmp_path / "elsewhere") as server:
        yield server


def _push(podman: Command, layout: Layout, name: str) -> str:
    """Push an image, and give the digest that podman tells."""
    told = Path(podman.environment["HOME"]) / "digest"
    image = podman("pull", "--quiet", layout.reference).strip()
    options = ["--quiet", "--tls-verify=false", f"--digestfile={told}"]
    podman("push", *options, image, f"docker://{name}")
    return told.read_text()


def _digest(skopeo: Command, name: str) -> str:
    """Ask a registry what a name stands for."""
    inspect = ["inspect", "--tls-verify=false", "--format={{.Digest}}"]
    return skopeo(*inspect, f"docker://{name}").strip()


def _layers(podman: Command, image: str) -> list[str]:
    layers: list[str] = json.loads(podman("inspect", image))[0]["RootFS"]["Layers"]
    return layers


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_an_image_is_found_by_its_digest_when_its_tag_has_moved_on(
    name: str,
    elsewhere: Server,
    skopeo: Command,
    podman: Command,
    *,
    another_podman: Command,
    tmp_path: Path,
) -> None:
    first = image_layout(tmp_path / "first", seed=1, sizes=SIZES)
    second = image_layout(tmp_path / "second", seed=2, sizes=SIZES)
    tagged = f"{name}:1.0"

    # A push tells a digest, and the tag stands for it.
    digest = _push(podman, first, tagged)
    assert digest == _digest(skopeo, tagged)

    # Another image under the same tag: now the tag stands for that one.
    moved = _push(podman, second, tagged)
    assert digest != moved
    assert moved == _digest(skopeo, tagged)

    # By its digest, the first image is what it was.
    by_digest = f"{name}@{digest}"
    pulled = another_podman("pull", "--quiet", "--tls-verify=false", by_digest).strip()
    config = json.loads(first.blob(first.digest))["config"]["digest"]
    assert config == f"sha256:{pulled}"

    # So it is to who builds on it.
    (tmp_path / "Containerfile").write_text(f"FROM {by_digest}\nCOPY Containerfile /\n")
    build = ["build", "--quiet", "--tls-verify=false", "--isolation=chroot"]
    built = another_podman(*build, str(tmp_path)).strip()
    assert _layers(another_podman, pulled) == _layers(another_podman, built)[: len(SIZES)]

    # In another registry, the digest is the same.
    there = f"{elsewhere.address}/{name.partition('/')[2]}"
    assert digest == _push(podman, first, f"{there}:1.0")
    assert digest == _digest(skopeo, f"{there}@{digest}")
