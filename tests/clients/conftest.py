"""Real clients against a running registry: ours, and Debian's to prove that the tests are right."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.commands import Command, installed, podman, skopeo
from tests.clients.images import Layout, image_layout, index_layout
from tests.servers import Server, docker_registry, storagedriver_server


@pytest.fixture(scope="session", params=["storagedriver", "docker-registry"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    if request.param == "storagedriver":
        running = storagedriver_server(folder)
    else:
        installed("docker-registry")
        running = docker_registry(folder, folder / "registry-data")
    with running as server:
        yield server


@pytest.fixture
def name(server: Server, request: pytest.FixtureRequest) -> str:
    """Name a repository, server included, after the test: one server is shared by many."""
    return f"{server.address}/clients/" + re.sub(r"[^a-z0-9]+", "-", request.node.name).strip("-")


@pytest.fixture
def image(tmp_path: Path) -> Layout:
    return image_layout(tmp_path / "image", seed=20240101)


@pytest.fixture
def index(tmp_path: Path) -> Layout:
    return index_layout(tmp_path / "index", seed=20240102)


@pytest.fixture(name="skopeo")
def skopeo_command(tmp_path: Path) -> Command:
    return skopeo(tmp_path / "skopeo")


@pytest.fixture(name="podman")
def podman_command() -> Iterator[Command]:
    with podman() as command:
        yield command


@pytest.fixture
def another_podman() -> Iterator[Command]:
    """Give a podman whose store knows nothing of what the first one pushed."""
    with podman() as command:
        yield command
