"""A real server, started once for all tests of a worker, and a root directory for each test."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest
from azure.storage.blob import ContainerClient

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from tests.azureservers import AzureServer, azurite

Open = Callable[..., AbstractAsyncContextManager[StorageDriver]]


@dataclass(frozen=True, slots=True)
class Container:
    """What is below the test's root directory, seen and changed by the library's own client."""

    client: ContainerClient
    root: str

    def put(self, key: str, content: bytes = b"") -> None:
        self.client.upload_blob(f"{self.root}/{key}", content)

    def keys(self) -> list[str]:
        return self._names([])

    def uncommitted(self) -> list[str]:
        """Keys that have blocks alone, without a file of their own."""
        return sorted({*self._names(["uncommittedblobs"])} - {*self.keys()})

    def blocks(self, key: str) -> int:
        """How many uncommitted blocks a key has."""
        with self.client.get_blob_client(f"{self.root}/{key}") as blob:
            return len(blob.get_block_list("uncommitted")[1])

    def _names(self, include: list[str]) -> list[str]:
        found = self.client.list_blobs(name_starts_with=f"{self.root}/", include=include)
        return sorted(one.name.removeprefix(f"{self.root}/") for one in found)


@pytest.fixture(scope="session")
def server() -> Iterator[AzureServer]:
    with azurite() as running:
        yield running


@pytest.fixture
def mortal() -> Iterator[AzureServer]:
    """A server of the test's own, to be killed and stopped."""
    with azurite() as running:
        yield running


@pytest.fixture
def root() -> str:
    return f"root-{secrets.token_hex(4)}"


@pytest.fixture
def opened(server: AzureServer, root: str) -> Open:
    """Opens a driver over the test's root directory, again and again."""

    def opened(**parameters: object) -> AbstractAsyncContextManager[StorageDriver]:
        return open_driver("azure", **{"rootdirectory": root, **server.parameters(**parameters)})

    return opened


@pytest.fixture
def container(server: AzureServer, root: str) -> Iterator[Container]:
    with server.raw() as client:
        yield Container(client, root)
