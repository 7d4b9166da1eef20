"""The keys of Docker's configuration file: which are served, and how their values are read.

| key | what happens to it |
| --- | --- |
| in `SERVED` and `OPEN` | it sets a field of `Config` |
| `storage.<driver>.<parameter>` | it chooses and sets up the driver |
| in `IGNORED` | leaving it out changes nothing that a client can see: it is noted |
| in `LATER` | refused as not supported yet, unless its value asks for what happens anyway |
| any other | refused as unknown |

`IGNORED` and `LATER` stand for everything below them too.
"""

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Convert = Callable[[object], object]
Path = tuple[str, ...]

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "debug": "debug",
        "info": "info",
        "warn": "warning",
        "warning": "warning",
        "error": "error",
    }
)
TLS_VERSIONS: Mapping[str, ssl.TLSVersion] = MappingProxyType(
    {"tls1.2": ssl.TLSVersion.TLSv1_2, "tls1.3": ssl.TLSVersion.TLSv1_3}
)
TLS_CLIENTS: Mapping[str, ssl.VerifyMode] = MappingProxyType(
    {
        "require-and-verify-client-cert": ssl.CERT_REQUIRED,
        "verify-client-cert-if-given": ssl.CERT_OPTIONAL,
    }
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEXT = re.compile(r"[\x20-\x7e]*")


def wrong(value: object, expected: str) -> ValueError:
    """Make the error for a value that is not what it must be."""
    return ValueError(f"must be {expected}, not {value!r}")


def text(value: object) -> str:
    """Read a value that is text."""
    if not isinstance(value, str):
        raise wrong(value, "text")
    return value


def texts(value: object) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise wrong(value, "a list of texts")
    return tuple(value)


def file(value: object) -> str | None:
    """Read a file's name; empty for none."""
    return text(value) or None


def client_mode(value: object) -> str:
    """Read what is asked of clients' certificates."""
    if value not in TLS_CLIENTS:
        raise wrong(value, f"{' or '.join(TLS_CLIENTS)}, as the other ones verify nothing")
    return text(value)


def tls_version(value: object) -> str:
    """Read the oldest version of TLS that is spoken."""
    if value not in TLS_VERSIONS:
        raise wrong(value, " or ".join(TLS_VERSIONS))
    return text(value)


def scalar(value: object) -> str:
    """Read a single value of any type, as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError("must be a single value")  # noqa: TRY004 - as all here; a secret is not shown
    return str(value)


def switch(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise wrong(value, "true or false")
    return value


def off_switch(value: object) -> bool:
    """Read true or false, and turn it round."""
    return not switch(value)


def version(value: object) -> None:
    """Check the version of the file's format."""
    if value not in (0.1, "0.1"):
        raise wrong(value, "0.1")


def level(value: object) -> str:
    """Read a log level."""
    if not isinstance(value, str) or value.lower() not in LEVELS:
        raise wrong(value, "one of error, warn, info, debug")
    return LEVELS[value.lower()]


def duration(value: object) -> float:
    """Read a duration such as `1m30s`, in seconds."""
    whole = value if isinstance(value, str) else "0s" if value == 0 else ""
    parts = _DURATION.findall(whole)
    if not parts or "".join(number + unit for number, unit in parts) != whole:
        raise wrong(value, "a duration such as 30s or 1m30s")
    return float(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def span(value: object) -> float:
    """Read a duration that is not zero."""
    seconds = duration(value)
    if not seconds:
        raise wrong(value, "a duration above zero")
    return seconds


def address(value: object) -> tuple[str, int]:
    """Read `host:port`; the host may be empty, and an IPv6 one stands in brackets."""
    host, colon, port = (value if isinstance(value, str) else "").rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        colon = ""
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:  # noqa: PLR2004 - the last port
        raise wrong(value, "an address such as :5000 or localhost:5000")
    return host, int(port)


def origin(value: object) -> str | None:
    """Read the URL that the registry is reached at; empty for none."""
    url = text(value)
    if url and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise wrong(value, "a URL such as https://registry.example.org")
    return url.rstrip("/") or None


def header(value: object) -> tuple[str, ...]:
    """Read a response header's values: one, or a list of them."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and _TEXT.fullmatch(each) for each in values):
        raise wrong(value, "one line of plain text, or a list of them")
    return tuple(values)


def header_name(name: str) -> bool:
    """Tell whether this may name a header that an operator can add."""
    framing = ("content-length", "transfer-encoding", "connection", "content-type")
    return bool(_NAME.fullmatch(name)) and name.lower() not in framing


@dataclass(frozen=True, slots=True)
class Served:
    """The field of `Config` that a key sets (empty for none), and how its value is read."""

    field: str
    convert: Convert


SERVED: Mapping[str, Served] = MappingProxyType(
    {
        "version": Served("", version),
        "log.level": Served("level", level),
        "log.accesslog.disabled": Served("log_requests", off_switch),
        "storage.delete.enabled": Served("delete_enabled", switch),
        "storage.redirect.disable": Served("redirect", off_switch),
        "storage.maintenance.readonly.enabled": Served("read_only", switch),
        "storage.maintenance.uploadpurging.enabled": Served("purge_uploads", switch),
        "storage.maintenance.uploadpurging.age": Served("purge_age", span),
        "storage.maintenance.uploadpurging.interval": Served("purge_interval", span),
        "storage.maintenance.uploadpurging.dryrun": Served("purge_dry_run", switch),
        "http.addr": Served("address", address),
        "http.host": Served("public_url", origin),
        "http.relativeurls": Served("relative_urls", switch),
        "http.draintimeout": Served("drain_seconds", duration),
        "http.tls.certificate": Served("tls_certificate", file),
        "http.tls.key": Served("tls_key", file),
        "http.tls.clientcas": Served("tls_client_authorities", texts),
        "http.tls.clientauth": Served("tls_clients", client_mode),
        "http.tls.minimumtls": Served("tls_minimum", tls_version),
    }
)

OPEN: Mapping[str, Served] = MappingProxyType(
    {
        "log.fields": Served("log_fields", scalar),
        "http.headers": Served("headers", header),
    }
)

IGNORED: Mapping[str, str] = MappingProxyType(
    {
        "log.reportcaller": "lines name the logger instead",
        "storage.cache": "what may be cached is cached in the process",
        "storage.tag": "tags are looked up without a limit to set",
        "http.secret": "upload URLs carry no state to be signed",
        "http.http2": "HTTP/1.1 is spoken",
        "redis": "nothing is kept in Redis",
        "health.storagedriver": "each request finds out by itself whether storage answers",
        "notifications.events": "no notifications are sent",
    }
)

LATER: Mapping[str, tuple[object, ...]] = MappingProxyType(
    {
        "loglevel": (),
        "log.formatter": ("", "text"),
        "log.hooks": ([],),
        "auth": ({}, {"none": None}, {"none": {}}),
        "middleware": ({},),
        "http.net": ("", "tcp"),
        "http.prefix": ("", "/"),
        "http.tls.ciphersuites": ([],),
        "http.tls.letsencrypt": ({},),
        "http.debug": ({},),
        "http.h2c.enabled": (False,),
        "notifications.endpoints": ([],),
        "health.file": ([],),
        "health.http": ([],),
        "health.tcp": ([],),
        "catalog.maxentries": (),
        "tags.maxtags": (),
        "proxy": ({},),
        "validation.disabled": (False,),
        "validation.enabled": (True,),
        "validation.manifests": ({},),
        "policy": ({},),
        "compatibility": ({},),
    }
)

DOCKER_DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "inmemory": "memory",
        "filesystem": "filesystem",
        "s3": "s3",
        "azure": "azure",
        "gcs": "gcs",
    }
)
"""Docker's names of drivers, and ours for them."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys that may be written, with the drivers that are installed or Docker's."""

    drivers: frozenset[str]

    def is_driver(self, path: Path) -> bool:
        """Tell whether the key chooses a driver."""
        return len(path) == 2 and path[0] == "storage" and path[1] in self.drivers  # noqa: PLR2004 - storage.<driver>

    def is_leaf(self, path: Path) -> bool:
        """Tell whether the key's value is taken whole, whatever it is."""
        return ".".join(path) in _LEAVES or ".".join(path[:-1]) in OPEN or self.is_driver(path[:-1])

    def is_known(self, path: Path) -> bool:
        """Tell whether the key is a leaf, or has known keys below it."""
        return self.is_leaf(path) or path in _INNER or self.is_driver(path)

    def names(self) -> list[str]:
        """Give every known key, dotted."""
        drivers = [f"storage.{driver}" for driver in sorted(self.drivers)]
        return [*_LEAVES, *map(".".join, sorted(_INNER - {()})), *drivers]


_LEAVES = frozenset((*SERVED, *IGNORED, *LATER))
_INNER = frozenset(
    tuple(key.split(".")[:length])
    for key in (*SERVED, *IGNORED, *LATER, *(f"{key}." for key in OPEN))
    for length in range(key.count(".") + 1)
)
