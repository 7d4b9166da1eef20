"""Crimes of drivers that declare what they lack, or how much they take."""

from collections.abc import AsyncIterator

from storagedriver.errors import PathNotFoundError, StorageBackendError, UnsupportedOperationError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.variants import (
    FromTheStart,
    LimitedWriter,
    ReadOnly,
    Small,
    Unconditional,
    Unresumable,
)
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter


@crime(
    "Without conditions, a conditional put puts.",
    "caps.no-conditional-put",
    seen_in="S3 servers that ignore If-None-Match",
)
class IgnoresConditions(Unconditional):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        del if_match, if_none_match
        return await super().put_content(path, content)


@crime("Without conditions, a conditional put fails after it was done.", "caps.no-conditional-put")
class PutsThenRefuses(Unconditional):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        await super().put_content(path, content)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("Without conditions, the file is compared all the same.", "caps.no-conditional-put")
class ComparesThenRefuses(Unconditional):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.check(path)
        self.check_condition(path, if_match=if_match, if_none_match=if_none_match)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@crime("Without conditions, a conditional delete deletes.", "caps.no-conditional-delete")
class DeletesAnyVersion(Unconditional):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        del if_match
        await super().delete(path)


@crime("Without resuming, append=True begins anew.", "caps.no-resuming")
class BeginsAnew(Unresumable):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        del append
        return await super().writer(path)


@crime("Without resuming, append=True looks for what to resume first.", "caps.no-resuming")
class LooksThenRefuses(Unresumable):
    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        if append and path not in self.disk.pending:
            raise PathNotFoundError(path=path, driver=self.name)
        return await super().writer(path, append=append)


@crime(
    "Without start_after, listings begin at the beginning.",
    "caps.no-start-after",
    seen_in="distribution: catalog paging, where the hint is optional",
)
class IgnoresStartAfter(FromTheStart):
    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        del start_after
        async for info in super().list(path):
            yield info


@crime("Without start_after, a walk begins at the beginning.", "caps.no-start-after")
class WalksFromTheStart(FromTheStart):
    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        del start_after
        async for info in super().walk(path):
            yield info


@crime("Without redirects, asking for one is an error.", "caps.no-redirect", "paths.legal")
class RefusesToRedirect(Reference):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        await super().redirect_url(path, method=method, expires_in=expires_in)
        raise UnsupportedOperationError(path=path, driver=self.name)


@crime("Without redirects, a PUT has a URL.", "caps.no-redirect", seen_in="distribution's azure")
class RedirectsAnyMethod(Reference):
    async def redirect_url(
        self, path: str, *, method: str = "GET", expires_in: float = 1200
    ) -> str | None:
        await super().redirect_url(path, method=method, expires_in=expires_in)
        return f"https://storage.test{path}" if method == "PUT" else None


@crime("Read-only, it still moves and deletes.", "caps.read-only")
class ReadOnlyForPuts(ReadOnly):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await Reference.delete(self, path, if_match=if_match)

    async def move(self, source: str, destination: str) -> None:
        await Reference.move(self, source, destination)


@crime("Read-only, it writes and then says so.", "caps.read-only")
class ReadOnlyAfterwards(ReadOnly):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        self.store(path, bytes(content))
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


# Numbers


@crime("A put longer than max_put is cut.", "caps.max-put")
class CutsLongPuts(Small):
    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        cut = bytes(content)[: self.capabilities.limits.max_put]
        return await super().put_content(path, cut, if_match=if_match, if_none_match=if_none_match)


@crime("A put of max_put bytes is refused.", "caps.max-put")
class RefusesTheLongestPut(Small):
    def check_size(self, path: str, size: int, most: int | None) -> None:
        super().check_size(path, size + 1, most)


@crime(
    "A writer drops what is longer than max_object.",
    "caps.max-object",
    seen_in="distribution #2593: a list of parts that ends after 1,000",
)
class CutsLongObjects(Small):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Cutting(ReferenceWriter):
            async def write(self, chunk: Content) -> None:
                most = self.driver.capabilities.limits.max_object or 0
                await super().write(bytes(chunk)[: max(0, most - self.size)])

        return Cutting(self, path, pending)


@crime("A writer refuses the last byte of max_object.", "caps.max-object")
class RefusesTheLongestObject(Small):
    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        class Refusing(LimitedWriter):
            async def write(self, chunk: Content) -> None:
                if self.size + len(chunk) == self.driver.capabilities.limits.max_object:
                    raise StorageBackendError("full", path=self.path, driver=self.driver.name)
                await super().write(chunk)

        return Refusing(self, path, pending)
