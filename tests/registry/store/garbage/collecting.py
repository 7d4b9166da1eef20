"""Collections, and what they tell and leave."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.garbage import (
    Event,
    Kind,
    Problem,
    Removed,
    Summary,
    collect,
)
from tests.registry.store.content import (
    IMAGE,
    OTHER_IMAGE,
    encoded,
    files,
    index,
)

NAME = "team/app"
GARBAGE = b"nobody wants this"
INDEX = encoded(index([IMAGE, OTHER_IMAGE]))


async def collected(
    driver: StorageDriver,
    *,
    before: datetime | None = None,
    delete_untagged: bool = False,
    dry_run: bool = False,
) -> list[Event]:
    events = collect(driver, before=before, delete_untagged=delete_untagged, dry_run=dry_run)
    return [event async for event in events]


def summary(events: Sequence[Event]) -> Summary:
    last = events[-1]
    assert isinstance(last, Summary)
    return last


def removed(events: Sequence[Event], kind: Kind = Kind.BLOB) -> set[Digest]:
    return {each.digest for each in events if isinstance(each, Removed) and each.kind is kind}


def problems(events: Sequence[Event]) -> list[str]:
    return [each.path for each in events if isinstance(each, Problem)]


async def stored(driver: StorageDriver) -> set[Digest]:
    paths = [path for path in await files(driver) if path.startswith(f"{layout.BLOBS}/")]
    return {Digest(*path.split("/")[5:8:2]) for path in paths}


def digests(*contents: bytes) -> set[Digest]:
    return {Digest.of(content) for content in contents}


async def put(store: Store, content: bytes, *tags: str, name: str = NAME) -> Digest:
    digest = Digest.of(content)
    media_type = json.loads(content)["mediaType"]
    await store.manifests.put(name, str(digest), media_type, content, tags)
    return digest


async def plant(driver: StorageDriver, content: bytes, digest: Digest | None = None) -> Digest:
    """Make content a manifest, as no registry would."""
    digest = digest or Digest.of(content)
    await driver.put_content(layout.blob(digest), content)
    await driver.put_content(layout.revision(NAME, digest), str(digest).encode())
    return digest


async def pause() -> datetime:
    """Return a moment between all that was done and all that will be."""
    between = datetime.now(UTC)
    while datetime.now(UTC) <= between:
        pass
    return between
