"""Any storage driver as an fsspec filesystem, so that pandas, pyarrow and the like can use it.

    fs = DriverFileSystem("filesystem", rootdirectory="data")
    with fs.open("/a/b.csv", "wb") as file:
        file.write(content)

Beside what fsspec asks for, the contract's promises hold: readers see a file that is being written
only when it is closed, and then whole; a file that was replaced while it was open is not mixed.
Directories exist only while a file lies below them, so that making one does nothing.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from glob import has_magic
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fsspec.callbacks import DEFAULT_CALLBACK, Callback
from fsspec.spec import AbstractFileSystem

from storagedriver import blocking
from storagedriver.blocking import BlockingDriver
from storagedriver.errors import (
    InvalidOffsetError,
    InvalidPathError,
    PathNotFoundError,
    PreconditionFailedError,
)
from storagedriver.fsspec_files import DriverFile, draft
from storagedriver.paths import ROOT, name_of
from storagedriver.protocol import Content
from storagedriver.records import FileInfo

PIECE = 1024 * 1024
"""Bytes that are copied at once."""


class DriverFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """An fsspec filesystem over one open driver.

    `driver` is a name or a URL as `open_driver` takes it, with the driver's parameters beside it,
    or an open `BlockingDriver`, which stays its owner's. `close` closes what was opened here, as
    does the end of a `with` block, and collection.

    Errors are those of `storagedriver.errors`; fsspec's own where it names one.
    """

    protocol = "storagedriver"
    root_marker = ROOT
    cachable = False

    def __init__(self, driver: str | BlockingDriver, **parameters: Any) -> None:  # noqa: ANN401 # fsspec hands over anything
        super().__init__(use_listings_cache=False)
        stack = ExitStack()
        if isinstance(driver, str):
            self.driver = stack.enter_context(blocking.open_driver(driver, **parameters))
        else:
            self.driver = driver
        self.close = weakref.finalize(self, stack.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @classmethod
    def _strip_protocol(cls, path: str | list[str]) -> str | list[str]:
        return [_path(one) for one in path] if isinstance(path, list) else _path(path)

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """Tell what is at a path: name, size, type, and a file's version and modification."""
        return _described(self.driver.stat(_path(path)))

    def exists(self, path: str, **_: object) -> bool:
        """Tell whether a file or a directory is at a path. Raises what storage raises."""
        return self._type(path) is not None

    def isfile(self, path: str) -> bool:
        """Tell whether a file is at a path. Raises what storage raises."""
        return self._type(path) == "file"

    def isdir(self, path: str) -> bool:
        """Tell whether a directory is at a path. Raises what storage raises."""
        return self._type(path) == "directory"

    def _type(self, path: str) -> str | None:
        """Return the type of what is at a path; nothing is at one that no file can have."""
        try:
            return str(self.info(path)["type"])
        except (PathNotFoundError, InvalidPathError):
            return None

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Any]:  # noqa: FBT001, FBT002 # fsspec's signature
        """List a directory; a file lists itself."""
        path = _path(path)
        try:
            found = [_described(entry) for entry in self.driver.list(path)]
        except PathNotFoundError:
            found = [self.info(path)]
        return found if detail else [entry["name"] for entry in found]

    def find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,  # noqa: FBT001, FBT002 # fsspec's signature
        detail: bool = False,  # noqa: FBT001, FBT002 # fsspec's signature
        **_: object,
    ) -> list[str] | dict[str, Any]:
        """List all files below a path, by one walk; what is missing has none."""
        path = _path(path)
        if maxdepth is not None:
            return super().find(path, maxdepth, withdirs=withdirs, detail=detail)  # type: ignore[no-any-return] # fsspec has no types
        found = {
            entry.path: _described(entry)
            for entry in self._below(path)
            if withdirs or not entry.is_dir
        }
        return found if detail else list(found)

    def _below(self, path: str) -> Iterator[FileInfo]:
        """Give what is at a path and below it; nothing where nothing is."""
        try:
            at = self.driver.stat(path)
            if path != ROOT:
                yield at
            yield from self.driver.walk(path)
        except PathNotFoundError:
            return

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **_: object
    ) -> bytes:
        """Return a file's bytes, or those from `start` to `end`, as a slice counts them."""
        path = _path(path)
        if (start or 0) < 0 or (end or 0) < 0:
            start, end, _step = slice(start, end).indices(self.driver.stat(path).size)
        offset = start or 0
        length = None if end is None else max(0, end - offset)
        try:
            with self.driver.reader(path, offset=offset, length=length) as reader:
                return b"".join(reader)
        except InvalidOffsetError:
            return b""  # as a slice does

    def pipe_file(self, path: str, value: Content, mode: str = "overwrite", **_: object) -> None:
        """Write a whole file; with the mode `create`, only where none is."""
        path = _path(path)
        try:
            self.driver.put_content(path, value, if_none_match=mode == "create")
        except PreconditionFailedError as error:
            raise FileExistsError(path) from error

    def get_file(
        self,
        rpath: str,
        lpath: str,
        callback: Callback = DEFAULT_CALLBACK,
        outfile: Any = None,  # noqa: ANN401 # any binary file
        **_: object,
    ) -> None:
        """Copy a file to a local one, or a directory by making one."""
        rpath = _path(rpath)
        if outfile is None and self.isdir(rpath):
            Path(lpath).mkdir(parents=True, exist_ok=True)
            return
        with ExitStack() as stack:
            reader = stack.enter_context(self.driver.reader(rpath))
            callback.set_size(reader.info.size)
            if outfile is None:
                Path(lpath).parent.mkdir(parents=True, exist_ok=True)
                outfile = stack.enter_context(Path(lpath).open("wb"))
            for piece in reader:
                outfile.write(piece)
                callback.relative_update(len(piece))

    def put_file(
        self,
        lpath: str,
        rpath: str,
        callback: Callback = DEFAULT_CALLBACK,
        mode: str = "overwrite",
        **_: object,
    ) -> None:
        """Copy a local file here; a directory comes with its files."""
        rpath = _path(rpath)
        if Path(lpath).is_dir():
            return
        if mode == "create" and self.exists(rpath):
            raise FileExistsError(rpath)
        with Path(lpath).open("rb") as file, draft(self.driver, rpath) as writer:
            callback.set_size(os.fstat(file.fileno()).st_size)
            while piece := file.read(PIECE):
                writer.write(piece)
                callback.relative_update(len(piece))
            writer.commit()

    def cp_file(self, path1: str, path2: str, **_: object) -> None:
        """Copy a file; a directory comes with its files."""
        path1, path2 = _path(path1), _path(path2)
        if self.isdir(path1):
            return
        with self.driver.reader(path1) as reader, draft(self.driver, path2) as writer:
            for piece in reader:
                writer.write(piece)
            writer.commit()

    def mv(
        self,
        path1: str | list[str],
        path2: str | list[str],
        recursive: bool = False,  # noqa: FBT001, FBT002 # fsspec's signature
        maxdepth: int | None = None,
        **options: Any,  # noqa: ANN401 # fsspec hands over anything
    ) -> None:
        """Move a file as the driver does, and anything else by copying it."""
        if isinstance(path1, str) and isinstance(path2, str) and self.isfile(path1):
            source, target = _path(path1), _path(path2)
            if path2.endswith("/") or self.isdir(target):
                target = f"{target.rstrip('/')}/{name_of(source)}"
            self.driver.move(source, target)
        else:
            super().mv(path1, path2, recursive=recursive, maxdepth=maxdepth, **options)

    def rm(
        self,
        path: str | list[str],
        recursive: bool = False,  # noqa: FBT001, FBT002 # fsspec's signature
        maxdepth: int | None = None,
    ) -> None:
        """Delete files, and directories with all below them if `recursive` is said.

        Raises `ValueError` for a `maxdepth`: a directory goes as a whole.
        """
        if maxdepth is not None:
            raise ValueError("a directory is deleted as a whole: there is no maxdepth")
        for pattern in [path] if isinstance(path, str) else path:
            # No path has a character that is special in a glob.
            for one in self.expand_path(pattern) if has_magic(pattern) else [pattern]:
                if recursive:
                    self.driver.delete(_path(one))
                else:
                    self.rm_file(one)

    def rm_file(self, path: str) -> None:
        """Delete a file."""
        path = _path(path)
        if self.driver.stat(path).is_dir:
            raise IsADirectoryError(path)
        self.driver.delete(path)

    _rm = rm_file

    def touch(self, path: str, truncate: bool = True, **_: object) -> None:  # noqa: FBT001, FBT002 # fsspec's signature
        """Make an empty file; without `truncate`, only where none is."""
        if truncate or not self.exists(path):
            self.pipe_file(path, b"")

    def modified(self, path: str) -> datetime:
        """Return when a file was last written, in UTC. Raises `FileNotFoundError` for others."""
        found: datetime | None = self.info(path).get("modified")
        if found is None:
            raise FileNotFoundError(path)
        return found

    def ukey(self, path: str) -> str:
        """Return the file's version, which differs whenever its bytes differ."""
        return str(self.info(path).get("version"))

    checksum = ukey

    def sign(self, path: str, expiration: int = 100, **_: object) -> str:
        """Return a URL that gives the file for `expiration` seconds."""
        url = self.driver.redirect_url(_path(path), expires_in=expiration)
        if url is None:
            raise NotImplementedError(f"the driver {self.driver.name} has no URLs of files")
        return url

    def _open(self, path: str, mode: str = "rb", **options: Any) -> "DriverFile":  # noqa: ANN401 # fsspec hands over anything
        return DriverFile(self, _path(path), mode, **options)


def _described(info: FileInfo) -> dict[str, Any]:
    if info.is_dir:
        return {"name": info.path, "size": 0, "type": "directory"}
    return {
        "name": info.path,
        "size": info.size,
        "type": "file",
        "modified": info.modified,
        "version": info.version,
    }


def _path(path: str | os.PathLike[str]) -> str:
    """Return the driver's path: one that begins with a slash and ends with none."""
    return "/" + os.fspath(path).removeprefix(f"{DriverFileSystem.protocol}://").strip("/")
