"""What the mirrored registry has."""

import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import httpx

from storagedriver.aio import closing
from storagedriver.registry.proxy.answers import length_of, strange, whole
from storagedriver.registry.proxy.asking import Asking
from storagedriver.registry.proxy.errors import UpstreamError
from storagedriver.registry.proxy.listings import referrers_in, tags_in
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import (
    BlobUnknownError,
    DigestInvalidError,
    ManifestUnknownError,
    NameUnknownError,
)
from storagedriver.registry.store.mediatypes import ACCEPTED, bare
from storagedriver.registry.store.records import Manifest, Referrer

Item = TypeVar("Item")

CHUNK = 64 * 1024
MOST_PAGES = 1000
LARGEST_LIST = 32 * 2**20
"""How many bytes all pages of one list may have."""

# Whoever asks: which manifest a tag leads to must not depend on who asked for it last.
_ACCEPT = {"accept": ", ".join((*ACCEPTED, "*/*"))}
_OPAQUE = "application/octet-stream"
# Nothing that a browser would show as a page of this host.
_MEDIA_TYPE = re.compile(r"application/[a-z0-9.+-]*(?:json|jws)")
_NEXT = re.compile(r'<([^<>]*+)>\s*+;\s*rel="?next"?', re.IGNORECASE)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A blob that begins to come: its size in bytes, None if not told, and its bytes."""

    size: int | None
    chunks: AsyncIterator[bytes]


class Upstream:
    """A registry that is asked for what clients ask the mirror for.

    Names and references are valid ones. `most` is how many bytes a manifest may have. All methods
    raise `UpstreamUnavailableError` where it does not answer or asks to wait, `UpstreamDeniedError`
    where it refuses the mirror, `UpstreamError` for what makes no sense.
    """

    def __init__(self, asking: Asking, *, most: int) -> None:
        self._asking = asking
        self._most = most

    async def manifest(self, name: str, reference: str) -> Manifest:
        """Fetch a manifest by its digest or by a tag, verified; raises `ManifestUnknownError`."""
        path = f"manifests/{reference}"
        async with self._asking.asked("GET", name, path, _ACCEPT) as answer:
            return await self._received(answer, reference)

    async def changed(self, name: str, tag: str, known: Digest) -> Manifest | None:
        """Fetch the manifest that a tag names, verified, unless it is the `known` one.

        Raises `ManifestUnknownError`.
        """
        if await self._digest(name, tag) == known:
            return None
        headers = {**_ACCEPT, "if-none-match": f'"{known}"'}
        async with self._asking.asked("GET", name, f"manifests/{tag}", headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return None
            return await self._received(answer, tag)

    async def blob_size(self, name: str, digest: Digest) -> int:
        """Tell how many bytes a blob has; raises `BlobUnknownError`."""
        path = f"blobs/{digest}"
        async with self._asking.asked("HEAD", name, path, follows=False) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise _no_blob(digest)
            size = length_of(answer)
            if answer.status_code == httpx.codes.OK and size is not None:
                return size
        # The URL that it leads to may be good for a GET alone.
        async with self.blob(name, digest) as incoming:
            if incoming.size is None:
                raise UpstreamError("the mirrored registry does not tell the size of the blob")
            return incoming.size

    @asynccontextmanager
    async def blob(self, name: str, digest: Digest) -> AsyncIterator[Incoming]:
        """Begin to fetch a blob, which is not verified; raises `BlobUnknownError`."""
        async with self._asking.asked("GET", name, f"blobs/{digest}", patience=None) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise _no_blob(digest)
            if answer.status_code != httpx.codes.OK:
                raise strange(answer)
            async with closing(answer.aiter_raw(CHUNK)) as chunks:
                yield Incoming(length_of(answer), chunks)

    async def tags(self, name: str) -> list[str]:
        """List all tags of a repository, in no order; raises `NameUnknownError`."""
        found = await self._listed(name, "tags/list?n=1000", tags_in)
        if found is None:
            raise NameUnknownError("the mirrored registry has no such repository")
        return found

    async def referrers(self, name: str, subject: Digest) -> list[Referrer] | None:
        """List all that refers to a manifest, in no order; None where there are no such lists."""
        return await self._listed(name, f"referrers/{subject}", referrers_in)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._asking.aclose()

    async def _listed(
        self, name: str, path: str, read: Callable[[bytes], Sequence[Item]]
    ) -> list[Item] | None:
        """Receive a list, page by page; None where there is none."""
        found: list[Item] = []
        room = LARGEST_LIST
        for _ in range(MOST_PAGES):
            async with self._asking.asked("GET", name, path) as answer:
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise strange(answer)
                content = await whole(answer, room)
                room -= len(content)
                found += read(content)
                link = _NEXT.search(answer.headers.get("link", ""))
                if link is None:
                    return found
                path = self._asking.path_below(answer, link[1], name)
        raise UpstreamError(f"the mirrored registry lists something on over {MOST_PAGES} pages")

    async def _received(self, answer: httpx.Response, reference: str) -> Manifest:
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise _no_manifest(reference)
        if answer.status_code != httpx.codes.OK:
            raise strange(answer)
        return _verified(reference, answer.headers, await whole(answer, self._most))

    async def _digest(self, name: str, reference: str) -> Digest | None:
        """Ask for a manifest's digest alone, which registries do not count as a pull."""
        async with self._asking.asked("HEAD", name, f"manifests/{reference}", _ACCEPT) as answer:
            if answer.status_code == httpx.codes.NOT_FOUND:
                raise _no_manifest(reference)
            return _digest_in(answer.headers) if answer.status_code == httpx.codes.OK else None


def _digest_in(headers: httpx.Headers) -> Digest | None:
    try:
        return Digest.parse(headers.get("docker-content-digest", ""))
    except DigestInvalidError:
        return None


def _verified(reference: str, headers: httpx.Headers, content: bytes) -> Manifest:
    """Make a manifest of an answer, if it is the one that was asked for."""
    wanted = Digest.parse(reference) if ":" in reference else _digest_in(headers)
    digest = Digest.of(content) if wanted is None else Digest.of(content, wanted.algorithm)
    if wanted not in (None, digest):
        _log.warning("the mirrored registry gave %s in place of %s", digest, wanted)
        raise UpstreamError("the mirrored registry gave a manifest with another digest")
    media_type = bare(headers.get("content-type", ""))
    is_one = _MEDIA_TYPE.fullmatch(media_type) is not None
    return Manifest(digest=digest, media_type=media_type if is_one else _OPAQUE, content=content)


def _no_manifest(reference: str) -> ManifestUnknownError:
    message = "the mirrored registry has no such manifest"
    return ManifestUnknownError(message, detail={"reference": reference})


def _no_blob(digest: Digest) -> BlobUnknownError:
    message = "the mirrored registry has no blob with this digest"
    return BlobUnknownError(message, detail={"digest": str(digest)})
