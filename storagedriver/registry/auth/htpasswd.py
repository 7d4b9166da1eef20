"""Users with passwords in a file, and what each may do."""

import time
from collections.abc import Callable, Sequence
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
    WrongCredentialsError,
)
from storagedriver.registry.auth.credentials import given, user_and_password
from storagedriver.registry.auth.passwordfile import PasswordFile
from storagedriver.registry.auth.passwords import Passwords
from storagedriver.registry.auth.rules import EVERYBODY, matcher
from storagedriver.registry.auth.settings import Htpasswd


class HtpasswdController:
    """Asks for a user and a password, and allows what the settings say.

    Raises `ConfigError` for a file that cannot be used, `ValueError` for a wrong glob.
    """

    def __init__(self, settings: Htpasswd, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._realm = settings.realm
        self._passwords = Passwords(PasswordFile(settings.path), clock=clock)
        self._is_open = matcher(settings.anonymous)
        self._has_open = bool(settings.anonymous)
        self._rules = None
        if settings.rules is not None:
            self._rules = [(rule, matcher(rule.repositories)) for rule in settings.rules]

    async def identify(self, scope: Scope) -> Principal:
        """Tell whose user and password a request has."""
        header = given(scope)
        if header is None:
            return NOBODY
        if header.scheme != "basic":
            raise WrongCredentialsError(f"this takes Basic, and not {header.scheme[:20]!r}")
        claimed = user_and_password(header.value)
        if not claimed.user and not claimed.password:
            # podman and skopeo send this where they have no password, once they were asked for one.
            return NOBODY
        if not await self._passwords.are_right(claimed):
            raise WrongCredentialsError("wrong user or password", claimed=claimed.user)
        return Principal(name=claimed.user)

    async def allows(self, principal: Principal, access: Access) -> bool:
        """Tell whether a rule allows it; all is allowed to users where there are no rules."""
        if access == CATALOG:
            return principal.name is not None or self._has_open
        if access.action == Action.PULL and self._is_open(access.name):
            return True
        if principal.name is None:
            return False
        if self._rules is None:
            return True
        return any(
            access.action in rule.actions
            and (principal.name in rule.users or EVERYBODY in rule.users)
            and matches(access.name)
            for rule, matches in self._rules
        )

    async def shows(self, principal: Principal, name: str) -> bool:
        """Tell whether somebody may pull from a repository."""
        return await self.allows(principal, Access.to(name, Action.PULL))

    def challenge(self, scope: Scope, needed: Sequence[Access], lack: Lack) -> str | None:  # noqa: ARG002 - each is asked the same
        """Ask for a user and a password, unless they were right."""
        return None if lack is Lack.RIGHTS else f'Basic realm="{self._realm}"'

    async def aclose(self) -> None:
        """End the threads; as an async context manager it does so by itself."""
        await self._passwords.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
