"""Tokens: JSON Web Tokens that an authority signs, which say what their bearer may do."""

import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from storagedriver.registry.auth.access import NOBODY, Access, Principal, WrongCredentialsError
from storagedriver.registry.auth.settings import Token
from storagedriver.registry.auth.trustedkeys import TrustedKeys

LEEWAY = 60
"""How many seconds clocks may differ."""

REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 1000

_BROKEN = (ValueError, TypeError, LookupError, OverflowError, RecursionError, UnsupportedAlgorithm)

_REASONS: Mapping[type, str] = MappingProxyType(
    {
        jwt.ExpiredSignatureError: "it has expired",
        jwt.ImmatureSignatureError: "it is not valid yet",
        jwt.InvalidAlgorithmError: "its algorithm is not allowed",
        jwt.InvalidAudienceError: "it is for another service",
        jwt.InvalidIssuerError: "it is of another issuer",
        jwt.InvalidSignatureError: "its signature is wrong",
        jwt.MissingRequiredClaimError: "a claim is missing",
    }
)


class Tokens:
    """Verifies tokens, as the settings say; one that was right is remembered for a minute."""

    def __init__(
        self, settings: Token, keys: TrustedKeys, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._clock = clock
        self._remembered: dict[bytes, tuple[Principal, float]] = {}

    def bearer(self, token: str) -> Principal:
        """Tell who has a token, and what it grants.

        Raises `WrongCredentialsError`, which shows nothing of it, unless all of it is right.
        """
        digest = sha256(token.encode()).digest()
        principal, until = self._remembered.get(digest, (NOBODY, 0.0))
        if self._clock() < until:
            return principal
        try:
            claims = self._verified(token)
            grants = frozenset(_grants(claims.get("access")))
            until = min(self._clock() + REMEMBERED_SECONDS, float(claims["exp"]) + LEEWAY)
        except (jwt.PyJWTError, *_BROKEN) as error:
            reason = _REASONS.get(type(error), "it is broken")
            raise WrongCredentialsError(f"the token is refused: {reason}") from error
        principal = Principal(name=str(claims.get("sub") or ""), grants=grants)
        self._remember(digest, principal, until)
        return principal

    def _remember(self, digest: bytes, principal: Principal, until: float) -> None:
        self._remembered.pop(digest, None)
        self._remembered[digest] = principal, until
        while len(self._remembered) > MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def _verified(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        # Before any key is looked at: "none" and those with a secret are never among these.
        if algorithm not in self._settings.signingalgorithms:
            raise jwt.InvalidAlgorithmError("the algorithm is not allowed")
        try:
            key = self._keys.chosen(header)
        except ValueError as error:
            raise WrongCredentialsError(f"the token is refused: {error}") from error
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._settings.service,
            issuer=self._settings.issuer,
            leeway=LEEWAY,
            options={
                "require": ["exp", "iss", "aud"],
                "verify_iat": False,
                "verify_jti": False,
            },
        )
        return claims


def _grants(access: object) -> Iterator[Access]:
    """Read the claim `access`: a list of `{type, name, actions}`."""
    if access is None:
        return
    if not isinstance(access, list):
        raise ValueError("access is no list")  # noqa: TRY004 - one error for all of it
    for each in access:
        kind, name, actions = each["type"], each["name"], each["actions"] or []
        if not isinstance(actions, list) or not all(
            isinstance(text, str) for text in (kind, name, *actions)
        ):
            raise ValueError("access has what is no text")
        for action in actions:
            yield Access(kind, name, action)
