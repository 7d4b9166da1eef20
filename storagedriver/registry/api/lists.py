"""Listings, page by page: a repository's tags, what refers to a manifest, and the catalog."""

import json
from typing import NamedTuple

from storagedriver.registry.api.errors import JSON, ParameterInvalidError
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.places import Places
from storagedriver.registry.api.urls import page_url
from storagedriver.registry.store import Digest, Store
from storagedriver.registry.store.mediatypes import OCI_INDEX
from storagedriver.registry.store.records import Page, Referrer

MOST = 1000
"""How many items a page has at most, and without `n`, unless that is configured."""

_MOST_DIGITS = 18
_INDEX = (b"content-type", OCI_INDEX.encode())


class Pages(NamedTuple):
    """The most items of a page of the catalog, and of one of tags."""

    catalog: int = MOST
    tags: int = MOST


class Lists:
    """The endpoints of listings."""

    def __init__(self, store: Store, pages: Pages, places: Places) -> None:
        self._pages = pages
        self._places = places
        self._tags = store.tags
        self._referrers = store.referrers
        self._catalog = store.catalog

    async def tags(self, exchange: Exchange) -> None:
        """List a repository's tags."""
        name = exchange.target.name
        parameters = exchange.parameters()
        limit = read_limit(parameters.get("n"), most=self._pages.tags)
        after = parameters.get("last") or None
        page = await self._tags.list(name, limit=limit, after=after)
        content = {"name": name, "tags": page.items}
        await _give(exchange, f"{name}/tags/list", content, page, limit)

    async def referrers(self, exchange: Exchange) -> None:
        """List the manifests whose subject is a digest, as an index; of one type, if asked."""
        _, name, reference = exchange.target
        subject = Digest.parse(reference)
        parameters = exchange.parameters()
        limit, last = read_limit(parameters.get("n")), parameters.get("last")
        artifact_type = parameters.get("artifactType") or None
        filters = {} if artifact_type is None else {"artifactType": artifact_type}
        page = await self._referrers.list(
            name,
            subject,
            limit=limit,
            artifact_type=artifact_type,
            after=Digest.parse(last) if last else None,
        )
        headers = [_INDEX]
        if filters:
            headers.append((b"oci-filters-applied", b"artifactType"))
        if page.after is not None and limit > 0:
            listing, after = f"{name}/referrers/{subject}", str(page.after)
            url = page_url(exchange.prefix, listing, limit=limit, after=after, **filters)
            headers.append((b"link", f'<{url}>; rel="next"'.encode()))
        manifests = [_descriptor(item) for item in page.items]
        content = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
        await exchange.answer(200, headers, json.dumps(content).encode())

    async def catalog(self, exchange: Exchange) -> None:
        """List the repositories that the client may see."""
        parameters = exchange.parameters()
        limit = read_limit(parameters.get("n"), most=self._pages.catalog)
        after = self._places.read(parameters.get("last", ""))
        page = await self._catalog.list(limit=limit, after=after, shown=exchange.caller.may_see)
        hidden = None if page.after is None else self._places.hidden(page.after)
        await _give(exchange, "_catalog", {"repositories": page.items}, page, limit, after=hidden)


def _descriptor(item: Referrer) -> dict[str, object]:
    descriptor: dict[str, object] = {
        "mediaType": item.media_type,
        "digest": str(item.digest),
        "size": item.size,
    }
    if item.artifact_type:
        descriptor["artifactType"] = item.artifact_type
    if item.annotations:
        descriptor["annotations"] = item.annotations
    return descriptor


async def _give(
    exchange: Exchange,
    listing: str,
    content: object,
    page: Page,
    limit: int,
    *,
    after: str | None = None,
) -> None:
    headers = [JSON]
    if page.more and (page.items or after is not None):
        url = page_url(exchange.prefix, listing, limit=limit, after=after or page.items[-1])
        headers.append((b"link", f'<{url}>; rel="next"'.encode()))
    await exchange.answer(200, headers, json.dumps(content).encode())


def read_limit(text: str | None, *, most: int = MOST) -> int:
    """Read `n`, the `most` where it is missing; more than a page may have is as good as that."""
    if text is None:
        return most
    if not (text.isascii() and text.isdigit()):
        raise ParameterInvalidError("the parameter 'n' is a number of items, 0 or more")
    return min(int(text), most) if len(text) <= _MOST_DIGITS else most
