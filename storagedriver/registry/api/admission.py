"""Admission: what a request would do, and whether whoever sent it may."""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from storagedriver.registry.api.callers import Caller
from storagedriver.registry.api.errors import refusal
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.urls import Route, Target
from storagedriver.registry.auth import (
    Access,
    AccessController,
    Action,
    Lack,
    Principal,
    WrongCredentialsError,
)
from storagedriver.registry.auth.access import CATALOG, PRINCIPAL
from storagedriver.registry.store.errors import shown
from storagedriver.registry.store.names import check_repository

_PULL = {"GET": Action.PULL, "HEAD": Action.PULL}
_CONTENT = _PULL | {"PUT": Action.PUSH, "DELETE": Action.DELETE}
_ACTIONS: Mapping[Route, Mapping[str, Action]] = MappingProxyType(
    {
        Route.TAGS: _PULL,
        Route.REFERRERS: _PULL,
        Route.EXTENSIONS: _PULL,
        Route.MANIFEST: _CONTENT,
        Route.BLOB: _CONTENT,
        Route.UPLOADS: {"POST": Action.PUSH},
        # Giving an upload up is part of pushing, and looking after one too.
        Route.UPLOAD: dict.fromkeys(("GET", "HEAD", "PATCH", "PUT", "DELETE"), Action.PUSH),
    }
)

_OPEN_TO_USERS = frozenset({Target(Route.BASE), Target(Route.EXTENSIONS)})

_log = logging.getLogger(__name__)


def demanded(target: Target, method: str) -> tuple[Access, ...]:
    """Tell what a request needs to be allowed; none where it is enough to be somebody.

    Raises `NameInvalidError` for what is no repository's name, so that nobody is ever asked about
    one, and `LookupError` for an endpoint that nothing was said about here.
    """
    if target in _OPEN_TO_USERS:
        return ()
    if target.route in {Route.CATALOG, Route.SEARCH}:
        return (CATALOG,)
    check_repository(target.name)
    return (Access.to(target.name, _ACTIONS[target.route][method]),)


class Admission:
    """Lets requests through that a controller allows, and answers the others."""

    def __init__(self, controller: AccessController) -> None:
        self._controller = controller

    async def admits(self, exchange: Exchange) -> bool:
        """Tell whether a request goes on, with its `caller` known; if not, it was answered."""
        if exchange.target.route is Route.PING:
            return True  # that there is a registry is what a refusal would say too
        needed = demanded(exchange.target, exchange.method)
        try:
            principal = await self._controller.identify(exchange.scope)
        except WrongCredentialsError as error:
            _tell(exchange, error.claimed, needed, str(error))
            await self._refuse(exchange, needed, Lack.RIGHT_CREDENTIALS)
            return False
        if await self._allows(principal, needed):
            exchange.caller = Caller(self._controller, principal)
            exchange.scope[PRINCIPAL] = principal
            return True
        if principal.name is None:
            # How every client begins: that it is refused tells it what to send.
            await self._refuse(exchange, needed, Lack.CREDENTIALS)
        else:
            _tell(exchange, principal.name, needed, "they may not")
            await self._refuse(exchange, needed, Lack.RIGHTS)
        return False

    async def _allows(self, principal: Principal, needed: Sequence[Access]) -> bool:
        if not needed:
            return principal.name is not None
        for access in needed:
            if not await self._controller.allows(principal, access):
                return False
        return True

    async def _refuse(self, exchange: Exchange, needed: Sequence[Access], lack: Lack) -> None:
        challenge = self._controller.challenge(exchange.scope, needed, lack)
        detail = [_described(access) for access in needed] or None
        if challenge is None:
            message = "this is not allowed to who asks for it"
            await exchange.fail(refusal(403, "DENIED", message, detail))
        else:
            message = "authentication required"
            header = (b"www-authenticate", challenge.encode("latin-1"))
            await exchange.fail(refusal(401, "UNAUTHORIZED", message, detail), [header])


def _described(access: Access) -> dict[str, str]:
    """Describe an access as Docker's registry does, which clients' messages show."""
    return {"Type": access.kind, "Class": "", "Name": access.name, "Action": access.action}


def _tell(exchange: Exchange, name: str | None, needed: Sequence[Access], why: str) -> None:
    """Log a refusal: who asked from where, for what, and why it was refused."""
    client = exchange.scope.get("client")
    _log.warning(
        "refused to %s at %s: %s: %s",
        "somebody" if name is None else f"user '{shown(name)}'",
        client[0] if client else "an unknown address",
        " ".join(map(str, needed)) or "to log in",
        why,
    )
