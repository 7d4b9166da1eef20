"""How a configuration's values are read: each reader checks one, and gives what `Config` keeps.

All raise a `ValueError` that says what the value must be.
"""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from types import MappingProxyType

from storagedriver.durations import seconds_in
from storagedriver.registry.ciphersuites import ALWAYS, SUITES
from storagedriver.registry.logformats import FORMATS

Convert = Callable[[object], object]

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
HIDDEN = "***"
"""What is shown in place of a secret."""

MOST_WORKERS = 256
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


def realm(value: object) -> str:
    """Read what stands in quotes in a header."""
    if not re.fullmatch(r"[\x20\x21\x23-\x5b\x5d-\x7e]*", text(value)):
        raise wrong(value, "plain text without quotes and backslashes")
    return text(value)


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


def cipher_suites(value: object) -> tuple[str, ...]:
    """Read a list of names of cipher suites."""
    names = texts(value)
    for name in names:
        if name not in SUITES and name not in ALWAYS:
            raise wrong(name, f"of {', '.join(SUITES)}; those of TLS 1.3 are always on")
    return names


def scalar(value: object) -> str:
    """Read a single value of any type, as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError("must be a single value")  # noqa: TRY004 - as all here; a secret is not shown
    return str(value)


def secret(value: object) -> str | None:
    """Read a secret; an empty one is as good as none."""
    return scalar(value) or None


def switch(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise wrong(value, "true or false")
    return value


def off_switch(value: object) -> bool:
    """Read true or false, and turn it round."""
    return not switch(value)


def count(value: object) -> int:
    """Read a number above zero."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise wrong(value, "a whole number above zero")
    return value


def workers(value: object) -> int:
    """Read a number of processes; `auto` is as many as this one may use cores."""
    if value == "auto":
        affinity = getattr(os, "sched_getaffinity", None)
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_WORKERS:
        raise wrong(value, f"auto, or a number from 1 to {MOST_WORKERS}")
    return value


def version(value: object) -> None:
    """Check the version of the file's format."""
    if value not in (0.1, "0.1"):
        raise wrong(value, "0.1")


def level(value: object) -> str:
    """Read a log level."""
    if not isinstance(value, str) or value.lower() not in LEVELS:
        raise wrong(value, "one of error, warn, info, debug")
    return LEVELS[value.lower()]


def log_format(value: object) -> str:
    """Read how lines of the log are written; empty for text."""
    if value not in ("", *FORMATS):
        raise wrong(value, f"one of {', '.join(FORMATS)}")
    return text(value) or "text"


def duration(value: object) -> float:
    """Read a duration such as `1m30s`, in seconds."""
    whole = value if isinstance(value, str) else "0s" if value == 0 else ""
    try:
        return seconds_in(whole)
    except ValueError:
        raise wrong(value, "a duration such as 30s or 1m30s") from None


def span(value: object) -> float:
    """Read a duration that is not zero."""
    length = duration(value)
    if not length:
        raise wrong(value, "a duration above zero")
    return length


def network(value: object) -> str:
    """Read what to listen on: TCP, or a Unix socket."""
    if value not in ("", "tcp", "unix"):
        raise wrong(value, "tcp or unix")
    return text(value) or "tcp"


def unread(value: object) -> object:
    """Leave a value as it is: how it is read depends on another one."""
    return value


def socket_path(value: object) -> str:
    """Read a Unix socket's path."""
    path = text(value)
    if not path.startswith("/"):
        raise wrong(value, "the path of a socket such as /run/registry.sock, as http.net is unix")
    return path


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


def prefix(value: object) -> str:
    """Read the path that the registry is below; `/` for none. The last slash is taken off."""
    path = text(value)
    if path and not re.fullmatch(r"/([A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*", path):
        raise wrong(value, "a path such as /registry/")
    return path.rstrip("/")


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
