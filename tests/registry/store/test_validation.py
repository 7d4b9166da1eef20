"""Which manifests are taken can be chosen."""

import json
import re
from collections.abc import Sequence

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, Validation, layout
from storagedriver.registry.store.documents import Platform
from storagedriver.registry.store.errors import (
    ManifestBlobUnknownError,
    ManifestDeniedError,
    ManifestInvalidError,
)
from storagedriver.registry.store.validation import URLs

pytestmark = pytest.mark.parametrize("driver", [True], indirect=True)

IMAGE = "application/vnd.oci.image.config.v1+json"
PLUGIN = "application/vnd.docker.plugin.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

AMD = {"os": "linux", "architecture": "amd64"}
ARM = {"os": "linux", "architecture": "arm64"}
LISTED = Validation(platforms="list", listed=(Platform(os="linux", architecture="amd64"),))


def named(content: bytes, media_type: str, **others: object) -> dict[str, object]:
    digest = str(Digest.of(content))
    return {"mediaType": media_type, "digest": digest, "size": len(content), **others}


def image(*urls: str, config: str = IMAGE) -> bytes:
    layer = named(b"layer", LAYER, urls=list(urls)) if urls else named(b"layer", LAYER)
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": named(b"{}", config),
            "layers": [layer],
        }
    ).encode()


def index(*platforms: object) -> bytes:
    manifests = [
        named(b"%d" % number, MANIFEST, **({} if platform is None else {"platform": platform}))
        for number, platform in enumerate(platforms)
    ]
    whole = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    return json.dumps(whole).encode()


async def put(
    driver: StorageDriver, validation: Validation | None, content: bytes, *blobs: bytes
) -> None:
    store = Store(driver, validation=validation)
    async with store:
        for blob in blobs:
            digest = Digest.of(blob)
            await store.blobs.store(digest, blob)
            await store.blobs.link("a", digest)
        await store.manifests.put("a", "v1", None, content)
    assert await driver.get_content(layout.current("a", "v1"))


async def test_without_validation_nothing_has_to_be_there(driver: StorageDriver) -> None:
    refusing = URLs(deny=(re.compile(""),))
    validation = Validation(enabled=False, urls=refusing, classes=("plugin",))

    await put(driver, validation, image("http://a/"))


async def test_with_it_all_has_to_be(driver: StorageDriver) -> None:
    with pytest.raises(ManifestBlobUnknownError):
        await put(driver, Validation(), image())


@pytest.mark.parametrize(
    ("allow", "deny", "url", "is_taken"),
    [
        ([], [], "ftp://anything/#at-all", True),
        (["^https://a[.]example/"], [], "https://a.example/x", True),
        (["^https://a[.]example/"], [], "https://b.example/x", False),
        (["^https://a/", "^https://b/"], [], "https://b/x", True),
        (["^https://a/"], ["/x$"], "https://a/x", False),
        (["^https://a/"], ["/x$"], "https://a/y", True),
        ([], ["^https://a/"], "https://b/", True),
        ([], ["^https://a/"], "https://a/", False),
        (["."], [], "ftp://a/", False),
        (["."], [], "https://a/#x", False),
        (["."], [], "https://[/", False),
        (["."], [], "", False),
    ],
)
async def test_urls_of_layers_are_those_that_patterns_take(
    driver: StorageDriver, allow: Sequence[str], deny: Sequence[str], url: str, *, is_taken: bool
) -> None:
    urls = URLs(allow=tuple(map(re.compile, allow)), deny=tuple(map(re.compile, deny)))
    content = image(url)

    if is_taken:
        await put(driver, Validation(urls=urls), content, b"{}")
    else:
        with pytest.raises(ManifestInvalidError, match=r"layers\[0\].urls: this registry does not"):
            await put(driver, Validation(urls=urls), content, b"{}")


@pytest.mark.parametrize(
    ("validation", "platforms", "missing"),
    [
        (Validation(), [AMD, ARM], 2),
        (Validation(platforms="none"), [AMD, ARM, None], 0),
        (LISTED, [AMD, ARM], 1),
        (LISTED, [ARM], 0),
        (LISTED, [None, {"os": "linux"}, "linux"], 3),
        (Validation(platforms="list"), [AMD], 0),
    ],
)
async def test_manifests_of_an_index_have_to_be_there_for_some_platforms(
    driver: StorageDriver, validation: Validation, platforms: Sequence[object], missing: int
) -> None:
    content = index(*platforms)

    if not missing:
        await put(driver, validation, content)
        return
    with pytest.raises(ManifestBlobUnknownError) as caught:
        await put(driver, validation, content)

    assert isinstance(caught.value.detail, list)
    assert missing == len(caught.value.detail)


@pytest.mark.parametrize(
    ("classes", "config", "is_taken"),
    [
        (["image"], IMAGE, True),
        (["image"], PLUGIN, False),
        (["image", "plugin"], PLUGIN, True),
        (["plugin"], IMAGE, False),
        (["image", "plugin"], "application/vnd.example", False),
        ([], "application/vnd.example", True),
    ],
)
async def test_images_can_be_of_some_classes_alone(
    driver: StorageDriver, classes: Sequence[str], config: str, *, is_taken: bool
) -> None:
    validation = Validation(classes=tuple(classes))
    content = image(config=config)

    if is_taken:
        await put(driver, validation, content, b"{}", b"layer")
    else:
        with pytest.raises(ManifestDeniedError, match="this registry takes"):
            await put(driver, validation, content, b"{}", b"layer")


async def test_an_index_is_of_no_class(driver: StorageDriver) -> None:
    await put(driver, Validation(classes=("plugin",)), index())
