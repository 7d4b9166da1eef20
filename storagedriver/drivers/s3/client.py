"""The edge to the client of s3fs: from here on, calls are bounded, retried and translated.

Parameters and answers are botocore's, whose shapes no stub describes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from storagedriver.drivers.objectstore.bodies import Body, Bytes
from storagedriver.drivers.objectstore.calls import SLOWEST, Calls
from storagedriver.drivers.s3.failures import is_translated, translated
from storagedriver.errors import StorageUnavailableError

Answer = dict[str, Any]

CHUNK = 1 << 18
"""How many bytes of an answer are handed on at once."""

# The permissions that a policy has to give, by what is called.
_DOING = {
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "complete_multipart_upload": "s3:PutObject",
    "copy_object": "s3:GetObject and s3:PutObject",
    "create_multipart_upload": "s3:PutObject",
    "delete_object": "s3:DeleteObject",
    "delete_objects": "s3:DeleteObject",
    "get_object": "s3:GetObject",
    "head_object": "s3:GetObject",
    "list_multipart_uploads": "s3:ListBucketMultipartUploads",
    "list_objects_v2": "s3:ListBucket",
    "list_parts": "s3:ListMultipartUploadParts",
    "put_object": "s3:PutObject",
    "upload_part": "s3:PutObject",
    "upload_part_copy": "s3:GetObject and s3:PutObject",
}


class Client:
    """A bucket. `raw` is the client that sends."""

    def __init__(
        self,
        raw: Any,  # noqa: ANN401  # it has no types
        bucket: str,
        calls: Calls,
        *,
        read_timeout: float,
    ) -> None:
        self.bucket = bucket
        self._raw = raw
        self._calls = calls
        self._read_timeout = read_timeout

    async def call(
        self,
        operation: str,
        parameters: Mapping[str, object],
        *,
        look: Callable[[], Awaitable[Answer | None]] | None = None,
        check: Callable[[Answer], None] = lambda _: None,
    ) -> Answer:
        """Call an operation on the bucket, and again while it may succeed; `look` as in `Retries`.

        Only for operations whose answer has no body to be read. `check` may raise for an answer
        that tells of failures.
        """

        async def once() -> Answer:
            answer = await self._sent(operation, parameters)
            check(answer)
            return answer

        return await self._calls.run(once, look=look)

    async def read(self, parameters: Mapping[str, object]) -> tuple[Answer, bytes]:
        """Get an object, and read it whole."""

        async def once() -> tuple[Answer, bytes]:
            async with self._opened(parameters) as answer:
                chunks = [chunk async for chunk in self.chunks(answer)]
                return answer, b"".join(chunks)

        return await self._calls.again(once)

    @asynccontextmanager
    async def stream(self, parameters: Mapping[str, object]) -> AsyncIterator[Answer]:
        """Get an object, whose body is open for `chunks` within the block."""
        stack = AsyncExitStack()

        async def once() -> Answer:
            return await stack.enter_async_context(self._opened(parameters))

        async with stack:
            yield await self._calls.again(once)

    async def chunks(self, answer: Answer) -> AsyncIterator[bytes]:
        """Give the body of an answer. Raises `StorageUnavailableError` if it is cut short."""
        missing = int(answer["ContentLength"])
        try:
            async for chunk in answer["Body"].iter_chunks(CHUNK):
                missing -= len(chunk)
                if chunk:
                    yield chunk
        except Exception as error:
            if not is_translated(error):
                raise
            raise translated(error, "s3:GetObject") from error
        if missing:
            raise StorageUnavailableError(f"the answer is cut short: {missing:,} bytes are missing")

    async def url(self, operation: str, key: str, expires_in: int) -> str:
        """Return a presigned URL; nothing is sent."""
        parameters = {"Bucket": self.bucket, "Key": key}
        try:
            url: str = await self._raw.generate_presigned_url(
                operation, Params=parameters, ExpiresIn=expires_in
            )
        except Exception as error:
            if not is_translated(error):
                raise
            raise translated(error, _DOING[operation]) from error
        return url

    async def aclose(self) -> None:
        """Close all connections."""
        await self._raw.close()

    @asynccontextmanager
    async def _opened(self, parameters: Mapping[str, object]) -> AsyncIterator[Answer]:
        async with self._calls.slot():
            answer = await self._sent("get_object", parameters)
            try:
                yield answer
            finally:
                answer["Body"].close()

    async def _sent(self, operation: str, parameters: Mapping[str, object]) -> Answer:
        body = parameters.get("Body")
        limit: float | None = None
        if isinstance(body, Bytes):
            # aiohttp limits the time to wait for an answer, but not that to send what it is to.
            limit = self._read_timeout + len(body) / SLOWEST
            if len(body) > CHUNK:
                parameters = {**parameters, "Body": Body(body)}
        try:
            async with asyncio.timeout(limit):
                call = getattr(self._raw, operation)(Bucket=self.bucket, **parameters)
                answer: Answer = await call
        except Exception as error:
            if not is_translated(error):
                raise
            raise translated(error, _DOING[operation]) from error
        return answer
