"""From a name or a URL to an open driver: the entry points, and what may be wrong with them.

A distribution offers a driver by an entry point in the group `storagedriver.drivers` that names a
`DriverFactory`, a class or an instance. Ours are found in the same way.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from difflib import get_close_matches
from importlib.metadata import EntryPoint
from typing import Any, NamedTuple, Protocol, TypeVar

from storagedriver.aio import to_the_end
from storagedriver.errors import DriverConfigurationError
from storagedriver.gate import Stamped
from storagedriver.guard import guarded
from storagedriver.offers import Offers
from storagedriver.parameters import read_parameters
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities

CONTRACT = 1

P = TypeVar("P")

_DISTRIBUTION = "storagedriver"
# The driver for what no other one takes.
_ANY = "fsspec"
# Drivers and URL schemes of ours whose libraries an extra brings.
_EXTRAS = {"s3": "s3"} | dict.fromkeys(("azure", "az", "abfs", "abfss"), "azure")


class DriverFactory(Protocol[P]):
    """What an entry point names: a driver's parameters, and how to open it with them."""

    @property
    def contract(self) -> int:
        """The version of the contract that the driver keeps: `CONTRACT`."""

    @property
    def parameters(self) -> type[P]:
        """A frozen dataclass, as `storagedriver.parameters` describes."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The URL schemes that `from_url` understands, without a colon."""

    @property
    def capabilities(self) -> Capabilities:
        """The most that any instance can do."""

    def from_url(self, url: str) -> P:
        """Read parameters from a URL. Raises `ValueError` saying what is wrong with it."""

    async def open(self, parameters: P) -> StorageDriver:
        """Open the driver; it need not be guarded."""


@asynccontextmanager
async def open_driver(name_or_url: str, /, **parameters: object) -> AsyncIterator[StorageDriver]:
    """Open a driver by its name or by a URL, guarded, and close it on leaving the block.

    `open_driver("filesystem", rootdirectory="/srv/registry")` and
    `open_driver("file:///srv/registry")` are the same. With a URL, parameters replace what it says.
    Each parameter may be a text, as it is on a command line.

    Raises `DriverConfigurationError` for an unknown driver, for one that cannot be loaded, and for
    a wrong parameter; and whatever opening raises.
    """
    chosen = configured(name_or_url, parameters)
    with Stamped(chosen.name, None):
        driver = guarded(await _opened(chosen))
    try:
        yield driver
    finally:
        await to_the_end(driver.aclose())


class Chosen(NamedTuple):
    """A driver that could be opened: its name, its factory, and what that opens it with."""

    name: str
    factory: DriverFactory[Any]
    parameters: object


async def _opened(chosen: Chosen) -> StorageDriver:
    """Open a driver, whose libraries may be missing until then."""
    try:
        driver: StorageDriver = await chosen.factory.open(chosen.parameters)
    except ImportError as error:
        raise DriverConfigurationError(f"{error}{_install_hint(chosen.name)}") from error
    return driver


def configured(name_or_url: str, parameters: Mapping[str, object]) -> Chosen:
    """Return what a name or a URL stands for, all checked, and open nothing.

    Raises `DriverConfigurationError` as `open_driver` does.
    """
    scheme, colon, _ = name_or_url.partition(":")
    name = _driver_of_scheme(scheme.lower()) if colon else name_or_url
    factory = get_factory(name)
    try:
        base = factory.from_url(name_or_url) if colon else None
        record = read_parameters(factory.parameters, parameters, base=base)
        return Chosen(name, factory, record)
    except DriverConfigurationError as error:
        error.stamp(driver=name, path=None)
        raise
    except ValueError as error:
        raise DriverConfigurationError(str(error), driver=name) from error


def known_drivers() -> dict[str, EntryPoint]:
    """Return the entry point of each installed driver, by name, those that cannot load included."""
    return _DRIVERS.known()


def get_factory(name: str) -> DriverFactory[Any]:
    """Return a driver's factory by the driver's name.

    Raises `DriverConfigurationError` when there is none, when two distributions claim the name,
    when it cannot be imported, and when it is no factory or one for another contract.
    """
    factory: DriverFactory[Any] = _DRIVERS.factory(name)
    return factory


def _driver_of_scheme(scheme: str) -> str:
    """Return the name of the driver for a URL scheme.

    It is ours, or the only other one there is, or else the one that takes any URL of fsspec.
    """
    if scheme.startswith(f"{_ANY}+"):
        return _ANY
    ours: list[str] = []
    others: list[str] = []
    broken: list[str] = []
    known: dict[str, tuple[str, ...]] = {}
    for name, entry in known_drivers().items():
        try:
            known[name] = get_factory(name).schemes
        except DriverConfigurationError as error:
            broken.append(str(error))
            continue
        if scheme in known[name]:
            is_ours = entry.dist is not None and entry.dist.name == _DISTRIBUTION
            (ours if is_ours else others).append(name)
    if len(ours or others) == 1:
        return (ours or others)[0]
    if not others and _is_known_to_fsspec(scheme):
        return _ANY
    if others:
        message = f"the drivers {' and '.join(others)} all take '{scheme}:' URLs: name one instead"
    else:
        hint = _install_hint(scheme) or _scheme_hint(scheme, known)
        message = "; ".join([f"no driver takes '{scheme}:' URLs{hint}", *broken])
    raise DriverConfigurationError(message)


def _is_known_to_fsspec(scheme: str) -> bool:
    from fsspec import available_protocols  # noqa: PLC0415 # a base install's import is without it

    return scheme in available_protocols() and scheme not in _EXTRAS


def _scheme_hint(scheme: str, known: Mapping[str, tuple[str, ...]]) -> str:
    """Say which scheme was perhaps meant: one of the driver of that name, or one like it."""
    schemes = [each for of_one in known.values() for each in of_one]
    meant = known.get(scheme) or get_close_matches(scheme, schemes, n=1)
    return f"; did you mean '{meant[0]}:'?" if meant else ""


def _install_hint(name: str) -> str:
    extra = _EXTRAS.get(name)
    return f"; try: pip install '{_DISTRIBUTION}[{extra}]'" if extra else ""


_DRIVERS = Offers(
    group="storagedriver.drivers",
    kind="driver",
    contract=CONTRACT,
    members=("parameters", "schemes", "capabilities", "from_url", "open"),
    hint=_install_hint,
)
