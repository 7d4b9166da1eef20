"""One database file, used from one thread: tables, transactions, and errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storagedriver.errors import (
    StorageBackendError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)

# A body is the bytes of a file or of an unfinished writer, cut into pieces.
TABLES = """
create table if not exists files (
    path text primary key, body text not null, size integer not null,
    version text not null, modified real not null
) without rowid;
create table if not exists writers (
    path text primary key, body text not null, generation text not null, modified real not null
) without rowid;
create table if not exists pieces (
    body text not null, start integer not null, piece blob not null,
    primary key (body, start)
);
"""
PIECE = 2**20
PATIENCE = 60  # seconds to wait for another process's transaction

ERRORS = {
    sqlite3.SQLITE_FULL: StorageFullError,
    sqlite3.SQLITE_BUSY: StorageUnavailableError,
    sqlite3.SQLITE_LOCKED: StorageUnavailableError,
    sqlite3.SQLITE_READONLY: StoragePermissionError,
    sqlite3.SQLITE_PERM: StoragePermissionError,
    sqlite3.SQLITE_AUTH: StoragePermissionError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Raise the library's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of error, the rest a detail of it.
        kind = ERRORS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, StorageBackendError)
        raise kind(str(error)) from error


class Database:
    """A connection, and what all statements share."""

    def __init__(self, path: Path) -> None:
        with translated():
            self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
            self._connection.execute("pragma synchronous = full")
            self._connection.executescript(TABLES)

    def close(self) -> None:
        """Close the connection; doing so again does nothing."""
        self._connection.close()

    @contextmanager
    def transaction(self, kind: str = "immediate") -> Iterator[None]:
        """Do all of a block or nothing of it."""
        with translated():
            self._connection.execute(f"begin {kind}")
            try:
                yield
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    def rows(self, statement: str, *values: object) -> list[tuple]:
        """Run a statement and return its rows."""
        with translated():
            return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: object) -> tuple | None:
        """Run a statement and return its first row, if it has one."""
        rows = self.rows(statement, *values)
        return rows[0] if rows else None

    def add(self, body: str, start: int, content: bytes | bytearray | memoryview) -> None:
        """Append bytes to a body, of which `start` are there."""
        view = memoryview(content)
        for at in range(0, len(view), PIECE):
            piece = view[at : at + PIECE]
            self.rows("insert into pieces values (?, ?, ?)", body, start + at, piece)

    def size(self, body: str) -> int:
        """Return how many bytes a body has."""
        last = self.row(
            "select start + length(piece) from pieces where body = ? order by start desc limit 1",
            body,
        )
        return last[0] if last else 0

    def drop(self, body: str) -> None:
        """Remove a body."""
        self.rows("delete from pieces where body = ?", body)
