"""Several ranges in one answer: `multipart/byteranges`, a part for each, in the order asked for.

A part follows the other without being joined to it, however near they lie: who pulls parts of a
layer reads as many streams as it asked for ranges.
"""

import secrets
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from storagedriver.registry.api.errors import Headers
from storagedriver.registry.api.ranges import Span
from storagedriver.registry.store.blobs import Blobs
from storagedriver.registry.store.records import Blob

_TYPE = b"content-type: application/octet-stream"


class Multipart:
    """The parts of content of `size` bytes, and what stands around them.

    `length` is how many bytes all of it has, and `headers` say what it is.
    """

    def __init__(self, spans: Sequence[Span], size: int) -> None:
        # Nobody can push content that has the boundary in it, as nobody knows it.
        boundary = secrets.token_hex(16).encode()
        self._spans = spans
        self._heads = [_head(boundary, span, size) for span in spans]
        self._end = b"\r\n--%b--\r\n" % boundary
        self.headers: Headers = [
            (b"content-type", b"multipart/byteranges; boundary=%b" % boundary),
            (b"accept-ranges", b"bytes"),
        ]
        self.length = sum(map(len, self._heads)) + sum(span.length for span in spans)
        self.length += len(self._end)

    @asynccontextmanager
    async def opened(
        self, blobs: Blobs, name: str, found: Blob
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give all bytes: those of one part after the other, each opened when its turn comes.

        The first one is opened on entering the block, so that what fails then can be answered.
        """
        async with aclosing(self._chunks(blobs, name, found)) as chunks:
            first = await anext(chunks)
            async with aclosing(_together(first, chunks)) as together:
                yield together

    async def _chunks(self, blobs: Blobs, name: str, found: Blob) -> AsyncGenerator[bytes, None]:
        wanted = [(span.first, span.length) for span in self._spans]
        async with aclosing(blobs.readers(name, found, wanted)) as readers:
            for head in self._heads:
                reader = await anext(readers)
                yield head
                async for chunk in reader:
                    yield chunk
        yield self._end


async def _together(first: bytes, rest: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    async for chunk in rest:
        yield chunk


def _head(boundary: bytes, span: Span, size: int) -> bytes:
    where = f"bytes {span.first}-{span.last}/{size}".encode()
    return b"\r\n--%b\r\n%b\r\ncontent-range: %b\r\n\r\n" % (boundary, _TYPE, where)
