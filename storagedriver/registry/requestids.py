"""Request ids: by them a request is found again in the logs of all that it went through."""

import random
import re
from collections.abc import Iterable
from contextvars import ContextVar, Token
from types import TracebackType

HEADER = b"x-request-id"

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,128}")

# A context variable has to be a module's: each task and thread that works for a request finds its
# own value in it.
_CURRENT: ContextVar[str | None] = ContextVar("storagedriver.registry.request_id", default=None)


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id that a request brings, or a new one if it has none that is fit for a log.

    It is 1 to 128 letters, digits, dots, dashes and underscores.
    """
    for name, value in headers:
        if name == HEADER and _SANE.fullmatch(value):
            return value.decode()
    return f"{random.getrandbits(128):032x}"  # no secret, so that the kernel need not be asked


def current() -> str | None:
    """Return the id of the request that this task works for, or None."""
    return _CURRENT.get()


class Serving:
    """A block in which this is the id of what is done."""

    __slots__ = ("_identifier", "_token")

    _token: Token[str | None]

    def __init__(self, identifier: str) -> None:
        self._identifier = identifier

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._identifier)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _CURRENT.reset(self._token)
