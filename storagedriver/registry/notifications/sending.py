"""One request to an endpoint."""

import asyncio

import httpx

from storagedriver import __version__
from storagedriver.registry.configuration.events import Endpoint
from storagedriver.registry.notifications.delivery import Outcome
from storagedriver.registry.notifications.envelope import headers

_LONGEST_ANSWER = 2**16


def open_client() -> httpx.AsyncClient:
    """Return a client that verifies certificates and follows no redirects."""
    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=None,  # noqa: S113 - each request has a limit for the whole of it
        headers={"User-Agent": f"storagedriver/{__version__}"},
    )


async def post(client: httpx.AsyncClient, endpoint: Endpoint, body: bytes) -> Outcome:
    """Send an envelope to an endpoint, within its time-out."""
    sent = headers(body, more=endpoint.headers, secret=endpoint.secret)
    try:
        async with (
            asyncio.timeout(endpoint.timeout),
            client.stream("POST", endpoint.url, content=body, headers=sent) as answer,
        ):
            size = 0
            # A connection whose answer was read to its end is used again.
            async for chunk in answer.aiter_raw():
                size += len(chunk)
                if size > _LONGEST_ANSWER:
                    break
            return Outcome(answer.status_code)
    except TimeoutError:
        return Outcome(None, f"it does not answer within {endpoint.timeout:g} s")
    except httpx.ConnectError as error:
        return Outcome(None, f"it cannot be reached: {error}")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
        # The last one for a redirect to no host at all: the client reads it, though it stays here.
        # Not its text: it may show the URL or a header, which may be secrets.
        return Outcome(None, f"it cannot be asked ({type(error).__name__})")
    finally:
        client.cookies.clear()  # they would be kept for ever
