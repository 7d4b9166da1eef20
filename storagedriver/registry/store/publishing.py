"""Publishing: an upload's data becomes a blob, once its digest was verified."""

from dataclasses import dataclass

from storagedriver.aio import Threads
from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import layout
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError, UploadUnknownError, shown
from storagedriver.registry.store.hashing import digest_of, digest_of_file
from storagedriver.registry.store.intake import Intake
from storagedriver.registry.store.links import read_link, write_link
from storagedriver.registry.store.sessions import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """An upload that has all its bytes: at its own path, or `stored` as this blob already."""

    size: int
    stored: Digest | None = None


class Publisher:
    """Verifies what uploads hold, and gives it to their repositories as blobs.

    Bytes that are stored already, whole, are linked and not stored again; the upload's copy is
    removed with the upload.
    """

    def __init__(self, driver: StorageDriver, blobs: Blobs, threads: Threads) -> None:
        self._driver = driver
        self._blobs = blobs
        self._threads = threads

    async def store(self, name: str, digest: Digest, content: bytes) -> None:
        """Make a blob of bytes that are in no upload's file.

        Raises `DigestInvalidError` where they have another digest, and stores nothing.
        """
        _check_digest(digest, await digest_of(content, digest.algorithm, self._threads))
        await self._blobs.store(digest, content)
        await self._blobs.link(name, digest)

    async def publish(self, key: Key, digest: Digest, intake: Intake) -> None:
        """Make a blob of all that was taken in, by its running hash or by reading it once more.

        Raises `DigestInvalidError` where it has another digest. It is then committed at its own
        path if it had to be read, and untouched otherwise.
        """
        known = intake.digest
        if known is None:
            await intake.writer.commit()
            await self.adopt(key, digest, Complete(size=intake.writer.size))
            return
        _check_digest(digest, known)
        if await self._blobs.size(digest) == intake.writer.size:
            await self._blobs.link(key[0], digest)
            await intake.writer.cancel()
            return
        await intake.writer.commit()
        await self._move(key, digest, intake.writer.size, answered=intake.before > 0)

    async def adopt(self, key: Key, digest: Digest, upload: Complete) -> None:
        """Make a blob of the repository of all that a complete upload has.

        Raises `DigestInvalidError` where that has another digest, and keeps it;
        `UploadUnknownError` where it is gone.
        """
        if upload.stored is not None:
            _check_digest(digest, upload.stored)
            await self._blobs.link(key[0], digest)
            return
        if await self._is_moved(key, digest, upload.size):
            return
        path = layout.upload_data(*key)
        try:
            known = await digest_of_file(self._driver, path, digest.algorithm, self._threads)
        except PathNotFoundError as error:
            if not await self._is_moved(key, digest, upload.size):
                raise unknown_upload(key[1]) from error
            return
        _check_digest(digest, known)
        if await self._blobs.size(digest) == upload.size:
            await self._blobs.link(key[0], digest)
        else:
            await self._move(key, digest, upload.size, answered=True)

    async def _move(self, key: Key, digest: Digest, size: int, *, answered: bool) -> None:
        """Move an upload's data to where its blob is; `answered` tells that a client knows of it.

        After a crash before the link is written, such an upload is complete still: that it brought
        this blob is written down, for a digest that a client merely names proves nothing.
        """
        if answered:
            await write_link(self._driver, layout.upload_verified(*key), digest)
        try:
            await self._blobs.adopt(key[0], digest, layout.upload_data(*key))
        except PathNotFoundError as error:
            if not await self._is_moved(key, digest, size):
                raise unknown_upload(key[1]) from error

    async def _is_moved(self, key: Key, digest: Digest, size: int) -> bool:
        """Link what an earlier request moved, or the same one in another process; tell if one did.

        It may have been cut before it removed the data, or be about to link it itself.
        """
        if await read_link(self._driver, layout.upload_verified(*key)) != digest:
            return False
        if await self._blobs.size(digest) != size:
            return False
        await self._blobs.link(key[0], digest)
        return True


def unknown_upload(upload_id: str) -> UploadUnknownError:
    """Make the error for an upload that is not there."""
    message = "the repository has no upload with this id"
    return UploadUnknownError(message, detail={"upload": shown(upload_id)})


def _check_digest(expected: Digest, found: Digest) -> None:
    if expected != found:
        message = "the content has another digest"
        detail = {"digest": str(expected), "content": str(found)}
        raise DigestInvalidError(message, detail=detail)
