"""The edge to the client of azure-storage-blob: from here on, calls are bounded and translated."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from azure.core.pipeline.transport import AioHttpTransport
from azure.storage.blob.aio import BlobClient, ContainerClient

from storagedriver.drivers.azure.failures import is_translated, translated
from storagedriver.drivers.objectstore.bodies import Body
from storagedriver.drivers.objectstore.calls import SLOWEST, Calls

T = TypeVar("T")

CHUNK = 1 << 18
"""How many bytes are sent, or taken of an answer, in one turn of the loop."""

# A writer asks for its draft with each write: a client made for each is a tenth of what that takes.
_KEPT = 64


class Client:
    """A container. `raw` is the client that sends."""

    def __init__(self, raw: ContainerClient, calls: Calls, *, read_timeout: float) -> None:
        self.raw = raw
        self._calls = calls
        self._read_timeout = read_timeout
        self._blobs = lru_cache(_KEPT)(raw.get_blob_client)

    def blob(self, key: str) -> BlobClient:
        """Return the client of a blob, which shares the connections."""
        return self._blobs(key)

    async def call(
        self,
        doing: str,
        send: Callable[[], Awaitable[T]],
        *,
        look: Callable[[], Awaitable[T | None]] | None = None,
        size: int | None = None,
    ) -> T:
        """Await what `send` returns, and again while it may succeed; `look` as in `Retries`.

        `doing` is what an error says that is not allowed; `size` that of a body that is sent.
        """

        async def once() -> T:
            # aiohttp limits the time to wait for an answer, but not that to send what it is to.
            limit = None if size is None else self._read_timeout + size / SLOWEST
            try:
                async with asyncio.timeout(limit):
                    return await send()
            except Exception as error:
                if not is_translated(error):
                    raise
                raise translated(error, doing) from error

        return await self._calls.run(once, look=look)


class Transport(AioHttpTransport):  # type: ignore[misc]  # loaded when asked for, as Any
    """Sends large bodies in pieces, with turns of the loop between them. They share the bytes.

    `proxy` is the URL of a proxy that all is sent through.
    """

    proxy: str | None = None

    async def send(self, request: Any, **config: Any) -> Any:  # noqa: ANN401  # one of two types
        """Send a request."""
        body = request.data
        if isinstance(body, bytes) and len(body) > CHUNK:
            request.data = Body(body)
        if self.proxy is not None:
            config["proxy"] = self.proxy
        return await super().send(request, **config)


def proxy_of(url: str) -> str | None:
    """Return the URL of the proxy that the environment has for a URL, None if it has none."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)
