"""Versions that files had a moment ago, and that another file might look like."""

import time


class Recent:
    """The versions that files of one root had, for as long as another one might look the same.

    `tick` is how many seconds it may take until a file's record tells of another time.
    """

    def __init__(self, tick: float) -> None:
        self._tick = tick
        self._seen: dict[str, dict[str, float]] = {}

    def note(self, path: str, version: str | None) -> None:
        """Remember a version, if there is one and it matters."""
        if not self._tick or version is None:
            return
        now = time.monotonic()
        for old in [old for old, seen in self._seen.items() if max(seen.values()) < now]:
            del self._seen[old]
        self._seen.setdefault(path, {})[version] = now + 2 * self._tick

    def versions(self, path: str) -> frozenset[str]:
        """Return those that are remembered of a path."""
        return frozenset(self._seen.get(path, ()))
