"""What the store gives: all are frozen, and all sizes are in bytes."""

from dataclasses import dataclass

from storagedriver.registry.store.digests import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What content is: its digest, its size and its media type."""

    digest: Digest
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob(Descriptor):
    """A blob of a repository, found now.

    `target` is the digest that its bytes are stored under, by another algorithm where another
    registry led one to the other; None where they are not stored here.
    """

    target: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest, with the exact bytes that were pushed."""

    digest: Digest
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A manifest that was stored; `subject` is what it refers to, if anything."""

    digest: Digest
    media_type: str
    subject: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer(Descriptor):
    """A manifest that refers to another, and what it says of itself."""

    artifact_type: str | None
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrers:
    """A part of a list of referrers. What follows it comes `after` this digest, if anything."""

    items: list[Referrer]
    after: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A running upload, and how many bytes of it are there."""

    id: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a listing, and whether anything follows it.

    What follows comes after the last item, or `after` another name that was passed over.
    """

    items: list[str]
    more: bool
    after: str | None = None
