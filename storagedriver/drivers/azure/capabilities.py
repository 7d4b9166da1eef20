"""What the driver can do, at most and with what was found."""

from dataclasses import dataclass, replace
from typing import Final

from storagedriver.drivers.azure.parameters import MAX_PARTS, MAX_PUT, AzureParameters
from storagedriver.drivers.objectstore.sidestate import ADDED
from storagedriver.paths import MAX_KEY
from storagedriver.records import Capabilities, Limits, Support

PAGE: Final = 1000
_NATIVE, _EMULATED, _ABSENT = Support.NATIVE, Support.EMULATED, Support.ABSENT

MOST: Final = Capabilities(
    atomic_put=_NATIVE,
    conditional_put=_NATIVE,
    conditional_delete=_NATIVE,
    resumable_writer=_NATIVE,
    start_after=_EMULATED,
    redirect=_NATIVE,
    shared=_NATIVE,
    durable=_NATIVE,
    power_safe=_NATIVE,
    frees_at_once=_NATIVE,
    limits=Limits(max_parts=MAX_PARTS, max_put=MAX_PUT, max_key=MAX_KEY - ADDED, page=PAGE),
)
"""The most that a container can do."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found at open."""

    writable: bool = True
    redirect: bool = True


def capabilities(parameters: AzureParameters, found: Found) -> Capabilities:
    """Return what the driver can do with what was found."""
    limits = replace(
        MOST.limits,
        max_object=parameters.chunksize * MAX_PARTS,
        max_key=MOST.limits.max_key - len(parameters.prefix),
    )
    writable = _NATIVE if found.writable else _ABSENT
    return replace(
        MOST,
        conditional_put=writable,
        conditional_delete=writable,
        resumable_writer=writable,
        redirect=_NATIVE if found.redirect else _ABSENT,
        writable=writable,
        limits=limits,
    )
