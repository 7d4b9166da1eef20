"""A conformance suite for storage drivers: what the contract says, as properties that explore it.

Point it at a driver, and it tells whether the driver conforms and, where it does not, the shortest
sequence of calls that shows it:

    report = await check(Target.of(lambda: open_driver("mydriver", bucket="ci")))
    assert report.conforms, report.summary()

It needs the contract alone (`storagedriver.errors`, `paths`, `records` and `protocol`): any driver
can be a stranger to it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storagedriver_conformance.findings import Finding, Report, Result, Status
    from storagedriver_conformance.profiles import Profile
    from storagedriver_conformance.properties import Property, Tier, prop
    from storagedriver_conformance.quirks import Quirk
    from storagedriver_conformance.runner import check
    from storagedriver_conformance.suite import DriverConformance
    from storagedriver_conformance.target import Target

__all__ = [
    "DriverConformance",
    "Finding",
    "Profile",
    "Property",
    "Quirk",
    "Report",
    "Result",
    "Status",
    "Target",
    "Tier",
    "check",
    "prop",
]

_MODULES = {
    "DriverConformance": "suite",
    "Finding": "findings",
    "Profile": "profiles",
    "Property": "properties",
    "Quirk": "quirks",
    "Report": "findings",
    "Result": "findings",
    "Status": "findings",
    "Target": "target",
    "Tier": "properties",
    "check": "runner",
    "prop": "properties",
}


def __getattr__(name: str) -> object:
    # Imported when asked for: pytest loads the plugin of this package in every run, also where
    # hypothesis is not installed, and the suite itself runs where pytest is not.
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
