"""What a memory driver holds, and every change of it.

No method here waits for anything. So each is one step that no task can come between, which is what
makes conditions, moves and takings-over atomic without a lock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count

from storagedriver.drivers.memory.contents import Buffer
from storagedriver.drivers.memory.tree import Tree
from storagedriver.errors import (
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
    StorageFullError,
    WriterLostError,
)
from storagedriver.records import FileInfo, UnfinishedInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A committed file, and its record, which is made once: listings are long."""

    pieces: tuple[bytes, ...]
    info: FileInfo


@dataclass(slots=True, kw_only=True)
class Draft:
    """What an unfinished writer holds; the writer owns its path while this is what lies there."""

    id: str
    body: Buffer
    modified: datetime

    def info(self, path: str) -> UnfinishedInfo:
        """Return its record under the path where it lies."""
        return UnfinishedInfo(path=path, size=self.body.size, modified=self.modified, id=self.id)


class Store:
    """Files and drafts, and how many bytes both hold."""

    def __init__(self, *, exclusive_names: bool, max_bytes: int | None) -> None:
        self.files: Tree[File] = Tree()
        self.drafts: Tree[Draft] = Tree()
        self._exclusive_names = exclusive_names
        self._max_bytes = max_bytes
        self._used = 0
        self._numbers = count(1)

    def file(self, path: str) -> File:
        """Return the file at a path; raises `PathNotFoundError`."""
        file = self.files.get(path)
        if file is None:
            raise PathNotFoundError(path=path)
        return file

    def check_free(self, path: str) -> None:
        """Raise `PathConflictError` if names are exclusive and those there leave no file here."""
        if not self._exclusive_names:
            return
        if self.files.has_below(path):
            raise PathConflictError("this is a directory", path=path)
        if self.files.value_above(path):
            raise PathConflictError("a parent of this is a file", path=path)

    def check_version(self, path: str, expected: str) -> None:
        """Raise `PreconditionFailedError` unless there is a file of that version."""
        file = self.files.get(path)
        if file is None:
            raise PreconditionFailedError("there is no such file to match", path=path)
        if file.info.version != expected:
            raise PreconditionFailedError("the file has another version by now", path=path)

    def put(
        self, path: str, pieces: tuple[bytes, ...], *, if_match: str | None, if_none_match: bool
    ) -> FileInfo:
        """Put a file in place; raises what `put_content` does."""
        if if_match is not None:
            self.check_version(path, if_match)
        old = self.files.get(path)
        if if_none_match and old is not None:
            raise PreconditionFailedError("there is a file already", path=path)
        self.check_free(path)
        size = sum(map(len, pieces))
        self._take(size - (old.info.size if old else 0), path)
        return self._set(path, pieces, size)

    def move(self, source: str, destination: str) -> None:
        """Give a file another path; raises what `move` does."""
        file = self.file(source)
        self.check_free(destination)
        self.files.pop(source)
        replaced = self.files.get(destination)
        self.files.set(destination, replace(file, info=replace(file.info, path=destination)))
        self._used -= replaced.info.size if replaced else 0

    def detach(self, path: str) -> Iterator[None]:
        """Cut off files and drafts at and below a path, at once.

        Consuming what this returns frees them, one by one.
        """
        return self._free(self.files.detach(path), self.drafts.detach(path))

    def open(self, path: str) -> Draft:
        """Start a draft with nothing in it; one that lies there is dropped."""
        self.check_free(path)
        self._drop(path)
        return self._draft(path, Buffer())

    def resume(self, path: str) -> Draft:
        """Take over the draft that lies there; raises `PathNotFoundError`."""
        draft = self.drafts.get(path)
        if draft is None:
            raise PathNotFoundError("there is no unfinished writer", path=path)
        self.check_free(path)
        return self._draft(path, draft.body)

    def check_owner(self, path: str, draft: Draft) -> None:
        """Raise `WriterLostError` unless this draft still lies there."""
        if self.drafts.get(path) is not draft:
            raise WriterLostError("what was written was taken over or dropped", path=path)

    def extend(self, path: str, draft: Draft, pieces: Sequence[bytes]) -> None:
        """Add to a draft; raises `WriterLostError` and `StorageFullError`."""
        self.check_owner(path, draft)
        self._take(sum(map(len, pieces)), path)
        draft.body.extend(pieces)
        draft.modified = datetime.now(UTC)

    def commit(self, path: str, draft: Draft) -> FileInfo:
        """Make a draft the file; raises what `commit` does, and then keeps the draft."""
        self.check_owner(path, draft)
        self.check_free(path)
        replaced = self.files.get(path)
        self.drafts.pop(path)
        self._used -= replaced.info.size if replaced else 0
        return self._set(path, draft.body.pieces(), draft.body.size)

    def drop(self, path: str, draft_id: str) -> None:
        """Drop the draft that lies there, if it is that one."""
        draft = self.drafts.get(path)
        if draft is not None and draft.id == draft_id:
            self._drop(path)

    def _set(self, path: str, pieces: tuple[bytes, ...], size: int) -> FileInfo:
        """Put a file there whose bytes are counted already."""
        info = FileInfo(path=path, size=size, modified=datetime.now(UTC), version=self._number())
        self.files.set(path, File(pieces=pieces, info=info))
        return info

    def _draft(self, path: str, body: Buffer) -> Draft:
        """Put a new draft there, whose bytes are counted already."""
        draft = Draft(id=self._number(), body=body, modified=datetime.now(UTC))
        self.drafts.set(path, draft)
        return draft

    def _drop(self, path: str) -> None:
        """Drop whatever draft lies there."""
        draft = self.drafts.pop(path)
        self._used -= draft.body.size if draft else 0

    def _free(self, files: Iterator[File], drafts: Iterator[Draft]) -> Iterator[None]:
        """Count the bytes of what was detached as free."""
        for size in chain(
            (file.info.size for file in files), (draft.body.size for draft in drafts)
        ):
            self._used -= size
            yield

    def _number(self) -> str:
        """Return what no version and no id of this store was before."""
        return str(next(self._numbers))

    def _take(self, size: int, path: str) -> None:
        """Count so many more bytes as used, or raise `StorageFullError` and count nothing."""
        if self._max_bytes is not None and size > 0 and self._used + size > self._max_bytes:
            message = (
                f"{size} bytes more are over max_bytes, {self._used} of {self._max_bytes} used"
            )
            raise StorageFullError(message, path=path)
        self._used += size
