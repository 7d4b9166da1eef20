"""Crimes in what a call leaves behind when one of its requests fails."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar, Unpack

from storagedriver.errors import (
    PathNotFoundError,
    StorageBackendError,
    StorageFullError,
    StorageUnavailableError,
)
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.animal import crime
from storagedriver_conformance.zoo.conditions import Conditions
from storagedriver_conformance.zoo.remote import Remote

T = TypeVar("T")


class Tokenless(Remote):
    """What is repeated bears another token each time, for some of its requests."""

    verbs: tuple[str, ...] = ()

    async def ask(
        self,
        verb: str,
        path: str,
        do: Callable[[], Awaitable[T]],
        *,
        half: Callable[[], object] | None = None,
        needs_space: bool = False,
    ) -> T:
        if verb not in self.verbs:
            return await super().ask(verb, path, do, half=half, needs_space=needs_space)
        return await self.send(
            lambda _: self.remote.wire.ask(verb, do, half=half, needs_space=needs_space)
        )


# Answers that were lost


@crime(
    "A put with a condition, repeated after its answer was lost, fails on what it has put.",
    "fault.condition",
    seen_in="s3fs",
)
class ConflictsWithItself(Tokenless):
    verbs = ("put",)


@crime(
    "A delete, repeated after its answer was lost, finds nothing to delete.",
    "fault.delete",
    "fault.delete-condition",
)
class MissesWhatItDeleted(Tokenless):
    verbs = ("delete",)


@crime(
    "A delete with a version, repeated after its answer was lost, finds another version.",
    "fault.delete-condition",
)
class DeleteConflictsWithItself(Tokenless):
    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        self.verbs = () if if_match is None else ("delete",)
        await super().delete(path, if_match=if_match)


@crime(
    "A move, repeated after its answer was lost, does not find its source.",
    "fault.move",
    seen_in="NFS: a rename that is sent again",
)
class MissesWhatItMoved(Tokenless):
    verbs = ("rename",)

    async def transfer(self, source: str, destination: str) -> None:
        async def rename() -> None:
            self.store(destination, self.find(source).content)
            del self.disk.files[source]

        await self.ask("rename", source, rename, needs_space=True)


@crime(
    "A commit, repeated after its answer was lost, finds its upload gone.",
    "fault.commit",
    "fault.cancel",
    seen_in="S3's NoSuchUpload after a completion that succeeded",
)
class MissesWhatItCommitted(Tokenless):
    verbs = ("commit",)


@crime(
    "A put appends to an empty file, and appends again when its answer was lost.",
    "fault.put",
    "fault.condition",
    seen_in="distribution #4887",
)
class AppendsAgain(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        sent: list[bytes] = []
        put = super().put_content

        async def do() -> FileInfo:
            sent.append(bytes(content))
            return await put(path, b"".join(sent), **conditions)

        return await self.send(lambda _: self.remote.wire.ask("put", do, needs_space=True))


# Errors that nobody hears of


@crime(
    "A put that fails is reported as done.",
    "fault.put",
    "fault.no-space",
    seen_in="caches that write back later",
)
class SwallowsFailedPuts(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **conditions)
        except StorageBackendError:
            return FileInfo(path=path, size=len(content))


@crime(
    "The keys that a batch could not delete are not looked at.",
    "fault.bad-batch",
    seen_in="s3fs",
)
class SwallowsBadBatches(Remote):
    async def delete_all(self, each: Mapping[str, Callable[[], object]]) -> None:
        await self.send(lambda _: self.remote.wire.batch("delete some", each))


@crime("A delete of a tree ends without an error where it fails.", "fault.delete")
class StopsDeletingSilently(Remote):
    async def delete_all(self, each: Mapping[str, Callable[[], object]]) -> None:
        try:
            await super().delete_all(each)
        except StorageUnavailableError:
            return


@crime(
    "A listing ends without an error at a page that fails.",
    "fault.read",
    seen_in="distribution #1836",
)
class EndsAtAFailedPage(Remote):
    async def pages(
        self,
        path: str,
        page: Callable[[str | None], Awaitable[Sequence[FileInfo]]],
        after: str | None,
        mark: Callable[[FileInfo], str],
    ) -> AsyncIterator[FileInfo]:
        given = 0
        try:
            async for info in super().pages(path, page, after, mark):
                given += 1
                yield info
        except StorageUnavailableError:
            if not given:
                raise


@crime(
    "A move removes its source even where the copy failed.",
    "fault.move",
    "fault.no-space",
    seen_in="fsspec: move is copy, then remove",
)
class MovesWithoutACopy(Remote):
    async def copy(self, source: str, destination: str) -> None:
        try:
            await super().copy(source, destination)
        except StorageBackendError:
            return


# Half done


@crime(
    "A put that fails leaves an empty file.",
    "fault.put",
    "fault.condition",
    "fault.no-space",
    seen_in="distribution #4478, #4489",
)
class LeavesAnEmptyFile(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **conditions)
        except StorageBackendError:
            self.store(path, b"")
            raise


@crime(
    "On a full disk, a part of the new file stays.",
    "fault.no-space",
    seen_in="distribution #4478, #4489",
)
class LeavesWhatFitted(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **conditions)
        except StorageFullError:
            self.store(path, bytes(content)[: len(content) // 2])
            raise


@crime("The temporary file of a put that failed can be seen.", "fault.no-space", "fault.put")
class LeavesItsTemporaryFile(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        try:
            return await super().put_content(path, content, **conditions)
        except StorageBackendError:
            self.store(f"{path}.tmp", bytes(content))
            raise


@crime("A move that fails has deleted what it replaces.", "fault.move", "fault.no-space")
class DeletesWhatItReplaces(Remote):
    async def copy(self, source: str, destination: str) -> None:
        try:
            await super().copy(source, destination)
        except StorageBackendError:
            self.disk.files.pop(destination, None)
            raise


@crime(
    "A body that was begun is not begun again when it is repeated.",
    "fault.put",
    "fault.condition",
    seen_in="SDKs that cannot rewind a stream",
)
class CannotRewind(Remote):
    async def put_content(
        self, path: str, content: Content, **conditions: Unpack[Conditions]
    ) -> FileInfo:
        stream = iter([bytes(content)])
        put = super().put_content

        async def do() -> FileInfo:
            return await put(path, next(stream, b""), **conditions)

        return await self.ask("put", path, do, half=lambda: next(stream), needs_space=True)


@crime("A tree whose delete failed midway cannot be deleted any more.", "fault.delete")
class DeletesTreesOnce(Remote):
    has_failed = False

    async def delete_all(self, each: Mapping[str, Callable[[], object]]) -> None:
        if self.has_failed:
            raise PathNotFoundError(path=min(each), driver=self.name)
        try:
            await super().delete_all(each)
        except StorageUnavailableError:
            self.has_failed = True
            raise
