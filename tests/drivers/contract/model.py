"""The contract once more, as plainly as can be: dictionaries, and nothing else.

It is written from the contract's text, shares no code with any driver but the types of errors, and
sorts and searches everything anew on each question.
"""

from dataclasses import dataclass, field

from storagedriver.errors import (
    InvalidOffsetError,
    InvalidPathError,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
    WriterClosedError,
    WriterLostError,
)


@dataclass
class ModelWriter:
    """A writer. It owns its path while the model's `owners` has it there."""

    path: str
    state: str = "open"


@dataclass
class Model:
    """What a driver holds: contents and drafts by path, and who owns the drafts."""

    is_exclusive: bool
    files: dict[str, bytes] = field(default_factory=dict)
    drafts: dict[str, bytes] = field(default_factory=dict)
    owners: dict[str, ModelWriter] = field(default_factory=dict)

    def is_directory(self, path: str) -> bool:
        return path == "/" or any(file.startswith(f"{path}/") for file in self.files)

    def is_blocked(self, path: str) -> bool:
        """Tell whether an exclusive name is in the way of a file here."""
        above = any(path.startswith(f"{file}/") for file in self.files)
        return self.is_exclusive and (above or self.is_directory(path))

    def get(self, path: str) -> bytes:
        if path not in self.files:
            raise PathNotFoundError
        return self.files[path]

    def read(self, path: str, offset: int, length: int | None) -> bytes:
        content = self.get(path)
        if not 0 <= offset <= len(content):
            raise InvalidOffsetError
        return content[offset:][:length]

    def put(self, path: str, content: bytes, *, matches: bool | None, is_new: bool) -> None:
        """Put a file; `matches` tells whether a version that is given is the right one."""
        if matches is False or (matches is None and is_new and path in self.files):
            raise PreconditionFailedError
        if self.is_blocked(path):
            raise PathConflictError
        self.files[path] = content

    def stat(self, path: str) -> tuple[str, bool, int]:
        if path in self.files:
            return path, False, len(self.files[path])
        if self.is_directory(path):
            return path, True, 0
        raise PathNotFoundError

    def walk(self, path: str, start_after: str | None) -> list[tuple[str, bool, int]]:
        if not self.is_directory(path):
            raise PathNotFoundError
        prefix = "" if path == "/" else path
        found = set()
        for file in self.files:
            names = file.split("/")
            for depth in range(2, len(names) + 1):
                found.add("/".join(names[:depth]))
        after = "" if start_after is None else start_after
        return [
            self.stat(one)
            for one in sorted(found, key=lambda one: one.split("/"))
            if one.startswith(f"{prefix}/") and one.split("/") > after.split("/")
        ]

    def children(self, path: str, start_after: str | None) -> list[tuple[str, bool, int]]:
        prefix = "" if path == "/" else path
        return [
            one
            for one in self.walk(path, None)
            if "/" not in (name := one[0][len(prefix) + 1 :]) and name > (start_after or "")
        ]

    def move(self, source: str, destination: str) -> None:
        if destination.startswith(f"{source}/"):
            raise InvalidPathError
        content = self.get(source)
        if source == destination:
            return
        if self.is_blocked(destination):
            raise PathConflictError
        del self.files[source]
        self.files[destination] = content

    def delete(self, path: str, *, matches: bool | None) -> None:
        if matches is False:
            raise PreconditionFailedError
        found = path in self.files or self.is_directory(path)
        for held in (self.files, self.drafts, self.owners):
            for one in [one for one in held if one == path or one.startswith(f"{path}/")]:
                del held[one]
        if not found:
            raise PathNotFoundError

    def open(self, path: str, *, append: bool) -> ModelWriter:
        if append and path not in self.drafts:
            raise PathNotFoundError
        if not append:
            self.drafts[path] = b""
        self.owners[path] = ModelWriter(path)
        return self.owners[path]

    def write(self, writer: ModelWriter, chunk: bytes) -> None:
        self._check(writer)
        self.drafts[writer.path] += chunk

    def close(self, writer: ModelWriter) -> None:
        if writer.state == "open":
            self._check(writer)
            writer.state = "closed"

    def commit(self, writer: ModelWriter) -> None:
        self._check(writer)
        if self.is_blocked(writer.path):
            raise PathConflictError
        self.files[writer.path] = self.drafts[writer.path]
        self._drop(writer.path)
        writer.state = "committed"

    def cancel(self, writer: ModelWriter) -> None:
        if writer.state in {"open", "closed"}:
            if self.owners.get(writer.path) is writer:
                self._drop(writer.path)
            writer.state = "cancelled"

    def discard(self, path: str, owner: ModelWriter) -> None:
        if self.owners.get(path) is owner:
            self._drop(path)

    def unfinished(self, path: str) -> list[tuple[str, int, bool]]:
        """Paths and sizes in order, and whether nobody is writing there."""
        prefix = "" if path == "/" else path
        return [
            (one, len(self.drafts[one]), self.owners[one].state == "closed")
            for one in sorted(self.drafts, key=lambda one: one.split("/"))
            if one == path or one.startswith(f"{prefix}/")
        ]

    def _check(self, writer: ModelWriter) -> None:
        if writer.state != "open":
            raise WriterClosedError
        if self.owners.get(writer.path) is not writer:
            raise WriterLostError

    def _drop(self, path: str) -> None:
        del self.drafts[path], self.owners[path]
