"""What the storage does, in numbers."""

from storagedriver.registry.metrics.tallies import Durations, Tallies

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class StorageMeter:
    """The calls of a driver, by action and outcome, and the bytes that went through it."""

    def __init__(self, tallies: Tallies, *, driver: str) -> None:
        self._calls = tallies.histogram(
            "registry_storage_action_seconds",
            "How long calls of the storage driver took, by what came of them",
            ("driver", "action", "outcome"),
            _SECONDS,
        )
        self._driver = driver
        read = tallies.counter("registry_storage_read_bytes", "Bytes read", ("driver",))
        written = tallies.counter("registry_storage_written_bytes", "Bytes written", ("driver",))
        self._read = read.of(driver)
        self._written = written.of(driver)
        self._durations: dict[tuple[str, str], Durations] = {}

    def called(self, action: str, outcome: str, seconds: float) -> None:
        """Take note of a call."""
        durations = self._durations.get((action, outcome))
        if durations is None:
            durations = self._calls.of(self._driver, action, outcome)
            self._durations[action, outcome] = durations
        durations.add(seconds)

    def read(self, size: int) -> None:
        """Take note of bytes that were read."""
        self._read.count += size

    def written(self, size: int) -> None:
        """Take note of bytes that were written."""
        self._written.count += size
