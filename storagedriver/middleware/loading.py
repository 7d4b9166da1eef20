"""From a name and options to a driver around a driver: the entry points, and what may be wrong."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from storagedriver.errors import DriverConfigurationError
from storagedriver.guard import guarded
from storagedriver.offers import Offers
from storagedriver.parameters import read_parameters
from storagedriver.protocol import StorageDriver

GROUP = "storagedriver.middleware"
CONTRACT = 1

P = TypeVar("P")

_MIDDLEWARE = Offers(
    group=GROUP, kind="middleware", contract=CONTRACT, members=("parameters", "wrap")
)


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
    factory: MiddlewareFactory[Any] = _MIDDLEWARE.factory(name)
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
