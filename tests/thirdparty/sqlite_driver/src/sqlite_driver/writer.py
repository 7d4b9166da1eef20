"""A writer: its bytes are pieces of a body that no file has yet."""

from types import TracebackType
from typing import Self

from sqlite_driver.tree import Tree, new_id, now
from storagedriver import FileInfo, PathNotFoundError, WriterLostError
from storagedriver.aio import Threads
from storagedriver.protocol import Content


class SqliteWriter:
    """A file being written; `size` is the bytes accepted so far.

    What runs in the thread also changes the state, so that both agree when the caller is cancelled.
    """

    def __init__(self, tree: Tree, threads: Threads, path: str) -> None:
        self._tree = tree
        self._database = tree.database
        self._threads = threads
        self._path = path
        self._generation = new_id()
        self._body = ""
        self.size = 0
        self._is_done = False

    @classmethod
    async def opened(cls, tree: Tree, threads: Threads, path: str, *, append: bool) -> Self:
        """Take the path over."""
        writer = cls(tree, threads, path)
        await threads.run(writer._open, append=append)
        return writer

    def _open(self, *, append: bool) -> None:
        with self._database.transaction():
            row = self._database.row("select body from writers where path = ?", self._path)
            if append:
                if row is None:
                    raise PathNotFoundError("there is no unfinished writer")
                self._body = row[0]
                self.size = self._database.size(self._body)
            else:
                if row is not None:
                    self._database.drop(row[0])
                self._tree.check_free(self._path)
                self._body = new_id()
            self._database.rows(
                "insert or replace into writers values (?, ?, ?, ?)",
                *(self._path, self._body, self._generation, now()),
            )

    async def write(self, chunk: Content) -> None:
        """Accept the next bytes: they are in the database when this returns."""
        await self._threads.run(self._write, chunk)

    def _write(self, chunk: Content) -> None:
        with self._database.transaction():
            self._check_owner()
            self._database.add(self._body, self.size, chunk)
        self.size += len(chunk)

    def _check_owner(self) -> None:
        """Note the time, and raise `WriterLostError` if the path is another's, in a transaction."""
        row = self._database.row(
            "update writers set modified = ? where path = ? and generation = ? returning 1",
            *(now(), self._path, self._generation),
        )
        if row is None:
            raise WriterLostError

    async def close(self) -> None:
        """Keep what was written."""
        if not self._is_done:
            await self._threads.run(self._close)

    def _close(self) -> None:
        with self._database.transaction():
            self._check_owner()
        self._is_done = True

    async def commit(self) -> FileInfo:
        """Publish what was written."""
        return await self._threads.run(self._commit)

    def _commit(self) -> FileInfo:
        with self._database.transaction():
            self._check_owner()
            info = self._tree.publish(self._path, self._body)
            self._database.rows("delete from writers where path = ?", self._path)
        self._is_done = True
        return info

    async def cancel(self) -> None:
        """Drop what was written."""
        await self._threads.run(self._cancel)

    def _cancel(self) -> None:
        with self._database.transaction():
            row = self._database.row(
                "delete from writers where path = ? and generation = ? returning body",
                *(self._path, self._generation),
            )
            if row is not None:
                self._database.drop(row[0])
        self._is_done = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
