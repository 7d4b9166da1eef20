"""The middleware of Docker's configuration: a list of names, each with options."""

from collections.abc import Mapping

from storagedriver.errors import DriverConfigurationError
from storagedriver.middleware import ChosenMiddleware, configured
from storagedriver.registry.configuration.values import switch, wrong

_KEYS = frozenset({"name", "options", "disabled"})


def middlewares(value: object) -> tuple[ChosenMiddleware, ...]:
    """Read what is put around the driver, the first one innermost.

    Raises `ValueError` for what is no such list, and for a middleware or an option that is unknown.
    """
    if not isinstance(value, list):
        raise wrong(value, "a list, each with a name")
    return tuple(chosen for each in value if (chosen := _middleware(each)) is not None)


def _middleware(value: object) -> ChosenMiddleware | None:
    """Read one; None where it is disabled."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise ValueError("must have a name in each entry")  # noqa: TRY004 - as all here
    name, options = value["name"], value.get("options") or {}
    if strange := value.keys() - _KEYS:
        names = " and ".join(sorted(map(repr, strange)))
        raise ValueError(f"has {names} for {name!r}, where only options and disabled may stand")
    if not isinstance(options, Mapping):
        raise ValueError(f"must have keys as options of {name!r}")  # noqa: TRY004 - as all here
    if switch(value.get("disabled", False)):
        return None
    try:
        return configured(name, {str(key): each for key, each in options.items()})
    except DriverConfigurationError as error:
        # Without the cause, which might show a secret.
        raise ValueError(f"cannot be used: {error}") from None
