"""Files as the objects of a bucket: of AWS S3, and of services that speak its protocol.

Each call is one request or few, none of which is cached. What differs from one service to the next
is found out when the driver is opened, and declared. Keys that break the grammar of paths, empty
"folders" among them, are passed over; what the driver needs besides files lies below `~/`.
"""

from storagedriver.drivers.s3.driver import S3Driver
from storagedriver.drivers.s3.opening import MOST, find_out, open_session
from storagedriver.drivers.s3.parameters import S3Parameters, from_url

__all__ = ["S3Driver", "S3Factory", "S3Parameters"]


class S3Factory:
    """Keeps files in a bucket of S3, or of a service like it."""

    contract = 1
    parameters = S3Parameters
    schemes = ("s3", "s3a")
    capabilities = MOST

    def from_url(self, url: str) -> S3Parameters:
        """Read the parameters from a URL; raise `ValueError` for one that is wrong."""
        return from_url(url)

    async def open(self, parameters: S3Parameters) -> S3Driver:
        """Open the bucket, and find out what it can do.

        One that may be read but not written is opened with `writable` absent. Raises
        `StoragePermissionError`, `StorageUnavailableError` or `StorageBackendError`, each saying
        what to do, if it cannot even be listed.
        """
        session = await open_session(parameters)
        try:
            service, found = await find_out(session.client, parameters)
        except BaseException:
            await session.aclose()
            raise
        return S3Driver(session, service, parameters, found)
