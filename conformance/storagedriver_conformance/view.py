"""A driver under test, seen through a namespace: nothing outside of it can be named.

Each call is noted, bounded in time, and what it answers is checked for its type. `/` stands for the
namespace, which exists even while nothing is in it, as the root of a storage does.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Any, TypeVar

from storagedriver.errors import PathNotFoundError
from storagedriver.protocol import Content, StorageDriver
from storagedriver.records import Capabilities, FileInfo, UnfinishedInfo
from storagedriver_conformance.answers import file_info, typed, unfinished_info
from storagedriver_conformance.calls import Calls, call_text, not_a, operation
from storagedriver_conformance.findings import Endless, Violation
from storagedriver_conformance.timings import note
from storagedriver_conformance.viewed import ViewedReader, ViewedWriter

T = TypeVar("T")

# A listing that gives more than all calls of the program can have made never ends.
AT_LEAST = 5_000
PER_CALL = 64


class View:
    """A `StorageDriver` whose root is a directory of another."""

    def __init__(self, driver: StorageDriver, namespace: str, calls: Calls) -> None:
        self.raw = driver
        self.namespace = namespace
        self.calls = calls

    @property
    def name(self) -> str:
        """The driver's own name."""
        return self.raw.name

    @property
    def capabilities(self) -> Capabilities:
        """The driver's own capabilities."""
        return self.raw.capabilities

    def full(self, path: str) -> str:
        """Return the driver's path of a path in the namespace; a malformed one stays malformed."""
        if not (path and isinstance(path, str)):
            return path
        if path == "/":
            return self.namespace
        separator = "" if path.startswith("/") else "/"
        return (self.namespace if not separator else self.namespace[1:]) + separator + path

    async def get_content(self, path: str) -> bytes:
        """See the protocol."""
        text = call_text("get_content", path)
        content = await self.calls.make(text, self._method("get_content"), self.full(path))
        return typed(text, content, bytes)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        options = {"if_match": if_match, "if_none_match": if_none_match}
        given = {name: value for name, value in options.items() if value}
        text = call_text("put_content", path, content, **given)
        info = await self.calls.make(
            text, self._method("put_content"), self.full(path), content, **given
        )
        return self.info(text, info)

    @asynccontextmanager
    async def reader(
        self, path: str, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ViewedReader]:
        """See the protocol."""
        text = call_text("reader", path, offset=offset or None, length=length)
        given = {"offset": offset, "length": length}
        manager = self.calls.now(text, self._method("reader"), self.full(path), **given)
        if not isinstance(manager, AbstractAsyncContextManager):
            raise not_a(text, "async context manager", manager)
        reader = await self.calls.make(text, manager.__aenter__)
        try:
            yield ViewedReader(reader, text, self)
        except BaseException as error:
            leaving = (type(error), error, error.__traceback__)
            if await self.calls.make("leave the reader", manager.__aexit__, *leaving):
                message = f"{text} swallowed the error of its block"
                raise Violation(message, expected=type(error).__name__) from error
            raise
        else:
            await self.calls.make("leave the reader", manager.__aexit__, None, None, None)

    async def writer(self, path: str, *, append: bool = False) -> ViewedWriter:
        """See the protocol."""
        text = call_text("writer", path, append=append)
        writer = await self.calls.make(text, self._method("writer"), self.full(path), append=append)
        return ViewedWriter(writer, path, self)

    async def stat(self, path: str) -> FileInfo:
        """See the protocol."""
        text = call_text("stat", path)
        try:
            info = await self.calls.make(text, self._method("stat"), self.full(path))
        except PathNotFoundError:
            if path == "/":
                return FileInfo(path="/", is_dir=True)
            raise
        return self.info(text, info)

    async def list(
        self, path: str, *, start_after: str | None = None
    ) -> AsyncGenerator[FileInfo, None]:
        """See the protocol."""
        text = call_text("list", path, start_after=start_after)
        entries = self._started(text, "list", path, start_after=start_after)
        async with aclosing(self._each(text, path, entries)) as each:
            async for info in each:
                yield self.info(text, info)

    async def walk(
        self, path: str, *, start_after: str | None = None
    ) -> AsyncGenerator[FileInfo, None]:
        """See the protocol."""
        text = call_text("walk", path, start_after=start_after)
        after = None if start_after is None else self.full(start_after)
        entries = self._started(text, "walk", path, start_after=after)
        async with aclosing(self._each(text, path, entries)) as each:
            async for info in each:
                yield self.info(text, info)

    async def move(self, source: str, destination: str) -> None:
        """See the protocol."""
        text = call_text("move", source, destination)
        await self.calls.make(text, self._method("move"), self.full(source), self.full(destination))

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """See the protocol."""
        text = call_text("delete", path, if_match=if_match)
        given = {} if if_match is None else {"if_match": if_match}
        await self.calls.make(text, self._method("delete"), self.full(path), **given)

    async def unfinished(self, path: str = "/") -> AsyncGenerator[UnfinishedInfo, None]:
        """See the protocol."""
        text = call_text("unfinished", path)
        entries = self._started(text, "unfinished", path)
        async with aclosing(self._each(text, path, entries)) as each:
            async for info in each:
                found = unfinished_info(text, info)
                yield replace(found, path=self._short(text, found.path))

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """See the protocol."""
        text = call_text("discard", unfinished.path)
        whole = replace(unfinished, path=self.full(unfinished.path))
        await self.calls.make(text, self._method("discard"), whole)

    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        """See the protocol."""
        text = call_text("redirect_url", path, method=method)
        url = await self.calls.make(
            text,
            self._method("redirect_url"),
            self.full(path),
            method=method,
            expires_in=expires_in,
        )
        return None if url is None else typed(text, url, str)

    async def aclose(self) -> None:
        """See the protocol."""
        await self.calls.make("aclose()", self._method("aclose"))

    def _method(self, name: str) -> Callable[..., Any]:
        """Return a method of the driver, or raise `Violation` where it has none of that name."""
        method = getattr(self.raw, name, None)
        if not callable(method):
            message = f"the driver has no method {name}"
            raise Violation(message)
        return method  # type: ignore[no-any-return] # what it answers is checked where it is used

    def _started(
        self, text: str, name: str, path: str, **options: str | None
    ) -> AsyncIterator[Any]:
        """Begin a listing."""
        entries = self.calls.now(text, self._method(name), self.full(path), **options)
        if not hasattr(entries, "__anext__"):
            raise not_a(text, "async iterator", entries)
        return entries  # type: ignore[no-any-return] # each entry is checked when it comes

    async def _each(
        self, text: str, path: str, entries: AsyncIterator[T]
    ) -> AsyncGenerator[T, None]:
        """Give what a listing gives, each step bounded in time and all of them in number."""
        place = self.calls.begin(text)
        most = AT_LEAST + PER_CALL * self.calls.count
        number, spent = 0, 0.0
        try:
            with self.calls.meter.call(operation(text)):
                while True:
                    began = monotonic()
                    try:
                        entry = await self.calls.ask(text, entries.__anext__)
                    except StopAsyncIteration:
                        break
                    except PathNotFoundError:
                        if path == "/" and not number:
                            break
                        self.calls.end(place, "PathNotFoundError")
                        raise
                    number += 1
                    spent += monotonic() - began
                    if number > most or spent > self.calls.patience:
                        message = f"{text} does not end: it gave {number:,} entries"
                        raise Endless(message)
                    yield entry
            self.calls.end(place, f"{number} entries")
            note(self.calls.times, operation(text), spent)
        finally:
            if hasattr(entries, "aclose"):
                await self.calls.ask(text, entries.aclose)

    def info(self, text: str, info: object) -> FileInfo:
        """Check that an answer is a record of the namespace, and give it with its path there."""
        found = file_info(text, info)
        return replace(found, path=self._short(text, found.path))

    def _short(self, text: str, path: object) -> str:
        known = typed(text, path, str)
        if known == self.namespace:
            return "/"
        if not known.startswith(f"{self.namespace}/"):
            message = f"{text} told of a path that is not below the one asked for"
            raise Violation(message, expected=f"below {self.namespace}", actual=known)
        return known.removeprefix(self.namespace)
