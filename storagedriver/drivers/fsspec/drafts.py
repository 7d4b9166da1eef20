"""What unfinished writers keep: segments, and a small file that says which of them count.

    <root>/~/drafts/<path>/~/
    ├── state             who owns the path, and the segments in order with their sizes
    └── <owner>-<number>  a segment: what one writer, or several flushes of it, brought

A segment counts when `state` names it, which is written after it. `state` has an owner, and another
one with each writer that is opened: what a former owner still writes is named by nobody.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from storagedriver.drivers.fsspec.changing import Changes, Part
from storagedriver.drivers.fsspec.files import PRIVATE, Files
from storagedriver.errors import CorruptContentError, PathNotFoundError, WriterLostError
from storagedriver.paths import ROOT, child_of, name_of
from storagedriver.records import FileInfo, UnfinishedInfo

STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a draft, and how many bytes of it count."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a draft has, whose it is, and when that was written, in seconds since 1970."""

    owner: str
    segments: tuple[Segment, ...] = ()
    modified: float = field(default_factory=time.time)

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return sum(segment.size for segment in self.segments)

    def to_json(self) -> bytes:
        """Return it as it is stored."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "State":
        """Read what is stored. Raises `CorruptContentError`."""
        try:
            read = json.loads(content)
            segments = tuple(Segment(**segment) for segment in read["segments"])
            return cls(owner=read["owner"], segments=segments, modified=read["modified"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptContentError("the state of an unfinished writer is damaged") from error


class Draft:
    """An unfinished writer of a path, as its owner sees it. Everything here blocks."""

    def __init__(self, changes: Changes, path: str) -> None:
        self._changes = changes
        self._files = changes.files
        self._path = path
        self._state = State(owner=uuid4().hex)
        self._grows = False  # whether the last segment is this writer's own

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._state.size

    def start(self) -> None:
        """Begin anew, and drop what an earlier writer left."""
        with self._changes.lock:
            earlier = load(self._files, self._path)
            self._save(self._state)
            for segment in earlier.segments if earlier else ():
                self._changes.forget(self._key(segment))

    def resume(self) -> None:
        """Go on with what an earlier writer left. Raises `PathNotFoundError` where none did."""
        with self._changes.lock:
            earlier = load(self._files, self._path)
            if earlier is None:
                raise PathNotFoundError("there is no unfinished writer")
            self._save(replace(self._state, segments=earlier.segments))

    def check_owner(self) -> None:
        """Raise `WriterLostError` unless the path is still this writer's."""
        if not self.is_owned():
            raise WriterLostError

    def is_owned(self) -> bool:
        """Tell whether the path is still this writer's."""
        state = load(self._files, self._path)
        return state is not None and state.owner == self._state.owner

    def keep(self, content: bytes) -> None:
        """Add bytes, and have them count."""
        if not content:
            self.check_owner()
            return
        segments = self._state.segments
        if self._grows and self._changes.traits.appends:
            self._changes.append(self._key(segments[-1]), content)
            grown = replace(segments[-1], size=segments[-1].size + len(content))
            segments = (*segments[:-1], grown)
        else:
            name = f"{self._state.owner}-{len(segments)}"
            added = Segment(name=name, size=len(content))
            self._changes.write(self._key(added), content)
            segments = (*segments, added)
        with self._changes.lock:
            self.check_owner()
            self._save(replace(self._state, segments=segments, modified=time.time()))
        self._grows = True

    def publish(self, rest: bytes) -> FileInfo:
        """Make a file of what is kept and the last bytes."""
        parts = [Part(key=self._key(one), size=one.size) for one in self._state.segments]
        with self._changes.lock:
            self.check_owner()
            if parts:
                info = self._changes.assemble(parts, rest, self._path)
            else:
                info = self._changes.put(self._path, rest)
            drop(self._changes, self._path)
        return info

    def cancel(self) -> None:
        """Drop what is kept, unless it is another writer's."""
        with self._changes.lock:
            if self.is_owned():
                drop(self._changes, self._path)

    def _key(self, segment: Segment) -> str:
        return folder(self._files, self._path, segment.name)

    def _save(self, state: State) -> None:
        self._changes.replace(folder(self._files, self._path, STATE), state.to_json())
        self._state = state


def folder(files: Files, path: str, *names: str) -> str:
    """Return where the draft of a path is, or something in it."""
    return files.private("drafts", *path.strip("/").split("/"), PRIVATE, *names)


def load(files: Files, path: str) -> State | None:
    """Return what a path's draft has; None where there is none."""
    key = folder(files, path, STATE)
    if files.at(key) is None:
        return None
    try:
        state = State.from_json(files.fs.cat_file(key))
    except FileNotFoundError:
        return None
    return state


def drop(changes: Changes, path: str) -> None:
    """Remove a path's draft: what says that there is one first."""
    if changes.files.at(folder(changes.files, path)) is not None:
        changes.forget(folder(changes.files, path, STATE))
        changes.drop(folder(changes.files, path))


def drop_below(changes: Changes, path: str) -> None:
    """Remove the drafts at and below a path."""
    for one in list(_paths(changes.files, path)):
        drop(changes, one)


def unfinished(files: Files, path: str) -> Iterator[UnfinishedInfo]:
    """Give the drafts at and below a path, in the order of paths."""
    for one in _paths(files, path):
        state = load(files, one)
        if state is not None:
            modified = datetime.fromtimestamp(state.modified, UTC)
            yield UnfinishedInfo(path=one, size=state.size, modified=modified, id=state.owner)


def discard(changes: Changes, info: UnfinishedInfo) -> None:
    """Remove a draft if it is still the one that was listed."""
    with changes.lock:
        state = load(changes.files, info.path)
        if state is not None and state.owner == info.id:
            drop(changes, info.path)


def _paths(files: Files, path: str) -> Iterator[str]:
    names = [] if path == ROOT else path.strip("/").split("/")
    entries = files.entries(files.private("drafts", *names))
    found = {name_of(entry["name"].rstrip("/")) for entry in entries}
    if PRIVATE in found and path != ROOT:
        yield path
    for name in sorted(found - {PRIVATE}):
        yield from _paths(files, child_of(path, name))
