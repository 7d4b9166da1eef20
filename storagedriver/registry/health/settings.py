"""What is checked, and how often. Times are in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """Fails while the file `path` exists; looked at every `interval` seconds."""

    path: str
    interval: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlCheck:
    """Fails while a `HEAD` of `url`, with `headers`, has another status than `status`.

    It may take `timeout` seconds, and is done every `interval` seconds; `threshold` failures in a
    row count.
    """

    url: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 5.0
    interval: float = 10.0
    threshold: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCheck:
    """Fails while nobody takes a connection at `host` and `port`; the rest is as in `UrlCheck`."""

    host: str
    port: int
    timeout: float = 5.0
    interval: float = 10.0
    threshold: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """What is checked: with `storage`, whether the driver answers, every `interval` seconds.

    It counts as down after `threshold` failures in a row.
    """

    storage: bool = False
    interval: float = 10.0
    threshold: int = 1
    files: tuple[FileCheck, ...] = ()
    urls: tuple[UrlCheck, ...] = ()
    addresses: tuple[AddressCheck, ...] = ()
