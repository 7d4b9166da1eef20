"""The storage layout, byte for byte that of Docker's registry."""

import re
from datetime import UTC, datetime

from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store
from tests.registry.store.content import CONFIG, IMAGE, LAYER, body, files, push_image

ROOT = "/docker/registry/v2"


async def test_an_image_is_stored_where_docker_has_it(driver: StorageDriver, store: Store) -> None:
    manifest = await push_image(store, "team/app", "v1")
    config, layer = Digest.of(CONFIG), Digest.of(LAYER)

    repository = f"{ROOT}/repositories/team/app"
    links = {
        f"{repository}/_layers/sha256/{config.encoded}/link": config,
        f"{repository}/_layers/sha256/{layer.encoded}/link": layer,
        f"{repository}/_manifests/revisions/sha256/{manifest.encoded}/link": manifest,
        f"{repository}/_manifests/tags/v1/current/link": manifest,
        f"{repository}/_manifests/tags/v1/index/sha256/{manifest.encoded}/link": manifest,
    }
    contents = {
        f"{ROOT}/blobs/sha256/{digest.encoded[:2]}/{digest.encoded}/data": content
        for digest, content in ((config, CONFIG), (layer, LAYER), (manifest, IMAGE))
    }
    expected = contents | {path: str(digest).encode() for path, digest in links.items()}
    assert expected == {path: await driver.get_content(path) for path in await files(driver)}


async def test_an_upload_says_when_it_began_as_docker_reads_it(driver: StorageDriver) -> None:
    began = datetime(2024, 2, 3, 4, 5, 6, 789_000, tzinfo=UTC)
    async with Store(driver, now=lambda: began) as store:
        upload = await store.uploads.start("team/app")
        await store.uploads.append("team/app", upload.id, body(b"half a blob"))

    path = f"{ROOT}/repositories/team/app/_uploads/{upload.id}/startedat"
    assert [path] == await files(driver)
    assert b"2024-02-03T04:05:06Z" == await driver.get_content(path)


async def test_an_upload_began_now(driver: StorageDriver, store: Store) -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    upload = await store.uploads.start("team/app")
    await store.uploads.append("team/app", upload.id, body(b"half a blob"))

    (path,) = await files(driver)
    text = (await driver.get_content(path)).decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    assert before <= datetime.fromisoformat(text) <= datetime.now(UTC)


async def test_the_bytes_of_an_upload_gather_where_nobody_reads_them(
    driver: StorageDriver, store: Store
) -> None:
    upload = await store.uploads.start("team/app")
    await store.uploads.append("team/app", upload.id, body(b"half a blob"))

    folder = f"{ROOT}/repositories/team/app/_uploads/{upload.id}"
    assert [f"{folder}/startedat"] == await files(driver)
    assert [(f"{folder}/data", 11)] == [
        (entry.path, entry.size) async for entry in driver.unfinished()
    ]


async def test_a_sha512_blob_is_stored_under_its_own_algorithm(
    driver: StorageDriver, store: Store
) -> None:
    digest = Digest.of(CONFIG, "sha512")

    await store.uploads.push("team/app", digest, body(CONFIG))

    encoded = digest.encoded
    assert [
        f"{ROOT}/blobs/sha512/{encoded[:2]}/{encoded}/data",
        f"{ROOT}/repositories/team/app/_layers/sha512/{encoded}/link",
    ] == await files(driver)
