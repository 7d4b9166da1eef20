"""Unfinished writers: segments, and a small file that says which of them count.

    <root>/~/drafts/<folder of the path>/
    ├── state             who owns the path, and the segments in order with their sizes
    └── <owner>-<number>  a segment: what one writer, or several flushes of it, brought

A segment counts when `state` names it, which is written after it. `state` has an owner, and another
one with each writer that is opened: what a former owner still writes is named by nobody.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

from storagedriver.drivers.fsspec.changing import Changes
from storagedriver.drivers.fsspec.draftfolders import STATE, drop, folder, is_whole, load, read
from storagedriver.drivers.fsspec.failures import VanishedError
from storagedriver.drivers.fsspec.making import Part
from storagedriver.drivers.fsspec.states import Segment, State
from storagedriver.errors import PathNotFoundError, WriterLostError
from storagedriver.records import FileInfo


class Draft:
    """An unfinished writer of a path, as its owner sees it. Everything here blocks."""

    def __init__(self, changes: Changes, path: str) -> None:
        self._changes = changes
        self._files = changes.files
        self._path = path
        self._state = State(owner=uuid4().hex)
        self._grows = False  # whether the last segment is this writer's own, and whole

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._state.size

    def start(self) -> None:
        """Begin anew, and drop what an earlier writer left."""
        with self._changes.lock:
            earlier = read(self._files, self._path)
            self._save(self._state)
            for segment in earlier.segments if earlier else ():
                self._changes.making.forget(self._key(segment))

    def resume(self) -> None:
        """Go on with what an earlier writer left. Raises `PathNotFoundError` where none did."""
        with self._changes.lock:
            earlier = load(self._files, self._path)
            if earlier is None:
                raise PathNotFoundError("there is no unfinished writer")
            self._save(replace(self._state, segments=earlier.segments))
            if not is_whole(self._files, self._path, self._state):
                # Another process has just committed it.
                drop(self._changes, self._path, owner=self._state.owner)
                raise PathNotFoundError("there is no unfinished writer any more")

    def check_owner(self) -> None:
        """Raise `WriterLostError` unless the path is still this writer's."""
        if not self.is_owned():
            raise WriterLostError

    def is_owned(self) -> bool:
        """Tell whether the path is still this writer's."""
        state = read(self._files, self._path)
        return state is not None and state.owner == self._state.owner

    def keep(self, content: bytes, *, ends: bool) -> None:
        """Add bytes, and have them count. `ends` tells that this writer adds no more for now."""
        grows = self._grows
        if not content and not (grows and ends):
            self.check_owner()
            return
        last = self._grown(content) if grows else self._added(content)
        before = self._state.segments[:-1] if grows else self._state.segments
        appends = self._changes.traits.appends and not ends
        segments = (*before, replace(last, grows=appends))
        try:
            with self._changes.lock:
                self.check_owner()
                self._save(replace(self._state, segments=segments, modified=time.time()))
        except WriterLostError:
            if not grows:  # a segment that was there before may be the new owner's by now
                self._changes.making.forget(self._key(last))
                self._changes.folders.leave(folder(self._files, self._path))
            raise
        self._grows = appends

    def _grown(self, content: bytes) -> Segment:
        """Add bytes to the last segment."""
        last = self._state.segments[-1]
        self._grows = False  # where only some of the bytes get there, no others may follow them
        with self._lost_if_not_owned():
            self._changes.making.append(self._key(last), content)
        return replace(last, size=last.size + len(content))

    def _added(self, content: bytes) -> Segment:
        """Write bytes to a new segment."""
        name = f"{self._state.owner}-{len(self._state.segments)}"
        added = Segment(name=name, size=len(content))
        with self._lost_if_not_owned():
            self._changes.making.write(self._key(added), content)
        return added

    @contextmanager
    def _lost_if_not_owned(self) -> Iterator[None]:
        """Raise `WriterLostError` where the block fails because the path is another's."""
        try:
            yield
        except Exception:
            self.check_owner()
            raise

    def publish(self, rest: bytes) -> FileInfo:
        """Make a file of what is kept and the last bytes."""
        with self._changes.lock:
            self.check_owner()
            parts = [
                Part(key=self._key(one), size=one.size, is_fixed=self._grows or not one.grows)
                for one in self._state.segments
            ]
            self._grows = False  # should it fail, the rest may be there in part
            try:
                info = self._published(parts, rest)
            except VanishedError as error:
                raise WriterLostError from error
            drop(self._changes, self._path, owner=self._state.owner)
        return info

    def _published(self, parts: list[Part], rest: bytes) -> FileInfo:
        if parts:
            return self._changes.assemble(parts, rest, self._path)
        return self._changes.put(self._path, rest)

    def cancel(self) -> None:
        """Drop what is kept, unless it is another writer's."""
        with self._changes.lock:
            if self.is_owned():
                drop(self._changes, self._path, owner=self._state.owner)

    def _key(self, segment: Segment) -> str:
        return folder(self._files, self._path, segment.name)

    def _save(self, state: State) -> None:
        self._changes.making.replace(folder(self._files, self._path, STATE), state.to_json())
        self._state = state
