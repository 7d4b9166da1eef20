"""A plain HTTP client, as one that a URL is handed to has: the standard library's, in a thread."""

import asyncio
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from storagedriver_conformance.context import Context

LOCAL = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; the names of headers are in lower case."""

    status: int
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


async def fetch(
    ctx: Context, url: str, *, method: str = "GET", bytes_range: str | None = None
) -> Answer:
    """Send a request to a URL that the driver gave; an unanswered one fails the property."""
    shown = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/..."  # the rest may be a secret
    if urlsplit(url).scheme not in {"http", "https"}:
        ctx.holds(condition=False, message="the URL is none of http or https", actual=shown)
    headers = {} if bytes_range is None else {"Range": f"bytes={bytes_range}"}
    request = urllib.request.Request(url, method=method, headers=headers)  # noqa: S310 - see above
    try:
        return await asyncio.to_thread(_answer, request, ctx.target.patience)
    except (OSError, http.client.HTTPException, ValueError) as error:
        message = f"a {method} to the URL {shown} is not answered"
        ctx.holds(condition=False, message=message, actual=f"{type(error).__name__}: {error}")
        raise


def _answer(request: urllib.request.Request, patience: float) -> Answer:
    # No proxy leads to this machine itself.
    proxies: dict[str, str] | None = {} if urlsplit(request.full_url).hostname in LOCAL else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    try:
        with opener.open(request, timeout=patience) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, response.read(), headers)
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())
