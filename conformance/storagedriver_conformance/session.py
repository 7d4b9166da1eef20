"""A directory of the suite's own in the storage under test: marked first, and removed last."""

import re
from collections.abc import Callable
from uuid import uuid4

from storagedriver.errors import (
    PathNotFoundError,
    StorageDriverError,
    StorageFullError,
    StoragePermissionError,
)
from storagedriver.protocol import StorageDriver
from storagedriver_conformance.answers import told
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.metering import Meter
from storagedriver_conformance.view import View

MARK = b"made by a conformance run; it may be deleted\n"


class Session:
    """One instance's share of a run: a fresh namespace for each program."""

    def __init__(
        self,
        driver: StorageDriver,
        *,
        patience: float,
        requests: Callable[[], int] | None = None,
    ) -> None:
        self.driver = driver
        self.patience = patience
        self.requests = requests
        self.root = _fresh()
        self.programs = 0
        self._is_own = False

    async def begin(self) -> None:
        """Mark the directory as the suite's own, where nothing was before.

        Raises `Violation` where something is there already, or where the mark shows up in another
        directory too: nobody's files are ever touched. Raises `Inconclusive` where the suite may
        not write. What is read-only is not marked.
        """
        if not self.driver.capabilities.writable:
            return
        calls = Calls(self.patience)
        try:
            await self._is_free(calls, self.root)
            await self._is_free(calls, f"{self.root}/mark")
            await calls.make("mark", self.driver.put_content, f"{self.root}/mark", MARK)
            await self._is_free(calls, f"{_fresh()}/mark")
            self._is_own = True
        except (StoragePermissionError, StorageFullError) as error:
            message = f"the suite cannot make a directory of its own: {told(error)}"
            raise Inconclusive(message) from error
        except (StorageDriverError, ValueError, TypeError) as error:
            message = "the suite cannot make a directory of its own, so nothing is tried"
            raise Violation(message, actual=f"{type(error).__name__}: {told(error)}") from error

    async def _is_free(self, calls: Calls, path: str) -> None:
        """Raise `Violation` unless nothing is at a path."""
        try:
            await calls.make(f"stat {path}", self.driver.stat, path)
        except PathNotFoundError:
            return
        message = "the driver finds something at a path that nobody has used, so nothing is tried"
        raise Violation(message, actual=path)

    def view(self) -> View:
        """Return the driver in a namespace that no program has used."""
        self.programs += 1
        calls = Calls(self.patience, meter=Meter(self.requests))
        return View(self.driver, f"{self.root}/p{self.programs}", calls)

    async def end(self) -> None:
        """Delete the directory, if it is still the suite's own."""
        if not self._is_own:
            return
        calls = Calls(self.patience)
        try:
            mark = await calls.make("mark", self.driver.get_content, f"{self.root}/mark")
            if mark == MARK:
                await calls.make("clean up", self.driver.delete, self.root)
        except (StorageDriverError, Violation, Inconclusive, ValueError, TypeError):
            return  # what it left is below a name of its own


def _fresh() -> str:
    """Return a directory that nobody has used."""
    return f"/conformance-{uuid4().hex}"


def unnumbered(text: str) -> str:
    """Return a text with such directories told alike, so that two runs tell the same."""
    return re.sub(r"conformance-[0-9a-f]{32}", "conformance-...", text)
