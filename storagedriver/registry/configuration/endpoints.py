"""How `notifications.endpoints` is read from the configuration, and shown without secrets."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from storagedriver.durations import written_duration
from storagedriver.registry.configuration import values
from storagedriver.registry.configuration.events import Endpoint
from storagedriver.registry.configuration.values import HIDDEN

ACTIONS = ("push", "pull", "mount", "delete")
SHORTEST_LEASE = 1.0
LONGEST_LEASE = 3600.0

_URL = re.compile(r"https?://[^\s/?#]+(?:[/?][^\s#]*)?")


def read_endpoints(value: object) -> tuple[Endpoint, ...]:
    """Read `notifications.endpoints`; a `ValueError` says what is wrong in which of them."""
    if not isinstance(value, list):
        raise values.wrong(value, "a list of endpoints")
    endpoints = tuple(_read_endpoint(each, number) for number, each in enumerate(value, start=1))
    names = [endpoint.name for endpoint in endpoints]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"names {name!r} twice: what is kept for it would be mixed up")
    return endpoints


def shown_endpoints(endpoints: tuple[Endpoint, ...]) -> list[dict[str, Any]]:
    """Write endpoints as they could be read again, without secrets."""
    return [_shown(endpoint) for endpoint in endpoints]


def read_most(value: object) -> int:
    """Read how many entries are kept: at least one."""
    return _number(value, least=1)


def read_lease(value: object) -> float:
    """Read a lease: long enough to be renewed in time, and short enough to be waited for."""
    seconds = values.duration(value)
    if not SHORTEST_LEASE <= seconds <= LONGEST_LEASE:
        raise values.wrong(value, "a duration from 1s to 1h")
    return seconds


def _read_endpoint(value: object, number: int) -> Endpoint:
    if not isinstance(value, dict):
        raise ValueError(f"must be a list of endpoints, each with keys; number {number} has none")  # noqa: TRY004 - as all here
    name = value.get("name")
    if not isinstance(name, str) or not name:
        raise ValueError(f"must give each endpoint a name; number {number} has none")
    fields: dict[str, Any] = {}
    for key, each in value.items():
        if key not in _KEYS:
            known = ", ".join(_KEYS)
            raise ValueError(f"{name!r}: {key!r} is no key of an endpoint; these are: {known}")
        if each is None:
            continue
        try:
            for field_name, read in _KEYS[key](each).items():
                before = fields.get(field_name)
                fields[field_name] = before + read if isinstance(before, tuple) else read
        except ValueError as error:
            raise ValueError(f"{name!r}: {key} {error}") from None
    if "url" not in fields:
        raise ValueError(f"{name!r}: url is missing")
    if "secret" in value and "secretfile" in value:
        raise ValueError(f"{name!r}: secret and secretfile exclude each other")
    return Endpoint(**fields)


def _url(value: object) -> dict[str, Any]:
    if not isinstance(value, str) or not _is_url(value):
        # Not shown, as it may carry a password.
        raise ValueError("must be a URL such as https://example.org/events")
    return {"url": value}


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(_URL.fullmatch(text) and parts.hostname and parts.port != 0)
    except ValueError:  # of the port, or of brackets
        return False


def _headers(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be names of headers with their values")  # noqa: TRY004 - as all here
    headers: list[tuple[str, str]] = []
    for name, each in value.items():
        if not isinstance(name, str) or not values.header_name(name):
            raise ValueError(f"{name!r} is no header that can be added")
        try:
            texts = values.header(each)
        except ValueError:
            texts = (" ",)
        if any(text != text.strip() for text in texts):
            # Not shown: it may be a secret.
            raise ValueError(f"{name} must be one line of plain text, or a list of them")
        headers += [(name, text) for text in texts]
    return {"headers": tuple(headers)}


def _ignore(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or not {*value} <= {"mediatypes", "actions"}:
        raise ValueError("must have mediatypes and actions, and nothing else")
    actions = values.texts(value.get("actions") or [])
    for action in actions:
        if action not in ACTIONS:
            raise ValueError(f"has the action {action!r}; there are: {', '.join(ACTIONS)}")
    types = values.texts(value.get("mediatypes") or [])
    return {"ignored_actions": actions, "ignored_types": types}


def _secret(value: object) -> dict[str, Any]:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty")
    return {"secret": value}


def _secret_file(value: object) -> dict[str, Any]:
    path = values.text(value)
    try:
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no text"
        raise ValueError(f"{path} cannot be read: {reason}") from None
    if not secret:
        raise ValueError(f"{path} is empty")
    return {"secret": secret, "secret_file": path}


def _number(value: object, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise values.wrong(value, f"a whole number of at least {least}")
    return value


def _seconds(name: str) -> Callable[[object], dict[str, Any]]:
    """Return a reader of a duration; zero stands for the default, as in Docker's registry."""
    return lambda value: {name: seconds} if (seconds := values.duration(value)) else {}


def _threshold(value: object) -> dict[str, Any]:
    threshold = _number(value, least=0)
    return {"threshold": threshold} if threshold else {}


_KEYS: Mapping[str, Callable[[object], dict[str, Any]]] = MappingProxyType(
    {
        "name": lambda value: {"name": value},
        "disabled": lambda value: {"disabled": values.switch(value)},
        "url": _url,
        "headers": _headers,
        "timeout": _seconds("timeout"),
        "threshold": _threshold,
        "backoff": _seconds("backoff"),
        "ignoredmediatypes": lambda value: {"ignored_types": values.texts(value)},
        "ignore": _ignore,
        "secret": _secret,
        "secretfile": _secret_file,
    }
)


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": endpoint.name,
        "disabled": endpoint.disabled,
        "url": _shown_url(endpoint.url),
        "headers": {name: [HIDDEN] for name, _ in endpoint.headers},
        "timeout": written_duration(endpoint.timeout),
        "threshold": endpoint.threshold,
        "backoff": written_duration(endpoint.backoff),
        "ignore": {
            "mediatypes": [*endpoint.ignored_types],
            "actions": [*endpoint.ignored_actions],
        },
    }
    if endpoint.secret_file is not None:
        shown["secretfile"] = endpoint.secret_file
    elif endpoint.secret is not None:
        shown["secret"] = HIDDEN
    return shown


def _shown_url(url: str) -> str:
    """Hide a URL's user and query."""
    url = re.sub(r"(://)[^/?]*@", rf"\1{HIDDEN}@", url)
    return re.sub(r"\?.+", f"?{HIDDEN}", url)
