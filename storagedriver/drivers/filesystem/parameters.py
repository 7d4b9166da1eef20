"""What the driver is opened with, under Docker's names, or by a `file:` URL."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesystemParameters:
    """Where the files are, and how many threads work on them."""

    rootdirectory: Path = field(
        default=Path("/var/lib/registry"),
        metadata={"help": "the directory that holds the files; made if missing", "secret": False},
    )
    maxthreads: int = field(
        default=100,
        metadata={"help": "how many calls work on the disk at once", "secret": False},
    )

    def __post_init__(self) -> None:
        """Raise `ValueError` for a value that cannot be used."""
        if self.maxthreads < 1:
            raise ValueError(f"maxthreads is at least 1, not {self.maxthreads}")


def from_url(url: str) -> FilesystemParameters:
    """Read `file:///srv/registry?maxthreads=8`; the directory as fsspec reads its URLs.

    Raises `ValueError` for a URL without a directory and for an unknown or wrong option.
    """
    # Here, because importing this package must not import fsspec.
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415 the reason above

    place, _, query = url.partition("?")
    if not place.partition(":")[2].strip("/") and not place.endswith("/"):
        raise ValueError("the URL names no directory")
    root = Path(LocalFileSystem._strip_protocol(place))  # noqa: SLF001 fsspec's hook for this
    options = dict(parse_qsl(query, keep_blank_values=True))
    threads = options.pop("maxthreads", None)
    if options:
        raise ValueError(f"unknown option in the URL: {', '.join(options)} (known: maxthreads)")
    if threads is None:
        return FilesystemParameters(rootdirectory=root)
    if not threads.isdecimal():
        raise ValueError(f"maxthreads is a number, not {threads!r}")
    return FilesystemParameters(rootdirectory=root, maxthreads=int(threads))
