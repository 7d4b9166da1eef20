import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette

from storagedriver.errors import StorageUnavailableError
from storagedriver.protocol import StorageDriver
from storagedriver.records import FileInfo
from storagedriver.registry.api.debug import debug_app
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.health.settings import HealthSettings
from tests.registry.api.content import code_of, push_image
from tests.registry.api.wire import until

SETTINGS = HealthSettings(storage=True, interval=0.01, threshold=2)


class Switched:
    """A driver that can be switched off, and counts the calls for anything but its root."""

    def __init__(self, driver: StorageDriver) -> None:
        self._driver = driver
        self.is_off = False
        self.calls = 0

    def __getattr__(self, name: str) -> object:
        self.calls += name not in {"name", "capabilities"}
        return getattr(self._driver, name)

    async def stat(self, path: str) -> FileInfo:
        if self.is_off:
            raise StorageUnavailableError("/mnt/secret-disk is gone")
        return await self._driver.stat(path)


@pytest.fixture
def switched(driver: StorageDriver) -> Switched:
    return Switched(driver)


@pytest.fixture
async def app(switched: Switched) -> AsyncIterator[Starlette]:
    app = create_app(switched, Config(health=SETTINGS))
    async with app.router.lifespan_context(app):
        yield app


async def asked(app: Callable[..., object], path: str, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://debug") as client:
        return await client.request(method, path)


async def test_while_storage_is_down_requests_are_refused_before_it_is_asked(
    app: Starlette, client: httpx.AsyncClient, switched: Switched
) -> None:
    manifest = await push_image(client, "a", "v1")
    switched.is_off = True
    await until(lambda: _is(app.state.health.failing))
    before = switched.calls

    answers = [
        await client.get("/"),
        await client.get("/v2/"),
        await client.get("/v2/a/manifests/v1"),
        await client.post("/v2/a/blobs/uploads/"),
        await client.put("/v2/a/manifests/v2", content=manifest),
    ]

    assert {503} == {answer.status_code for answer in answers}
    assert {"UNAVAILABLE"} == {code_of(answer) for answer in answers}
    assert {"1"} == {answer.headers["retry-after"] for answer in answers}
    assert not any("secret" in answer.text for answer in answers)
    assert before == switched.calls

    switched.is_off = False
    await until(lambda: _is(not app.state.health.failing))
    assert manifest == (await client.get("/v2/a/manifests/v1")).content


async def test_unwatched_an_app_is_never_taken_for_ill(switched: Switched) -> None:
    app = create_app(switched, Config(health=SETTINGS))
    switched.is_off = True
    await asyncio.sleep(0.05)

    assert 200 == (await asked(app, "/v2/")).status_code


async def test_life_and_readiness_are_told_apart(app: Starlette, switched: Switched) -> None:
    pages = debug_app(app.state.health, is_serving=lambda: True)
    for path in ("/livez", "/readyz", "/debug/health"):
        answer = await asked(pages, path)
        assert (200, {}) == (answer.status_code, answer.json())

    switched.is_off = True
    await until(lambda: _is(app.state.health.failing))

    assert 200 == (await asked(pages, "/livez")).status_code
    for path in ("/readyz", "/debug/health"):
        answer = await asked(pages, path)
        assert 503 == answer.status_code
        assert ["storagedriver_memory"] == list(answer.json())


async def test_a_registry_that_stops_is_alive_and_not_ready(app: Starlette) -> None:
    pages = debug_app(app.state.health, is_serving=lambda: False)

    assert 200 == (await asked(pages, "/livez")).status_code
    assert 200 == (await asked(pages, "/debug/health")).status_code
    ready = await asked(pages, "/readyz")
    assert (503, ["serving"]) == (ready.status_code, list(ready.json()))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("POST", "/livez", 405), ("HEAD", "/livez", 200)],
)
async def test_the_pages_can_only_be_read(
    app: Starlette, method: str, path: str, status: int
) -> None:
    answer = await asked(debug_app(app.state.health, is_serving=lambda: True), path, method)

    assert status == answer.status_code
    assert method != "HEAD" or not answer.content


async def _is(condition: object) -> bool:
    return bool(condition)
