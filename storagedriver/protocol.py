"""The contract: what a storage driver is, in prose and types.

A driver stores files under paths (`storagedriver.paths` has their grammar) and gives them back.
This page is all that one has to keep; `storagedriver_conformance` checks it sentence by sentence.

**Directories.** A directory exists exactly while a file lies below it, on every driver. Nobody
makes one, and nobody removes one: writing a file makes its parents exist, and deleting the last
file below a directory makes the directory not exist. A put that races with such a removal succeeds.
An empty directory that a crash, a server or somebody else left is not reported.

**A file where a directory is needed.** Where the driver declares `exclusive_names`, writing `/a/b`
while `/a` is a file, or `/a` while `/a/b` exists, raises `PathConflictError`. Where it does not,
both exist: `stat` and the parent's `list` give the file, once; `list("/a")` gives the children;
`walk` gives the file, then what is below; `delete` takes both.

**Order.** Ascending by name, component by component, by code point: `/a/x` comes before `/a-b`.

**Visibility.** What was completed is seen at once by every later call, through this instance, and
through any other over the same storage where `shared` is declared.

**Durability.** When `put_content`, `commit`, `move` or `delete` returns, what it did survives a
killed process where `durable` is declared, and a power cut where `power_safe` is.

**A crash's leavings.** An empty directory, a temporary file or a half-done move changes no answer
of any method.

**Cancelling a task.** Each file is left in the state before or after, decided when the call
returns: a worker thread is waited for, and a request already sent is awaited for a few seconds. A
cut `move` may leave both paths, equal, never neither; a cut delete of a tree leaves whole files,
and repeating it finishes. No handle, connection or temporary file is leaked.

**Errors.** All are of `storagedriver.errors`, with what a backend's library raised as `__cause__`.
A path that breaks the grammar raises `InvalidPathError` before storage is touched, on every method.
After `aclose`, every method raises `DriverClosedError`. What the driver declares as absent raises
`UnsupportedOperationError` before any I/O. Anything may raise `StorageUnavailableError`,
`StoragePermissionError`, `StorageFullError` or `StorageBackendError`, and these are not repeated
below.

A driver need not check paths, states or names by itself: `storagedriver.guard`, which `open_driver`
puts around every driver, does that, and fills in the `driver` and `path` of errors.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo

Content = bytes | bytearray | memoryview


@runtime_checkable
class Reader(Protocol):
    """An open file: what it is, and its bytes.

    `info` was learned with the same request as the bytes, so that both belong together; its size is
    the whole file's, whatever part is read.
    """

    @property
    def info(self) -> FileInfo:
        """The whole file's record."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes in pieces of the driver's choosing, none of them empty."""


@runtime_checkable
class FileWriter(Protocol):
    """A file being written. Nothing of it is visible to any reading method until `commit`.

    It is an async context manager: leaving the block without `commit`, in whatever way, closes it,
    and what was written stays for `writer(append=True)`.

    After `commit`, `cancel` or `close`, `write` and `commit` raise `WriterClosedError`. When
    another writer was opened on the path meanwhile, the next `write`, `close` or `commit` raises
    `WriterLostError` and changes nothing. A put or a move onto the path leaves the writer alive.
    """

    @property
    def size(self) -> int:
        """How many bytes were accepted so far, a resumed prefix and anything buffered included."""

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes; an empty chunk does nothing.

        The chunk is not kept after return.
        """

    async def close(self) -> None:
        """Keep what was written for `writer(append=True)`, durably, and stop.

        May be repeated; after `commit` or `cancel` it does nothing.
        """

    async def commit(self) -> FileInfo:
        """Publish everything written, at once, and return the file's record.

        Until this returns, readers see the previous file or none; after it, exactly what was
        written. The previous file is replaced.

        Raises `PathConflictError` where names are exclusive and the path is a directory by now or
        a parent a file; what was written is then kept.
        """

    async def cancel(self) -> None:
        """Drop everything written, with all that it holds in the backend.

        May be repeated. After `close` it drops what was kept; after `commit` it does nothing; when
        another writer owns the path, it leaves that one alone.
        """

    async def __aenter__(self) -> Self:
        """Return the writer itself."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the writer unless it was committed or cancelled."""


