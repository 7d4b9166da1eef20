"""Whom the registry believes what it tells of others: proxies in front, at known addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from storagedriver.registry.configuration.values import texts, wrong
from storagedriver.registry.forwarding import Address, Hop, forwarded, x_forwarded
from storagedriver.registry.requestlog import App, Receive, Scope, Send

Network = IPv4Network | IPv6Network

_READERS = {"x-forwarded": x_forwarded, "forwarded": forwarded}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """The networks whose proxies are trusted, and the header by which they tell of a client.

    `header` is `x-forwarded`, for `X-Forwarded-For`, `-Proto` and `-Host`, or `forwarded`, for that
    of RFC 7239. The other one is passed over: a proxy that does not know it hands on whatever the
    client wrote there.
    """

    networks: tuple[Network, ...] = ()
    header: str = "x-forwarded"


class TrustedProxies:
    """An app that shows another one the client behind a proxy, and the URL which that called.

    Where the connection comes from one of the networks, `client`, `scheme` and the header `Host` of
    a request become what the proxies say. The client is the nearest address that is no proxy's.
    """

    def __init__(self, app: App, settings: ProxySettings) -> None:
        self._app = app
        self._networks = settings.networks
        self._read = _READERS[settings.header]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._trusts(_peer(scope)):
            self._show(scope, self._outermost(self._read(scope["headers"])))
        await self._app(scope, receive, send)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(_unmapped(address) in each for each in self._networks)

    def _outermost(self, hops: Iterable[Hop]) -> Hop:
        """Return what the outermost of the trusted proxies says."""
        hop = Hop()
        for hop in hops:
            if hop.client is None or not self._trusts(hop.client[0]):
                break
        return hop

    def _show(self, scope: Scope, hop: Hop) -> None:
        if hop.client is not None:
            scope["client"] = str(hop.client[0]), hop.client[1]
        if hop.scheme is not None:
            scope["scheme"] = hop.scheme
        if hop.host is not None:
            others = [header for header in scope["headers"] if header[0] != b"host"]
            scope["headers"] = [(b"host", hop.host.encode()), *others]


def _peer(scope: Scope) -> Address | None:
    """Return who is at the other end of the connection."""
    client = scope.get("client")
    try:
        return ip_address(client[0].partition("%")[0]) if client else None
    except ValueError:
        return None


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def networks(value: object) -> tuple[Network, ...]:
    """Read a list of addresses and networks."""
    try:
        return tuple(ip_network(each) for each in texts(value))
    except ValueError:
        raise wrong(value, "a list of addresses and networks such as 10.0.0.0/8") from None


def header(value: object) -> str:
    """Read by which header proxies tell of clients."""
    if value not in _READERS:
        raise wrong(value, " or ".join(_READERS))
    return str(value)


def written(value: tuple[Network, ...]) -> object:
    """Undo `networks`."""
    return [str(each) for each in value]
