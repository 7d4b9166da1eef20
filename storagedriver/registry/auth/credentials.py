"""Credentials as a request carries them."""

import base64
import binascii
from typing import NamedTuple

from storagedriver.registry.auth.access import Scope, WrongCredentialsError

MOST = 32 * 1024
"""How many characters of credentials are looked at."""

_MOST_NAME = 255


class Given(NamedTuple):
    """What the header `Authorization` says: a scheme in lower case, and what follows it."""

    scheme: str
    value: str


class UserPassword(NamedTuple):
    """Who somebody says they are, and the password as it was sent."""

    user: str
    password: bytes


def given(scope: Scope) -> Given | None:
    """Read the header `Authorization`; None where there is none, or nothing in it.

    Raises `WrongCredentialsError` for one that is too long.
    """
    for name, content in scope["headers"]:
        if name == b"authorization":
            if len(content) > MOST:
                raise WrongCredentialsError("the header Authorization is too long")
            scheme, _, value = content.decode("latin-1").strip().partition(" ")
            return Given(scheme.lower(), value.strip()) if scheme else None
    return None


def user_and_password(value: str) -> UserPassword:
    """Decode what follows the scheme `Basic`.

    Raises `WrongCredentialsError` for what cannot be a user and a password.
    """
    try:
        decoded = base64.b64decode(value, validate=True)
        user, colon, password = decoded.partition(b":")
        name = user.decode()
    except (binascii.Error, ValueError):
        raise WrongCredentialsError("the credentials are not in base64, or not UTF-8") from None
    if not colon:
        raise WrongCredentialsError("the credentials have no colon")
    if len(name) > _MOST_NAME:
        raise WrongCredentialsError("the user's name is too long")
    return UserPassword(name, password)
