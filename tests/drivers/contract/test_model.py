"""Any sequence of calls: the driver answers as the model does.

`STORAGEDRIVER_EXPLORE=2000 pytest tests/drivers/contract/test_model.py` tries so many random
sequences instead of the same few each time.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from storagedriver.errors import StorageDriverError
from storagedriver.protocol import FileWriter, StorageDriver
from storagedriver.records import FileInfo, UnfinishedInfo
from tests.drivers.backends import Backend
from tests.drivers.contract.model import Model, ModelWriter
from tests.drivers.contract.observing import everything, read

T = TypeVar("T")

EXPLORE = int(os.environ.get("STORAGEDRIVER_EXPLORE", "0"))

SETTINGS = settings(
    max_examples=EXPLORE or 60,
    stateful_step_count=40,
    derandomize=not EXPLORE,
    database=None,
    deadline=None,
    # Shrinking is for whoever looks at a failure, whose message is long enough without.
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

# Few names, alike in their beginnings and around `/` in the order of characters.
NAMES = st.sampled_from(["a", "a-", "a.b", "a0"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
PLACES = PATHS | st.just("/")
BODIES = st.sampled_from([b"", b"x", b"y", b"xy", b"longer than that"])
CHUNKS = st.sampled_from([b"1", b"22", b"a chunk of a writer"])
INDEX = st.integers(0, 30)
CONDITIONS = st.sampled_from(["none", "new", "current", "stale"])


def _told(info: FileInfo) -> tuple[str, bool, int]:
    return info.path, info.is_dir, info.size


class Against(RuleBasedStateMachine):
    """Calls of a driver and of the model, side by side."""

    backend: Backend

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="storagedriver-model-")
        self.stack = AsyncExitStack()
        self.model = Model(is_exclusive=bool(self.backend.capabilities.exclusive_names))
        self.writers: list[tuple[FileWriter, ModelWriter]] = []
        self.records: list[tuple[UnfinishedInfo, ModelWriter]] = []
        self.versions: dict[tuple[str, str], bytes] = {}
        self.driver: StorageDriver = self.run(self._open())

    async def _open(self) -> StorageDriver:
        return await self.stack.enter_async_context(self.backend.open(Path(self.folder.name)))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        try:
            self.compare_all()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            self.folder.cleanup()

    def both(
        self, work: Coroutine[Any, Any, T], expected: Callable[[], object]
    ) -> tuple[T | None, object]:
        """Do it on both, and require the same error of both, or none."""
        error: type[StorageDriverError] | None = None
        failed: type[StorageDriverError] | None = None
        result = answer = None
        try:
            result = expected()
        except StorageDriverError as raised:
            error = type(raised)
        try:
            answer = self.run(work)
        except StorageDriverError as raised:
            failed = type(raised)
        assert error == failed
        return answer, result

    def same(self, work: Coroutine[Any, Any, T], expected: Callable[[], object]) -> None:
        answer, result = self.both(work, expected)
        assert result == answer

    def version(self, path: str) -> str | None:
        """The version that a file has now; one that repeats must stand for the same bytes."""
        if path not in self.model.files:
            return None
        version = self.run(self.driver.stat(path)).version
        assert version is not None
        content = self.model.files[path]
        assert content == self.versions.setdefault((path, version), content)
        return version

    def condition(self, path: str, kind: str) -> tuple[str | None, bool | None]:
        """A version to give, and whether it matches: the file's own, or one of other bytes."""
        current = self.version(path)
        if kind == "current" and current is not None:
            return current, True
        if kind in {"current", "stale"}:
            old = [seen for at, seen in self.versions if at == path and seen != current]
            return (old or ["no such version"])[-1], False
        return None, None

    @rule(path=PATHS, body=BODIES, kind=CONDITIONS)
    def put(self, path: str, body: bytes, kind: str) -> None:
        version, matches = self.condition(path, kind)
        is_new = kind == "new"
        info, _ = self.both(
            self.driver.put_content(path, body, if_match=version, if_none_match=is_new),
            lambda: self.model.put(path, body, matches=matches, is_new=is_new),
        )
        if info is not None:
            assert self.version(path) == info.version
            assert self.model.stat(path) == _told(info)

    @rule(path=PATHS)
    def get(self, path: str) -> None:
        self.same(self.driver.get_content(path), lambda: self.model.get(path))

    @rule(path=PATHS, offset=st.integers(-1, 20), length=st.none() | st.integers(0, 20))
    def read(self, path: str, offset: int, length: int | None) -> None:
        # A negative offset is refused before it is known whether there is a file.
        if offset >= 0 or path in self.model.files:
            self.same(
                read(self.driver, path, offset=offset, length=length),
                lambda: self.model.read(path, offset, length),
            )

    @rule(path=PLACES)
    def stat(self, path: str) -> None:
        async def stat() -> tuple[str, bool, int]:
            return _told(await self.driver.stat(path))

        self.same(stat(), lambda: self.model.stat(path))

    @rule(path=PLACES, after=st.none() | NAMES)
    def children(self, path: str, after: str | None) -> None:
        async def listed() -> object:
            return [_told(one) async for one in self.driver.list(path, start_after=after)]

        self.same(listed(), lambda: self.model.children(path, after))

    @rule(path=PLACES, after=st.none() | PATHS)
    def walk(self, path: str, after: str | None) -> None:
        below = after if after is None or path == "/" else path + after

        async def walked() -> object:
            return [_told(one) async for one in self.driver.walk(path, start_after=below)]

        self.same(walked(), lambda: self.model.walk(path, below))

    @rule(source=PATHS, destination=PATHS)
    def move(self, source: str, destination: str) -> None:
        self.both(
            self.driver.move(source, destination), lambda: self.model.move(source, destination)
        )
        self.version(destination)

    @rule(path=PATHS, kind=st.sampled_from(["none", "none", "current", "stale"]))
    def delete(self, path: str, kind: str) -> None:
        version, matches = self.condition(path, kind)
        self.both(
            self.driver.delete(path, if_match=version),
            lambda: self.model.delete(path, matches=matches),
        )

    @rule(path=PATHS, append=st.booleans())
    def writer(self, path: str, *, append: bool) -> None:
        # Whether a conflict is raised here or at the commit is the driver's choice.
        if self.model.is_blocked(path):
            return
        former = self.model.owners.get(path)
        writer, owner = self.both(
            self.driver.writer(path, append=append), lambda: self.model.open(path, append=append)
        )
        if writer is None:
            return
        assert isinstance(owner, ModelWriter)
        self.writers.append((writer, owner))
        if former is not None and former.state == "open":
            # What was taken from an open writer is what the driver had of it by then.
            assert writer.size <= len(self.model.drafts[path])
            self.model.drafts[path] = self.model.drafts[path][: writer.size]
        assert len(self.model.drafts[path]) == writer.size

    @precondition(lambda self: self.writers)
    @rule(index=INDEX, chunk=CHUNKS)
    def write(self, index: int, chunk: bytes) -> None:
        writer, owner = self.writers[index % len(self.writers)]
        self.both(writer.write(chunk), lambda: self.model.write(owner, chunk))

    @precondition(lambda self: self.writers)
    @rule(index=INDEX, end=st.sampled_from(["close", "commit", "cancel"]))
    def end(self, index: int, end: str) -> None:
        writer, owner = self.writers[index % len(self.writers)]
        self.both(getattr(writer, end)(), lambda: getattr(self.model, end)(owner))
        self.version(owner.path)

    @rule(path=PLACES)
    def unfinished(self, path: str) -> None:
        records = self.run(everything(self.driver.unfinished(path)))
        expected = self.model.unfinished(path)
        sizes = {one: size for one, size, _ in expected}
        closed = {one: size for one, size, is_closed in expected if is_closed}
        told = {record.path: record.size for record in records}
        assert len(told) == len(records)
        assert [one for one in sizes if one in told] == list(told)
        assert closed == {one: size for one, size in told.items() if one in closed}
        assert all(size <= sizes[one] for one, size in told.items())
        for record in records:
            self.records.append((record, self.model.owners[record.path]))

    @precondition(lambda self: self.records)
    @rule(index=INDEX)
    def discard(self, index: int) -> None:
        record, owner = self.records[index % len(self.records)]
        self.both(self.driver.discard(record), lambda: self.model.discard(record.path, owner))

    def compare_all(self) -> None:
        self.walk("/", None)
        self.unfinished("/")
        for path in self.model.files:
            self.get(path)
            self.version(path)


def test_any_sequence_of_calls_is_answered_as_the_model_does(backend: Backend) -> None:
    machine = type("AgainstModel", (Against,), {"backend": backend})

    run_state_machine_as_test(machine, settings=SETTINGS)
