"""Files in any filesystem that fsspec reaches: `sftp://`, `ftp://`, `gs://` and many more.

It is right wherever the filesystem lets it be, and declares what it does not: there are no
conditional puts. Where a filesystem can move a file onto another at once, a file is written beside
its place and moved there; a writer's bytes are segments that its commit joins.
"""

from functools import partial

from storagedriver.aio import Threads
from storagedriver.drivers.fsspec.connection import Connection
from storagedriver.drivers.fsspec.driver import FsspecDriver
from storagedriver.drivers.fsspec.failures import translated
from storagedriver.drivers.fsspec.files import Files
from storagedriver.drivers.fsspec.opening import connect, open_files, room
from storagedriver.drivers.fsspec.parameters import FsspecParameters, from_url
from storagedriver.drivers.fsspec.traits import KNOWN
from storagedriver.paths import MAX_KEY

__all__ = ["FsspecDriver", "FsspecFactory", "FsspecParameters"]


class FsspecFactory:
    """Keeps files in any filesystem that fsspec reaches."""

    contract = 1
    parameters = FsspecParameters
    schemes = ("fsspec",)
    capabilities = KNOWN["file"].capabilities(max_key=MAX_KEY)

    def from_url(self, url: str) -> FsspecParameters:
        """Read the parameters from a URL; raise `ValueError` for one that is wrong."""
        return from_url(url)

    async def open(self, parameters: FsspecParameters) -> FsspecDriver:
        """Connect to the filesystem, and make the root where it is missing."""

        def opened() -> Files:
            with translated():
                return open_files(parameters)

        first = Threads("fsspec", most=1)
        try:
            files = await first.run(opened)
        finally:
            await first.aclose()
        threads = Threads("fsspec", most=files.traits.threads)
        capabilities = files.traits.capabilities(max_key=room(files))
        connection = Connection(files, partial(connect, parameters))
        return FsspecDriver(files, capabilities, threads, connection)
