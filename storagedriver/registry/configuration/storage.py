"""How a configuration chooses the driver, and what it gives it: what stands below `storage`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import get_factory, known_drivers
from storagedriver.parameters import parameters_in, unknown
from storagedriver.registry.configuration.file import ConfigError, Entry
from storagedriver.registry.configuration.keys import DOCKER_DRIVERS, Keys
from storagedriver.registry.configuration.values import scalar

_INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "gcs": "put a driver of that name beside storagedriver, or name the bucket by "
        "storage.fsspec.url, as gs://BUCKET, with gcsfs installed"
    }
)
"""What to do where one of Docker's drivers is not installed."""


def read_storage(entries: Sequence[Entry], keys: Keys) -> dict[str, dict[str, str]]:
    """Give the parameters of the one driver that is chosen, by its name, or nothing.

    Raises `ConfigError` for two drivers, for one that is not there, and for a parameter that the
    driver does not have.
    """
    own = [entry for entry in entries if keys.is_driver(entry.path[:2])]
    if not own:
        return {}
    name = own[0].path[1]
    if other := next((entry for entry in own if entry.path[1] != name), None):
        names = f"{name} and {other.path[1]}"
        raise ConfigError(f"{other.source}: storage names two drivers, {names}: choose one")
    known = _parameters_of(own[0])
    parameters: dict[str, str] = {}
    for entry in own:
        if entry.value is None:
            continue
        given = entry.read(partial(_given, entry.path[-1]))
        if wrong := next((each for each in given if known is not None and each not in known), None):
            message = unknown("parameter", wrong, known or ())
            raise ConfigError(f"{entry.source}: storage.{name}: {message}")
        parameters |= given
    return {name: parameters}


def _parameters_of(choice: Entry) -> Iterable[str] | None:
    """Give the names of the chosen driver's parameters; None where it cannot be loaded."""
    name = DOCKER_DRIVERS.get(choice.path[1], choice.path[1])
    if name not in known_drivers() and name in _INSTEAD:
        raise ConfigError(f"{choice.source}: storage.{name} is not supported: {_INSTEAD[name]}")
    try:
        return [each.name for each in parameters_in(get_factory(name).parameters)]
    except DriverConfigurationError:
        return None  # who opens it says why


def _given(name: str, value: object) -> dict[str, str]:
    """Give a parameter, or one for each key of a mapping: `credentials_type` and so on."""
    if isinstance(value, dict):
        return {f"{name}_{key}": scalar(one) for key, one in value.items()}
    return {name: scalar(value)}
