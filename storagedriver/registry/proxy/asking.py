"""Requests to the mirrored registry: let in where they have to be, and led where it leads."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookiejar import DefaultCookiePolicy

import httpx

from storagedriver import __version__
from storagedriver.registry.proxy.access import Access
from storagedriver.registry.proxy.answers import (
    PATIENCE,
    begun,
    check_status,
    reaching,
    strange,
)
from storagedriver.registry.proxy.errors import UpstreamError
from storagedriver.registry.proxy.settings import Proxy

MOST_CONNECTIONS = 128
MOST_REDIRECTS = 5

_TIMEOUT = httpx.Timeout(PATIENCE, connect=5)
_REFUSALS = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


class Asking:
    """A client of one registry, whose credentials no other host gets to see.

    `transport` stands in place of the network.
    """

    def __init__(
        self, settings: Proxy, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = httpx.URL(settings.url)
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=ssl.create_default_context() if transport is None else True,
            follow_redirects=False,
            timeout=_TIMEOUT,
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            headers={"user-agent": f"storagedriver/{__version__}", "accept-encoding": "identity"},
        )
        # None is taken: they would be kept for as long as whoever sends them says.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._access = Access(settings, self._client)

    @asynccontextmanager
    async def asked(
        self,
        method: str,
        name: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        follows: bool = True,
        patience: float | None = PATIENCE,
    ) -> AsyncIterator[httpx.Response]:
        """Ask for `path` of the repository `name`, and give the answer, still to be received.

        All of it has to come within `patience` seconds. Raises what `Upstream` does.
        """
        url = self._url.copy_with(path=f"{self._url.path.rstrip('/')}/v2/{name}/")
        async with (
            reaching(self._url, patience=patience),
            self._let_in(method, url.join(path), name, headers or {}) as first,
            self._led(first, method, headers or {}, follows=follows) as answer,
        ):
            yield answer

    def path_below(self, answer: httpx.Response, link: str, name: str) -> str:
        """Return what to ask for where an answer links to more of the same repository.

        Raises `UpstreamError` where it links elsewhere: that would get credentials.
        """
        start = self._url.copy_with(path=f"{self._url.path.rstrip('/')}/v2/{name}/")
        try:
            text = str(answer.url.join(link))
        except httpx.InvalidURL:
            text = ""
        if not text.startswith(str(start)):
            raise UpstreamError("the mirrored registry continues its list elsewhere")
        return text.removeprefix(str(start))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def _let_in(
        self, method: str, url: httpx.URL, name: str, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Send a request, once more if that is what it takes to be let in."""
        async with AsyncExitStack() as stack:
            known = self._access.held(name)
            answer = await self._open(stack, method, url, _with(headers, known))
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                wanted = answer.headers.get_list("www-authenticate")
                await answer.aclose()
                known = await self._access.obtained(name, wanted)
                answer = await self._open(stack, method, url, _with(headers, known))
            check_status(answer)
            yield answer

    @asynccontextmanager
    async def _led(
        self, answer: httpx.Response, method: str, headers: Mapping[str, str], *, follows: bool
    ) -> AsyncIterator[httpx.Response]:
        """Go where an answer leads, without any credentials."""
        async with AsyncExitStack() as stack:
            for _ in range(MOST_REDIRECTS if follows else 0):
                if not answer.has_redirect_location:
                    break
                await answer.aclose()
                answer = await self._open(stack, method, _target(answer), headers)
                if answer.status_code in _REFUSALS:
                    raise strange(answer)
                check_status(answer)
            yield answer

    async def _open(
        self, stack: AsyncExitStack, method: str, url: httpx.URL, headers: Mapping[str, str]
    ) -> httpx.Response:
        return await stack.enter_async_context(begun(self._client, method, url, headers))


def _with(headers: Mapping[str, str], authorization: str | None) -> Mapping[str, str]:
    return headers if authorization is None else {**headers, "authorization": authorization}


def _target(answer: httpx.Response) -> httpx.URL:
    target = answer.url.join(answer.headers["location"])
    if target.scheme not in ("https", answer.url.scheme):
        raise UpstreamError("the mirrored registry leads to a URL without TLS")
    return target
