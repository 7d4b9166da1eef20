"""A directory of the suite's own in the storage under test: marked first, and removed last."""

from uuid import uuid4

from storagedriver.errors import PathNotFoundError, StorageDriverError
from storagedriver.protocol import StorageDriver
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.findings import Inconclusive, Violation
from storagedriver_conformance.view import View

MARK = b"made by a conformance run; it may be deleted\n"


class Session:
    """One instance's share of a run: a fresh namespace for each program."""

    def __init__(self, driver: StorageDriver, *, patience: float) -> None:
        self.driver = driver
        self.patience = patience
        self.root = f"/conformance-{uuid4().hex}"
        self.programs = 0

    async def begin(self) -> None:
        """Mark the directory as the suite's own, where nothing was before.

        Raises `Violation` where something is there already: nobody's files are ever touched. What
        is read-only is not marked.
        """
        if not self.driver.capabilities.writable:
            return
        calls = Calls(self.patience)
        try:
            await calls.make(f"stat {self.root}", self.driver.stat, self.root)
        except PathNotFoundError:
            await calls.make("mark", self.driver.put_content, f"{self.root}/mark", MARK)
            return
        message = "the driver finds something at a path that nobody has used, so nothing is tried"
        raise Violation(message, actual=self.root)

    def view(self) -> View:
        """Return the driver in a namespace that no program has used."""
        self.programs += 1
        return View(self.driver, f"{self.root}/p{self.programs}", Calls(self.patience))

    async def end(self) -> None:
        """Delete the directory, if it is still the suite's own."""
        if not self.driver.capabilities.writable:
            return
        calls = Calls(self.patience)
        try:
            mark = await calls.make("mark", self.driver.get_content, f"{self.root}/mark")
            if mark == MARK:
                await calls.make("clean up", self.driver.delete, self.root)
        except (StorageDriverError, Violation, Inconclusive, ValueError, TypeError):
            return  # what it left is below a name of its own
