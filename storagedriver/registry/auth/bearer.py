"""Tokens from an authorization server, which alone knows users and what they may do."""

import re
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from storagedriver.registry.auth.access import (
    CATALOG,
    NOBODY,
    Access,
    Action,
    Lack,
    Principal,
    Scope,
)
from storagedriver.registry.auth.credentials import given
from storagedriver.registry.auth.settings import Token
from storagedriver.registry.auth.tokens import Tokens
from storagedriver.registry.auth.trustedkeys import TrustedKeys

_HOST = re.compile(r"[A-Za-z0-9._\[\]:-]+")
_ERRORS = {Lack.RIGHT_CREDENTIALS: "invalid_token", Lack.RIGHTS: "insufficient_scope"}


class BearerController:
    """Sends clients to an authorization server, and allows what its tokens grant.

    Raises `ConfigError` for files that cannot be used.
    """

    def __init__(self, settings: Token) -> None:
        self._settings = settings
        self._tokens = Tokens(settings, TrustedKeys(settings))

    async def identify(self, scope: Scope) -> Principal:
        """Tell who has the token of a request. What is no token at all is nobody's."""
        header = given(scope)
        if header is None or header.scheme != "bearer" or not header.value:
            return NOBODY
        return self._tokens.bearer(header.value)

    async def allows(self, principal: Principal, access: Access) -> bool:
        """Tell whether the token grants it, by its name or with all other actions."""
        everything = Access(access.kind, access.name, Action.ALL)
        return access in principal.grants or everything in principal.grants

    async def shows(self, principal: Principal, name: str) -> bool:
        """Tell whether the token grants the whole catalog, or pulling from this repository."""
        if CATALOG in principal.grants:
            return True
        return await self.allows(principal, Access.to(name, Action.PULL))

    def challenge(self, scope: Scope, needed: Sequence[Access], lack: Lack) -> str:
        """Tell where to get a token, and for what. One more is the way to more rights too."""
        values = {"realm": self._realm(scope), "service": self._settings.service}
        if needed:
            values["scope"] = " ".join(map(_scope, needed))
        if lack in _ERRORS:
            values["error"] = _ERRORS[lack]
        return "Bearer " + ",".join(f'{name}="{value}"' for name, value in values.items())

    def _realm(self, scope: Scope) -> str:
        if not self._settings.autoredirect:
            return self._settings.realm
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1")
        if not _HOST.fullmatch(host):
            return self._settings.realm
        scheme = scheme if scheme in ("http", "https") else "https"
        return f"{scheme}://{host}{self._settings.autoredirectpath}"

    async def aclose(self) -> None:
        """Do nothing: it holds nothing that has to be closed."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


def _scope(access: Access) -> str:
    """Write what to ask for. Who pushes looks for what is there, so that is asked for with it."""
    actions = "pull,push" if access.action == Action.PUSH else access.action
    return f"{access.kind}:{access.name}:{actions}"
