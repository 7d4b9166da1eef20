"""What the mirrored registry's answers mean, and what comes in place of one."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from storagedriver.aio import closing
from storagedriver.registry.proxy.errors import (
    UpstreamDeniedError,
    UpstreamError,
    UpstreamUnavailableError,
)

PATIENCE = 30.0
"""How many seconds an answer that is not a blob may take, and a piece of one that is."""

_LONGEST_WAIT = 3600
_MOST_DIGITS = 18
_FAILED = 500
_log = logging.getLogger(__name__)


@asynccontextmanager
async def reaching(url: httpx.URL, *, patience: float | None = PATIENCE) -> AsyncIterator[None]:
    """Turn what keeps an answer away into `UpstreamUnavailableError`, and log it.

    Of the URL only the host is told: what follows it may be a secret.
    """
    try:
        async with asyncio.timeout(patience):
            yield
    except (httpx.HTTPError, TimeoutError) as error:
        _log.warning("%s cannot be reached: %s", url.netloc.decode(), type(error).__name__)
        raise UpstreamUnavailableError from error


@asynccontextmanager
async def begun(
    client: httpx.AsyncClient, method: str, url: httpx.URL, headers: Mapping[str, str]
) -> AsyncIterator[httpx.Response]:
    """Send one request, and give its answer, still to be received.

    Raises `UpstreamError` for a URL that cannot be asked, or that the answer leads to: a client
    reads that, though it does not go there.
    """
    async with AsyncExitStack() as stack:
        try:
            answer = await stack.enter_async_context(client.stream(method, url, headers=headers))
        except (httpx.InvalidURL, ValueError) as error:
            _log.warning("%s leads to what is no URL", url.netloc.decode())
            raise UpstreamError("the mirrored registry leads to what is no URL") from error
        yield answer


def check_status(answer: httpx.Response) -> None:
    """Raise, and log, what an answer's status stands for: no access, or no answer at all."""
    status = answer.status_code
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        _tell(answer)
        raise UpstreamDeniedError
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= _FAILED:
        _tell(answer)
        seconds = _number(answer.headers.get("retry-after"))
        waits = None if seconds is None else min(seconds, _LONGEST_WAIT)
        raise UpstreamUnavailableError(retry_after=waits)


def strange(answer: httpx.Response) -> UpstreamError:
    """Make the error for an answer that has no meaning here, and log it."""
    _tell(answer)
    return UpstreamError(f"the mirrored registry answers with status {answer.status_code}")


def length_of(answer: httpx.Response) -> int | None:
    """Tell how many bytes an answer has, where it says so."""
    return _number(answer.headers.get("content-length"))


async def whole(answer: httpx.Response, most: int) -> bytes:
    """Receive an answer; raise `UpstreamError` where it has more than `most` bytes."""
    content = bytearray()
    async with closing(answer.aiter_raw()) as chunks:
        async for chunk in chunks:
            content += chunk
            if len(content) > most:
                raise UpstreamError(f"the mirrored registry gave more than {most} bytes")
    return bytes(content)


def _tell(answer: httpx.Response) -> None:
    _log.warning("%s answers with status %d", answer.url.netloc.decode(), answer.status_code)


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if text is not None and is_number else None
