"""The fastest that a client of S3 can store a file under a key that it learns at the end."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from anyio.from_thread import BlockingPortal, start_blocking_portal

from benchmarks.sizes import MIB
from tests import s3servers
from tests.s3servers import S3Server


class Uploading(Protocol):
    """What is asked of a client library."""

    async def write(self, path: str, pieces: Iterable[memoryview]) -> None:
        """Write a large file in parts."""

    async def copy(self, source: str, destination: str) -> None:
        """Let the service copy a file."""


@dataclass(frozen=True, slots=True)
class Uploader:
    """A client library, which lives in an event loop of its own."""

    name: str
    store: Uploading
    portal: BlockingPortal

    def upload(self, content: memoryview) -> None:
        """Upload in parts as the registry does, and let the service copy what came."""
        pieces = [content[at : at + MIB] for at in range(0, len(content), MIB)]
        self.portal.call(self.store.write, "/uploaded", pieces)
        self.portal.call(self.store.copy, "/uploaded", "/copied")


@contextmanager
def uploaders(bucket: S3Server, path: Path) -> Iterator[list[Uploader]]:
    """Open the client libraries that are installed; what they upload is in the file."""
    access, secret = s3servers.ACCESS, s3servers.SECRET
    found: list[tuple[str, Uploading]] = []
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        if find_spec("s3fs"):
            from benchmarks.drivers import cloudstores  # noqa: PLC0415  it may be missing

            opening = cloudstores.s3fs(bucket.url, access, secret, f"{bucket.bucket}/s3fs", path)
            s3fs = stack.enter_context(portal.wrap_async_context_manager(opening))
            found.append(("s3fs", s3fs))
        if find_spec("obstore"):
            from benchmarks.drivers import obstorestores  # noqa: PLC0415  it may be missing

            store = obstorestores.s3(bucket.url, access, secret, bucket.bucket, "obstore")
            found.append(("obstore", store))
        yield [Uploader(f"{name}, upload and copy", store, portal) for name, store in found]
