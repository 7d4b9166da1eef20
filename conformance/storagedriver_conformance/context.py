"""What a property works with: a driver in a namespace, draws, and ways to say what must hold."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar

from hypothesis.strategies import SearchStrategy

from storagedriver.errors import PathNotFoundError, StorageDriverError
from storagedriver.protocol import StorageDriver
from storagedriver.records import Capabilities, FileInfo, Limits
from storagedriver_conformance import bodies
from storagedriver_conformance.answers import told
from storagedriver_conformance.calls import Calls
from storagedriver_conformance.findings import NotApplicable, Violation
from storagedriver_conformance.profiles import Profile
from storagedriver_conformance.target import Target
from storagedriver_conformance.victims import Victims
from storagedriver_conformance.view import View
from storagedriver_conformance.viewed import ViewedWriter

T = TypeVar("T")


class Source(Protocol):
    """Where drawn values come from: hypothesis, or a case that is replayed."""

    def draw(self, strategy: SearchStrategy[T]) -> T:
        """Give the next value."""


class Context:
    """One run of one property, in a fresh namespace.

    `driver` is the driver under test; `raw` the same without the namespace, to be used with care:
    `driver.full(path)` gives its paths. `victims` has processes killed, for a property that forks.
    It is `patient` until something was found: what may only need more time is then given it.
    """

    def __init__(
        self,
        *,
        driver: View,
        target: Target,
        profile: Profile,
        source: Source,
        victims: Victims,
        patient: bool = True,
    ) -> None:
        self.driver = driver
        self.target = target
        self.victims = victims
        self.profile = profile
        self.patient = patient
        self.draws: list[Any] = []
        self.notices: list[str] = []
        self._source = source

    @property
    def raw(self) -> StorageDriver:
        """The driver as it was opened."""
        return self.driver.raw

    @property
    def capabilities(self) -> Capabilities:
        """What the driver declares."""
        return self.driver.capabilities

    @property
    def limits(self) -> Limits:
        """The numbers that the driver declares."""
        return self.driver.capabilities.limits

    @property
    def calls(self) -> Calls:
        """What was called so far."""
        return self.driver.calls

    # Values

    def draw(self, strategy: SearchStrategy[T]) -> T:
        """Draw a value: plain data (str, int, bool, None, lists), so that it can be kept."""
        value = self._source.draw(strategy)
        self.draws.append(value)
        return value

    def body(self, size: int, seed: int = 0) -> bytes:
        """Return a content: bytes that depend on the seed and on their position."""
        return bodies.body(size, seed)

    # Instances

    @asynccontextmanager
    async def another(self) -> AsyncIterator[View]:
        """Open a second instance, seen through the same namespace.

        It sees the same storage only where the driver is `shared`.
        """
        manager = self.target.open()
        driver = await self.calls.make("open another instance", manager.__aenter__)
        try:
            yield View(driver, self.driver.namespace, self.calls)
        finally:
            await self.calls.make("close it", manager.__aexit__, None, None, None)

    def unguarded(self) -> View:
        """Return the driver inside of a guard, if it has one, in the same namespace."""
        inside = getattr(self.raw, "unguarded", self.raw)
        return View(inside, self.driver.namespace, self.calls)

    def notice(self, words: str) -> None:
        """Have the report say what is no failure, and worth to know."""
        self.notices.append(words)

    def inapplicable(self, reason: str) -> NotApplicable:
        """Return what to raise where the property cannot be tried on this target."""
        return NotApplicable(reason)

    # What must hold

    def holds(
        self, condition: object, message: str, *, expected: str = "", actual: str = ""
    ) -> None:
        """Fail the property unless the condition is true."""
        if not condition:
            raise Violation(message, expected=expected, actual=actual)

    def same(self, expected: object, actual: object, what: str) -> None:
        """Fail the property unless both are equal."""
        if expected == actual and type(expected) is type(actual):
            return
        if isinstance(expected, bytes) and isinstance(actual, bytes):
            message = f"{what}: {bodies.difference(expected, actual)}"
            raise Violation(
                message, expected=bodies.described(expected), actual=bodies.described(actual)
            )
        raise Violation(f"{what} is wrong", expected=repr(expected), actual=repr(actual))

    def one_of(self, allowed: list[bytes], actual: bytes, what: str) -> None:
        """Fail the property unless the content is one of those allowed."""
        if actual not in allowed:
            words = " or ".join(bodies.described(one) for one in allowed)
            raise Violation(
                f"{what} is none of those", expected=words, actual=bodies.described(actual)
            )

    @contextmanager
    def refused(self, *kinds: type[Exception], what: str) -> Iterator[None]:
        """Fail the property unless the block raises an error of one of these types."""
        names = " or ".join(kind.__name__ for kind in kinds)
        try:
            yield
        except kinds:
            return
        except (StorageDriverError, ValueError, TypeError) as error:
            raise Violation(
                f"{what} was refused with the wrong error",
                expected=names,
                actual=f"{type(error).__name__}: {told(error)}",
            ) from error
        raise Violation(f"{what} was not refused", expected=names, actual="no error")

    # Short ways to ask

    async def content(self, path: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Read through `reader`, joined."""
        async with self.driver.reader(path, offset=offset, length=length) as reader:
            return b"".join([chunk async for chunk in reader])

    async def written(self, path: str, *chunks: bytes) -> FileInfo:
        """Write a file through `writer`, and commit it."""
        async with await self.driver.writer(path) as writer:
            for chunk in chunks:
                await writer.write(chunk)
            return await writer.commit()

    async def pending(self, path: str, *chunks: bytes) -> ViewedWriter:
        """Leave an unfinished writer on the path, closed."""
        writer = await self.driver.writer(path)
        for chunk in chunks:
            await writer.write(chunk)
        await writer.close()
        return writer

    async def children(self, path: str, *, start_after: str | None = None) -> list[str]:
        """Return the paths that `list` gives."""
        return [info.path async for info in self.driver.list(path, start_after=start_after)]

    async def below(self, path: str, *, start_after: str | None = None) -> list[str]:
        """Return the paths that `walk` gives."""
        return [info.path async for info in self.driver.walk(path, start_after=start_after)]

    async def files(self, path: str = "/") -> dict[str, bytes]:
        """Return all files below a path, with what is in them."""
        found = [info.path async for info in self.driver.walk(path) if not info.is_dir]
        return {path: await self.driver.get_content(path) for path in found}

    async def left_open(self, path: str = "/") -> dict[str, int]:
        """Return the sizes of unfinished writers at and below a path."""
        return {info.path: info.size async for info in self.driver.unfinished(path)}

    async def exists(self, path: str) -> bool:
        """Tell whether `stat` finds something; other errors are not swallowed."""
        try:
            await self.driver.stat(path)
        except PathNotFoundError:
            return False
        return True

    async def gone(self, path: str, what: str) -> None:
        """Fail the property unless every reading method agrees that nothing is at the path."""
        parent = path.rpartition("/")[0] or "/"
        with self.refused(PathNotFoundError, what=f"stat of {what}"):
            await self.driver.stat(path)
        with self.refused(PathNotFoundError, what=f"get_content of {what}"):
            await self.driver.get_content(path)
        with self.refused(PathNotFoundError, what=f"a reader of {what}"):
            await self.content(path)
        try:
            listed = await self.children(parent)
        except PathNotFoundError:
            listed = []
        self.holds(path not in listed, f"list of {parent} still shows {what}", actual=str(listed))
        self.holds(path not in await self.below("/"), f"walk still shows {what}")

    async def there(self, path: str, content: bytes, what: str) -> None:
        """Fail the property unless every reading method agrees that this content is at the path."""
        parent = path.rpartition("/")[0] or "/"
        self.same(content, await self.driver.get_content(path), f"get_content of {what}")
        self.same(content, await self.content(path), f"a reader of {what}")
        info = await self.driver.stat(path)
        self.same((len(content), False), (info.size, info.is_dir), f"stat of {what}")
        sizes = {one.path: one.size async for one in self.driver.list(parent)}
        self.same(len(content), sizes.get(path), f"the size of {what} in the list of {parent}")
