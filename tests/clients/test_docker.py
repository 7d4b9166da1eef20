"""Debian's Docker, its daemon and all."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.asking import asking_for_passwords, asking_for_tokens, speaking_tls
from tests.clients.commands import Command
from tests.clients.daemons import docker as docker_daemon
from tests.clients.images import Layout, image_layout
from tests.tlsfiles import Authority


@pytest.fixture(scope="session")
def docker() -> Iterator[Command]:
    with docker_daemon() as command:
        yield command


@pytest.fixture
def small(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "small", seed=20240108, sizes=(700, 30_000))


def _load(docker: Command, skopeo: Command, layout: Layout, name: str) -> None:
    """Give the daemon an image under a name."""
    archive = layout.folder.with_suffix(".tar")
    skopeo("copy", layout.reference, f"docker-archive:{archive}:{name}")
    archive_loaded = docker("load", f"--input={archive}")
    archive.unlink()
    assert name in archive_loaded


def _digest(docker: Command, image: str) -> str:
    return json.loads(docker("image", "inspect", image))[0]["RepoDigests"][0].partition("@")[2]


def _layers(docker: Command, image: str) -> list[str]:
    return json.loads(docker("image", "inspect", image))[0]["RootFS"]["Layers"]


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_an_image_is_found_and_built_upon_by_its_digest_when_its_tag_has_moved_on(
    name: str, docker: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    other = image_layout(tmp_path / "other", seed=20240109, sizes=(500,))
    tagged = f"{name}:1.0"
    _load(docker, skopeo, small, tagged)
    docker("push", "--quiet", tagged)
    first, layers = _digest(docker, tagged), _layers(docker, tagged)
    docker("image", "rm", tagged)
    _load(docker, skopeo, other, tagged)
    docker("push", "--quiet", tagged)
    assert first != _digest(docker, tagged)

    docker("pull", "--quiet", f"{name}@{first}")
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "Dockerfile").write_text(f"FROM {name}@{first}\nCOPY Dockerfile /\n")
    docker("build", "--quiet", f"--tag={name}:2.0", str(tmp_path / "made"))
    docker("push", "--quiet", f"{name}:2.0")
    found = docker("search", "--format={{.Name}}", name[:-1])

    assert layers == _layers(docker, f"{name}@{first}") == _layers(docker, f"{name}:2.0")[:2]
    assert [name.partition("/")[2]] == found.split()


def test_a_password_opens_what_rules_allow(
    docker: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with asking_for_passwords(tmp_path) as server:
        name = f"{server.address}/team/app:v1"
        _load(docker, skopeo, small, name)

        nobody = docker.refused("push", "--quiet", name)
        wrong = docker.refused("login", "--username=alice", "--password=two", server.address)
        docker("login", "--username=bob", "--password=two", server.address)
        denied = docker.refused("push", "--quiet", name)
        docker("login", "--username=alice", "--password=one", server.address)
        docker("push", "--quiet", name)
        docker("pull", "--quiet", name)

    assert "no basic auth credentials" in nobody
    assert "401 Unauthorized" in wrong
    assert "denied" in denied


def test_a_token_opens_what_it_grants(
    docker: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with asking_for_tokens(tmp_path) as guarded:
        address = guarded.server.address
        name = f"{address}/team/app:v1"
        _load(docker, skopeo, small, name)

        denied = docker.refused("push", "--quiet", name)
        docker("login", "--username=alice", "--password=one", address)
        docker("push", "--quiet", name)
        docker("logout", address)
        docker("pull", "--quiet", name)

    assert "denied" in denied
    assert {"", "alice"} == {user for user, _ in guarded.authority.asked}


def test_an_image_is_pushed_and_pulled_over_tls(
    docker: Command, skopeo: Command, small: Layout, tmp_path: Path
) -> None:
    with speaking_tls(tmp_path, Authority.new(tmp_path / "authority")) as server:
        name = f"{server.address}/some/image:v1"
        _load(docker, skopeo, small, name)
        docker("push", "--quiet", name)
        digest, layers = _digest(docker, name), _layers(docker, name)
        docker("image", "rm", name)

        docker("pull", "--quiet", f"{name.removesuffix(':v1')}@{digest}")

    assert layers == _layers(docker, f"{name.removesuffix(':v1')}@{digest}")
