"""`redirect`: files are read from another server, such as a cache in front of the storage."""

from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from storagedriver.middleware.around import AroundDriver
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, Support

METHODS = frozenset({"GET", "HEAD"})


class RedirectingDriver(AroundDriver):
    """Gives URLs that are `base`, without a slash at its end, and the path.

    They are not signed, do not expire, and lead wherever that server keeps the path: the inner
    driver's own URLs and its root directory play no part.
    """

    def __init__(self, driver: StorageDriver, base: str) -> None:
        super().__init__(driver)
        self._base = base

    @property
    def capabilities(self) -> Capabilities:
        """What the inner driver can do, and redirects."""
        return replace(self.driver.capabilities, redirect=Support.NATIVE)

    async def redirect_url(
        self,
        path: str,
        *,
        method: str = "GET",
        expires_in: float = 1200,  # noqa: ARG002 - these URLs stay
    ) -> str | None:
        """Return the file's URL for reading."""
        return f"{self._base}{quote(path)}" if method in METHODS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectParameters:
    """Where files are read. Raises `ValueError` for what is no URL of a server."""

    baseurl: str = field(metadata={"help": "what URLs begin with, such as https://cdn.example.org"})

    def __post_init__(self) -> None:
        """Check the URL."""
        parts = urlsplit(self.baseurl)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("baseurl must be http:// or https:// and a host, without a user")
        if parts.query or parts.fragment:
            raise ValueError("baseurl must have no query and no fragment: paths are added to it")


class RedirectFactory:
    """Send who reads a file to another server."""

    contract = 1
    parameters = RedirectParameters

    def wrap(self, driver: StorageDriver, parameters: RedirectParameters) -> StorageDriver:
        """Put it around a driver."""
        return RedirectingDriver(driver, parameters.baseurl.rstrip("/"))
