"""Tags: links to manifests, by names that people give.

A listed tag resolves: its link, and the revision that it leads to, were there when it was listed.
Other registries over the same storage leave tags that do not.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from storagedriver.aio import closing
from storagedriver.errors import CorruptContentError, PathNotFoundError, PreconditionFailedError
from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.store import layout
from storagedriver.registry.store.concurrency import for_each
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import (
    ConditionInvalidError,
    ManifestUnknownError,
    TagChangedError,
)
from storagedriver.registry.store.links import check_known, is_linked, read_link, read_version
from storagedriver.registry.store.names import check_repository, check_tag, is_tag
from storagedriver.registry.store.records import Page

Allows = Callable[[Digest | None], bool]
"""Whether a tag may be changed that names this manifest, or none."""

_BATCH = 256
_log = logging.getLogger(__name__)


class Tags:
    """The tags of all repositories."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver

    async def list(self, name: str, *, limit: int, after: str | None = None) -> Page:
        """Give at most `limit` tags of a repository, ascending by code point.

        `after` is a tag, there or not: only what follows it is given. With a limit of 0 nothing is
        looked for, and nothing said to follow.

        Raises `NameUnknownError` where there is no such repository, `TagInvalidError` where `after`
        can be no tag.
        """
        check_repository(name)
        if after:
            check_tag(after)
        page = Page(items=[], more=False)
        if limit > 0:
            with suppress(PathNotFoundError):
                page = await self._resolving(name, limit, after or None)
        if not page.items:
            await check_known(self._driver, name)
        return page

    async def check(self, name: str, tag: str, allows: Allows) -> str | None:
        """Return the version of a tag's link, None without one, if the tag may be changed.

        Raises `TagChangedError` where it may not, `ConditionInvalidError` where the storage could
        not tell whether others change it meanwhile.
        """
        if not self._driver.capabilities.conditional_put:
            message = "this registry's storage cannot put on a condition: push without one"
            raise ConditionInvalidError(message)
        named, version = await read_version(self._driver, layout.current(name, tag))
        if named is not None and not await is_linked(self._driver, layout.revision(name, named)):
            named = None  # nobody can read what it names
        if not allows(named):
            message = "the tag does not name what the push requires"
            detail = {"tag": tag, "digest": None if named is None else str(named)}
            raise TagChangedError(message, detail=detail)
        return version

    async def lead(self, name: str, tag: str, digest: Digest, allows: Allows) -> None:
        """Lead a tag to a manifest; nobody else changes it between the check and the change.

        Raises as `check`.
        """
        path = layout.current(name, tag)
        while True:
            version = await self.check(name, tag, allows)
            try:
                await self._driver.put_content(
                    path, str(digest).encode(), if_match=version, if_none_match=version is None
                )
            except PreconditionFailedError:
                continue  # written or deleted meanwhile, perhaps to what is allowed as well
            return

    async def delete(self, name: str, tag: str) -> None:
        """Delete a tag; the manifest that it names stays.

        Raises `ManifestUnknownError` where the repository lacks it, `NameUnknownError` where there
        is no such repository.
        """
        check_repository(name)
        check_tag(tag)
        try:
            await self._driver.delete(layout.current(name, tag))
        except PathNotFoundError as error:
            await check_known(self._driver, name)
            message = "the repository has no such tag"
            raise ManifestUnknownError(message, detail={"tag": tag}) from error
        await self._forget(name, tag)

    async def remove_all(self, name: str, digest: Digest) -> Sequence[str]:
        """Delete every tag that names this manifest, each only while it still does, and give them.

        They are in the order of their names.
        """

        async def remove(tag: str) -> bool:
            is_removed = await self._remove(layout.current(name, tag), digest)
            if is_removed:
                await self._forget(name, tag)
            return is_removed

        entries = self._driver.list(layout.tags(name))
        try:
            tags = [name_of(entry.path) async for entry in entries if entry.is_dir]
        except PathNotFoundError:
            return []
        removed = await for_each(tags, remove)
        return [tag for tag, is_removed in zip(tags, removed, strict=True) if is_removed]

    async def _resolving(self, name: str, limit: int, after: str | None) -> Page:
        """Find the first tags that lead somewhere, and whether there are more."""
        leads: dict[Digest, bool] = {}

        async def resolves(tag: str) -> bool:
            digest = await self._target(name, tag)
            if digest is None:
                return False
            if digest not in leads:
                leads[digest] = await is_linked(self._driver, layout.revision(name, digest))
            return leads[digest]

        found: list[str] = []
        async with closing(self._driver.list(layout.tags(name), start_after=after)) as entries:
            while len(found) <= limit:
                batch = await _next_tags(entries, min(_BATCH, limit + 1 - len(found)))
                if not batch:
                    break
                there = await for_each(batch, resolves)
                found += [tag for tag, is_there in zip(batch, there, strict=True) if is_there]
        return Page(items=found[:limit], more=len(found) > limit)

    async def _target(self, name: str, tag: str) -> Digest | None:
        try:
            return await read_link(self._driver, layout.current(name, tag))
        except CorruptContentError as error:
            _log.warning("the tag %s of %s is corrupt and not listed: %s", tag, name, error)
            return None

    async def _remove(self, path: str, digest: Digest) -> bool:
        """Delete the link at `path` while it leads to `digest`; tell whether it was deleted."""
        is_conditional = bool(self._driver.capabilities.conditional_delete)
        while True:
            try:
                async with self._driver.reader(path) as reader:
                    content = b"".join([chunk async for chunk in reader])
                    version = reader.info.version if is_conditional else None
                if content != str(digest).encode():
                    return False
                await self._driver.delete(path, if_match=version)
            except PathNotFoundError:
                return False
            except PreconditionFailedError:
                # The tag was written meanwhile, perhaps with the same digest again.
                continue
            return True

    async def _forget(self, name: str, tag: str) -> None:
        """Remove what the tag has named: other registries list a tag while that is there."""
        with suppress(PathNotFoundError):
            await self._driver.delete(layout.index(name, tag))


async def _next_tags(entries: AsyncIterator[FileInfo], most: int) -> list[str]:
    tags: list[str] = []
    async for entry in entries:
        tag = name_of(entry.path)
        if entry.is_dir and is_tag(tag):
            tags.append(tag)
        if len(tags) == most:
            break
    return tags
