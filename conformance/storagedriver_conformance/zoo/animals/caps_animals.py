"""Crimes against what a driver declares."""

from collections.abc import AsyncIterator
from dataclasses import replace

from storagedriver.errors import UnsupportedOperationError
from storagedriver.records import FileInfo, Limits, Support
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.keeping import CHUNK, Disk, ReferenceReader
from storagedriver_conformance.zoo.reference import Reference
from storagedriver_conformance.zoo.variants import (
    FromTheStart,
    Unconditional,
    Unresumable,
)


@crime("An ability is True.", "caps.record")
class AbilitiesAreBooleans(Reference):
    capabilities = replace(Reference.capabilities, atomic_put=True)  # type: ignore[arg-type] # the crime


@crime("A limit that it has not is 0.", "caps.record", seen_in="configuration files")
class NoLimitIsZero(Reference):
    capabilities = replace(Reference.capabilities, limits=Limits(max_parts=0))


@crime("A limit is infinite.", "caps.record")
class NoLimitIsInfinite(Reference):
    capabilities = replace(Reference.capabilities, limits=Limits(max_object=float("inf")))  # type: ignore[arg-type] # the crime


@crime("What it declares changes with the first write.", "caps.constant")
class LearnsWhileOpen(Reference):
    def store(self, path: str, content: bytes) -> FileInfo:
        self.capabilities = replace(self.capabilities, power_safe=Support.NATIVE)
        return super().store(path, content)


@crime("What it declares differs from instance to instance.", "caps.constant")
class DeclaresByChance(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        page = next(self.disk.numbers)
        self.capabilities = replace(
            self.capabilities, limits=replace(self.capabilities.limits, page=page)
        )


@crime("It declares conditional puts and has none.", "caps.claims", "cond.*")
class ClaimsConditionalPut(Unconditional):
    capabilities = replace(Reference.capabilities)

    def need(self, path: str, *abilities: str) -> None:
        super().need(path, *abilities)
        if "conditional_put" in abilities:
            raise UnsupportedOperationError(path=path, driver=self.name)


@crime("It declares conditional deletes and has none.", "caps.claims", "cond.*", "delete.*")
class ClaimsConditionalDelete(Unconditional):
    capabilities = replace(Reference.capabilities)

    def need(self, path: str, *abilities: str) -> None:
        super().need(path, *abilities)
        if "conditional_delete" in abilities:
            raise UnsupportedOperationError(path=path, driver=self.name)


@crime("It declares that writers resume and they do not.", "caps.claims", "writers.*")
class ClaimsResuming(Unresumable):
    capabilities = replace(Reference.capabilities)

    def need(self, path: str, *abilities: str) -> None:
        super().need(path, *abilities)
        if "resumable_writer" in abilities:
            raise UnsupportedOperationError(path=path, driver=self.name)


@crime("It declares start_after and takes none.", "caps.claims", "list.*")
class ClaimsStartAfter(FromTheStart):
    capabilities = replace(Reference.capabilities)

    def need(self, path: str, *abilities: str) -> None:
        super().need(path, *abilities)
        if "start_after" in abilities:
            raise UnsupportedOperationError(path=path, driver=self.name)


@crime("It declares redirects and gives no URL.", "url.get")
class ClaimsRedirects(Reference):
    capabilities = replace(Reference.capabilities, redirect=Support.NATIVE)


@crime(
    "It declares shared and each instance has its own storage.", "content.seen-by-others", "conc.*"
)
class ClaimsSharing(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(None)
        del disk


@crime(
    "An instance reads files from its own cache.",
    "content.seen-by-others",
    "conc.*",
    seen_in="distribution #1176, #971, #4398: attribute caches",
)
class CachesFiles(Reference):
    def __init__(self, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.cached: dict[str, bytes] = {}

    def store(self, path: str, content: bytes) -> FileInfo:
        self.cached[path] = content
        return super().store(path, content)

    async def get_content(self, path: str) -> bytes:
        return self.cached.setdefault(path, await super().get_content(path))


@crime("An open reader ends where the new file ends.", "reads.stable", "reads.*")
class ReadsTheNewFile(Reference):
    def make_reader(self, path: str, offset: int, length: int | None) -> ReferenceReader:
        driver, end = self, None if length is None else offset + length

        class Following(ReferenceReader):
            async def __aiter__(self) -> AsyncIterator[bytes]:
                content = driver.find(path).content[offset:end]
                for at in range(0, len(content), CHUNK):
                    yield content[at : at + CHUNK]

        return Following(self.info(path), b"")
