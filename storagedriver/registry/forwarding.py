"""The headers by which proxies tell of the requests that they were sent, the nearest proxy first.

A client can write anything there before the first proxy adds to it: it is read from its end, no
further than somebody asks, and in a time that grows as its length.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

Address = IPv4Address | IPv6Address
Headers = Iterable[tuple[bytes, bytes]]

_HOST = re.compile(r"([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_WITH_PORT = re.compile(r"(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\]):(\d{1,5})")
_PAIR = re.compile(r'\s*+(?:([A-Za-z]+)=("(?:[^"\\]|\\.)*+"|[^\s",;=]*+))?\s*+([;,]|$)')


class Hop(NamedTuple):
    """What one proxy says of the request that it was sent; None is what it does not say.

    `client` is who sent it, an address and a port (0: not told).
    """

    client: tuple[Address, int] | None = None
    scheme: str | None = None
    host: str | None = None


def x_forwarded(headers: Headers) -> Iterator[Hop]:
    """Read `X-Forwarded-For`, `-Proto` and `-Host`.

    Some proxies put their part at the end, and others replace all that was there, so that the lists
    have different lengths: their ends belong together, and what is missing is as the first of them.
    """
    headers = list(headers)
    names = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")
    clients, schemes, hosts = (",".join(_values(headers, name)).split(",") for name in names)
    for back in range(len(clients)):
        client = _client(clients[-1 - back].strip())
        yield Hop(client, _scheme(_from_end(schemes, back)), _host(_from_end(hosts, back)))


def forwarded(headers: Headers) -> Iterator[Hop]:
    """Read `Forwarded`, of RFC 7239."""
    for value in reversed(_values(headers, b"forwarded")):
        for element in reversed(_elements(value)):
            yield Hop(
                _client(element.get("for", "")),
                _scheme(element.get("proto", "")),
                _host(element.get("host", "")),
            )


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key == name]


def _from_end(parts: Sequence[str], back: int) -> str:
    return parts[-1 - min(back, len(parts) - 1)].strip()


def _elements(text: str) -> list[dict[str, str]]:
    """Read a header whole; one that is not well formed says nothing.

    Otherwise a quote that a client left open would swallow what a proxy put behind it.
    """
    elements: list[dict[str, str]] = [{}]
    position = 0
    while (match := _PAIR.match(text, position)) is not None:
        name, value, end = match.groups()
        if name is not None:
            elements[-1][name.lower()] = _unquoted(value)
        if not end:
            return elements
        if end == ",":
            elements.append({})
        position = match.end()
    return [{}]


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _client(text: str) -> tuple[Address, int] | None:
    """Read an address, with or without a port; None for `unknown` and whatever is none."""
    if "%" in text:
        return None  # a zone means something to its own host alone, and can be any text
    with_port = _WITH_PORT.fullmatch(text)
    host = (with_port[1] or with_port[2]) if with_port else text.strip("[]")
    try:
        return ip_address(host), int(with_port[3]) if with_port else 0
    except ValueError:
        return None


def _scheme(text: str) -> str | None:
    return text.lower() if text.lower() in ("http", "https") else None


def _host(text: str) -> str | None:
    return text if _HOST.fullmatch(text) else None
