"""skopeo and podman at a registry that takes the tokens of an authorization server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.clients.asking import APP, Guarded, asking_for_tokens
from tests.clients.commands import Command
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import pulled
from tests.operations.repository import wait_until


@pytest.fixture
def small(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "small", seed=20240106, sizes=[1000])


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    with asking_for_tokens(tmp_path) as guarded:
        yield guarded


def test_skopeo_pushes_and_pulls_with_tokens_and_as_far_as_they_go(
    guarded: Guarded, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    target = f"docker://{guarded.server.address}/team/app:v1"
    push = ["copy", "--dest-tls-verify=false"]
    pull = ["copy", "--src-tls-verify=false"]

    skopeo(*push, "--dest-creds", "alice:one", small.reference, target)
    skopeo(*pull, target, f"dir:{tmp_path / 'pulled'}")
    wrong = skopeo.refused(*push, "--dest-creds", "alice:two", small.reference, target)
    denied = skopeo.refused(*push, small.reference, target)

    assert small.blobs() == pulled(tmp_path / "pulled")
    assert "invalid username/password" in wrong
    assert "denied" in denied
    assert ("alice", f"{APP}:pull,push") in guarded.authority.asked
    line = "user=alice method=PUT path=/v2/team/app/manifests/v1"
    wait_until(lambda: line in guarded.server.log.read_text(), "a line in the log")


def test_podman_logs_in_and_pushes_and_pulls_with_tokens_signed_by_rsa(
    podman: Command, small: Layout, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    identity = podman("pull", "--quiet", small.reference).strip()
    with asking_for_tokens(tmp_path, key=key) as guarded:
        insecure, address = "--tls-verify=false", guarded.server.address
        target = f"{address}/team/app:v1"

        wrong = podman.refused("login", insecure, "-u", "alice", "-p", "two", address)
        podman("login", insecure, "-u", "alice", "-p", "one", address)
        podman("push", "--quiet", insecure, identity, f"docker://{target}")
        podman("logout", address)
        podman("pull", "--quiet", insecure, target)
        denied = podman.refused("push", "--quiet", insecure, identity, f"docker://{target}")

    assert "invalid username/password" in wrong
    assert "denied" in denied
