"""buildah, which builds upon images that a digest names."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.asking import asking_for_passwords
from tests.clients.commands import Command
from tests.clients.commands import buildah as buildah_command
from tests.clients.images import Layout, image_layout
from tests.clients.test_tls import authority, client_files, server
from tests.clients.transfers import push
from tests.servers import Server
from tests.tlsfiles import Authority

__all__ = ["authority", "client_files", "server"]


@pytest.fixture
def buildah() -> Iterator[Command]:
    with buildah_command() as command:
        yield command


@pytest.fixture
def small(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "small", seed=20240110, sizes=(700, 30_000))


def _build(buildah: Command, folder: Path, base: str, *options: str) -> None:
    """Build the image `built` upon another one."""
    folder.mkdir()
    (folder / "Containerfile").write_text(f"FROM {base}\nCOPY Containerfile /\n")
    options = ("--quiet", "--isolation=chroot", "--tag=built", *options)
    buildah("build", *options, str(folder))


def _layers(skopeo: Command, name: str, *options: str) -> list[str]:
    told = skopeo("inspect", *options, "--config", f"docker://{name}")
    layers: list[str] = json.loads(told)["rootfs"]["diff_ids"]
    return layers


def test_an_image_is_built_from_a_digest_behind_a_password_and_pushed(
    buildah: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with asking_for_passwords(tmp_path) as server:
        name = f"{server.address}/team/app"
        push(skopeo, small, f"{name}:v1", "--dest-creds=alice:one")
        insecure = "--tls-verify=false"

        buildah("login", insecure, "--username=alice", "--password=one", server.address)
        _build(buildah, tmp_path / "made", f"{name}@{small.digest}", insecure)
        buildah("push", "--quiet", insecure, "built", f"docker://{name}:v2")

        options = [insecure, "--creds=bob:two"]
        both = [_layers(skopeo, f"{name}:{tag}", *options) for tag in ("v1", "v2")]

    assert both[0] == both[1][:2]
    assert 3 == len(both[1])


def test_an_image_is_built_from_a_digest_over_tls_and_pushed(
    server: Server,
    client_files: Authority,
    buildah: Command,
    skopeo: Command,
    *,
    small: Layout,
    tmp_path: Path,
) -> None:
    name, folder = f"{server.address}/some/image", str(client_files.folder)
    skopeo("copy", f"--dest-cert-dir={folder}", small.reference, f"docker://{name}:v1")

    _build(buildah, tmp_path / "made", f"{name}@{small.digest}", f"--cert-dir={folder}")
    buildah("push", "--quiet", f"--cert-dir={folder}", "built", f"docker://{name}:v2")

    both = [_layers(skopeo, f"{name}:{tag}", f"--cert-dir={folder}") for tag in ("v1", "v2")]
    assert both[0] == both[1][:2]
