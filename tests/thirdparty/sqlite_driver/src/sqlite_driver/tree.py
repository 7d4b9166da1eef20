"""Files, directories and conflicts, as the database has them. All of it blocks."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlite_driver.database import Database
from storagedriver import (
    FileInfo,
    PathConflictError,
    PathNotFoundError,
    PreconditionFailedError,
    UnfinishedInfo,
)
from storagedriver.paths import ROOT, child_of, order_key, parent_of

PAGE = 1000

# The names of children, and of the file that a child is, if it is one: what follows the directory
# and its slash, up to the next slash.
CHILDREN = """
select substr(path, ?1, instr(substr(path, ?1) || '/', '/') - 1) as name,
       max(case when instr(substr(path, ?1), '/') = 0 then path end)
from files where path > ?2 and path < ?3
group by name having name > ?4 order by name limit ?5
"""


def span(path: str) -> tuple[str, str]:
    """Return bounds of all paths below a directory: '0' follows '/'."""
    return ("/", "0") if path == ROOT else (f"{path}/", f"{path}0")


def new_id() -> str:
    """Return a name that nothing else ever had."""
    return uuid4().hex


def now() -> float:
    """Return the time in seconds."""
    return datetime.now(UTC).timestamp()


class Tree:
    """The files of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def file(self, path: str) -> tuple[FileInfo, str]:
        """Return a file's record, and the name of its body."""
        row = self.database.row(
            "select size, version, modified, body from files where path = ?", path
        )
        if row is None:
            raise PathNotFoundError(path=path)
        modified = datetime.fromtimestamp(row[2], UTC)
        return FileInfo(path=path, size=row[0], version=row[1], modified=modified), row[3]

    def has_below(self, path: str) -> bool:
        """Tell whether a path is a directory."""
        statement = "select 1 from files where path > ? and path < ? limit 1"
        return self.database.row(statement, *span(path)) is not None

    def stat(self, path: str) -> FileInfo:
        """Return the record of a file or a directory."""
        if path == ROOT or self.has_below(path):
            return FileInfo(path=path, is_dir=True)
        return self.file(path)[0]

    def content(self, path: str) -> bytes:
        """Return a whole file."""
        with self.database.transaction("deferred"):
            _, body = self.file(path)
            statement = "select piece from pieces where body = ? order by start"
            return b"".join(row[0] for row in self.database.rows(statement, body))

    def children(self, path: str, after: str) -> list[FileInfo]:
        """Return a page of a directory's children, those whose names come after `after`."""
        low, high = span(path)
        with self.database.transaction("deferred"):
            if path != ROOT and not self.has_below(path):
                raise PathNotFoundError(path=path)
            rows = self.database.rows(CHILDREN, len(low) + 1, low, high, after, PAGE)
            return [
                FileInfo(path=child_of(path, name), is_dir=True)
                if file is None
                else self.file(file)[0]
                for name, file in rows
            ]

    def check_free(self, path: str) -> None:
        """Raise `PathConflictError` if a path is a directory, or one above it a file."""
        if self.has_below(path):
            raise PathConflictError("it is a directory", path=path)
        parent = parent_of(path)
        while parent != ROOT:
            if self.database.row("select 1 from files where path = ?", parent):
                raise PathConflictError(f"{parent} is a file", path=path)
            parent = parent_of(parent)

    def put(
        self, path: str, content: bytes, if_match: str | None, *, if_none_match: bool
    ) -> FileInfo:
        """Write a whole file."""
        with self.database.transaction():
            if if_none_match and self.version(path) is not None:
                raise PreconditionFailedError("there is a file")
            if if_match is not None and self.version(path) != if_match:
                raise PreconditionFailedError("the version is another")
            body = new_id()
            self.database.add(body, 0, content)
            return self.publish(path, body)

    def version(self, path: str) -> str | None:
        """Return a file's version, if there is a file."""
        row = self.database.row("select version from files where path = ?", path)
        return row[0] if row else None

    def publish(self, path: str, body: str) -> FileInfo:
        """Make a body that of a file, within a transaction."""
        self.check_free(path)
        self.unlink(path)
        self.database.rows(
            "insert into files values (?, ?, ?, ?, ?)",
            *(path, body, self.database.size(body), new_id(), now()),
        )
        return self.file(path)[0]

    def unlink(self, path: str) -> None:
        """Remove a file, if there is one, within a transaction."""
        row = self.database.row("delete from files where path = ? returning body", path)
        if row is not None:
            self.database.drop(row[0])

    def move(self, source: str, destination: str) -> None:
        """Move a file."""
        with self.database.transaction():
            self.file(source)
            self.check_free(destination)
            self.unlink(destination)
            self.database.rows("update files set path = ? where path = ?", destination, source)

    def delete(self, path: str, if_match: str | None) -> None:
        """Delete a file or a directory, and the writers there."""
        with self.database.transaction():
            if if_match is not None and self.version(path) != if_match:
                raise PreconditionFailedError("the version is another")
            deleted = 0
            for table in ("files", "writers"):
                bodies = self.database.rows(
                    f"delete from {table} where path = ? or path > ? and path < ? returning body",
                    *(path, *span(path)),
                )
                for (body,) in bodies:
                    self.database.drop(body)
                deleted += len(bodies) if table == "files" else 0
        if not deleted:
            raise PathNotFoundError(path=path)

    def unfinished(self, path: str) -> list[UnfinishedInfo]:
        """Return the unfinished writers at and below a path."""
        with self.database.transaction("deferred"):
            rows = self.database.rows(
                "select path, body, generation, modified from writers"
                " where path = ? or path > ? and path < ?",
                *(path, *span(path)),
            )
            found = [
                UnfinishedInfo(
                    path=at,
                    size=self.database.size(body),
                    modified=datetime.fromtimestamp(modified, UTC),
                    id=generation,
                )
                for at, body, generation, modified in rows
            ]
        return sorted(found, key=lambda unfinished: order_key(unfinished.path))

    def discard(self, unfinished: UnfinishedInfo) -> None:
        """Drop a writer, unless it changed."""
        with self.database.transaction():
            row = self.database.row(
                "delete from writers where path = ? and generation = ? returning body",
                *(unfinished.path, unfinished.id),
            )
            if row is not None:
                self.database.drop(row[0])
