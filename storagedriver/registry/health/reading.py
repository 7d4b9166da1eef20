"""How the checks of Docker's configuration are read, and written again."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from storagedriver.durations import written_duration
from storagedriver.registry.configuration import values
from storagedriver.registry.configuration.values import HIDDEN, Convert
from storagedriver.registry.health.settings import AddressCheck, FileCheck, UrlCheck
from storagedriver.registry.listening import authority

_URL = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?")


def count(value: object) -> int:
    """Read how many failures in a row count; 0 is Docker's way to say that the first one does."""
    if type(value) is not int or value < 0:
        raise values.wrong(value, "a whole number")
    return max(value, 1)


def files(value: object) -> tuple[FileCheck, ...]:
    """Read the list of files."""
    keys = {"file": ("path", values.text), "interval": ("interval", values.span)}
    return tuple(FileCheck(**fields) for fields in _entries(value, keys, "file"))


def urls(value: object) -> tuple[UrlCheck, ...]:
    """Read the list of URLs. What is wrong is told without the headers, which may be secret."""
    keys = {
        "uri": ("url", _url),
        "statuscode": ("status", _status),
        "headers": ("headers", _headers),
        **_COMMON,
    }
    return tuple(UrlCheck(**fields) for fields in _entries(value, keys, "uri"))


def addresses(value: object) -> tuple[AddressCheck, ...]:
    """Read the list of addresses."""
    found = []
    for fields in _entries(value, {"addr": ("address", values.address), **_COMMON}, "addr"):
        host, port = fields.pop("address")
        found.append(AddressCheck(host=host or "localhost", port=port, **fields))
    return tuple(found)


def written_files(checks: tuple[FileCheck, ...]) -> object:
    """Undo `files`."""
    return [{"file": one.path, "interval": written_duration(one.interval)} for one in checks]


def written_urls(checks: tuple[UrlCheck, ...]) -> object:
    """Undo `urls`, but for the values of headers, which are hidden."""
    return [
        {
            "uri": one.url,
            "statuscode": one.status,
            "headers": {name: [HIDDEN] for name, _ in one.headers},
            **_common(one),
        }
        for one in checks
    ]


def written_addresses(checks: tuple[AddressCheck, ...]) -> object:
    """Undo `addresses`."""
    return [{"addr": authority(one.host, one.port), **_common(one)} for one in checks]


def _common(check: UrlCheck | AddressCheck) -> dict[str, object]:
    return {
        "timeout": written_duration(check.timeout),
        "interval": written_duration(check.interval),
        "threshold": check.threshold,
    }


def _entries(
    value: object, keys: Mapping[str, tuple[str, Convert]], needed: str
) -> list[dict[str, Any]]:
    """Read a list of mappings; `keys` has each key's field, and how its value is read."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"must be a list of mappings, each with {needed!r}")
    found = []
    for entry in value:
        if unknown := [key for key in entry if key not in keys]:
            raise ValueError(f"has no key {unknown[0]!r}: there are {', '.join(keys)}")
        if entry.get(needed) is None:
            raise ValueError(f"must have {needed!r} in each entry")
        given = {key: one for key, one in entry.items() if one is not None}
        found.append({keys[key][0]: _read(key, one, keys[key][1]) for key, one in given.items()})
    return found


def _read(key: str, value: object, convert: Convert) -> object:
    try:
        return convert(value)
    except ValueError as error:
        raise ValueError(f"{key} {error}") from None


def _url(value: object) -> str:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise ValueError("must be a URL such as http://127.0.0.1:8080/ok, without a password")
    return value


def _status(value: object) -> int:
    if type(value) is not int or not 100 <= value <= 599:  # noqa: PLR2004 - all statuses of HTTP
        raise values.wrong(value, "a status such as 200")
    return value


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError("must be a mapping of names to values")  # noqa: TRY004 - as all here
    try:
        return tuple((name, each) for name in value for each in values.header(value[name]))
    except ValueError:
        raise ValueError("must have one line of plain text, or a list of them, each") from None


_COMMON: Mapping[str, tuple[str, Convert]] = MappingProxyType(
    {
        "timeout": ("timeout", values.span),
        "interval": ("interval", values.span),
        "threshold": ("threshold", count),
    }
)
