"""Where drivers are compared: in memory, on files, and on servers that are started for it."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from benchmarks.drivers.store import PART, PARTS, Ours, Store
from benchmarks.measuring import UnavailableError
from benchmarks.sizes import MIB, Scale
from storagedriver.factory import known_drivers, open_driver

# What our driver puts before all keys; the others' files lie below it too, so that all can list
# the same ones.
_ROOT = "root"

Opened = Callable[[str], AbstractAsyncContextManager[list[Store]]]


@dataclass(frozen=True, slots=True)
class Field:
    """Stores of one kind, ours the first, and all over the same files where they can be.

    `opened` takes the address of the service, if there is one. Where all lie in a folder of this
    machine, `root`, dirty pages are written out before each timing. `notes` say what is not alike.
    """

    title: str
    calls: int
    files: Sequence[int]
    opened: Opened
    url: str = ""
    root: Path | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Payload:
    """A large file, and the same bytes in memory."""

    path: Path
    content: bytes


def make_payload(folder: Path, size: int) -> Payload:
    """Make a large file of random bytes."""
    content = b"".join(os.urandom(MIB) for _ in range(size // MIB))
    path = folder / "large"
    path.write_bytes(content)
    return Payload(path, content)


@contextmanager
def memory(folder: Path, payload: Payload, scale: Scale) -> Iterator[Field]:
    """Compare stores in the memory of this process."""
    from benchmarks.drivers import fsspecstores  # noqa: PLC0415  as those that may be missing

    @asynccontextmanager
    async def opened(_url: str) -> AsyncIterator[list[Store]]:
        async with open_driver("memory") as driver:
            peers = _with_obstore(lambda them: them.memory())
            yield [Ours(driver), fsspecstores.memory(), *peers]

    del folder, payload
    yield Field("memory", scale.calls * 3, scale.local_files, opened)


@contextmanager
def filesystem(folder: Path, payload: Payload, scale: Scale) -> Iterator[Field]:
    """Compare stores of files in one folder."""
    from benchmarks.drivers import fsspecstores, oscalls  # noqa: PLC0415  as those that may be missing

    root = folder / "filesystem"

    @asynccontextmanager
    async def opened(_url: str) -> AsyncIterator[list[Store]]:
        async with open_driver("filesystem", rootdirectory=root) as driver:
            peers = _with_obstore(lambda them: them.local(root))
            yield [Ours(driver), fsspecstores.local(root), oscalls.SystemCalls(root), *peers]

    del payload
    notes = "fsspec and obstore do not sync: what they report as written may be lost."
    root.mkdir()
    yield Field("filesystem", scale.calls, scale.local_files, opened, root=root, notes=notes)


@contextmanager
def s3(folder: Path, payload: Payload, scale: Scale) -> Iterator[Field]:
    """Compare clients of a bucket of SeaweedFS, which is started here."""
    _need("s3fs")
    from benchmarks.drivers import cloudstores  # noqa: PLC0415  it may be missing
    from tests import s3servers  # noqa: PLC0415  an extra brings what it needs

    if s3servers.weed() is None:
        raise UnavailableError("SeaweedFS is not installed")
    del folder
    with s3servers.seaweedfs() as server:
        access, secret, bucket = s3servers.ACCESS, s3servers.SECRET, server.bucket

        @asynccontextmanager
        async def opened(url: str) -> AsyncIterator[list[Store]]:
            ours = server.parameters(
                regionendpoint=url, rootdirectory=_ROOT, chunksize=PART, writerparts=PARTS
            )
            more = _with_obstore(lambda them: them.s3(url, access, secret, bucket, _ROOT))
            peer = cloudstores.s3fs(url, access, secret, f"{bucket}/{_ROOT}", payload.path)
            async with open_driver("s3", **ours) as driver, peer as s3fs:
                yield [Ours(driver), s3fs, *more]

        yield Field("s3", scale.calls, scale.cloud_files, opened, server.url)


@contextmanager
def azure(folder: Path, payload: Payload, scale: Scale) -> Iterator[Field]:
    """Compare clients of a container of Azurite, which is started here."""
    _need("adlfs")
    if "azure" not in known_drivers():
        raise UnavailableError("there is no azure driver")
    from benchmarks.drivers import cloudstores  # noqa: PLC0415  it may be missing
    from tests import azureservers  # noqa: PLC0415  an extra brings what it needs

    del folder
    try:
        azureservers.installed_azurite()
    except azureservers.NotInstalledError as error:
        raise UnavailableError(str(error)) from error
    with azureservers.azurite() as server:
        account, key, container = server.account, server.key, server.container

        @asynccontextmanager
        async def opened(url: str) -> AsyncIterator[list[Store]]:
            ours = server.parameters(
                serviceurl=url, rootdirectory=_ROOT, chunksize=PART, writerparts=PARTS
            )
            connection = f"AccountName={account};AccountKey={key};BlobEndpoint={url}"
            more = _with_obstore(lambda them: them.azure(url, account, key, container, _ROOT))
            peer = cloudstores.adlfs(connection, f"{container}/{_ROOT}", payload.path)
            async with open_driver("azure", **ours) as driver, peer as adlfs:
                yield [Ours(driver), adlfs, *more]

        yield Field("azure", scale.calls, scale.cloud_files, opened, server.url)


FIELDS = {"memory": memory, "filesystem": filesystem, "s3": s3, "azure": azure}


def _need(module: str) -> None:
    if find_spec(module) is None:
        raise UnavailableError(f"{module} is not installed")


def _with_obstore(make: Callable[[ModuleType], Store]) -> list[Store]:
    """Return the store that `make` makes of our module for obstore; none if it is missing."""
    if find_spec("obstore") is None:
        return []
    from benchmarks.drivers import obstorestores  # noqa: PLC0415  it imports what may be missing

    return [make(obstorestores)]
