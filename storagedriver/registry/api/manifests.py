"""Manifests: reading, pushing and deleting them, by tag or by digest."""

from functools import lru_cache

from storagedriver.registry.api.conditions import condition, content_headers, is_unchanged
from storagedriver.registry.api.errors import Headers
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.happenings import Action, Happening, Listener
from storagedriver.registry.api.urls import manifest_url
from storagedriver.registry.store import Digest, Manifest, Store
from storagedriver.registry.store.errors import ManifestTooLargeError
from storagedriver.registry.store.names import check_repository


class Manifests:
    """The endpoints of manifests. `most` is the number of bytes that one may have."""

    def __init__(self, store: Store, listener: Listener, *, most: int) -> None:
        self._manifests = store.manifests
        self._tags = store.tags
        self._listener = listener
        self._most = most

    async def get(self, exchange: Exchange) -> None:
        """Give the exact bytes, with the type they were pushed with, whatever is accepted."""
        _, name, reference = exchange.target
        manifest = await self._manifests.get(name, reference)
        condition = exchange.header(b"if-none-match")
        if condition is not None and is_unchanged(condition, str(manifest.digest)):
            await exchange.answer(304, content_headers(str(manifest.digest)))
        else:
            headers = _headers(manifest.digest, manifest.media_type)
            await exchange.answer(200, headers, manifest.content)
            if self._listener.hears_pulls:
                pulled = _about("pull", name, manifest, _tag(reference))
                await self._listener.pulled(exchange, pulled)

    async def put(self, exchange: Exchange) -> None:
        """Store a manifest, under a tag, or under its digest and any tags that the query has.

        A tag can be required to name something certain, or to be new: else the answer is 412.
        """
        _, name, reference = exchange.target
        check_repository(name)  # before the body is received, not after
        media_type = exchange.header(b"content-type")
        tags = [value for key, value in exchange.pairs() if key == "tag"]
        allows = condition(exchange.joined(b"if-match"), exchange.joined(b"if-none-match"))
        content = await self._received(exchange)
        stored = await self._manifests.put(
            name, reference, media_type, content, tags, allows=allows
        )
        pushed = Manifest(digest=stored.digest, media_type=stored.media_type, content=content)
        named = dict.fromkeys([*([] if ":" in reference else [reference]), *tags]) or [None]
        happenings = [_about("push", name, pushed, tag) for tag in named]
        await self._listener.changed(exchange, happenings)
        digest = str(stored.digest)
        location = (b"location", manifest_url(exchange.prefix, name, digest).encode())
        headers: Headers = [location, *content_headers(digest)]
        if tags:
            headers.append((b"oci-tag", ", ".join(dict.fromkeys(tags)).encode()))
        if stored.subject is not None:
            # Clients that are not told so keep a list of referrers of their own, under a tag.
            headers.append((b"oci-subject", str(stored.subject).encode()))
        await exchange.answer(201, headers)

    async def delete(self, exchange: Exchange) -> None:
        """Delete a tag alone, or by digest a manifest with all tags that point at it."""
        _, name, reference = exchange.target
        if tag := _tag(reference):
            await self._tags.delete(name, tag)
            happenings = [Happening(action="delete", repository=name, tag=tag)]
        else:
            digest = Digest.parse(reference)
            tags = await self._manifests.delete(name, digest)
            deleted = Happening(action="delete", repository=name, digest=digest)
            untagged = [Happening(action="delete", repository=name, tag=tag) for tag in tags]
            happenings = [deleted, *untagged]
        await self._listener.changed(exchange, happenings)
        await exchange.answer(202, [])

    async def _received(self, exchange: Exchange) -> bytes:
        """Receive a manifest, and no more than may be."""
        body = exchange.body
        content = bytearray()
        if body.length is None or body.length <= self._most:
            async for chunk in body:
                content += chunk
                if len(content) > self._most:
                    break
            else:
                return bytes(content)
        raise ManifestTooLargeError(f"a manifest has at most {self._most} bytes here")


@lru_cache(maxsize=1024)  # they are of what never changes
def _headers(digest: Digest, media_type: str) -> Headers:
    return [*content_headers(str(digest)), (b"content-type", media_type.encode())]


def _tag(reference: str) -> str | None:
    """Return a reference that is a tag, and None for a digest."""
    return None if ":" in reference else reference


def _about(action: Action, name: str, manifest: Manifest, tag: str | None) -> Happening:
    return Happening(
        action=action,
        repository=name,
        digest=manifest.digest,
        size=len(manifest.content),
        media_type=manifest.media_type,
        tag=tag,
        content=manifest.content,
    )
