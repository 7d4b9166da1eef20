"""What distributions offer by entry points: found by its name, imported, and looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from storagedriver.errors import DriverConfigurationError
from storagedriver.parameters import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The entry points of a group, each of which names a factory: a class or an instance.

    `kind` is what users call what is offered, `members` what a factory of it has beside the version
    of the `contract` that it keeps. `hint` is what is added about a name that cannot be had.
    """

    group: str
    kind: str
    contract: int
    members: tuple[str, ...]
    hint: Callable[[str], str] = lambda _: ""

    def known(self) -> dict[str, EntryPoint]:
        """Return all by name, those that cannot be loaded included."""
        found = sorted(entry_points(group=self.group), key=lambda entry: entry.name)
        return {entry.name: entry for entry in found}

    def factory(self, name: str) -> Any:  # noqa: ANN401  # a stranger's: the caller knows its type
        """Return the factory of this name.

        Raises `DriverConfigurationError` when there is none, when two distributions claim the name,
        when it cannot be imported, and when it is no factory or one for another contract.
        """
        entries = entry_points(group=self.group, name=name)
        if not entries:
            raise DriverConfigurationError(unknown(self.kind, name, self.known()) + self.hint(name))
        if len(entries) > 1:
            owners = " and ".join(sorted(distribution_of(entry) for entry in entries))
            raise DriverConfigurationError(f"{owners} both offer this {self.kind}", driver=name)
        (entry,) = entries
        factory = self._loaded(entry)
        self._check(factory, entry)
        return factory

    def _loaded(self, entry: EntryPoint) -> object:
        """Import what an entry point names, and make an instance of a class."""
        try:
            target = entry.load()
            return target() if isinstance(target, type) else target
        except Exception as error:  # importing a stranger's module may raise anything
            raise DriverConfigurationError(
                f"{entry.value} of {distribution_of(entry)} cannot be loaded: "
                f"{type(error).__name__}: {error}{self.hint(entry.name)}",
                driver=entry.name,
            ) from error

    def _check(self, factory: Any, entry: EntryPoint) -> None:  # noqa: ANN401  # a stranger's
        """Raise unless this is a factory, for our contract."""
        owner = distribution_of(entry)
        for member in ("contract", *self.members):
            if not hasattr(factory, member):
                message = (
                    f"{entry.value} of {owner} is no {self.kind} factory: it has no '{member}'"
                )
                raise DriverConfigurationError(message, driver=entry.name)
        if factory.contract != self.contract:
            old = self.kind if factory.contract < self.contract else "storagedriver package"
            raise DriverConfigurationError(
                f"{owner} keeps contract {factory.contract}, this storagedriver is for "
                f"{self.contract}: upgrade the {old}",
                driver=entry.name,
            )


def distribution_of(entry: EntryPoint) -> str:
    """Name the distribution that an entry point came with, and its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"
