"""Blobs: reading them, whole or in part, and deleting them."""

from storagedriver.registry.api.conditions import content_headers, entity_tag, is_unchanged
from storagedriver.registry.api.errors import Headers, refusal
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.happenings import Happening, Listener
from storagedriver.registry.api.multipart import Multipart
from storagedriver.registry.api.ranges import (
    RangeUnsatisfiableError,
    Span,
    is_plain,
    requested_ranges,
)
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.blobs import MEDIA_TYPE
from storagedriver.registry.store.records import Blob

_HEADERS: Headers = [
    (b"content-type", b"application/octet-stream"),
    (b"accept-ranges", b"bytes"),
]
_FOREVER: Headers = [(b"cache-control", b"max-age=31536000")]


class Blobs:
    """The endpoints of blobs. `redirects`: the storage has URLs that clients can be sent to."""

    def __init__(self, store: Store, listener: Listener, *, redirects: bool) -> None:
        self._blobs = store.blobs
        self._listener = listener
        self._redirects = redirects

    async def head(self, exchange: Exchange) -> None:
        """Tell what a `GET` would give. It is never redirected: URLs are signed for a method."""
        name, digest = _requested(exchange)
        blob = await self._blobs.stat(name, digest)
        named = content_headers(str(digest)) + _FOREVER
        if is_unchanged(exchange.header(b"if-none-match"), str(digest)):
            await exchange.answer(304, named)
        else:
            await exchange.answer_head(200, _HEADERS + named, blob.size)
        await self._pulled(exchange, digest, blob.size)

    async def get(self, exchange: Exchange) -> None:
        """Give a blob, or the ranges of it that were asked for."""
        name, digest = _requested(exchange)
        wanted = _range(exchange, digest)
        condition = exchange.header(b"if-none-match")
        if wanted is None and condition is None and not self._redirects:
            await self._give(exchange, name, digest, None)
            return
        blob = await self._blobs.stat(name, digest)
        if is_unchanged(condition, str(digest)):
            await exchange.answer(304, content_headers(str(digest)) + _FOREVER)
            await self._pulled(exchange, digest, blob.size)
        elif await self._redirected(exchange, blob, wanted):
            await self._pulled(exchange, digest, blob.size)
        else:
            await self._give_range(exchange, name, blob, wanted)

    async def delete(self, exchange: Exchange) -> None:
        """Take a blob out of its repository."""
        name, digest = _requested(exchange)
        await self._blobs.delete(name, digest)
        deleted = Happening(action="delete", repository=name, digest=digest)
        await self._listener.changed(exchange, [deleted])
        await exchange.answer(202, [])

    async def _redirected(self, exchange: Exchange, blob: Blob, wanted: str | None) -> bool:
        """Send the client to the storage itself, if that has a URL; tell whether it was."""
        if not self._redirects or (wanted is not None and not is_plain(wanted)):
            return False
        url = await self._blobs.redirect_url(blob)
        if url is None:
            return False
        location = (b"location", url.encode())
        await exchange.answer(
            307, [location, (b"docker-content-digest", str(blob.digest).encode())]
        )
        return True

    async def _give_range(
        self, exchange: Exchange, name: str, blob: Blob, wanted: str | None
    ) -> None:
        digest, size = blob.digest, blob.size
        try:
            spans = None if wanted is None else requested_ranges(wanted, size)
        except RangeUnsatisfiableError:
            whole = (b"content-range", f"bytes */{size}".encode())
            message = f"the range lies outside of the blob's {size} bytes"
            await exchange.fail(refusal(416, "SIZE_INVALID", message), [whole])
            return
        if spans is None or len(spans) == 1:
            await self._give(exchange, name, digest, spans[0] if spans else None, blob)
        else:
            await self._give_parts(exchange, name, blob, Multipart(spans, size))
            await self._pulled(exchange, digest, size)

    async def _give_parts(
        self, exchange: Exchange, name: str, blob: Blob, parts: Multipart
    ) -> None:
        headers = parts.headers + content_headers(str(blob.digest)) + _FOREVER
        async with parts.opened(self._blobs, name, blob) as chunks:
            await exchange.stream(206, headers, parts.length, chunks)

    async def _give(
        self,
        exchange: Exchange,
        name: str,
        digest: Digest,
        span: Span | None,
        found: Blob | None = None,
    ) -> None:
        headers = _HEADERS + content_headers(str(digest)) + _FOREVER
        if span is None:
            async with self._blobs.reader(name, digest, found=found) as reader:
                await exchange.stream(200, headers, reader.info.size, reader)
                await self._pulled(exchange, digest, reader.info.size)
            return
        first, last = span
        async with self._blobs.reader(
            name, digest, offset=first, length=span.length, found=found
        ) as reader:
            where = f"bytes {first}-{last}/{reader.info.size}".encode()
            headers.append((b"content-range", where))
            await exchange.stream(206, headers, span.length, reader)
            await self._pulled(exchange, digest, reader.info.size)

    async def _pulled(self, exchange: Exchange, digest: Digest, size: int) -> None:
        """Tell that a client was answered, which it was whether bytes were needed or not."""
        if not self._listener.hears_pulls:
            return
        name = exchange.target.name
        pulled = Happening(
            action="pull", repository=name, digest=digest, size=size, media_type=MEDIA_TYPE
        )
        await self._listener.pulled(exchange, pulled)


def _requested(exchange: Exchange) -> tuple[str, Digest]:
    return exchange.target.name, Digest.parse(exchange.target.reference)


def _range(exchange: Exchange, digest: Digest) -> str | None:
    """Return the `Range` header, unless it is meant for another content."""
    condition = exchange.header(b"if-range")
    if condition is not None and condition.strip(" \t") != entity_tag(str(digest)):
        return None
    return exchange.header(b"range")
