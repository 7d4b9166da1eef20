import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy import fetching
from storagedriver.registry.proxy.blobs import SMALL
from storagedriver.registry.proxy.errors import UpstreamError
from storagedriver.registry.proxy.relay import ROOM
from tests.registry.api.content import code_of, digest_of, push_blob, push_image, tree_of
from tests.registry.api.direct import scope_of
from tests.registry.api.test_redirects import Redirecting
from tests.registry.proxy.conftest import client_of, mirror_of
from tests.registry.proxy.upstreams import CHUNK, Upstream
from tests.waiting import PATIENCE, no_forgotten_errors, turns

LARGE = b"".join(number.to_bytes(4, "big") * 16 for number in range((SMALL + 8 * CHUNK) // 64))
DIGEST = digest_of(LARGE)
BLOB = f"/v2/some/image/blobs/{DIGEST}"
__all__ = ["no_forgotten_errors"]

forgets_no_error = pytest.mark.usefixtures("no_forgotten_errors")


class Download:
    """One GET of a blob, sent to the app without a client that waits for all of it."""

    def __init__(self, app: Starlette, url: str = BLOB) -> None:
        self.received = bytearray()
        self.is_complete = False
        self._arrived = asyncio.Event()
        self._gone = asyncio.Event()
        self._task = asyncio.create_task(app(scope_of("GET", url), self._receive, self._send))

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.received += message["body"]
            self.is_complete = not message.get("more_body", False)
        self._arrived.set()

    async def until(self, size: int) -> None:
        """Wait until at least so many bytes came."""
        async with asyncio.timeout(PATIENCE):
            while len(self.received) < size:
                self._arrived.clear()
                await self._arrived.wait()

    async def end(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._task

    async def leave(self) -> None:
        self._gone.set()
        await self.end()


@pytest.fixture
async def pushed(origin: httpx.AsyncClient) -> None:
    await push_blob(origin, "some/image", LARGE)


@pytest.mark.parametrize("content", [b"", b"small", LARGE])
async def test_a_blob_is_fetched_once_and_kept(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient, content: bytes
) -> None:
    digest = await push_blob(origin, "some/image", content)
    path = f"/v2/some/image/blobs/{digest}"

    answer = await client.get(path)
    upstream.failure = httpx.ConnectError("down")
    again = await client.get(path)

    assert (200, content) == (answer.status_code, answer.content)
    assert digest == answer.headers["docker-content-digest"]
    assert (200, content) == (again.status_code, again.content)
    assert [f"GET {path}"] == upstream.asked()


async def test_a_blob_that_many_ask_for_at_once_is_fetched_once(
    pushed: None, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    upstream.answers_now.clear()

    asking = [asyncio.create_task(client.get(BLOB)) for _ in range(10)]
    await turns(50)
    upstream.answers_now.set()
    answers = await asyncio.gather(*asking)

    assert [LARGE] * 10 == [answer.content for answer in answers]
    assert [f"GET {BLOB}"] == upstream.asked()


async def test_the_head_of_a_blob_asks_and_does_not_fetch(
    pushed: None, upstream: Upstream, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    answer = await client.head(BLOB)

    assert (200, str(len(LARGE))) == (answer.status_code, answer.headers["content-length"])
    assert [f"HEAD {BLOB}"] == upstream.asked()
    assert [] == await tree_of(driver)


async def test_a_large_blob_arrives_while_it_comes(
    pushed: None, upstream: Upstream, app: Starlette
) -> None:
    upstream.free = 4 * CHUNK
    upstream.go_on.clear()
    download = Download(app)

    await download.until(4 * CHUNK)
    assert not download.is_complete
    upstream.go_on.set()
    await download.end()

    assert download.is_complete
    assert LARGE == download.received


async def test_a_client_that_goes_away_does_not_stop_what_others_wait_for(
    pushed: None, upstream: Upstream, app: Starlette, client: httpx.AsyncClient
) -> None:
    upstream.free = 4 * CHUNK
    upstream.go_on.clear()
    first, second = Download(app), Download(app)
    await first.until(4 * CHUNK)

    await first.leave()
    upstream.go_on.set()
    await second.end()

    assert not first.is_complete
    assert LARGE == second.received
    assert LARGE == (await client.get(BLOB)).content
    assert [f"GET {BLOB}"] == upstream.asked()


@forgets_no_error
async def test_a_blob_that_everybody_left_is_kept_all_the_same(
    pushed: None, upstream: Upstream, app: Starlette, client: httpx.AsyncClient
) -> None:
    upstream.free = 4 * CHUNK
    upstream.go_on.clear()
    download = Download(app)
    await download.until(4 * CHUNK)

    await download.leave()
    upstream.go_on.set()

    assert LARGE == (await client.get(BLOB)).content
    assert [f"GET {BLOB}"] == upstream.asked()


async def test_where_too_many_blobs_wait_to_be_fetched_one_more_is_refused_for_now(
    monkeypatch: pytest.MonkeyPatch,
    origin: httpx.AsyncClient,
    upstream: Upstream,
    driver: StorageDriver,
) -> None:
    contents = [b"kept", b"running", b"waiting", b"too many"]
    blobs = [f"/v2/a/blobs/{await push_blob(origin, 'a', content)}" for content in contents]
    kept, running, waiting, refused = blobs
    monkeypatch.setattr(fetching, "MOST", 1)
    monkeypatch.setattr(fetching, "WAITING", 1)
    async with mirror_of(upstream, driver) as app, client_of(app) as client:
        await client.get(kept)
        upstream.answers_now.clear()
        for url in (running, waiting):
            leaving = asyncio.create_task(client.get(url))
            await turns(50)
            leaving.cancel()
        shared = asyncio.create_task(client.get(waiting))

        answer = await client.get(refused)
        at_hand = await client.get(kept)
        upstream.answers_now.set()
        waited = await shared
        again = await client.get(refused)

    assert (503, "UNAVAILABLE") == (answer.status_code, code_of(answer))
    assert "5" == answer.headers["retry-after"]
    assert "too many blobs" in answer.json()["errors"][0]["message"]
    assert contents[0] == at_hand.content
    assert contents[2:] == [waited.content, again.content]


async def test_who_comes_when_the_beginning_is_no_longer_held_gets_all_from_storage(
    origin: httpx.AsyncClient, upstream: Upstream, app: Starlette
) -> None:
    content = LARGE * (2 + ROOM // len(LARGE))
    await push_blob(origin, "some/image", content)
    path = f"/v2/some/image/blobs/{digest_of(content)}"
    upstream.free = len(content) - CHUNK
    upstream.go_on.clear()
    first = Download(app, path)
    await first.until(upstream.free - CHUNK)

    second = Download(app, path)
    await first.until(upstream.free)
    upstream.go_on.set()
    await first.end()
    await second.end()

    assert content == first.received == second.received
    assert [f"GET {path}"] == upstream.asked()


@pytest.mark.parametrize("bounds", [(0, 9), (CHUNK, 3 * CHUNK), (len(LARGE) - 5, len(LARGE) - 1)])
async def test_a_part_of_a_blob_is_given_when_all_of_it_is_kept(
    pushed: None, upstream: Upstream, client: httpx.AsyncClient, bounds: tuple[int, int]
) -> None:
    first, last = bounds

    answer = await client.get(BLOB, headers={"range": f"bytes={first}-{last}"})

    assert (206, LARGE[first : last + 1]) == (answer.status_code, answer.content)
    assert LARGE == (await client.get(BLOB)).content
    assert [f"GET {BLOB}"] == upstream.asked("GET")


@forgets_no_error
async def test_other_bytes_than_the_digest_says_are_never_given_whole_nor_kept(
    pushed: None, upstream: Upstream, app: Starlette, driver: StorageDriver
) -> None:
    upstream.spoil = lambda chunk: chunk[:-1] + b"!"
    download = Download(app)

    with pytest.raises(UpstreamError, match="another digest"):
        await download.end()

    assert not download.is_complete
    assert len(LARGE) > len(download.received)
    assert [] == await tree_of(driver)


async def test_a_small_blob_with_another_digest_is_refused(
    origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    digest = await push_blob(origin, "some/image", b"small")
    upstream.spoil = lambda _: b"liars"

    answer = await client.get(f"/v2/some/image/blobs/{digest}")

    assert (502, "UNKNOWN") == (answer.status_code, code_of(answer))
    assert [] == await tree_of(driver)


async def test_a_part_of_a_blob_with_another_digest_is_refused(
    pushed: None, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    upstream.spoil = lambda chunk: chunk[:-1] + b"!"

    answer = await client.get(BLOB, headers={"range": "bytes=0-9"})

    assert (502, "UNKNOWN") == (answer.status_code, code_of(answer))


@forgets_no_error
async def test_a_fetch_that_breaks_off_leaves_nothing_and_is_begun_anew(
    pushed: None,
    upstream: Upstream,
    app: Starlette,
    client: httpx.AsyncClient,
    driver: StorageDriver,
) -> None:
    upstream.free, upstream.breaks = 4 * CHUNK, True
    download = Download(app)

    with pytest.raises(UpstreamError):
        await download.end()
    left = await tree_of(driver)
    upstream.breaks = False

    assert not download.is_complete
    assert [] == left
    assert LARGE == (await client.get(BLOB)).content


async def test_what_another_repository_has_is_asked_for_and_not_fetched_again(
    pushed: None, origin: httpx.AsyncClient, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    await push_blob(origin, "other", LARGE)
    await client.get(BLOB)

    answer = await client.get(f"/v2/other/blobs/{DIGEST}")
    unknown = await client.get(f"/v2/third/blobs/{DIGEST}")

    assert LARGE == answer.content
    assert (404, "BLOB_UNKNOWN") == (unknown.status_code, code_of(unknown))
    assert [f"GET {BLOB}"] == upstream.asked("GET")


async def test_a_blob_whose_bytes_storage_lost_is_fetched_again(
    origin: httpx.AsyncClient, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    digest = await push_blob(origin, "some/image", b"small")
    path = f"/v2/some/image/blobs/{digest}"
    await client.get(path)
    await driver.delete("/docker/registry/v2/blobs")

    assert b"small" == (await client.get(path)).content


async def test_a_redirect_is_followed_without_credentials(
    pushed: None, upstream: Upstream, client: httpx.AsyncClient
) -> None:
    def elsewhere(request: httpx.Request) -> httpx.Response | None:
        if request.url.host == "storage.test":
            is_get = request.method == "GET"
            return httpx.Response(200 if is_get else 403, content=LARGE if is_get else b"")
        if request.headers.get("authorization") is None:
            realm = 'Bearer realm="https://realm.test/token"'
            if request.url.host == "realm.test":
                return httpx.Response(200, json={"token": "t0ken"})
            return httpx.Response(401, headers={"www-authenticate": realm})
        return httpx.Response(307, headers={"location": f"https://storage.test{request.url.path}"})

    upstream.answers = [elsewhere]

    head = await client.head(BLOB)
    answer = await client.get(BLOB)

    assert str(len(LARGE)) == head.headers["content-length"]
    assert LARGE == answer.content
    for request in upstream.requests:
        assert request.url.host != "storage.test" or "authorization" not in request.headers


async def test_only_what_is_kept_is_read_from_the_storage_itself(
    pushed: None, upstream: Upstream, driver: StorageDriver
) -> None:
    async with (
        mirror_of(upstream, Redirecting(driver)) as app,
        client_of(app) as client,
    ):
        first = await client.get(BLOB)
        second = await client.get(BLOB)

    assert (200, LARGE) == (first.status_code, first.content)
    assert 307 == second.status_code


@pytest.mark.parametrize("location", ["http://storage.test/", "ftp://storage.test/"])
async def test_a_redirect_out_of_tls_is_not_followed(
    upstream: Upstream, client: httpx.AsyncClient, location: str
) -> None:
    upstream.answers = [lambda _: httpx.Response(307, headers={"location": location})]

    answer = await client.get(BLOB)

    assert (502, "UNKNOWN") == (answer.status_code, code_of(answer))
    assert 1 == len(upstream.requests)


@pytest.mark.parametrize("location", ["data:,x", "https://xn--/", "https://:0/"])
@pytest.mark.parametrize("path", [BLOB, "/v2/some/image/manifests/v1"])
async def test_a_redirect_to_what_is_no_url_is_told_of(
    upstream: Upstream, client: httpx.AsyncClient, path: str, location: str
) -> None:
    upstream.answers = [lambda _: httpx.Response(307, headers={"location": location})]

    answer = await client.get(path)

    assert (502, "UNKNOWN") == (answer.status_code, code_of(answer))


async def test_redirects_in_a_circle_end(upstream: Upstream, client: httpx.AsyncClient) -> None:
    upstream.answers = [lambda _: httpx.Response(307, headers={"location": BLOB})]

    answer = await client.get(BLOB)

    assert 502 == answer.status_code
    assert 10 > len(upstream.requests)


@forgets_no_error
async def test_a_mirror_that_ends_leaves_no_fetch_behind(
    pushed: None, upstream: Upstream, driver: StorageDriver
) -> None:
    upstream.free = 4 * CHUNK
    upstream.go_on.clear()
    async with mirror_of(upstream, driver) as app:
        download = Download(app)
        await download.until(4 * CHUNK)

    with pytest.raises(UpstreamError):
        await download.end()
    assert [] == await tree_of(driver)


@forgets_no_error
async def test_a_mirror_that_ends_does_not_complain_of_what_nobody_waits_for(
    pushed: None, upstream: Upstream, driver: StorageDriver
) -> None:
    upstream.free = 4 * CHUNK
    upstream.go_on.clear()
    async with mirror_of(upstream, driver) as app:
        download = Download(app)
        await download.until(4 * CHUNK)
        await download.leave()

    assert [] == await tree_of(driver)


async def test_the_mirror_of_a_mirror_gives_the_same(
    origin: httpx.AsyncClient, upstream: Upstream, driver: StorageDriver
) -> None:
    manifest = await push_image(origin, "some/image", "v1")
    async with (
        open_driver("memory") as nearest,
        mirror_of(upstream, driver) as near,
        mirror_of(Upstream(near), nearest) as app,
        client_of(app) as client,
    ):
        answer = await client.get("/v2/some/image/manifests/v1")
        layer = await client.get(f"/v2/some/image/blobs/{digest_of(b'layer')}")

    assert manifest == answer.content
    assert b"layer" == layer.content
