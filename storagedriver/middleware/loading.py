"""From a name and options to a driver around a driver: the entry points, and what may be wrong."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple, Protocol, TypeVar

from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import distribution_of
from storagedriver.guard import guarded
from storagedriver.parameters import read_parameters, unknown
from storagedriver.protocol import StorageDriver

GROUP = "storagedriver.middleware"
CONTRACT = 1

P = TypeVar("P")


class MiddlewareFactory(Protocol[P]):
    """What an entry point names: a middleware's parameters, and how to put it around a driver."""

    @property
    def contract(self) -> int:
        """The version of the contract that the middleware keeps: `CONTRACT`."""

    @property
    def parameters(self) -> type[P]:
        """A frozen dataclass, as `storagedriver.parameters` describes."""

    def wrap(self, driver: StorageDriver, parameters: P) -> StorageDriver:
        """Return a driver around an open one, which it closes when it is closed."""


class ChosenMiddleware(NamedTuple):
    """A middleware that could be put around a driver: its name, its factory, its parameters."""

    name: str
    factory: MiddlewareFactory[Any]
    parameters: object


def configured(name: str, options: Mapping[str, object]) -> ChosenMiddleware:
    """Return what a name and options stand for, all checked, and wrap nothing.

    Raises `DriverConfigurationError` for an unknown middleware, for one that cannot be loaded, and
    for a wrong parameter.
    """
    factory = _factory(name)
    try:
        return ChosenMiddleware(name, factory, read_parameters(factory.parameters, options))
    except DriverConfigurationError as error:
        raise error.stamp(driver=name, path=None) from error.__cause__


def wrapped(driver: StorageDriver, *chosen: ChosenMiddleware) -> StorageDriver:
    """Put middleware around an open driver, the first one innermost, and a guard around each.

    Closing the driver that this returns closes the inner one.
    """
    for each in chosen:
        driver = guarded(each.factory.wrap(driver, each.parameters))
    return driver


def _factory(name: str) -> MiddlewareFactory[Any]:
    entries = entry_points(group=GROUP, name=name)
    if not entries:
        known = {entry.name for entry in entry_points(group=GROUP)}
        raise DriverConfigurationError(unknown("middleware", name, known))
    if len(entries) > 1:
        owners = " and ".join(sorted(distribution_of(entry) for entry in entries))
        raise DriverConfigurationError(f"{owners} both offer this middleware", driver=name)
    (entry,) = entries
    return _checked(_loaded(entry), entry)


def _loaded(entry: EntryPoint) -> object:
    """Import what an entry point names, and make an instance of a class."""
    try:
        target = entry.load()
        return target() if isinstance(target, type) else target
    except Exception as error:  # importing a stranger's module may raise anything
        raise DriverConfigurationError(
            f"{entry.value} of {distribution_of(entry)} cannot be loaded: "
            f"{type(error).__name__}: {error}",
            driver=entry.name,
        ) from error


def _checked(factory: Any, entry: EntryPoint) -> MiddlewareFactory[Any]:  # noqa: ANN401  # a stranger's
    """Return the factory if it is one, for our contract."""
    owner = distribution_of(entry)
    for member in ("contract", "parameters", "wrap"):
        if not hasattr(factory, member):
            message = f"{entry.value} of {owner} is no middleware factory: it has no '{member}'"
            raise DriverConfigurationError(message, driver=entry.name)
    if factory.contract != CONTRACT:
        message = f"{owner} keeps contract {factory.contract}, this storagedriver is for {CONTRACT}"
        raise DriverConfigurationError(message, driver=entry.name)
    checked: MiddlewareFactory[Any] = factory
    return checked
