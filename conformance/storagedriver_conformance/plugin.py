"""The pytest plugin: options that name the driver which `--pyargs storagedriver_conformance` tests.

pytest loads it wherever storagedriver is installed, so it imports nothing of the suite.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

DRIVER = "--storage-driver"
OPTION = "--storage-option"
PROFILE = "--conformance-profile"
SEED = "--conformance-seed"
QUIRKS = "--conformance-quirks"


def pytest_addoption(parser: "pytest.Parser") -> None:
    """Add the options."""
    group = parser.getgroup("storagedriver", "conformance of storage drivers")
    group.addoption(
        DRIVER,
        metavar="NAME_OR_URL",
        help="the driver that `pytest --pyargs storagedriver_conformance` tests",
    )
    group.addoption(
        OPTION,
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a parameter of that driver; may be repeated",
    )
    group.addoption(
        PROFILE,
        metavar="NAME",
        help="how much is tried: smoke, quick, standard, deep or remote; "
        "it replaces what a class says",
    )
    group.addoption(
        QUIRKS, metavar="FILE", help="failures of that driver that are known, as a TOML file"
    )
    group.addoption(
        SEED, metavar="N", type=int, help="the same seed gives the same run; default: 1"
    )
