"""What can go wrong with the registry that is mirrored.

StoreError
└── UpstreamError                 it gave what cannot be used
    ├── UpstreamDeniedError       it refuses the mirror
    └── UpstreamUnavailableError  it does not answer, for now
        └── TooManyFetchesError   it is asked for too much, for now
"""

from typing import ClassVar

from storagedriver.registry.store.errors import StoreError


class UpstreamError(StoreError):
    """The mirrored registry gave what cannot be used."""

    code: ClassVar[str] = "UNKNOWN"


class UpstreamDeniedError(UpstreamError):
    """The mirrored registry refuses the mirror: it may have what was asked for, or not."""

    code = "DENIED"

    def __init__(self) -> None:
        super().__init__("the mirrored registry denies access, or does not know the repository")


class UpstreamUnavailableError(UpstreamError):
    """The mirrored registry does not answer for now.

    `retry_after` is the number of seconds that it asked to wait, where it said so.
    """

    code = "UNAVAILABLE"
    reason: ClassVar[str] = "the mirrored registry cannot answer for now, and this is not kept here"

    def __init__(self, *, retry_after: float | None = None) -> None:
        super().__init__(self.reason)
        self.retry_after = retry_after


class TooManyFetchesError(UpstreamUnavailableError):
    """So many blobs wait to be fetched that no more are taken."""

    reason = "too many blobs are being fetched, and this is not kept here: ask for it again later"
