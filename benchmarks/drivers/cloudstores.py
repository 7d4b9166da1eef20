"""s3fs and adlfs, used directly, in the running loop and without their caches."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from fsspec.asyn import AsyncFileSystem

from benchmarks.drivers.store import PART, PARTS, PIECE, Piece

# Those of our drivers, so that one does not wait longer than the other.
CONNECTIONS = 64


class CloudStore(ABC):
    """A file system of fsspec that waits for a service. `root` stands before all paths.

    `large` is a file of this machine that holds what `write` is asked to write: the call of either
    library that sends several parts at once reads them from a file by itself.
    """

    blocks = False

    def __init__(self, name: str, fs: AsyncFileSystem, root: str, large: Path) -> None:
        self.name = name
        self._fs = fs
        self._root = root
        self._large = str(large)

    async def put(self, path: str, content: bytes) -> None:
        """Call `pipe_file`."""
        await self._fs._pipe_file(self._root + path, content)  # noqa: SLF001  fsspec's async names

    async def create(self, path: str, content: bytes) -> None:
        """Call `pipe_file(mode="create")`, a condition that the service checks."""
        await self._fs._pipe_file(self._root + path, content, mode="create")  # noqa: SLF001  the same

    async def size(self, path: str) -> int:
        """Call `info`."""
        return int((await self._fs._info(self._root + path))["size"])  # noqa: SLF001  the same

    async def move(self, source: str, destination: str) -> None:
        """Copy and remove, as `mv_file` does."""
        await self._fs._cp_file(self._root + source, self._root + destination)  # noqa: SLF001  the same
        await self._fs._rm_file(self._root + source)  # noqa: SLF001  the same

    async def copy(self, source: str, destination: str) -> None:
        """Call `cp_file`."""
        await self._fs._cp_file(self._root + source, self._root + destination)  # noqa: SLF001  the same

    async def delete(self, path: str) -> None:
        """Call `rm_file`."""
        await self._fs._rm_file(self._root + path)  # noqa: SLF001  the same

    async def list_files(self, path: str) -> list[str]:
        """Call `ls`."""
        found = await self._fs._ls(self._root + path, detail=True)  # noqa: SLF001  the same
        return [one["name"].removeprefix(self._root) for one in found if one["type"] == "file"]

    async def walk_files(self, path: str) -> list[str]:
        """Call `find`."""
        found = await self._fs._find(self._root + path, detail=True)  # noqa: SLF001  the same
        return [name.removeprefix(self._root) for name in found]

    async def get(self, path: str) -> bytes:
        """Call `cat_file`, with a start: s3fs then asks for nothing but the bytes."""
        content: bytes = await self._fs._cat_file(self._root + path, start=0)  # noqa: SLF001  the same
        return content

    @abstractmethod
    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write a large file."""

    @abstractmethod
    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read a large file."""


class S3fs(CloudStore):
    """s3fs."""

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Call `put_file`: what `open("wb")` writes is sent one part after another."""
        del pieces
        await self._fs._put_file(  # noqa: SLF001  fsspec's async names
            self._large, self._root + path, chunksize=PART, max_concurrency=PARTS
        )

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read from `open_async("rb")`, which is one request."""
        file = await self._fs.open_async(self._root + path, "rb")
        while piece := await file.read(PIECE):
            take(piece)


class Adlfs(CloudStore):
    """adlfs."""

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Call `put_file`; the size of a part was given to the client."""
        del pieces
        await self._fs._put_file(  # noqa: SLF001  fsspec's async names
            self._large, self._root + path, max_concurrency=PARTS
        )

    async def read(self, path: str, take: Callable[[Piece], None]) -> None:
        """Read what its client downloads: it has no stream of its own that does not block."""
        container, _, name = (self._root + path).partition("/")
        async with self._fs.service_client.get_blob_client(container, name) as blob:
            async for piece in (await blob.download_blob(max_concurrency=PARTS)).chunks():
                take(piece)


@asynccontextmanager
async def s3fs(url: str, key: str, secret: str, root: str, large: Path) -> AsyncIterator[S3fs]:
    """Open s3fs with the client's settings that our driver has. `root` begins with the bucket."""
    from s3fs import S3FileSystem  # noqa: PLC0415  an extra brings it

    fs = S3FileSystem(
        key=key,
        secret=secret,
        endpoint_url=url,
        client_kwargs={"region_name": "us-east-1"},
        config_kwargs={
            "signature_version": "s3v4",
            "max_pool_connections": CONNECTIONS,
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
        asynchronous=True,
        skip_instance_cache=True,
        use_listings_cache=False,
    )
    session = await fs.set_session()
    try:
        yield S3fs("s3fs", fs, root, large)
    finally:
        await session.close()


@asynccontextmanager
async def adlfs(connection: str, root: str, large: Path) -> AsyncIterator[Adlfs]:
    """Open adlfs over a connection string. `root` begins with the container."""
    from adlfs import AzureBlobFileSystem  # type: ignore[import-untyped]  # noqa: PLC0415  it has none, and may be missing
    from azure.storage.blob.aio import BlobServiceClient  # noqa: PLC0415  the same

    # Not `asynchronous`: at the end of the process it closes its client in fsspec's own loop.
    fs = AzureBlobFileSystem(
        connection_string=connection,
        skip_instance_cache=True,
        use_listings_cache=False,
        max_concurrency=PARTS,
    )
    await fs.service_client.close()
    # adlfs takes neither the size of a part nor that from which on there are several.
    fs.service_client = BlobServiceClient.from_connection_string(
        connection,
        max_block_size=PART,
        max_single_put_size=PART,
        max_chunk_get_size=PART,
        max_single_get_size=PART,
    )
    try:
        yield Adlfs("adlfs", fs, root, large)
    finally:
        await fs.service_client.close()
