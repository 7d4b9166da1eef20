"""What requests did, told to whoever listens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.store import Descriptor, Digest

Action = Literal["push", "pull", "mount", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that a request did to a repository, or read from it.

    `digest`, `size` (in bytes) and `media_type` are those of the blob or manifest, as far as they
    are known: a delete tells of the digest or the tag alone. `source` is the repository that a blob
    was mounted from. `content` is a manifest's bytes, and None for all else.
    """

    action: Action
    repository: str
    digest: Digest | None = None
    size: int = 0
    media_type: str = ""
    tag: str | None = None
    source: str | None = None
    content: bytes | None = None

    @property
    def is_manifest(self) -> bool:
        """Tell whether it is about a manifest that was pushed or pulled, not about a blob."""
        return self.content is not None


class Listener(Protocol):
    """Hears of each request that did something, before it is answered, or read something."""

    @property
    def hears_pulls(self) -> bool:
        """Whether it wants to hear of pulls. Most do not, and there are many."""

    async def changed(self, exchange: Exchange, happenings: Sequence[Happening]) -> None:
        """Hear of what one request changed, in order; the storage has it already.

        The request is answered when this has returned. An error takes the answer's place.
        """

    async def pulled(self, exchange: Exchange, happening: Happening) -> None:
        """Hear of what a request was given, after it was; nothing is raised."""


class NobodyListens:
    """The listener of a registry without notifications."""

    hears_pulls = False

    async def changed(self, exchange: Exchange, happenings: Sequence[Happening]) -> None:
        """Do nothing."""

    async def pulled(self, exchange: Exchange, happening: Happening) -> None:
        """Do nothing."""


def about_blob(
    action: Action, repository: str, blob: Descriptor, *, source: str | None = None
) -> Happening:
    """Return what happened to a blob, or with it."""
    return Happening(
        action=action,
        repository=repository,
        digest=blob.digest,
        size=blob.size,
        media_type=blob.media_type,
        source=source,
    )
