"""obstore, the object stores of Rust: its calls that block for local ones, the others for services.

On local files and in memory its blocking calls are the faster ones.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import obstore
from obstore.store import AzureStore, LocalStore, MemoryStore, ObjectStore, S3Store

from benchmarks.drivers.store import PART, PARTS, PIECE, Piece


class BlockingObstore:
    """A store without a service."""

    name = "obstore"

    def __init__(self, store: ObjectStore, *, blocks: bool) -> None:
        self.blocks = blocks
        self._store = store

    async def put(self, path: str, content: bytes) -> None:
        """Call `put`."""
        obstore.put(self._store, path[1:], content)

    async def create(self, path: str, content: bytes) -> None:
        """Call `put(mode="create")`."""
        obstore.put(self._store, path[1:], content, mode="create")

    async def get(self, path: str) -> memoryview:
        """Call `get`."""
        return memoryview(obstore.get(self._store, path[1:]).bytes())

    async def size(self, path: str) -> int:
        """Call `head`."""
        return obstore.head(self._store, path[1:])["size"]

    async def move(self, source: str, destination: str) -> None:
        """Call `rename`."""
        obstore.rename(self._store, source[1:], destination[1:])

    async def delete(self, path: str) -> None:
        """Call `delete`."""
        obstore.delete(self._store, path[1:])

    async def list_files(self, path: str) -> list[str]:
        """Call `list_with_delimiter`."""
        found = obstore.list_with_delimiter(self._store, path[1:])
        return [f"/{one['path']}" for one in found["objects"]]

    async def walk_files(self, path: str) -> list[str]:
        """Go through `list`."""
        pages = obstore.list(self._store, path[1:], chunk_size=1000)
        return [f"/{one['path']}" for page in pages for one in page]

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Call `put` with the pieces."""
        obstore.put(self._store, path[1:], pieces, chunk_size=PART, max_concurrency=PARTS)

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Stream what `get` gives."""
        for piece in obstore.get(self._store, path[1:]).stream(min_chunk_size=PIECE):
            take(memoryview(piece))


class AsyncObstore:
    """A store of a service. `root` stands before all paths."""

    name = "obstore"
    blocks = False

    def __init__(self, store: ObjectStore, root: str) -> None:
        self._store = store
        self._root = root

    async def put(self, path: str, content: bytes) -> None:
        """Call `put_async`."""
        await obstore.put_async(self._store, self._root + path, content)

    async def create(self, path: str, content: bytes) -> None:
        """Call `put_async(mode="create")`."""
        await obstore.put_async(self._store, self._root + path, content, mode="create")

    async def get(self, path: str) -> memoryview:
        """Call `get_async`."""
        result = await obstore.get_async(self._store, self._root + path)
        return memoryview(await result.bytes_async())

    async def size(self, path: str) -> int:
        """Call `head_async`."""
        return (await obstore.head_async(self._store, self._root + path))["size"]

    async def move(self, source: str, destination: str) -> None:
        """Call `rename_async`, which copies and deletes."""
        await obstore.rename_async(self._store, self._root + source, self._root + destination)

    async def copy(self, source: str, destination: str) -> None:
        """Call `copy_async`."""
        await obstore.copy_async(self._store, self._root + source, self._root + destination)

    async def delete(self, path: str) -> None:
        """Call `delete_async`."""
        await obstore.delete_async(self._store, self._root + path)

    async def list_files(self, path: str) -> list[str]:
        """Call `list_with_delimiter_async`."""
        found = await obstore.list_with_delimiter_async(self._store, self._root + path)
        return [one["path"].removeprefix(self._root) for one in found["objects"]]

    async def walk_files(self, path: str) -> list[str]:
        """Go through `list`."""
        pages = obstore.list(self._store, self._root + path, chunk_size=1000)
        return [one["path"].removeprefix(self._root) async for page in pages for one in page]

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Call `put_async` with the pieces."""
        await obstore.put_async(
            self._store, self._root + path, pieces, chunk_size=PART, max_concurrency=PARTS
        )

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Stream what `get_async` gives."""
        result = await obstore.get_async(self._store, self._root + path)
        async for piece in result.stream(min_chunk_size=PIECE):
            take(memoryview(piece))


def memory() -> BlockingObstore:
    """Return a store in memory: nothing waits there, so threads would only cost."""
    return BlockingObstore(MemoryStore(), blocks=False)


def local(root: Path) -> BlockingObstore:
    """Return a store of files of this machine; nothing of it is synced."""
    return BlockingObstore(LocalStore(root), blocks=True)


def s3(url: str, key: str, secret: str, bucket: str, root: str) -> AsyncObstore:
    """Return a store of a bucket."""
    store = S3Store(
        bucket,
        endpoint=url,
        access_key_id=key,
        secret_access_key=secret,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    return AsyncObstore(store, root)


def azure(url: str, account: str, key: str, container: str, root: str) -> AsyncObstore:
    """Return a store of a container."""
    store = AzureStore(
        container,
        account_name=account,
        account_key=key,
        endpoint=url,
        client_options={"allow_http": True},
    )
    return AsyncObstore(store, root)
