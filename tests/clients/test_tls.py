"""skopeo and podman over TLS, with and without a certificate of their own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command
from tests.clients.images import Layout
from tests.clients.transfers import pulled
from tests.servers import Server, storagedriver_server
from tests.tlsfiles import Authority, variables


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.new(tmp_path / "authority")


@pytest.fixture
def client_files(tmp_path: Path) -> Authority:
    """A folder as clients want it: `ca.crt`, and `NAME.cert` with `NAME.key`."""
    return Authority.new(tmp_path / "client")


@pytest.fixture
def server(tmp_path: Path, authority: Authority, client_files: Authority) -> Iterator[Server]:
    environment = variables(authority, CLIENTCAS=json.dumps([str(client_files.file)]))
    with storagedriver_server(tmp_path, environment=environment) as server:
        client_files.issued("client")
        client_files.file.write_bytes(authority.file.read_bytes())
        yield server


def test_skopeo_pushes_and_pulls(
    server: Server, client_files: Authority, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    name, folder = f"docker://{server.address}/some/image:v1", str(client_files.folder)
    skopeo("copy", f"--dest-cert-dir={folder}", image.reference, name)

    skopeo("copy", f"--src-cert-dir={folder}", name, f"dir:{tmp_path / 'pulled'}")

    assert image.blobs() == pulled(tmp_path / "pulled")


def test_skopeo_without_its_certificate_is_refused(
    server: Server, authority: Authority, skopeo: Command, image: Layout
) -> None:
    told = skopeo.refused(
        "copy",
        f"--dest-cert-dir={authority.folder}",
        image.reference,
        f"docker://{server.address}/some/image:v1",
    )

    assert f"https://{server.address}/v2/" in told


def test_podman_pushes_and_pulls(
    server: Server, client_files: Authority, podman: Command, image: Layout
) -> None:
    name, folder = f"{server.address}/some/image:v1", str(client_files.folder)
    identity = podman("pull", "--quiet", image.reference).strip()

    podman("push", "--quiet", f"--cert-dir={folder}", identity, f"docker://{name}")
    podman("rmi", "--force", identity)
    pulled = podman("pull", "--quiet", f"--cert-dir={folder}", name).strip()
    untrusted = podman.refused("pull", "--quiet", name)

    assert identity == pulled
    assert "certificate" in untrusted
