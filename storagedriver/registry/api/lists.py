"""Listings, page by page: the tags of a repository, and the catalog of repositories."""

import json

from storagedriver.registry.api.errors import JSON, ParameterInvalidError
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.urls import page_url
from storagedriver.registry.store import Store
from storagedriver.registry.store.records import Page

MOST = 1000
"""How many items a page has at most, and without `n`."""

_MOST_DIGITS = 18


class Lists:
    """The endpoints of listings."""

    def __init__(self, store: Store) -> None:
        self._tags = store.tags
        self._catalog = store.catalog

    async def tags(self, exchange: Exchange) -> None:
        """List a repository's tags."""
        name = exchange.target.name
        parameters = exchange.parameters()
        limit, after = _limit(parameters.get("n")), parameters.get("last") or None
        page = await self._tags.list(name, limit=limit, after=after)
        content = {"name": name, "tags": page.items}
        await _give(exchange, f"{name}/tags/list", content, page, limit)

    async def catalog(self, exchange: Exchange) -> None:
        """List the repositories."""
        parameters = exchange.parameters()
        limit, after = _limit(parameters.get("n")), parameters.get("last") or None
        page = await self._catalog.list(limit=limit, after=after)
        await _give(exchange, "_catalog", {"repositories": page.items}, page, limit)


async def _give(exchange: Exchange, listing: str, content: object, page: Page, limit: int) -> None:
    headers = [JSON]
    if page.more and page.items:
        url = page_url(exchange.prefix, listing, limit=limit, after=page.items[-1])
        headers.append((b"link", f'<{url}>; rel="next"'.encode()))
    await exchange.answer(200, headers, json.dumps(content).encode())


def _limit(text: str | None) -> int:
    """Read `n`; more than a page may have is as good as what it may have."""
    if text is None:
        return MOST
    if not (text.isascii() and text.isdigit()):
        raise ParameterInvalidError("the parameter 'n' is a number of items, 0 or more")
    return min(int(text), MOST) if len(text) <= _MOST_DIGITS else MOST
