"""What a mirror keeps expires when nobody asks for it, whatever happens at that very moment."""

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from storagedriver.errors import StorageFullError
from storagedriver.factory import open_driver
from storagedriver.middleware import AroundDriver
from storagedriver.protocol import Content, StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.proxy.mirror import Mirror
from storagedriver.registry.proxy.settings import Proxy
from storagedriver.registry.store import layout
from storagedriver.registry.store.digests import Digest
from tests.registry.api.content import digest_of, manifest_of, push_image
from tests.registry.proxy.clocks import Clock, Dated
from tests.registry.proxy.conftest import client_of
from tests.registry.proxy.upstreams import HOST, Upstream
from tests.registry.store.content import files, read_blob

HOURS = 100
PROXY = Proxy(url=f"https://{HOST}", ttl=HOURS * 3600)
NAME = "some/image"
LAYER = Digest.of(b"layer")

Work = Callable[[], Awaitable[object]]


class Meddling(AroundDriver):
    """Does something else right before it does what it is told: `before` is asked for that."""

    def __init__(self, driver: StorageDriver) -> None:
        super().__init__(driver)
        self.before: Callable[[str, str], Work | None] = lambda _action, _path: None
        self.has_meddled = False

    async def _meddle(self, action: str, path: str) -> None:
        work = self.before(action, path)
        if work is not None:
            self.before = lambda _action, _path: None
            self.has_meddled = True
            await work()

    async def delete(self, path: str, *, if_match: str | None = None) -> None:
        await self._meddle("delete", path)
        await super().delete(path, if_match=if_match)

    async def walk(self, path: str, *, start_after: str | None = None) -> AsyncIterator[FileInfo]:
        await self._meddle("walk", path)
        async for info in super().walk(path, start_after=start_after):
            yield info

    async def put_content(
        self,
        path: str,
        content: Content,
        *,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> FileInfo:
        await self._meddle("put", path)
        return await super().put_content(
            path, content, if_match=if_match, if_none_match=if_none_match
        )


@pytest.fixture
def dated(driver: StorageDriver) -> Dated:
    return Dated(driver, Clock())


@pytest.fixture
def meddling(dated: Dated) -> Meddling:
    return Meddling(dated)


@pytest.fixture
async def mirror(upstream: Upstream, dated: Dated, meddling: Meddling) -> AsyncIterator[Mirror]:
    async with mirror_over(meddling, upstream, dated.clock) as mirror:
        yield mirror


@pytest.fixture
async def other(upstream: Upstream, dated: Dated) -> AsyncIterator[Mirror]:
    """Give another process's mirror over the same storage."""
    async with mirror_over(dated, upstream, dated.clock) as mirror:
        yield mirror


@asynccontextmanager
async def mirror_over(
    driver: StorageDriver, upstream: Upstream, clock: Clock
) -> AsyncIterator[Mirror]:
    mirror = Mirror(driver, PROXY, transport=upstream, now=clock)
    try:
        yield mirror
    finally:
        await mirror.aclose()


async def pull(mirror: Mirror, name: str = NAME, tag: str = "v1") -> None:
    await mirror.manifests.get(name, tag)
    for content in (b"{}", b"layer"):
        assert content == await read_blob(mirror, name, Digest.of(content))


@pytest.fixture
async def pulled(origin: httpx.AsyncClient, mirror: Mirror) -> bytes:
    manifest = await push_image(origin, NAME, "v1")
    await pull(mirror)
    return manifest


async def test_what_nobody_asks_for_is_removed_and_fetched_again(
    pulled: bytes, mirror: Mirror, dated: Dated, upstream: Upstream
) -> None:
    dated.clock.advance(HOURS)
    await mirror.expire()
    kept = await files(dated)
    dated.clock.advance(HOURS / 5)
    await mirror.expire()

    assert layout.blob(LAYER) in kept
    assert [] == await files(dated)
    upstream.requests.clear()
    await pull(mirror)
    assert 3 == len(upstream.asked("GET"))


async def test_a_tag_that_is_asked_for_keeps_its_image_whoever_fetched_that(
    pulled: bytes, mirror: Mirror, other: Mirror, dated: Dated, upstream: Upstream
) -> None:
    for _ in range(5):
        dated.clock.advance(HOURS / 2)
        await other.manifests.get(NAME, "v1")
        await mirror.expire()

    upstream.failure = httpx.ConnectError("down")
    await pull(mirror)


async def test_a_layer_stays_that_an_image_of_another_repository_has(
    origin: httpx.AsyncClient, pulled: bytes, mirror: Mirror, dated: Dated, upstream: Upstream
) -> None:
    await push_image(origin, "other", "v2", config=b'{"other": true}')
    await mirror.manifests.get("other", "v2")
    for content in (b'{"other": true}', b"layer"):
        await read_blob(mirror, "other", Digest.of(content))
    for _ in range(4):
        dated.clock.advance(HOURS / 2)
        await mirror.manifests.get("other", "v2")
        await mirror.expire()

    upstream.failure = httpx.ConnectError("down")
    assert b"layer" == await read_blob(mirror, "other", LAYER)
    assert layout.current(NAME, "v1") not in await files(dated)
    assert layout.blob(Digest.of(pulled)) not in await files(dated)
    assert layout.blob(Digest.of(b"{}")) not in await files(dated)


async def test_what_refers_to_an_image_in_use_and_what_such_a_one_refers_to_stay(
    origin: httpx.AsyncClient, pulled: bytes, mirror: Mirror, dated: Dated
) -> None:
    signature = manifest_of(b"{}", subject=pulled)
    name, digest = Digest.of(signature), Digest.of(pulled)
    headers = {"content-type": "application/vnd.oci.image.manifest.v1+json"}
    await origin.put(f"/v2/{NAME}/manifests/{name}", content=signature, headers=headers)
    await mirror.manifests.get(NAME, str(name))

    for asked in (name, name, name, digest, digest, digest):
        dated.clock.advance(HOURS / 2)
        await mirror.manifests.get(NAME, str(asked))
        await mirror.expire()
        paths = await files(dated)
        assert {layout.revision(NAME, each) for each in (name, digest)} <= {*paths}
        assert layout.blob(LAYER) in paths


async def test_a_link_is_written_anew_once_in_a_tenth_of_the_time(
    pulled: bytes, mirror: Mirror, dated: Dated
) -> None:
    dated.puts.clear()
    for _ in range(20):
        dated.clock.advance(HOURS / 100)
        await asyncio.gather(*(read_blob(mirror, NAME, LAYER) for _ in range(10)))

    assert [layout.layer(NAME, LAYER)] * 2 == dated.puts


async def test_nothing_is_written_for_a_mirror_where_nothing_expires(
    pulled: bytes, dated: Dated, upstream: Upstream
) -> None:
    dated.puts.clear()
    mirror = Mirror(dated, Proxy(url=PROXY.url), transport=upstream, now=dated.clock)
    dated.clock.advance(10 * HOURS)
    await pull(mirror)
    await mirror.expire()
    await mirror.aclose()

    assert [] == dated.puts
    assert layout.blob(LAYER) in await files(dated)


@pytest.mark.parametrize("path", [layout.manifests(NAME), f"{layout.BLOBS}/sha256"])
async def test_an_image_that_is_asked_for_while_it_expires_stays_with_all_it_names(
    pulled: bytes, mirror: Mirror, dated: Dated, meddling: Meddling, path: str
) -> None:
    reference = digest_of(pulled)
    dated.clock.advance(2 * HOURS)
    meddling.before = lambda action, at: (
        (lambda: mirror.manifests.get(NAME, reference)) if (action, at) == ("walk", path) else None
    )

    await mirror.expire()

    assert meddling.has_meddled
    paths = await files(dated)
    assert layout.revision(NAME, Digest.parse(reference)) in paths
    assert {*map(layout.blob, map(Digest.of, (pulled, b"{}", b"layer")))} <= {*paths}


@pytest.mark.usefixtures("pulled")
@pytest.mark.parametrize("path", [layout.blob(LAYER), layout.layer(NAME, LAYER)])
async def test_whoever_reads_what_another_mirror_removes_gets_it_whole(
    mirror: Mirror, other: Mirror, dated: Dated, meddling: Meddling, path: str
) -> None:
    meddling.before = lambda action, at: (
        (lambda: pull(other)) if (action, at) == ("delete", path) else None
    )
    async with other.blobs.reader(NAME, LAYER) as reader:
        dated.clock.advance(2 * HOURS)
        await mirror.expire()
        assert b"layer" == b"".join([chunk async for chunk in reader])

    assert meddling.has_meddled
    await pull(other)
    await pull(mirror)


@pytest.mark.usefixtures("pulled")
async def test_a_layer_that_expires_while_it_is_linked_is_fetched(
    origin: httpx.AsyncClient, mirror: Mirror, dated: Dated, meddling: Meddling, upstream: Upstream
) -> None:
    await push_image(origin, "other", "v2")
    meddling.before = lambda action, path: (
        (lambda: dated.delete(layout.blob(LAYER)))
        if (action, path) == ("put", layout.layer("other", LAYER))
        else None
    )

    assert b"layer" == await read_blob(mirror, "other", LAYER)
    upstream.failure = httpx.ConnectError("down")
    assert b"layer" == await read_blob(mirror, NAME, LAYER)


async def test_damage_keeps_nothing_from_expiring(
    pulled: bytes, mirror: Mirror, dated: Dated, caplog: pytest.LogCaptureFixture
) -> None:
    lost, wrong = Digest.of(b"lost"), Digest.of(b"wrong")
    await dated.put_content(layout.revision("damaged", lost), str(lost).encode())
    await dated.put_content(layout.revision("damaged", wrong), b"no digest")
    await dated.put_content(layout.current("damaged", "v1"), b"")
    await dated.put_content(layout.layer("damaged", wrong), b"no digest")

    await mirror.expire()
    assert "the link holds no digest" in caplog.text
    dated.clock.advance(2 * HOURS)
    await mirror.expire()

    assert [] == await files(dated)


async def test_a_pull_succeeds_where_that_cannot_be_written_down(
    pulled: bytes,
    mirror: Mirror,
    dated: Dated,
    meddling: Meddling,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise StorageFullError("full")

    dated.clock.advance(HOURS / 2)
    meddling.before = lambda action, _: fail if action == "put" else None

    await pull(mirror)

    assert "cannot be written down: " in caplog.text


async def test_only_so_many_links_are_remembered(
    origin: httpx.AsyncClient, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = mirror._uses
    monkeypatch.setattr(uses, "_most", 5)
    await push_image(origin, NAME, "v1")

    for _ in range(3):
        await pull(mirror)
    for number in range(20):
        await uses.note(f"/{number}")

    assert 5 == len(uses._written)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 0)
    return


@pytest.mark.usefixtures("at_once")
async def test_a_running_mirror_removes_by_itself_and_says_so(
    origin: httpx.AsyncClient, upstream: Upstream, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await push_image(origin, NAME, "v1")
    async with open_driver("filesystem", rootdirectory=str(tmp_path)) as driver:
        app = create_app(driver, Config(proxy=PROXY), upstream=upstream)
        async with client_of(app) as client:
            assert 200 == (await client.get(f"/v2/{NAME}/manifests/v1")).status_code
            assert 200 == (await client.get(f"/v2/{NAME}/blobs/{LAYER}")).status_code
        old = time.time() - 2 * PROXY.ttl
        for path in [each.path async for each in driver.walk("/")]:
            os.utime(f"{tmp_path}{path}", (old, old))
        async with app.router.lifespan_context(app), asyncio.timeout(60):
            while "expired: 1 tags, 1 manifests, 2 blobs" not in caplog.text:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)

        assert [] == await files(driver)
    assert f"expired: the tag v1 of {NAME}" in caplog.text
    assert digest_of(b"layer").partition(":")[2] in caplog.text


@pytest.mark.parametrize("removes", [True, False])
async def test_who_leaves_that_to_another_process_does_nothing_by_itself(
    driver: StorageDriver, upstream: Upstream, *, removes: bool
) -> None:
    before = len(asyncio.all_tasks())
    async with Mirror(driver, replace(PROXY, removes=removes), transport=upstream):
        assert removes == len(asyncio.all_tasks()) - before
