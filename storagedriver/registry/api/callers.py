"""Those whose requests are let through, and what else they may do."""

from storagedriver.registry.auth import Access, AccessController, Action, Principal


class Caller:
    """Whoever sent a request. Without a controller, that is anybody, and may do anything."""

    __slots__ = ("_controller", "_principal")

    def __init__(self, controller: AccessController | None, principal: Principal) -> None:
        self._controller = controller
        self._principal = principal

    @property
    def name(self) -> str | None:
        """Their name; None for those who have none."""
        return self._principal.name or None

    async def may_pull(self, name: str) -> bool:
        """Tell whether they may read a repository. `name` can be a repository's."""
        if self._controller is None:
            return True
        return await self._controller.allows(self._principal, Access.to(name, Action.PULL))

    async def may_see(self, name: str) -> bool:
        """Tell whether the catalog names a repository to them."""
        return self._controller is None or await self._controller.shows(self._principal, name)
