"""Uploads: starting, feeding, finishing, asking after and cancelling them; mounting blobs."""

from collections.abc import Awaitable, Mapping
from typing import TypeVar

from storagedriver.registry.api.errors import Headers, failure
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.happenings import Listener, about_blob
from storagedriver.registry.api.ranges import chunk_range
from storagedriver.registry.api.urls import blob_url, upload_url
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.digests import CANONICAL
from storagedriver.registry.store.errors import (
    BlobUnknownError,
    DigestInvalidError,
    RangeInvalidError,
    SizeInvalidError,
)
from storagedriver.registry.store.names import is_repository
from storagedriver.registry.store.records import Upload

T = TypeVar("T")


class Uploads:
    """The endpoints of uploads."""

    def __init__(self, store: Store, listener: Listener) -> None:
        self._blobs = store.blobs
        self._listener = listener
        self._uploads = store.uploads

    async def start(self, exchange: Exchange) -> None:
        """Begin an upload; or mount a blob of elsewhere, or take a whole one, if so asked."""
        name = exchange.target.name
        parameters = exchange.parameters()
        if "mount" in parameters:
            digest = Digest.parse(parameters["mount"])
            source = await _source(exchange, parameters)
            try:
                blob = await self._blobs.mount(name, digest, source)
            except BlobUnknownError:
                pass  # the client is to upload it, then
            else:
                mounted = about_blob("mount", name, blob, source=source)
                await self._listener.changed(exchange, [mounted])
                await _created(exchange, digest)
                return
        elif "digest" in parameters:
            digest = Digest.parse(parameters["digest"])
            self._uploads.check_size(exchange.body.length or 0)
            blob = await self._uploads.push(name, digest, exchange.body)
            await self._listener.changed(exchange, [about_blob("push", name, blob)])
            await _created(exchange, digest)
            return
        algorithm = parameters.get("digest-algorithm") or CANONICAL
        await _report(exchange, 202, await self._uploads.start(name, algorithm))

    async def append(self, exchange: Exchange) -> None:
        """Take the next piece."""
        _, name, identifier = exchange.target
        first, length = self._announced(exchange)
        work = self._uploads.append(name, identifier, exchange.body, first=first, length=length)
        upload = await _in_order(exchange, work)
        if upload is not None:
            await _report(exchange, 202, upload)

    async def finish(self, exchange: Exchange) -> None:
        """Take the last piece, if there is one, and make a blob of it all."""
        _, name, identifier = exchange.target
        text = exchange.parameters().get("digest")
        if text is None:
            raise DigestInvalidError("the parameter 'digest' is missing")
        digest = Digest.parse(text)
        first, length = self._announced(exchange)
        work = self._uploads.finish(
            name, identifier, digest, exchange.body, first=first, length=length
        )
        blob = await _in_order(exchange, work)
        if blob is not None:
            await self._listener.changed(exchange, [about_blob("push", name, blob)])
            await _created(exchange, digest)

    async def status(self, exchange: Exchange) -> None:
        """Tell how far an upload is."""
        _, name, identifier = exchange.target
        await _report(exchange, 204, await self._uploads.status(name, identifier))

    async def cancel(self, exchange: Exchange) -> None:
        """Drop an upload."""
        _, name, identifier = exchange.target
        await self._uploads.cancel(name, identifier)
        await exchange.answer(204, [])

    def _announced(self, exchange: Exchange) -> tuple[int | None, int | None]:
        """Return what `_announced` does, if a blob with all those bytes is taken."""
        first, length = _announced(exchange)
        self._uploads.check_size((first or 0) + (length or 0))
        return first, length


async def _source(exchange: Exchange, parameters: Mapping[str, str]) -> str | None:
    """Return the repository to mount from; None for one that the client may not pull.

    To a client that may not, no repository has the blob: what is in it is not told.
    """
    source = parameters.get("from")
    if source is None or not is_repository(source) or not await exchange.caller.may_pull(source):
        return None
    return source


def _announced(exchange: Exchange) -> tuple[int | None, int | None]:
    """Return where the body claims to begin, and how many bytes it claims to have."""
    length = exchange.body.length
    text = exchange.header(b"content-range")
    if text is None:
        return None, length
    span = chunk_range(text)
    if length is not None and length != span.length:
        message = f"the Content-Range has {span.length} bytes, the Content-Length {length}"
        raise SizeInvalidError(message)
    return span.first, span.length


async def _in_order(exchange: Exchange, work: Awaitable[T]) -> T | None:
    """Await `work`; where the piece is out of order, answer from where to go on, and give None."""
    try:
        return await work
    except RangeInvalidError as error:
        upload = Upload(id=exchange.target.reference, size=error.size)
        await exchange.fail(failure(error), _progress(exchange, upload))
        return None


async def _report(exchange: Exchange, status: int, upload: Upload) -> None:
    await exchange.answer(status, _progress(exchange, upload))


async def _created(exchange: Exchange, digest: Digest) -> None:
    location = blob_url(exchange.prefix, exchange.target.name, digest)
    named = (b"docker-content-digest", str(digest).encode())
    await exchange.answer(201, [(b"location", location.encode()), named])


def _progress(exchange: Exchange, upload: Upload) -> Headers:
    """Return where an upload goes on. An empty one has `0-0`: there is no way to say nothing."""
    location = upload_url(exchange.prefix, exchange.target.name, upload.id)
    return [
        (b"location", location.encode()),
        (b"range", f"0-{max(upload.size - 1, 0)}".encode()),
        (b"docker-upload-uuid", upload.id.encode()),
    ]
