"""Healthy drivers that differ from the reference driver: the suite must find nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace

from storagedriver.errors import StorageBackendError, UnsupportedOperationError
from storagedriver.protocol import Content
from storagedriver.records import FileInfo, Limits, Support, UnfinishedInfo
from storagedriver_conformance.draws import MIB
from storagedriver_conformance.zoo.animal import Crime, crime
from storagedriver_conformance.zoo.durable import Durable
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.remote import Remote
from storagedriver_conformance.zoo.writing import Pending, ReferenceWriter

ABSENT = Support.ABSENT


class Limited(Reference):
    """The reference driver, which refuses what its capabilities do not declare."""

    def need(self, path: str, *abilities: str) -> None:
        """Raise `UnsupportedOperationError` where one of the abilities is absent."""
        self.check(path, root=True)
        for ability in abilities:
            if not getattr(self.capabilities, ability):
                raise UnsupportedOperationError(f"no {ability}", path=path, driver=self.name)

    def check_size(self, path: str, size: int, most: int | None) -> None:
        """Raise `StorageBackendError` for what is larger than a limit."""
        if most is not None and size > most:
            raise StorageBackendError("too large", path=path, driver=self.name)

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        self.need(path, "writable")
        if if_match is not None or if_none_match:
            self.need(path, "conditional_put")
        self.check_size(path, len(content), self.capabilities.limits.max_put)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    async def writer(self, path: str, *, append: bool = False) -> ReferenceWriter:
        """See the protocol."""
        self.need(path, "writable", *(["resumable_writer"] if append else []))
        return await super().writer(path, append=append)

    def make_writer(self, path: str, pending: Pending) -> ReferenceWriter:
        """Return a writer that knows the largest object."""
        return LimitedWriter(self, path, pending)

    async def move(self, source: str, destination: str) -> None:
        """See the protocol."""
        self.need(source, "writable")
        await super().move(source, destination)

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        """See the protocol."""
        self.need(path, "writable", *([] if if_match is None else ["conditional_delete"]))
        await super().delete(path, if_match=if_match)

    async def discard(self, unfinished: UnfinishedInfo) -> None:
        """See the protocol."""
        self.need(unfinished.path, "writable")
        await super().discard(unfinished)

    async def list(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        self.need(path, *([] if start_after is None else ["start_after"]))
        async for info in super().list(path, start_after=start_after):
            yield info

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        """See the protocol."""
        self.need(path, *([] if start_after is None else ["start_after"]))
        async for info in super().walk(path, start_after=start_after):
            yield info


class LimitedWriter(ReferenceWriter):
    """A writer that refuses to grow beyond the largest object."""

    async def write(self, chunk: Content) -> None:
        """See the protocol."""
        most = self.driver.capabilities.limits.max_object
        if most is not None and self.size + len(chunk) > most:
            raise StorageBackendError("too large", path=self.path, driver=self.driver.name)
        await super().write(chunk)


class Unconditional(Limited):
    """It has no conditional calls."""

    capabilities = replace(
        Reference.capabilities, conditional_put=ABSENT, conditional_delete=ABSENT
    )


class Unresumable(Limited):
    """Its writers end with their process."""

    capabilities = replace(Reference.capabilities, resumable_writer=ABSENT)


class FromTheStart(Limited):
    """Its listings begin at the beginning."""

    capabilities = replace(Reference.capabilities, start_after=ABSENT)


class ReadOnly(Limited):
    """Nothing can be written."""

    capabilities = replace(Reference.capabilities, writable=ABSENT)


class Flat(Limited):
    """A name can be a file and a directory."""

    capabilities = replace(Reference.capabilities, exclusive_names=ABSENT)


class Small(Limited):
    """It takes less at once, in an object, and in a path; its parts and pages have no sizes."""

    capabilities = replace(
        Reference.capabilities,
        limits=Limits(max_put=4 * MIB, max_object=8 * MIB, max_key=500),
    )


LESSER = (Unconditional, Unresumable, FromTheStart, ReadOnly, Flat, Small)


def all_variants() -> list[Crime]:
    """Return the healthy drivers, each as an animal that has done nothing."""
    kinds = (Reference, Durable, Remote, *LESSER)
    return [crime("It does nothing wrong.")(kind) for kind in kinds]
