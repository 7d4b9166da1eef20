"""What clients ask of registries before they speak V2: whether one is there, and a search."""

import json

from storagedriver.registry.api.errors import JSON, Headers, ParameterInvalidError
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.api.lists import read_limit
from storagedriver.registry.store import Store

MOST = 100
"""How many repositories an answer names at most."""

_USUAL = 25
_MOST_PAGES = 1000
_PING: Headers = [JSON, (b"x-docker-registry-standalone", b"true")]


class Search:
    """The endpoints of the search, as Docker's Hub had them in V1."""

    def __init__(self, store: Store) -> None:
        self._catalog = store.catalog

    async def ping(self, exchange: Exchange) -> None:
        """Say that there is a registry, which needs no index beside it."""
        await exchange.answer(200, _PING, b'{"standalone": true}')

    async def search(self, exchange: Exchange) -> None:
        """List the repositories that have `q` in their names, `n` of them on a `page`."""
        parameters = exchange.parameters()
        query, text = parameters.get("q", ""), parameters.get("n")
        size = _USUAL if text is None else read_limit(text, most=MOST)
        page = _page(parameters.get("page"))
        skip = (page - 1) * size
        shown = exchange.caller.may_see
        names = await self._catalog.search(query, limit=size, skip=skip, shown=shown)
        content = {
            "query": query,
            "page": page,
            "page_size": size,
            "num_results": len(names),
            "results": [_result(name) for name in names],
        }
        await exchange.answer(200, [JSON], json.dumps(content).encode())


def _page(text: str | None) -> int:
    digits = "1" if text is None else text.lstrip("0")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MOST_PAGES))
    if not is_number or int(digits) > _MOST_PAGES:
        raise ParameterInvalidError(f"the parameter 'page' is a number from 1 to {_MOST_PAGES}")
    return int(digits)


def _result(name: str) -> dict[str, object]:
    """Describe a repository; clients expect all of these, and there is nothing else to tell."""
    return {
        "name": name,
        "description": "",
        "star_count": 0,
        "is_official": False,
        "is_automated": False,
    }
