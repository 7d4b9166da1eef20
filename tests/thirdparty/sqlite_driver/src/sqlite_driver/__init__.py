"""A storage driver that keeps everything in one SQLite file."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlite_driver.driver import CAPABILITIES, SqliteDriver


@dataclass(frozen=True)
class SqliteParameters:
    """What the driver is opened with."""

    path: Path = field(metadata={"help": "the database file, made if it is missing"})


class SqliteFactory:
    """Keeps everything in one SQLite file."""

    contract = 1
    parameters = SqliteParameters
    schemes = ("sqlite",)
    capabilities = CAPABILITIES

    def from_url(self, url: str) -> SqliteParameters:
        """Read `sqlite:///absolute/path`."""
        parts = urlsplit(url)
        if parts.netloc or not parts.path:
            raise ValueError("a URL of this driver is sqlite:///PATH")
        return SqliteParameters(path=Path(unquote(parts.path)))

    async def open(self, parameters: SqliteParameters) -> SqliteDriver:
        """Open the database."""
        return await SqliteDriver.opened(parameters.path)
