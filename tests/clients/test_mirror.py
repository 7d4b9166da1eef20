"""A mirror of Debian's docker-registry, which is there at first and then no more."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.commands import Command, installed
from tests.clients.images import Layout
from tests.clients.transfers import pull, push
from tests.servers import docker_registry, storagedriver_server


@contextmanager
def kept_from_others(address: str) -> Iterator[None]:
    """Let nobody answer at an address, not even the server of another test."""
    host, _, port = address.rpartition(":")
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((host, int(port)))
        yield


def test_what_was_pulled_through_a_mirror_is_there_without_the_registry_itself(
    skopeo: Command, index: Layout, tmp_path: Path
) -> None:
    installed("docker-registry")
    with docker_registry(tmp_path, tmp_path / "upstream") as upstream:
        push(skopeo, index, f"{upstream.address}/some/image:v1", "--all")
        environment = {"REGISTRY_PROXY_REMOTEURL": upstream.url, "NO_PROXY": "*"}
        with storagedriver_server(tmp_path, environment=environment) as mirror:
            name = f"{mirror.address}/some/image:v1"
            first = pull(skopeo, name, tmp_path / "first", "--all")
            upstream.stop()
            with kept_from_others(upstream.address):
                second = pull(skopeo, name, tmp_path / "second", "--all")
            mirror.stop()
            log = mirror.log.read_text()

    assert index.blobs() == first == second
    assert f"{upstream.address} cannot be reached" in log
    assert f"{upstream.url}/v2/" not in log
