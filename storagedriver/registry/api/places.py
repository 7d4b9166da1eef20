"""Where the next page of the catalog begins, as a client is told and tells it again, in `last`.

It is behind a name that the page has, and the client reads that; or behind one that it may not see,
and then it is encrypted.
"""

from hashlib import blake2b
from secrets import token_hex
from typing import TYPE_CHECKING

from storagedriver.registry.store.errors import NameInvalidError
from storagedriver.registry.store.names import MAX_NAME

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_MARK = "~"
"""No name has one."""

_KEY_BYTES = 64
_SECRET_BYTES = 32


def new_secret() -> str:
    """Make a secret that nobody guesses."""
    return token_hex(_SECRET_BYTES)


class Places:
    """Writes and reads them. Registries with the same `secret` read each other's.

    Without one, each makes its own.
    """

    def __init__(self, secret: str | None) -> None:
        self._secret = secret or new_secret()

    def hidden(self, name: str) -> str:
        """Write a place behind a name of which nothing is to be told, not even how long it is."""
        sealed = self._cipher().encrypt(name.encode().ljust(MAX_NAME), None)
        return _MARK + sealed.hex()

    def read(self, text: str) -> str:
        """Return the name that a place is behind. What is no hidden one is given back as it is.

        Raises `NameInvalidError` for a hidden one that this registry cannot read.
        """
        if not text.startswith(_MARK):
            return text
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - few need it

        try:
            name = self._cipher().decrypt(bytes.fromhex(text.removeprefix(_MARK)), None)
        except (ValueError, InvalidTag) as error:
            message = "'last' does not come from this registry, or not since it started"
            raise NameInvalidError(f"{message}: begin the catalog again") from error
        return name.decode().rstrip()

    def _cipher(self) -> "AESSIV":
        """Make a cipher that needs no nonce: the same place is always written in the same way."""
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # noqa: PLC0415 - as above

        key = blake2b(self._secret.encode(), digest_size=_KEY_BYTES, person=b"catalog").digest()
        return AESSIV(key)
