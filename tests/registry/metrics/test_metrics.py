"""What a registry counts, read as Prometheus reads it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from storagedriver.errors import StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.debug import debug_app
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.configuration.events import Endpoint, Settings
from storagedriver.registry.metrics.tallies import Durations, Histogram
from tests.documents import Document
from tests.registry.api.content import push_blob, push_image
from tests.registry.api.direct import answer_to, scope_of
from tests.waiting import turns

COUNTING = Config(debug=DebugSettings(metrics=True))

Values = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
async def driver() -> AsyncIterator[StorageDriver]:
    async with open_driver("memory") as driver:
        yield driver


@pytest.fixture
def app(driver: StorageDriver) -> Starlette:
    return create_app(driver, COUNTING)


@asynccontextmanager
async def asking(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        yield client


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(app) as client:
        yield client


def values_of(app: Starlette) -> Values:
    """All samples, but for those of the process."""
    _, _, page = app.state.metrics.page()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if sample.name.startswith("registry_")
    }


def value(app: Starlette, name: str, **labels: str) -> float:
    return values_of(app)[name, frozenset(labels.items())]


async def test_requests_are_counted_by_method_kind_of_url_and_status(
    app: Starlette, client: httpx.AsyncClient
) -> None:
    for name in ("a", "b", "some/other"):
        await client.get(f"/v2/{name}/manifests/v1")
    await client.get("/v2/")
    await client.request("BREW", "/v2/")
    await client.get("/nowhere")

    counted = {
        tuple(dict(labels)[name] for name in ("method", "handler", "code")): count
        for (name, labels), count in values_of(app).items()
        if name == "registry_http_requests_total"
    }
    assert {
        ("GET", "manifest", "404"): 3,
        ("GET", "base", "200"): 1,
        ("other", "base", "405"): 1,
        ("GET", "nothing", "404"): 1,
    } == counted
    duration = "registry_http_request_duration_seconds_count"
    assert 3 == value(app, duration, method="GET", handler="manifest")


async def test_below_a_prefix_urls_are_of_the_same_kinds(driver: StorageDriver) -> None:
    app = create_app(driver, replace(COUNTING, prefix="/registry"))
    async with asking(app) as client:
        await client.get("/registry/v2/")
        await client.get("/v2/")

    requests = "registry_http_requests_total"
    assert 1 == value(app, requests, method="GET", handler="base", code="200")
    assert 1 == value(app, requests, method="GET", handler="nothing", code="404")


async def test_no_client_adds_series(app: Starlette, client: httpx.AsyncClient) -> None:
    async def ask(number: int) -> None:
        await client.get(f"/v2/r{number}/manifests/t{number}")
        await client.get(f"/v2/r{number}/blobs/{number}?n={number}", headers={"a": f"{number}"})
        await client.request(f"M{number}", f"/x{number}")

    await ask(0)
    before = values_of(app).keys()
    for number in range(1, 20):
        await ask(number)

    assert before == values_of(app).keys()


async def test_bytes_are_counted_on_both_sides(app: Starlette, client: httpx.AsyncClient) -> None:
    digest = await push_blob(client, "a", b"x" * 1000)
    before = value(app, "registry_http_sent_bytes_total")
    await client.get(f"/v2/a/blobs/{digest}")

    assert 1000 == value(app, "registry_http_received_bytes_total")
    assert 1000 == value(app, "registry_http_sent_bytes_total") - before
    assert 1000 <= value(app, "registry_storage_written_bytes_total", driver="memory")
    assert 1000 <= value(app, "registry_storage_read_bytes_total", driver="memory")


async def test_calls_of_the_driver_are_counted_by_name_and_outcome(
    app: Starlette, client: httpx.AsyncClient
) -> None:
    await client.get("/v2/a/manifests/v1")

    labels = {"driver": "memory", "action": "get_content", "outcome": "PathNotFoundError"}
    assert 1 == value(app, "registry_storage_action_seconds_count", **labels)
    assert 1 == value(app, "registry_storage_action_seconds_bucket", le="+Inf", **labels)


async def test_the_cache_of_manifests_is_counted(
    app: Starlette, client: httpx.AsyncClient, driver: StorageDriver
) -> None:
    await push_image(client, "a", "v1")
    await client.get("/v2/a/manifests/v1")
    assert 1 == value(app, "registry_manifest_cache_hits_total")

    fresh = create_app(driver, COUNTING)
    async with asking(fresh) as other:
        await other.get("/v2/a/manifests/v1")

    assert 1 == value(fresh, "registry_manifest_cache_misses_total")
    assert 0 == value(fresh, "registry_manifest_cache_hits_total")


async def test_what_is_in_flight_goes_up_and_down(
    app: Starlette, client: httpx.AsyncClient
) -> None:
    started = await client.post("/v2/a/blobs/uploads/")
    goes_on = asyncio.Event()

    async def receive() -> Message:
        await goes_on.wait()
        return {"type": "http.request", "body": b"abc", "more_body": False}

    async def send(_: Message) -> None:
        return

    scope = scope_of("PATCH", started.headers["location"])
    upload = asyncio.create_task(app(scope, receive, send))
    await turns()
    names = ("registry_http_requests_in_flight", "registry_uploads_in_flight")

    assert (1, 1) == tuple(value(app, name) for name in names)
    goes_on.set()
    await upload
    assert (0, 0) == tuple(value(app, name) for name in names)


async def test_two_apps_in_one_process_count_apart(driver: StorageDriver) -> None:
    first, second = create_app(driver, COUNTING), create_app(driver, COUNTING)

    async with asking(first) as client:
        await client.get("/v2/")

    requests = {"method": "GET", "handler": "base", "code": "200"}
    assert 1 == value(first, "registry_http_requests_total", **requests)
    assert "registry_http_requests_total" not in {name for name, _ in values_of(second)}


async def test_a_client_that_is_gone_counts_as_499_and_a_failure_as_500(
    driver: StorageDriver,
) -> None:
    class Failing:
        def __init__(self, error: Exception) -> None:
            self._error = error

        def __getattr__(self, name: str) -> object:
            return getattr(driver, name)

        async def get_content(self, _path: str) -> bytes:
            raise self._error

    async def send(message: Message) -> None:
        raise ConnectionResetError

    app = create_app(driver, COUNTING)
    await app(scope_of("GET", "/v2/"), lambda: asyncio.sleep(0), send)  # type: ignore[arg-type]
    requests = {"method": "GET", "handler": "base", "code": "499"}
    assert 1 == value(app, "registry_http_requests_total", **requests)

    app = create_app(Failing(StorageUnavailableError("hidden")), COUNTING)  # type: ignore[arg-type]
    await answer_to(app, scope_of("GET", "/v2/a/manifests/v1"))
    requests = {"method": "GET", "handler": "manifest", "code": "503"}
    assert 1 == value(app, "registry_http_requests_total", **requests)


async def test_the_page_is_where_it_is_wanted(app: Starlette) -> None:
    metrics = app.state.metrics
    pages = debug_app(app.state.health, is_serving=lambda: True, pages={"/m": metrics.page})
    async with asking(pages) as client:
        answer = await client.get("/m")

    assert 200 == answer.status_code
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "registry_health_failing 0.0\n" in answer.text
    assert "process_resident_memory_bytes" in answer.text


async def test_nothing_is_counted_unless_it_is_wanted(driver: StorageDriver) -> None:
    assert create_app(driver).state.metrics is None


async def test_every_metric_is_documented(driver: StorageDriver) -> None:
    told = Settings(endpoints=(Endpoint(name="hook", url="http://127.0.0.1/"),))
    app = create_app(driver, replace(COUNTING, notifications=told))
    app.state.notifications.counts["hook"].statuses[200] += 1
    async with asking(app) as client:
        await client.get("/v2/a/manifests/v1")
    page = Document(Path(__file__).parents[3] / "docs" / "operate.md")

    names = {
        name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
        for name, _ in values_of(app)
    }

    assert set(page.first_column("Metrics")) == names


def test_durations_fall_into_the_buckets_up_to_their_bounds() -> None:
    durations = Durations((0.1, 1.0))

    for seconds in (0.05, 0.1, 0.5, 7.0):
        durations.add(seconds)

    assert [2, 1, 1] == durations.counts
    assert 7.65 == pytest.approx(durations.total)


def test_a_histogram_is_told_as_prometheus_wants_it() -> None:
    histogram = Histogram("h", "text", ("a",), (0.1, 1.0))
    for seconds in (0.05, 0.5, 7.0):
        histogram.of("x").add(seconds)

    samples = histogram.collect().samples

    assert [("0.1", 1), ("1.0", 2), ("+Inf", 3)] == [
        (sample.labels["le"], sample.value) for sample in samples if sample.name == "h_bucket"
    ]
    assert [3] == [sample.value for sample in samples if sample.name == "h_count"]
