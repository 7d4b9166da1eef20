"""Files as the blobs of a container of Azure Blob Storage.

Each call is one request or few, none of which is cached. Names of blobs that break the grammar of
paths are passed over; what the driver needs besides files lies below `~/`. Importing this package
imports no library of Azure's: opening does.
"""

from typing import TYPE_CHECKING

from storagedriver.drivers.azure.capabilities import MOST
from storagedriver.drivers.azure.parameters import AzureParameters, from_url

if TYPE_CHECKING:
    from storagedriver.drivers.azure.driver import AzureDriver

__all__ = ["AzureFactory", "AzureParameters"]


class AzureFactory:
    """Keeps files in a container of Azure Blob Storage."""

    contract = 1
    parameters = AzureParameters
    schemes = ("azure", "az", "abfs", "abfss")
    capabilities = MOST

    def from_url(self, url: str) -> AzureParameters:
        """Read the parameters from a URL; raise `ValueError` for one that is wrong."""
        return from_url(url)

    async def open(self, parameters: AzureParameters) -> "AzureDriver":
        """Open the container, and find out what may be done with it.

        One that may be read but not written is opened with `writable` absent. Raises
        `StoragePermissionError`, `StorageUnavailableError` or `StorageBackendError`, each saying
        what to do, if it cannot even be listed.
        """
        # Here, because importing this package must not import Azure's libraries.
        from storagedriver.drivers.azure.opening import open_container  # noqa: PLC0415  # as said

        return await open_container(parameters)
