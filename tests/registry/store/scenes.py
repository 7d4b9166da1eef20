"""What clients do, each with what has to be there before and what is there after."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from storagedriver.errors import StorageDriverError
from storagedriver.registry.store import Digest, Store, StoreError
from storagedriver.registry.store.errors import BlobUnknownError, ManifestUnknownError
from storagedriver.registry.store.mediatypes import OCI_MANIFEST
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    OTHER_IMAGE,
    SIGNATURE,
    body,
    chunked,
    push_blob,
    push_image,
    read_blob,
)

NAME = "team/app"
LAYER_DIGEST = Digest.of(LAYER)
CONFIG_DIGEST = Digest.of(CONFIG)


@dataclass(frozen=True)
class Scene:
    """`act` is what the client does, and does again when it failed; `check` looks at the result."""

    prepare: Callable[[Store], Awaitable[None]]
    act: Callable[[Store], Awaitable[None]]
    check: Callable[[Store], Awaitable[None]]


async def _nothing(_: Store) -> None:
    pass


async def _push_at_once(store: Store) -> None:
    await push_blob(store, NAME, LAYER)


async def _push_small(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)


async def _upload_small(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    try:
        await store.uploads.finish(NAME, upload.id, CONFIG_DIGEST, body(CONFIG))
    except StorageDriverError:
        # What was not reported as done can be asked for once more.
        await store.uploads.finish(NAME, upload.id, CONFIG_DIGEST, body(CONFIG))


async def _small_is_there(store: Store) -> None:
    assert CONFIG == await read_blob(store, NAME, CONFIG_DIGEST)


async def _upload(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    half = len(LAYER) // 2
    await store.uploads.append(NAME, upload.id, body(*chunked(LAYER[:half])))
    status = await store.uploads.status(NAME, upload.id)
    rest = body(*chunked(LAYER[half:]))
    await store.uploads.append(NAME, upload.id, rest, first=status.size)
    await store.uploads.finish(NAME, upload.id, LAYER_DIGEST, body())


async def _upload_elsewhere_known(store: Store) -> None:
    await push_blob(store, "another", LAYER)


async def _layer_is_there(store: Store) -> None:
    assert LAYER == await read_blob(store, NAME, LAYER_DIGEST)


async def _mount(store: Store) -> None:
    await store.blobs.mount(NAME, LAYER_DIGEST, "another")


async def _blobs(store: Store) -> None:
    await push_blob(store, NAME, CONFIG)
    await push_blob(store, NAME, LAYER)


async def _put_manifest(store: Store) -> None:
    await store.manifests.put(NAME, "latest", OCI_MANIFEST, IMAGE)


async def _tag_is_there(store: Store) -> None:
    assert IMAGE == (await store.manifests.get(NAME, "latest")).content
    assert ["latest"] == (await store.tags.list(NAME, limit=9)).items


async def _other_image(store: Store) -> None:
    await push_image(store, NAME, "latest", manifest=OTHER_IMAGE)


async def _tagged_twice(store: Store) -> None:
    await push_image(store, NAME, "latest", "v1")
    await push_image(store, NAME, "other", manifest=OTHER_IMAGE)


async def _delete_manifest(store: Store) -> None:
    with suppress(ManifestUnknownError):
        await store.manifests.delete(NAME, Digest.of(IMAGE))


async def _only_other_is_left(store: Store) -> None:
    assert ["other"] == (await store.tags.list(NAME, limit=9)).items
    assert OTHER_IMAGE == (await store.manifests.get(NAME, "other")).content
    with suppress(StoreError):
        await store.manifests.get(NAME, str(Digest.of(IMAGE)))
        raise AssertionError


async def _delete_tag(store: Store) -> None:
    with suppress(ManifestUnknownError):
        await store.tags.delete(NAME, "latest")


async def _tag_is_gone(store: Store) -> None:
    assert ["other", "v1"] == (await store.tags.list(NAME, limit=9)).items
    assert IMAGE == (await store.manifests.get(NAME, str(Digest.of(IMAGE)))).content


async def _attach(store: Store) -> None:
    await store.manifests.put(NAME, "signed", OCI_MANIFEST, SIGNATURE)


async def _is_attached(store: Store) -> None:
    page = await store.referrers.list(NAME, Digest.of(IMAGE), limit=9)
    assert [Digest.of(SIGNATURE)] == [item.digest for item in page.items]
    assert SIGNATURE == (await store.manifests.get(NAME, "signed")).content


async def _signed(store: Store) -> None:
    await push_image(store, NAME, "signed", manifest=SIGNATURE)


async def _detach(store: Store) -> None:
    with suppress(ManifestUnknownError):
        await store.manifests.delete(NAME, Digest.of(SIGNATURE))


async def _is_detached(store: Store) -> None:
    assert [] == (await store.referrers.list(NAME, Digest.of(IMAGE), limit=9)).items
    assert [] == (await store.tags.list(NAME, limit=9)).items


async def _delete_blob(store: Store) -> None:
    with suppress(BlobUnknownError):
        await store.blobs.delete("another", LAYER_DIGEST)


async def _blob_is_gone(store: Store) -> None:
    assert None is await store.blobs.find("another", LAYER_DIGEST)


async def _started_and_cancelled(store: Store) -> None:
    upload = await store.uploads.start(NAME)
    await store.uploads.append(NAME, upload.id, body(CONFIG))
    await store.uploads.cancel(NAME, upload.id)


SCENES = {
    "pushing-at-once": Scene(_nothing, _push_at_once, _layer_is_there),
    "pushing-a-small-blob": Scene(_nothing, _push_small, _small_is_there),
    "uploading-a-small-blob": Scene(_nothing, _upload_small, _small_is_there),
    "uploading-in-parts": Scene(_nothing, _upload, _layer_is_there),
    "uploading-what-is-stored": Scene(_upload_elsewhere_known, _upload, _layer_is_there),
    "mounting": Scene(_upload_elsewhere_known, _mount, _layer_is_there),
    "tagging": Scene(_blobs, _put_manifest, _tag_is_there),
    "moving-a-tag": Scene(_other_image, _put_manifest, _tag_is_there),
    "deleting-a-manifest": Scene(_tagged_twice, _delete_manifest, _only_other_is_left),
    "deleting-a-tag": Scene(
        _tagged_twice,
        _delete_tag,
        _tag_is_gone,
    ),
    "attaching": Scene(_blobs, _attach, _is_attached),
    "detaching": Scene(_signed, _detach, _is_detached),
    "deleting-a-blob": Scene(_upload_elsewhere_known, _delete_blob, _blob_is_gone),
    "cancelling": Scene(_nothing, _started_and_cancelled, _nothing),
}
