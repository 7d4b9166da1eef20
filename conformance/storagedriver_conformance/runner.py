"""Runs properties against a target, and makes the report."""

import asyncio
import gc
import platform
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import UTC, datetime
from importlib.metadata import version
from time import monotonic
from typing import Any

from storagedriver.records import Capabilities, Limits
from storagedriver_conformance.answers import told
from storagedriver_conformance.exploring import Exploration
from storagedriver_conformance.findings import Report, Result, Status
from storagedriver_conformance.groups import all_properties
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.properties import Property
from storagedriver_conformance.queueing import in_order
from storagedriver_conformance.quirks import excused, unmatched
from storagedriver_conformance.resources import young_garbage
from storagedriver_conformance.selecting import select
from storagedriver_conformance.target import Target
from storagedriver_conformance.watchdog import watched

Heard = Callable[[Result], None]


async def check(
    target: Target,
    *,
    profile: Profile | str = "quick",
    only: str = "*",
    seed: int = 1,
    heard: Heard | None = None,
    properties: Iterable[Property] | None = None,
) -> Report:
    """Try a driver's conformance, and return the report.

    `only` is a glob over property ids, several of them parted by commas. `heard` is called with
    each result as it comes. The same seed gives the same run.
    """
    return await asyncio.to_thread(
        check_now, target, profile=profile, only=only, seed=seed, heard=heard, properties=properties
    )


def check_now(
    target: Target,
    *,
    profile: Profile | str = "quick",
    only: str = "*",
    seed: int = 1,
    heard: Heard | None = None,
    properties: Iterable[Property] | None = None,
) -> Report:
    """Do what `check` does, for callers that have no event loop."""
    profile = Profile.named(profile) if isinstance(profile, str) else profile
    chosen = select(all_properties() if properties is None else list(properties), only)
    chosen = [one for one in chosen if profile.includes(one)]
    report = Report(
        target=target.name,
        profile=profile.name,
        seed=seed,
        only=only,
        versions=_versions(),
        began=datetime.now(UTC),
    )
    if strange := unmatched(target.quirks, [*all_properties(), *chosen]):
        return replace(report, trouble=f"it has quirks of no property: {', '.join(strange)}")
    began = monotonic()
    try:
        capabilities = watched(lambda: asyncio.run(_declared(target)), patience=target.patience)
    except Exception as error:  # noqa: BLE001 - whatever keeps the driver from opening is told
        trouble = f"it could not be opened: {type(error).__name__}: {told(error)}"
        return replace(report, trouble=trouble)
    results: list[Result] = []

    def tried(one: Property) -> Result:
        return excused(_tried(one, target, profile, seed, capabilities), target.quirks)

    # Where a search begins, hypothesis has garbage collected: not all that the process holds.
    with young_garbage():
        for result in in_order(chosen, tried, at_once=profile.at_once):
            results.append(result)
            if heard is not None:
                heard(result)
    return replace(
        report,
        results=tuple(results),
        capabilities=_as_dict(capabilities),
        seconds=monotonic() - began,
    )


def _tried(
    one: Property, target: Target, profile: Profile, seed: int, capabilities: Capabilities
) -> Result:
    if not one.applies_to(capabilities):
        needs = one.needs if capabilities.writable else ("writable", *one.needs)
        lacking = ", ".join([*needs, *(f"no {name}" for name in one.absent)])
        return Result(property=one, status=Status.ABSENT, reason=f"needs {lacking}")
    try:
        return Exploration(one, target, profile, seed).run()
    finally:
        gc.collect()


async def _declared(target: Target) -> Capabilities:
    async with target.open() as driver:
        capabilities = driver.capabilities
    if not isinstance(capabilities, Capabilities):
        message = f"capabilities is {type(capabilities).__name__}, not a Capabilities record"
        raise TypeError(message)
    if not isinstance(capabilities.limits, Limits):
        message = f"capabilities.limits is {type(capabilities.limits).__name__}, not Limits"
        raise TypeError(message)
    return capabilities


def _as_dict(capabilities: Capabilities) -> dict[str, Any]:
    declared = {one.name: getattr(capabilities, one.name) for one in fields(Capabilities)}
    limits = declared.pop("limits")
    return {name: str(value) for name, value in declared.items()} | {
        one.name: getattr(limits, one.name) for one in fields(Limits)
    }


def _versions() -> dict[str, str]:
    return {
        "storagedriver": version("storagedriver"),
        "hypothesis": version("hypothesis"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
