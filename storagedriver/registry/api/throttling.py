"""Limits for clients: how many requests one may send, and how many uploads run at once."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address

from starlette.types import Scope

from storagedriver.registry.api.doors import Door, later
from storagedriver.registry.api.errors import Failure
from storagedriver.registry.api.exchange import Endpoint, Exchange

MOST_CLIENTS = 10_000

_HOST_BITS = 64  # of an IPv6 address, which its client chooses
_RETRY_SECONDS = 5.0


class Rates:
    """How many requests each client may send: `rate` per second, and `burst` at once.

    A client is an address, or a network of IPv6 ones. At most `most` of them are remembered; who is
    forgotten begins anew. `clock` gives seconds.
    """

    def __init__(
        self,
        rate: float,
        burst: int,
        *,
        most: int = MOST_CLIENTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = 1 / rate
        self._ahead = (burst - 1) / rate
        self._most = most
        self._clock = clock
        # When each would have been served if its requests came at the rate: how far that is ahead
        # of now says how much of its burst is used up.
        self._due: OrderedDict[str, float] = OrderedDict()

    def take(self, client: str) -> float:
        """Let a request pass, and return 0; or return in how many seconds one may."""
        now = self._clock()
        due = max(self._due.get(client, now), now)
        wait = due - now - self._ahead
        if wait > 0:
            return wait
        self._due[client] = due + self._pause
        self._due.move_to_end(client)
        if len(self._due) > self._most:
            self._due.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._due)


def throttled(rates: Rates) -> Door:
    """Return the door that is closed to a client that sent too many requests."""

    def door(scope: Scope) -> Failure | None:
        wait = rates.take(_client(scope))
        return _too_many("too many requests: come back later", wait) if wait else None

    return door


def upload_limited(most: int) -> Callable[[Endpoint], Endpoint]:
    """Return what limits endpoints to so many requests at once, in all; 0 for any number.

    It is for requests that were let in: anybody else would keep those from uploading.
    """
    running = 0

    def around(endpoint: Endpoint) -> Endpoint:
        async def limited(exchange: Exchange) -> None:
            nonlocal running
            if running >= most:
                message = "too many uploads at once: come back later"
                await exchange.fail(_too_many(message, _RETRY_SECONDS))
                return
            running += 1
            try:
                await endpoint(exchange)
            finally:
                running -= 1

        return limited if most else endpoint

    return around


def _too_many(message: str, seconds: float) -> Failure:
    return later(429, "TOOMANYREQUESTS", message, seconds)


def _client(scope: Scope) -> str:
    client = scope.get("client")
    host: str = client[0] if client else ""
    return _network(host) if ":" in host else host


def _network(host: str) -> str:
    """Return the network of an IPv6 address that one client may have all of."""
    try:
        address = IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(int(address) >> _HOST_BITS)
