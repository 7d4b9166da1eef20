"""The command `storagedriver garbage-collect`: the storage of a configuration, collected once."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storagedriver.factory import open_driver
from storagedriver.registry.announcement import place
from storagedriver.registry.configuration.config import Config, ConfigError
from storagedriver.registry.configuration.values import duration
from storagedriver.registry.garbageview import View
from storagedriver.registry.store.garbage import Problem, collect

DONE = 0
DAMAGED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is asked for. `grace` is how many seconds old a thing has to be to go.

    `is_offline` says that no registry writes, whatever the configuration says.
    """

    grace: float
    dry_run: bool = False
    delete_untagged: bool = False
    is_offline: bool = False


def read_grace(text: str) -> float:
    """Read an age such as `24h`, in seconds; raise `ConfigError` for what is none."""
    try:
        return duration(0 if text == "0" else text)
    except ValueError as error:
        raise ConfigError(f"--grace: {error}") from error


def run(config: Config, wanted: Collection, view: View) -> int:
    """Collect, show it, and return the exit status: 1 where anything is damaged, else 0.

    Raises `ConfigError` where a registry may be writing, and whatever `collect` raises.
    """
    if not (wanted.dry_run or wanted.is_offline or config.read_only):
        raise ConfigError(
            "whatever is pushed meanwhile may be lost: set storage.maintenance.readonly.enabled to "
            "true and restart the registry, or stop it and say --offline (--dry-run needs neither)"
        )
    with view:
        status = asyncio.run(_run(config, wanted, view))
    if view.found == 0:
        view.warn(f"there is no repository in {place(config)}: is that the right storage?")
    return status


async def _run(config: Config, wanted: Collection, view: View) -> int:
    before = None
    if wanted.grace > 0:
        before = datetime.now(UTC) - timedelta(seconds=wanted.grace)
    status = DONE
    async with open_driver(config.driver, **config.parameters) as driver:
        events = collect(
            driver, before=before, delete_untagged=wanted.delete_untagged, dry_run=wanted.dry_run
        )
        async with aclosing(events):
            async for event in events:
                view.heard(event)
                if isinstance(event, Problem):
                    status = DAMAGED
    return status
