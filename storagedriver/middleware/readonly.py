"""`readonly`: a driver that changes nothing."""

from dataclasses import dataclass, replace
from typing import Never

from storagedriver.errors import UnsupportedOperationError
from storagedriver.middleware.around import AroundDriver
from storagedriver.protocol import Content, StorageDriver
from storagedriver.records import Capabilities, Support, UnfinishedInfo


class ReadOnlyDriver(AroundDriver):
    """Refuses whatever would change what is stored, with `UnsupportedOperationError`."""

    @property
    def capabilities(self) -> Capabilities:
        """What the inner driver can do, but for changes."""
        return replace(
            self.driver.capabilities,
            writable=Support.ABSENT,
            conditional_put=Support.ABSENT,
            conditional_delete=Support.ABSENT,
            resumable_writer=Support.ABSENT,
        )

    async def put_content(
        self,
        path: str,
        content: Content,  # noqa: ARG002 - the contract's
        *,
        if_match: str | None = None,  # noqa: ARG002 - the contract's
        if_none_match: bool = False,  # noqa: ARG002 - the contract's
    ) -> Never:
        """Refuse."""
        raise self._refusal(path)

    async def writer(self, path: str, *, append: bool = False) -> Never:  # noqa: ARG002 - the contract's
        """Refuse."""
        raise self._refusal(path)

    async def move(self, source: str, destination: str) -> Never:  # noqa: ARG002 - the contract's
        """Refuse."""
        raise self._refusal(source)

    async def delete(self, path: str, *, if_match: str | None = None) -> Never:  # noqa: ARG002 - the contract's
        """Refuse."""
        raise self._refusal(path)

    async def discard(self, unfinished: UnfinishedInfo) -> Never:
        """Refuse."""
        raise self._refusal(unfinished.path)

    def _refusal(self, path: str) -> UnsupportedOperationError:
        return UnsupportedOperationError("this is read-only", path=path, driver=self.name)


@dataclass(frozen=True, slots=True)
class ReadOnlyParameters:
    """There is nothing to choose."""


class ReadOnlyFactory:
    """Let nothing be changed."""

    contract = 1
    parameters = ReadOnlyParameters

    def wrap(self, driver: StorageDriver, parameters: ReadOnlyParameters) -> StorageDriver:  # noqa: ARG002 - the contract's
        """Put it around a driver."""
        return ReadOnlyDriver(driver)
