"""Opening drivers by name or URL, for the command line and the pytest plugin.

These two alone use the factory; the suite itself stands on the contract.
"""

import sys
from collections.abc import Iterable
from dataclasses import fields

from storagedriver.errors import DriverConfigurationError
from storagedriver.factory import configured, open_driver
from storagedriver_conformance.osfaults import OsFaults
from storagedriver_conformance.target import Target


def named_target(
    name_or_url: str,
    options: Iterable[str],
    *,
    disposable: bool = False,
    os_faults: bool = False,
) -> Target:
    """Return the target of a driver's name or URL, with `key=value` options.

    With `os_faults`, the system calls of the package that its factory lies in can be made to fail.
    Raises `ValueError` for an option that is none.
    """
    parameters = dict(_parted(option) for option in options)
    return Target(
        open=lambda: open_driver(name_or_url, **parameters),
        name=name_or_url,
        disposable=disposable,
        faults=OsFaults(_package(name_or_url, parameters)) if os_faults else None,
    )


def _package(name_or_url: str, parameters: dict[str, str]) -> str:
    """Return the package of a driver's factory."""
    module = type(configured(name_or_url, parameters).factory).__module__
    is_package = hasattr(sys.modules[module], "__path__")
    return module if is_package else module.rpartition(".")[0] or module


def without_secrets(name_or_url: str, options: Iterable[str]) -> list[str]:
    """Return the options as they may be shown: the values of a driver's secrets are cut out."""
    given = dict(_parted(option) for option in options)
    try:
        known = fields(type(configured(name_or_url, given).parameters))  # type: ignore[arg-type] # it is a dataclass
    except DriverConfigurationError:
        known = ()  # nothing was opened with them
    secrets = {one.name for one in known if one.metadata.get("secret")}
    return [f"{key}={'***' if key in secrets else value}" for key, value in given.items()]


def _parted(option: str) -> tuple[str, str]:
    key, separator, value = option.partition("=")
    if not key or not separator:
        # The text is not shown: it may be a secret.
        message = "an option has the form KEY=VALUE"
        raise ValueError(message)
    return key, value
