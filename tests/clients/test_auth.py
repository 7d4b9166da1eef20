"""Real clients at a registry that asks for passwords."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.asking import asking_for_passwords
from tests.clients.commands import Command
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import pulled
from tests.servers import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with asking_for_passwords(tmp_path_factory.mktemp("htpasswd")) as server:
        yield server


@pytest.fixture
def small(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "small", seed=20240105, sizes=[1000])


def test_skopeo_pushes_and_pulls_with_the_right_password_and_as_far_as_rules_go(
    server: Server, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    target = f"docker://{server.address}/team/skopeo:v1"
    push = ["copy", "--dest-tls-verify=false", "--dest-creds"]
    pull = ["copy", "--src-tls-verify=false", "--src-creds"]

    skopeo(*push, "alice:one", small.reference, target)
    skopeo(*pull, "bob:two", target, f"dir:{tmp_path / 'pulled'}")
    wrong = skopeo.refused(*pull, "bob:one", target, f"dir:{tmp_path / 'wrong'}")
    denied = skopeo.refused(*push, "bob:two", small.reference, target)

    assert small.blobs() == pulled(tmp_path / "pulled")
    assert "authentication required" in wrong
    assert "denied" in denied


def test_podman_logs_in_pushes_and_pulls_and_pulls_what_is_open_without_a_password(
    server: Server, podman: Command, small: Layout
) -> None:
    identity = podman("pull", "--quiet", small.reference).strip()
    insecure, address = "--tls-verify=false", server.address

    wrong = podman.refused("login", insecure, "-u", "alice", "-p", "two", address)
    podman("login", insecure, "-u", "alice", "-p", "one", address)
    for name in ("team/podman", "open/podman"):
        podman("push", "--quiet", insecure, identity, f"docker://{address}/{name}:v1")
    podman("pull", "--quiet", insecure, f"{address}/team/podman:v1")
    podman("logout", address)
    podman("pull", "--quiet", insecure, f"{address}/open/podman:v1")
    asked = podman.refused("pull", "--quiet", insecure, f"{address}/team/podman:v1")

    assert "invalid username/password" in wrong
    assert "authentication required" in asked
