"""The reference driver, with hooks for animals whose conditional puts are wrong."""

from storagedriver.errors import (
    PreconditionFailedError,
)
from storagedriver.protocol import Content
from storagedriver.records import FileInfo
from storagedriver_conformance.zoo.reference import Reference


class Conditional(Reference):
    """A driver whose conditional puts go a way of their own."""

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        """See the protocol."""
        if if_none_match and if_match is None:
            await self.enter(path)
            return await self.create(path, bytes(content))
        if if_match is not None and not if_none_match:
            await self.enter(path)
            return await self.swap(path, bytes(content), if_match)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )

    async def create(self, path: str, content: bytes) -> FileInfo:
        """Put with `if_none_match`."""
        self.check_condition(path, if_match=None, if_none_match=True)
        return self.keep(path, content)

    async def swap(self, path: str, content: bytes, version: str) -> FileInfo:
        """Put with `if_match`."""
        self.check_condition(path, if_match=version, if_none_match=False)
        return self.keep(path, content)

    def keep(self, path: str, content: bytes) -> FileInfo:
        """Put without a condition."""
        self.check_names(path)
        return self.store(path, content)

    def fail(self, path: str) -> PreconditionFailedError:
        """Return the error of a condition that does not hold."""
        return PreconditionFailedError(path=path, driver=self.name)
