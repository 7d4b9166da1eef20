"""What an object store has to offer, so that the rest of this package can work on it.

Keys are the service's, whole. Errors are the contract's; each call that can be repeated was.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from storagedriver.drivers.objectstore.bodies import Bytes
from storagedriver.errors import StorageBackendError


class UploadGoneError(StorageBackendError):
    """The upload was completed or aborted before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object in a listing. `key` is a path of its listing's own once the listing gives it."""

    key: str
    size: int
    modified: datetime
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a listing, in the service's order: objects, and what they have in common.

    `prefixes`, with their delimiter, are there only if one was asked for. `more` is what the next
    page is asked for with, None on the last.
    """

    objects: Sequence[Found]
    prefixes: Sequence[str] = field(default=())
    more: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A small object, read whole."""

    content: bytes
    version: str
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that an upload has. `tag` is what the service calls it."""

    number: int
    size: int
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload in parts. `mark` is kept with the object, so that it can be told from any other."""

    key: str
    id: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An upload in parts that was neither completed nor aborted."""

    key: str
    id: str
    begun: datetime


class ObjectService(Protocol):
    """An object store, seen through the contract's errors."""

    @property
    def has_conditional_put(self) -> bool:
        """Whether `put` checks its conditions, and one of several at once wins."""

    @property
    def has_conditional_delete(self) -> bool:
        """Whether `delete_if` does."""

    @property
    def has_start_after(self) -> bool:
        """Whether `page` begins after a key at once; else it reads what comes before."""

    @property
    def max_parts(self) -> int:
        """How many parts an upload can have; their numbers go no higher."""

    async def get(self, key: str) -> Stored:
        """Read a small object. Raises `PathNotFoundError` where there is none."""

    async def put(
        self,
        key: str,
        content: bytes,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> str:
        """Write an object, and return its version. Raises `PreconditionFailedError`."""

    async def delete(self, keys: Collection[str]) -> None:
        """Delete objects; those that are missing are no error. Fails if one stays."""

    async def delete_one(self, key: str) -> bool:
        """Delete an object; tell whether there was one."""

    async def delete_if(self, key: str, version: str) -> None:
        """Delete an object that has this version. Raises `PreconditionFailedError` else."""

    async def page(
        self,
        prefix: str,
        *,
        after: str | None = None,
        more: str | None = None,
        delimiter: str = "",
        most: int = 1000,
    ) -> Page:
        """List a page of objects whose keys begin with `prefix`: the first, or that of `more`.

        With `after`, only what follows that key in the service's order.
        """

    async def start_upload(self, key: str, mark: str) -> Upload:
        """Begin an upload in parts."""

    async def send_part(self, upload: Upload, number: int, body: Bytes) -> str:
        """Send a part, and return its tag. Raises `UploadGoneError`."""

    async def parts(self, upload: Upload) -> Sequence[Part]:
        """Return what was sent, by number. Raises `UploadGoneError`."""

    async def finish_upload(self, upload: Upload, parts: Sequence[Part]) -> str:
        """Make an object of parts, once, and return its version. Raises `UploadGoneError`.

        An answer that was lost is looked for: the object with the upload's mark is the answer.
        """

    async def abort_upload(self, key: str, id: str) -> None:  # noqa: A002  # the field's name
        """Drop an upload with its parts; one that is gone is no error."""

    async def abort_all(self, key: str) -> None:
        """Drop all uploads of exactly this key."""

    async def pending(self, prefix: str) -> Sequence[Pending]:
        """Return the uploads of all keys that begin so, in any order."""
