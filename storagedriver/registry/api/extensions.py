"""What there is beyond the spec, told as the spec's own extension has it."""

import json

from storagedriver.registry.api.errors import JSON
from storagedriver.registry.api.exchange import Exchange
from storagedriver.registry.store import Store

_SPEC = "https://github.com/opencontainers/distribution-spec/blob/main/extensions/_oci.md"
_CATALOG = "https://distribution.github.io/distribution/spec/api/#listing-repositories"

_DISCOVERY = {
    "name": "_oci",
    "url": _SPEC,
    "description": "which extensions there are",
    "endpoints": ["_oci/ext/discover"],
}
_LISTING = {
    "name": "_catalog",
    "url": _CATALOG,
    "description": "the list of all repositories",
    "endpoints": ["_catalog"],
}


class Extensions:
    """The endpoint of extensions: those of the registry, and those of each repository."""

    def __init__(self, store: Store) -> None:
        self._catalog = store.catalog

    async def discover(self, exchange: Exchange) -> None:
        """List the extensions. A repository has only this one, and has to be there."""
        name = exchange.target.name
        if name:
            await self._catalog.check(name)
        extensions = [_DISCOVERY] if name else [_DISCOVERY, _LISTING]
        await exchange.answer(200, [JSON], json.dumps({"extensions": extensions}).encode())
