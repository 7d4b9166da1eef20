"""The oracle: the contract over a dictionary, written apart from every driver.

It answers as a driver would, in plain data: bytes, sizes and paths, or the name of an error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

Answer = object


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The contract refuses the call, with the error of this name."""


def parts(path: str) -> tuple[str, ...]:
    """Return the names in a path: tuples of them compare as the contract orders paths."""
    return tuple(name for name in path.split("/") if name)


def within(path: str, directory: str) -> bool:
    """Tell whether `path` lies below `directory`."""
    return parts(path)[: len(parts(directory))] == parts(directory) and path != directory


@dataclass(slots=True)
class Model:
    """What a storage holds: files, and what unfinished writers have kept."""

    exclusive: bool
    files: dict[str, bytes] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)

    def answer(self, call: Callable[[], Answer]) -> Answer:
        """Return what a call answers: its value, or the name of the error that refuses it."""
        try:
            return call()
        except Refused as refusal:
            return str(refusal)

    # Changing

    def put(self, path: str, content: bytes) -> Answer:
        """Write a whole file."""
        self._must_fit(path)
        self.files[path] = content
        return len(content)

    def create(self, path: str, content: bytes) -> Answer:
        """Write a whole file where none is."""
        if path in self.files:
            raise Refused("PreconditionFailedError")
        return self.put(path, content)

    def swap(self, path: str, content: bytes) -> Answer:
        """Replace the file whose version was asked for just before."""
        if path not in self.files:
            raise Refused("PreconditionFailedError")
        return self.put(path, content)

    def write(self, path: str, content: bytes, end: str, *, append: bool) -> Answer:
        """Write through a writer that is then committed, closed or cancelled."""
        self._must_fit(path)
        if append and path not in self.kept:
            raise Refused("PathNotFoundError")
        whole = (self.kept[path] if append else b"") + content
        if end == "close":
            self.kept[path] = whole
        else:
            self.kept.pop(path, None)
        if end == "commit":
            self.files[path] = whole
        return len(whole)

    def move(self, source: str, destination: str) -> Answer:
        """Move a file."""
        if source not in self.files:
            raise Refused("PathNotFoundError")
        if source == destination:
            return None
        if within(destination, source):
            raise Refused("InvalidPathError")
        self._must_fit(destination)
        self.files[destination] = self.files.pop(source)
        return None

    def delete(self, path: str) -> Answer:
        """Delete a file, or a directory with all below it."""
        gone = [one for one in self.files if one == path or within(one, path)]
        for one in [one for one in self.kept if one == path or within(one, path)]:
            del self.kept[one]
        for one in gone:
            del self.files[one]
        if not gone:
            raise Refused("PathNotFoundError")
        return None

    # Reading

    def get(self, path: str) -> Answer:
        """Read a whole file."""
        if path not in self.files:
            raise Refused("PathNotFoundError")
        return self.files[path]

    def read(self, path: str, offset: int, length: int | None) -> Answer:
        """Read a part of a file."""
        content = self.get(path)
        assert isinstance(content, bytes)  # noqa: S101 - for the type checker
        if not 0 <= offset <= len(content):
            raise Refused("InvalidOffsetError")
        return content[offset:] if length is None else content[offset : offset + length]

    def stat(self, path: str) -> Answer:
        """Tell what is at a path."""
        if path in self.files:
            return [path, len(self.files[path]), False]
        if path == "/" or any(within(one, path) for one in self.files):
            return [path, 0, True]
        raise Refused("PathNotFoundError")

    def list(self, path: str, after: str | None) -> Answer:
        """Give the children of a directory."""
        depth = len(parts(path))
        names = {parts(one)[depth] for one in self.files if within(one, path)}
        if not names and path != "/":
            raise Refused("PathNotFoundError")
        base = "" if path == "/" else path
        return [
            self.stat(f"{base}/{name}") for name in sorted(names) if after is None or name > after
        ]

    def walk(self, path: str, after: str | None) -> Answer:
        """Give everything below a directory."""
        found = set()
        for one in self.files:
            if within(one, path):
                names = parts(one)
                found |= {
                    "/" + "/".join(names[:end])
                    for end in range(len(parts(path)) + 1, len(names) + 1)
                }
        if not found and path != "/":
            raise Refused("PathNotFoundError")
        order = sorted(found, key=parts)
        return [self.stat(one) for one in order if after is None or parts(one) > parts(after)]

    def unfinished(self, path: str) -> Answer:
        """Give what writers have kept at and below a path."""
        chosen = sorted((one for one in self.kept if one == path or within(one, path)), key=parts)
        return [[one, len(self.kept[one])] for one in chosen]

    def conflicts(self, path: str) -> bool:
        """Tell whether a file at the path would make a name both a file and a directory."""
        return self.exclusive and any(within(path, one) or within(one, path) for one in self.files)

    def _must_fit(self, path: str) -> None:
        if self.conflicts(path):
            raise Refused("PathConflictError")
