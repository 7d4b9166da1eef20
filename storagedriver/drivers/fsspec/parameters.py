"""What the driver is opened with: a URL of fsspec, and what its filesystem is made with."""

import json
from dataclasses import dataclass, field
from typing import Any

PREFIX = "fsspec+"


@dataclass(frozen=True, slots=True, kw_only=True)
class FsspecParameters:
    """Which filesystem, where in it, and how it is reached."""

    url: str = field(metadata={"help": "a URL of fsspec, as sftp://host/srv/registry"})
    options: str = field(
        default="{}",
        metadata={
            "help": "what the filesystem is made with, as a JSON object: passwords, ports, ...",
            "secret": True,
        },
    )

    def __post_init__(self) -> None:
        """Raise `ValueError` for a value that cannot be used."""
        if "://" not in self.url:
            raise ValueError("url is a URL of fsspec, as sftp://host/srv/registry")
        self.arguments()

    def arguments(self) -> dict[str, Any]:
        """Return the options as a dictionary."""
        try:
            read = json.loads(self.options)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            raise ValueError("options is a JSON object")  # noqa: TRY004 # a text of the wrong form
        return read


def from_url(url: str) -> FsspecParameters:
    """Take any URL of fsspec, which `fsspec+` may lead."""
    return FsspecParameters(url=url.removeprefix(PREFIX))
