"""A property: one sentence of the contract, and an async function that tries to break it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING

from storagedriver.records import Capabilities

if TYPE_CHECKING:
    from storagedriver_conformance.context import Context

Check = Callable[["Context"], Awaitable[None]]


class Tier(StrEnum):
    """How often a property is worth its cost."""

    SMOKE = "smoke"
    QUICK = "quick"
    STANDARD = "standard"
    DEEP = "deep"


TIERS = list(Tier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of the contract.

    `needs` names the capabilities without which it does not apply, `absent` those that must be
    absent for it to apply. To be `writable` is needed by all that do not name it as absent. One
    that is tried `alone` looks at what the whole process holds; one that `forks` has processes of
    its own killed. `reason` says why it is there, if all that it kills dies by simpler ones.
    """

    id: str
    sentence: str
    tier: Tier
    check: Check
    needs: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    alone: bool = False
    forks: bool = False
    reason: str = ""

    @property
    def group(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    def applies_to(self, capabilities: Capabilities) -> bool:
        """Tell whether a driver with these capabilities has to keep it."""
        if not capabilities.writable and "writable" not in self.absent:
            return False
        return all(getattr(capabilities, name) for name in self.needs) and not any(
            getattr(capabilities, name) for name in self.absent
        )


def prop(
    id: str,  # noqa: A002 - it is the field's name
    sentence: str,
    *,
    tier: Tier = Tier.QUICK,
    needs: Iterable[str] = (),
    absent: Iterable[str] = (),
    alone: bool = False,
    forks: bool = False,
    reason: str = "",
) -> Callable[[Check], Property]:
    """Make a property of an async function that takes a `Context`."""

    def make(check: Check) -> Property:
        return Property(
            id=id,
            sentence=sentence,
            tier=tier,
            check=check,
            needs=tuple(needs),
            absent=tuple(absent),
            alone=alone,
            forks=forks,
            reason=reason,
        )

    return make


def collect(modules: Iterable[ModuleType]) -> list[Property]:
    """Return the properties that modules define, in the order of their definition."""
    found = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Property)
    ]
    repeated = {one.id for one in found if sum(other.id == one.id for other in found) > 1}
    if repeated:
        message = f"two properties have the id {min(repeated)}"
        raise ValueError(message)
    return found
