"""Debian's containerd, by its own small client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.asking import asking_for_passwords, asking_for_tokens, speaking_tls
from tests.clients.commands import Command
from tests.clients.daemons import containerd
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import push
from tests.tlsfiles import Authority

PULL = ["images", "pull", "--snapshotter=native"]
PUSH = ["images", "push"]


@pytest.fixture(scope="session")
def ctr() -> Iterator[Command]:
    with containerd() as command:
        yield command


@pytest.fixture
def small(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "small", seed=20240107, sizes=(700, 30_000))


def _images(ctr: Command) -> set[tuple[str, str]]:
    """Give the name and the digest of each image that it has."""
    _, *lines = ctr("images", "ls").splitlines()
    return {(line.split()[0], line.split()[2]) for line in lines}


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_an_image_is_pulled_by_tag_and_digest_and_pushed_elsewhere(
    name: str, ctr: Command, skopeo: Command, small: Layout, index: Layout
) -> None:
    push(skopeo, small, f"{name}:v1")
    push(skopeo, index, f"{name}:both", "--all")

    for reference in (f"{name}:v1", f"{name}@{small.digest}"):
        ctr(*PULL, "--plain-http", reference)
    ctr(*PULL, "--plain-http", "--all-platforms", f"{name}:both")
    ctr(*PUSH, "--plain-http", f"{name}/pushed:both", f"{name}:both")

    pulled = {(f"{name}:v1", small.digest), (f"{name}@{small.digest}", small.digest)}
    assert pulled | {(f"{name}:both", index.digest)} <= _images(ctr)
    assert {*small.blobs(), *index.blobs()} <= {*ctr("content", "ls", "--quiet").split()}
    inspect = ["inspect", "--tls-verify=false", "--format={{.Digest}}"]
    assert index.digest == skopeo(*inspect, f"docker://{name}/pushed:both").strip()


def test_a_password_opens_what_rules_allow(
    ctr: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with asking_for_passwords(tmp_path) as server:
        name = f"{server.address}/team/app:v1"
        push(skopeo, small, name, "--dest-creds=alice:one")
        other = [f"{server.address}/team/other:v1", name]

        wrong = ctr.refused(*PULL, "--plain-http", "--user=bob:one", name)
        ctr(*PULL, "--plain-http", "--user=bob:two", name)
        denied = ctr.refused(*PUSH, "--plain-http", "--user=bob:two", *other)
        ctr(*PUSH, "--plain-http", "--user=alice:one", *other)

    assert (name, small.digest) in _images(ctr)
    assert "401 Unauthorized" in wrong
    assert "403 Forbidden" in denied


def test_a_token_opens_what_it_grants(
    ctr: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with asking_for_tokens(tmp_path) as guarded:
        name = f"{guarded.server.address}/team/app:v1"
        push(skopeo, small, name, "--dest-creds=alice:one")
        guarded.authority.asked.clear()

        ctr(*PULL, "--plain-http", name)
        ctr(*PUSH, "--plain-http", "--user=alice:one", name.replace("v1", "v2"), name)

    assert (name, small.digest) in _images(ctr)
    assert {"", "alice"} == {user for user, _ in guarded.authority.asked}


def test_a_certificate_is_verified(
    ctr: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    authority = Authority.new(tmp_path / "authority")
    with speaking_tls(tmp_path, authority) as server:
        name = f"{server.address}/some/image:v1"
        trusting = [f"--cert-dir={authority.folder}", f"docker://{name}"]
        skopeo("copy", f"--dest-{trusting[0][2:]}", small.reference, trusting[1])
        hosts = tmp_path / "hosts" / server.address
        hosts.mkdir(parents=True)

        host = f'[host."https://{server.address}"]\n  capabilities = ["pull", "resolve"]\n'

        (hosts / "hosts.toml").write_text(host)
        unknown = ctr.refused(*PULL, f"--hosts-dir={hosts.parent}", name)
        (hosts / "hosts.toml").write_text(f'{host}  ca = "{authority.file}"\n')
        ctr(*PULL, f"--hosts-dir={hosts.parent}", name)

    assert "certificate" in unknown
    assert (name, small.digest) in _images(ctr)
