"""Content for the store: bodies, images, and what must be true of storage at any time."""

import json
from collections.abc import AsyncIterator, Iterable

from hypothesis import HealthCheck, settings

from storagedriver.paths import name_of
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.catalog import Catalog
from storagedriver.registry.store.mediatypes import OCI_INDEX, OCI_MANIFEST

# Machines under load are slow, and that is no failure.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

CONFIG = b'{"architecture": "amd64"}'
LAYER = bytes(range(256)) * 9_000  # two pieces and some more
CHUNK = 64 * 1024


class BodyBrokeError(Exception):
    """The client went away."""


async def body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def broken_body(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    raise BodyBrokeError


def chunked(content: bytes, size: int = CHUNK) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


def descriptor(content: bytes, media_type: str, **fields: object) -> dict[str, object]:
    digest = str(Digest.of(content))
    return {"mediaType": media_type, "digest": digest, "size": len(content), **fields}


def image(
    config: bytes = CONFIG, layers: Iterable[bytes] = (LAYER,), **fields: object
) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
        "layers": [descriptor(one, "application/vnd.oci.image.layer.v1.tar") for one in layers],
        **fields,
    }


def index(manifests: Iterable[bytes], **fields: object) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [descriptor(manifest, OCI_MANIFEST) for manifest in manifests],
        **fields,
    }


def encoded(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


IMAGE = encoded(image())
SIGNATURE = encoded(image(subject=descriptor(IMAGE, OCI_MANIFEST), artifactType="a/signature"))
OTHER_IMAGE = encoded(image(annotations={"which": "the other one"}))


async def push_blob(store: Store, name: str, content: bytes) -> Digest:
    digest = Digest.of(content)
    await store.uploads.push(name, digest, body(*chunked(content)))
    return digest


async def push_image(store: Store, name: str, *references: str, manifest: bytes = IMAGE) -> Digest:
    await push_blob(store, name, CONFIG)
    await push_blob(store, name, LAYER)
    digest = Digest.of(manifest)
    for reference in references or (str(digest),):
        await store.manifests.put(name, reference, OCI_MANIFEST, manifest)
    return digest


async def read_blob(store: Store, name: str, digest: Digest) -> bytes:
    async with store.blobs.reader(name, digest) as reader:
        return b"".join([chunk async for chunk in reader])


async def files(driver: StorageDriver) -> list[str]:
    return [entry.path async for entry in driver.walk("/") if not entry.is_dir]


async def check_storage(driver: StorageDriver) -> None:
    """Every link leads to content that is whole, and every listed tag resolves."""
    for path in await files(driver):
        if name_of(path) != "link":
            continue
        digest = Digest.parse((await driver.get_content(path)).decode())
        content = await driver.get_content(layout.blob(digest))
        assert digest == Digest.of(content, digest.algorithm), path
        if path.endswith("/current/link"):
            name = path.removeprefix(f"{layout.REPOSITORIES}/").partition("/_manifests/")[0]
            await driver.stat(layout.revision(name, digest))
    async with Store(driver) as store:
        for name in (await Catalog(driver).list(limit=1000)).items:
            for tag in (await store.tags.list(name, limit=1000)).items:
                await store.manifests.get(name, tag)
