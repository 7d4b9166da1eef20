"""What a garbage collection tells, as it goes on. All are frozen, and all sizes are in bytes."""

from dataclasses import dataclass
from enum import StrEnum

from storagedriver.registry.store.digests import Digest


class Kind(StrEnum):
    """What can be removed: bytes, a repository's manifest, or another link of a repository."""

    BLOB = "blob"
    MANIFEST = "manifest"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What lives in `done` of `total` repositories is known, in `repository` perhaps in part."""

    repository: str
    done: float
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far the sweep is, from 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is damaged, or could not be removed, and what that keeps."""

    repository: str | None
    path: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed, or in a dry run would be. `size` is that of a blob, and 0 for links."""

    kind: Kind
    path: str
    digest: Digest
    repository: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of it, told last.

    `manifests` and `live` count the manifests and all digests that live, `young` the blobs that
    only their age, or that of a link to them, keeps. In a dry run, the removed ones and
    `freed` are what would be.
    """

    repositories: int
    manifests: int
    live: int
    young: int
    removed_manifests: int
    removed_links: int
    removed_blobs: int
    freed: int
    problems: int
    is_dry: bool


Event = Marked | Looked | Problem | Removed | Summary
