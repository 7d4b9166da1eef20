"""The files of `storagedriver.as_fsspec`: read by ranges, written by a driver's writer."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

from storagedriver.blocking import BlockingDriver, BlockingWriter
from storagedriver.errors import PathNotFoundError, PreconditionFailedError


@contextmanager
def draft(driver: BlockingDriver, path: str) -> Iterator[BlockingWriter]:
    """Give a writer, and drop what it has if the block fails."""
    writer = driver.writer(path)
    try:
        yield writer
    except BaseException:
        writer.cancel()
        raise


class DriverFile(AbstractBufferedFile):  # type: ignore[misc] # fsspec has no types
    """A file of a `DriverFileSystem`, open for reading (`rb`) or writing (`wb`, `xb`, `ab`).

    One that is read raises an `OSError` with `ESTALE` when it was replaced meanwhile. One that is
    written is there when it is closed, whole; a `with` block that fails leaves what was there
    before. With `ab`, what was there is copied first. With `xb`, a file of one block is created
    only where none is; of a longer one, that is looked at before and after it is written, and not
    atomically.
    """

    def __init__(self, fs: AbstractFileSystem, path: str, mode: str = "rb", **options: Any) -> None:  # noqa: ANN401 # fsspec hands over anything
        self._driver: BlockingDriver = fs.driver
        self._writer: BlockingWriter | None = None
        if mode == "rb" and fs.isdir(path):
            raise IsADirectoryError(errno.EISDIR, "a directory cannot be read", path)
        super().__init__(fs, path, mode, **options)
        self._check_new()

    def _check_new(self) -> None:
        if self.mode == "xb" and self.fs.isfile(self.path):
            self.closed = True
            raise FileExistsError(errno.EEXIST, "there is a file already", self.path)

    def _fetch_range(self, start: int, end: int) -> bytes:
        with self._driver.reader(self.path, offset=start, length=end - start) as reader:
            if reader.info.version != self.details["version"]:
                raise OSError(errno.ESTALE, "the file was replaced while it was read", self.path)
            return b"".join(reader)

    def _upload_chunk(self, final: bool = False) -> bool:  # noqa: FBT001, FBT002 # fsspec's signature
        content = self.buffer.getvalue()
        is_all = final and self.autocommit and self._writer is None and self.mode != "ab"
        if is_all:
            self._put(content)
            return True
        if self._writer is None:
            self._writer = self._begun()
        self._writer.write(content)
        if final and self.autocommit:
            self.commit()
        return True

    def _put(self, content: bytes) -> None:
        try:
            self._driver.put_content(self.path, content, if_none_match=self.mode == "xb")
        except PreconditionFailedError as error:
            message = "there is a file by now"
            raise FileExistsError(errno.EEXIST, message, self.path) from error

    def _begun(self) -> BlockingWriter:
        writer = self._driver.writer(self.path)
        if self.mode == "ab":
            with suppress(PathNotFoundError), self._driver.reader(self.path) as reader:
                for piece in reader:
                    writer.write(piece)
        return writer

    def commit(self) -> None:
        """Publish a file that was opened with `autocommit=False`, or in a transaction."""
        self._check_new()
        if self._writer is not None:
            self._writer.commit()

    def discard(self) -> None:
        """Drop what was written."""
        if self._writer is not None:
            self._writer.cancel()

    def close(self) -> None:
        """End reading, or publish what was written; what cannot be published is dropped."""
        try:
            super().close()
        except BaseException:
            self.discard()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and self.mode != "rb" and not self.closed:
            self.closed = True
            self.discard()
        self.close()