@runtime_checkable
class StorageDriver(Protocol):
    """A storage backend. The module's docstring has the rules that hold for all methods."""

    @property
    def name(self) -> str:
        """The driver's name, as errors show it."""

    @property
    def capabilities(self) -> Capabilities:
        """What this instance can do. It does not change while the driver is open."""

    async def get_content(self, path: str) -> bytes:
        """Return a whole file, as one consistent version.

        Raises `PathNotFoundError` where there is no file: nothing, a directory, or a path below a
        file.
        """

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """Write a whole file and return its record.

        Readers see the old content or the new, never part and never nothing. k concurrent puts
        leave exactly one of the k. It is durable when this returns.

        With `if_none_match`, it is created only where no file is: of k concurrent creators exactly
        one wins. With `if_match`, it replaces only a file whose version is still that one: of k
        concurrent replacers exactly one wins. The others, and a replacer of a missing file, get
        `PreconditionFailedError`. Both conditions at once are a `ValueError`.

        Raises `PathConflictError` where names are exclusive, and the path is a directory or a
        parent a file.
        """

    def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Open a file from `offset` on, for `length` bytes or to its end.

        `offset == size` yields nothing, as does `length=0`; a `length` beyond the end stops at the
        end. An open reader whose file is replaced yields the old bytes or fails, never a mixture.

        On entering the block, not later, raises `PathNotFoundError` as `get_content` does,
        `InvalidOffsetError` for an offset that is negative or beyond the size, `ValueError` for a
        negative length.
        """

    async def writer(self, path: str, *, append: bool = False) -> FileWriter:
        """Open a writer, and take the path over from any earlier one.

        Without `append`, what an earlier unfinished writer left for the path is dropped; the
        committed file stays until `commit`. With it, writing goes on where a closed writer, or one
        whose process died, stopped: `size` tells from where, and never claims a byte that is not
        there. `PathNotFoundError` if there is none.

        Raises `PathConflictError` as `put_content` does, here or at `commit`.
        """

    async def stat(self, path: str) -> FileInfo:
        """Tell what is at a path: a file or a directory.

        `stat("/")` is a directory whenever storage answers, and one cheap call. `/foo` does not
        exist because `/foobar` does. Raises `PathNotFoundError` where nothing is.
        """

    def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give the direct children of a directory, ascending by name.

        With `start_after`, a child's name that may or may not exist, only the names after it.

        At its first step, raises `PathNotFoundError` where there is no directory. `/` always is
        one.
        """

    def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """Give everything below a directory, depth first, a directory before what is in it.

        Siblings ascend by name. With `start_after`, a path below `path` that may or may not exist,
        only what comes after it in that order.

        At its first step, raises `PathNotFoundError` where there is no directory. `/` always is
        one.
        """

    async def move(self, source: str, destination: str) -> None:
        """Move one file, of any size that the backend can hold, onto another or to a new path.

        Readers of the destination see old or new. Onto itself it does nothing, if it exists.

        Raises `PathNotFoundError` where the source is no file, and leaves the destination alone;
        `InvalidPathError` when the destination lies below the source; `PathConflictError` where
        names are exclusive, and the destination is a directory or a parent of it a file.
        """

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """Delete a file, or a directory with everything below it, and their unfinished writers.

        `/foo` leaves `/foobar` and `/foo-1` alone. With `if_match`, a file goes only if its version
        is still that one; otherwise, on a missing path too, `PreconditionFailedError`.

        Raises `PathNotFoundError` where nothing is (unfinished writers are dropped even then),
        and `InvalidPathError` for the root.
        """

    def unfinished(self, path: str = "/") -> AsyncIterator[UnfinishedInfo]:
        """Give the unfinished writers at and below a path, in the order of paths. Reads only.

        One that is being written to right now may be given too. Where there are none, it gives
        none.
        """

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop an unfinished writer, with all that it holds in the backend.

        Does nothing if it was resumed, replaced, committed or dropped since it was listed.
        """

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """Return a URL that `method` can be sent to, `Range` included, for `expires_in` seconds.

        A range that counts from the end may be answered with the whole file. None where the driver
        has no such URLs, or none for this method.
        """

    async def aclose(self) -> None:
        """Close connections, handles and threads. May be repeated. Open writers stay resumable."""
