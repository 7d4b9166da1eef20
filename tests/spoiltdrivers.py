"""Drivers in memory that are spoilt, and the threads of blocking ones."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storagedriver import (
    StorageDriver,
    open_driver,
)


def threads_of(name: str) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == f"storagedriver-{name}"]


@asynccontextmanager
async def spoilt(**methods: object) -> AsyncIterator[StorageDriver]:
    """Open a driver in memory whose methods are replaced behind its guard."""
    async with open_driver("memory") as driver:
        for name, method in methods.items():
            setattr(driver.unguarded, name, method)  # type: ignore[attr-defined] # a guard has it
        yield driver
