"""What is answered before anybody looks at what a request asks for."""

import math
from collections.abc import Callable, Sequence

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from storagedriver.registry.api.errors import Failure, refusal
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.urls import Route, Target
from storagedriver.registry.health.checks import Health

Door = Callable[[Scope], Failure | None]
"""Gives the answer to a request that is refused, or None."""


def admitted(app: ASGIApp, doors: Sequence[Door]) -> ASGIApp:
    """Return an app that serves what each of the doors lets in; without doors, the app itself."""
    if not doors:
        return app

    async def admit(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for door in doors:
                if (failure := door(scope)) is not None:
                    await refuse(scope, receive, send, failure)
                    return
        await app(scope, receive, send)

    return admit


def healthy(health: Health) -> Door:
    """Return the door that is closed while a check fails."""

    def door(_: Scope) -> Failure | None:
        if not health.failing:
            return None
        return later(503, "UNAVAILABLE", "the registry cannot serve for now", health.retry_after)

    return door


def later(status: int, code: str, message: str, seconds: float) -> Failure:
    """Return an answer that asks the client to come back in some seconds, at least 1."""
    failure = refusal(status, code, message)
    failure.headers.append((b"retry-after", str(max(math.ceil(seconds), 1)).encode()))
    return failure


async def refuse(scope: Scope, receive: Receive, send: Send, failure: Failure) -> None:
    """Answer a request with an error."""
    exchange = Exchange(scope, receive, send, Target(Route.NOTHING), public_url=None, prefix="")
    try:
        await exchange.fail(failure)
    except ClientDisconnect:
        return
