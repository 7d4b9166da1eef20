"""What operators and their machines ask for, on a listener of its own."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from storagedriver.registry.api.errors import JSON, Headers
from storagedriver.registry.health.checks import Health

LIVE = "/livez"
READY = "/readyz"
HEALTH = "/debug/health"

Answer = tuple[int, Headers, bytes]
"""A status, headers and a body."""

Page = Callable[[], Answer]

_READS = ("GET", "HEAD")


def debug_app(
    health: Health, *, is_serving: Callable[[], bool], pages: Mapping[str, Page] | None = None
) -> ASGIApp:
    """Return an app with `/livez`, `/readyz` and `/debug/health`, and further pages by their path.

    Each of the three answers with a JSON object that has the reason of each check that fails, by
    its name: status 503 if there is one, else 200.

    * `/livez`: the process answers. Nothing fails there, so that nobody restarts a registry because
      its storage is down.
    * `/readyz`: requests are served: no check fails, and the registry neither starts nor stops.
    * `/debug/health`: the checks alone, as Docker's registry has it.
    """

    def ready() -> Mapping[str, str]:
        closed = {} if is_serving() else {"serving": "the registry starts or stops"}
        return {**health.failing, **closed}

    all_pages: dict[str, Page] = {
        LIVE: lambda: health_page({}),
        READY: lambda: health_page(ready()),
        HEALTH: lambda: health_page(health.failing),
        **(pages or {}),
    }
    return page_app({path: partial(_at_once, page) for path, page in all_pages.items()})


def page_app(pages: Mapping[str, Callable[[], Awaitable[Answer]]]) -> ASGIApp:
    """Return an app with a page at each of the paths."""

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        page = pages.get(scope["path"])
        if page is None:
            await _answer(scope, send, 404, [], b"there is nothing at this path\n")
        elif scope["method"] not in _READS:
            await _answer(scope, send, 405, [(b"allow", b"GET, HEAD")], b"it can only be read\n")
        else:
            await _answer(scope, send, *await page())

    return app


def health_page(failing: Mapping[str, str]) -> Answer:
    """Tell what fails, and why."""
    return 503 if failing else 200, [JSON], json.dumps(dict(failing)).encode() + b"\n"


async def _at_once(page: Page) -> Answer:
    return page()


async def _answer(scope: Scope, send: Send, status: int, headers: Headers, body: bytes) -> None:
    headers = [
        *headers,
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
