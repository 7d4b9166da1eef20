"""What this process remembers of uploads: who writes to one, and the hashes of what they have.

Nothing here is needed for an upload to go on: another process, or this one after a restart, reads
the bytes once more instead.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from storagedriver.protocol import FileWriter
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import CANONICAL
from storagedriver.registry.store.errors import UploadInvalidError
from storagedriver.registry.store.hashing import RunningHash

Key = tuple[str, str]
"""A repository's name and an upload's id."""

MOST = 4096
"""How many hashes of uploads at rest are remembered, of about half a kilobyte each."""


class Sessions:
    """The uploads in work, and the hashes of those at rest."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._busy: dict[Key, FileWriter | None] = {}
        self._hashes: OrderedDict[Key, RunningHash] = OrderedDict()
        self._announced: OrderedDict[Key, str] = OrderedDict()
        self._stored: OrderedDict[Key, None] = OrderedDict()

    @contextmanager
    def occupied(self, key: Key) -> Iterator[None]:
        """Hold an upload for one request; a second one meanwhile gets `UploadInvalidError`."""
        if key in self._busy:
            raise occupied_error()
        self._busy[key] = None
        try:
            yield
        finally:
            del self._busy[key]

    def opened(self, key: Key, writer: FileWriter) -> None:
        """Note who writes to an occupied upload."""
        self._busy[key] = writer

    def open_size(self, key: Key) -> int | None:
        """Return how many bytes an upload in work has; None if it is at rest."""
        writer = self._busy.get(key)
        return None if writer is None else writer.size

    def resume(self, key: Key, size: int, algorithm: str) -> RunningHash | None:
        """Take the hash of an upload's first `size` bytes out; None where it is not known."""
        running = self._hashes.pop(key, None)
        if size == 0:
            return RunningHash(algorithm)
        if running is None or running.size != size or running.algorithm != algorithm:
            return None
        return running

    def has_some(self, key: Key) -> bool:
        """Tell whether an upload at rest had bytes when this process last wrote to it."""
        running = self._hashes.get(key)
        return running is not None and running.size > 0

    def algorithm(self, key: Key) -> str:
        """Return the algorithm that an upload's bytes are hashed by on their way."""
        return self._announced.get(key, CANONICAL)

    def announce(self, key: Key, algorithm: str) -> None:
        """Remember the algorithm that an upload's bytes are to be hashed by."""
        self._announced[key] = algorithm
        if len(self._announced) > self._most:
            self._announced.popitem(last=False)

    def keep(self, key: Key, running: RunningHash) -> None:
        """Remember the hash of all that an upload has durably; the oldest is forgotten for it."""
        self._hashes[key] = running
        if len(self._hashes) > self._most:
            self._hashes.popitem(last=False)

    def note(self, key: Key) -> None:
        """Remember that something of an upload was stored: without it, the upload is gone."""
        self._stored[key] = None
        if len(self._stored) > self._most:
            self._stored.popitem(last=False)

    def was_stored(self, key: Key) -> bool:
        """Tell whether something of an upload is known to have been stored, or it to be gone."""
        return key in self._stored

    def end(self, key: Key) -> None:
        """Drop what is known of an upload that is gone, but for that."""
        self._hashes.pop(key, None)
        self._announced.pop(key, None)
        self.note(key)

    def is_busy(self, folder: str) -> bool:
        """Tell whether a request works on the upload of this folder."""
        return any(layout.upload(*key) == folder for key in self._busy)


def occupied_error() -> UploadInvalidError:
    """Make the error for an upload that another request works on."""
    return UploadInvalidError("another request is writing to this upload")
