"""The memory driver: a store of its own in each instance, gone when the instance goes.

For tests, caches and trying things out. It keeps the whole contract but for `durable` and `shared`:
nothing outlives the process, and no other instance sees what this one holds.
"""

from storagedriver.drivers.memory.driver import CAPABILITIES, MemoryDriver
from storagedriver.drivers.memory.parameters import MemoryParameters, parameters_from_url
from storagedriver.records import Capabilities

__all__ = ["MemoryDriver", "MemoryFactory", "MemoryParameters"]


class MemoryFactory:
    """Keeps files in memory, as long as the driver is open."""

    contract = 1
    parameters: type[MemoryParameters] = MemoryParameters
    schemes: tuple[str, ...] = ("memory",)
    capabilities: Capabilities = CAPABILITIES

    def from_url(self, url: str) -> MemoryParameters:
        """Read parameters from `memory:` or `memory://?max_bytes=1048576&exclusive_names=false`.

        Raises `ValueError` for a host or a path, and for a parameter that is unknown or wrong.
        """
        return parameters_from_url(url)

    async def open(self, parameters: MemoryParameters) -> MemoryDriver:
        """Return a driver over a new, empty store."""
        return MemoryDriver(
            exclusive_names=parameters.exclusive_names, max_bytes=parameters.max_bytes
        )
