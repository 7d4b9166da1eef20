"""What has to hold when a request of a call has failed: how the call ends, and what it leaves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from storagedriver.errors import (
    CorruptContentError,
    StorageBackendError,
    StorageFullError,
    StoragePermissionError,
    StorageUnavailableError,
)
from storagedriver_conformance.answers import told
from storagedriver_conformance.context import Context
from storagedriver_conformance.cutting import Played, files, is_decided
from storagedriver_conformance.cutting import told as words
from storagedriver_conformance.faults import Kind, Strikes
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.scenes import Changes, Scene

ONLY = {
    Kind.DENIED: StoragePermissionError,
    Kind.FULL: StorageFullError,
    Kind.THROTTLED: StorageUnavailableError,
}
OF_OTHERS = (StoragePermissionError, StorageFullError)
OF_BODIES = {Kind.CUT, Kind.CORRUPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck(Played):
    """A scene, some of whose requests failed."""

    scene: Scene
    strikes: Strikes

    def __str__(self) -> str:
        return f"{self.scene.name}, {befallen(self.strikes)}"


def fails_well(ctx: Context, one: Struck) -> None:
    """Fail unless the call was done, or raised the error of the backend's that the fault means."""
    error, kind = one.ended.error, one.strikes.fault.kind
    if error is None:
        if one.scene.changes is Changes.NOTHING:
            ctx.same(one.whole.value, one.ended.value, f"the answer of {one}, which succeeded,")
        return
    wanted: type[Exception] = ONLY.get(kind, StorageBackendError)
    is_right = isinstance(error, wanted)
    if kind not in ONLY and kind is not Kind.BAD_BATCH:
        is_right = is_right and not isinstance(error, OF_OTHERS)
    if kind in OF_BODIES:
        is_right = is_right or isinstance(error, CorruptContentError)
    if not is_right:
        raise Violation(
            f"{one}, raised the wrong error",
            expected=wanted.__name__,
            actual=f"{type(error).__name__}: {told(error)}",
        )


def ends_anyhow(ctx: Context, one: Struck) -> None:
    """Take any end of a call: how it has to end is another property's."""


async def is_decided_by(one: Struck) -> None:
    """Fail unless the files are as before or as after a call."""
    seen = await files(one.stage.view)
    if not is_decided(one, one.scene, seen):
        states = [one.after] if one.ended.error is None else [one.before, one.after]
        raise Violation(
            f"{one}, left something else than "
            + ("it has to" if one.ended.error is None else "what was there before or comes after"),
            expected="; or ".join(words(state) for state in states),
            actual=words(seen),
        )


@asynccontextmanager
async def recovered(what: str) -> AsyncIterator[None]:
    """Let no call in the block find the storage unavailable: nothing fails in it any more."""
    try:
        yield
    except Inconclusive as error:
        message = (
            f"once the storage was well again after {what}, the driver could still not reach it"
        )
        raise Violation(message, actual=str(error)) from error


def befallen(strikes: Strikes) -> str:
    """Say in words what befell a call."""
    fault, request = strikes.fault, strikes.struck[0]
    often = f" {len(strikes.struck)} times" if len(strikes.struck) > 1 else ""
    return f"whose request {fault.call} ({request}) failed{often} ({fault.kind})"
