"""How much one client may ask for."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Message

from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.doors import admitted
from storagedriver.registry.api.throttling import Rates, throttled
from storagedriver.registry.app import create_app
from storagedriver.registry.auth.settings import Htpasswd
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.limits import LimitSettings
from tests.registry.api.content import code_of, start_upload
from tests.registry.api.direct import answer_to, scope_of
from tests.registry.auth.scenes import basic, users_file
from tests.waiting import turns


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_passes_and_then_the_rate(clock: Clock) -> None:
    rates = Rates(2, 4, clock=clock)

    at_once = [rates.take("a") for _ in range(6)]
    clock.now += 0.5
    later = [rates.take("a"), rates.take("a")]
    clock.now += 100
    rested = [rates.take("a") for _ in range(5)]

    assert [0, 0, 0, 0, 0.5, 0.5] == at_once
    assert [0, 0.5] == later
    assert [0, 0, 0, 0, 0.5] == rested


def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    rates = Rates(1, 1, clock=clock)
    for _ in range(100):
        rates.take("a")

    clock.now += 1

    assert 0 == rates.take("a")


def test_clients_are_limited_apart_and_not_all_remembered(clock: Clock) -> None:
    rates = Rates(1, 1, most=10, clock=clock)

    assert [0.0] * 1000 == [rates.take(f"client {number}") for number in range(1000)]
    assert 1 == rates.take("client 999")
    assert 10 == len(rates)


def limited(driver: StorageDriver, **limits: int) -> ASGIApp:
    return create_app(driver, Config(limits=LimitSettings(**limits)))


async def test_a_client_that_asks_too_often_is_told_when_to_come_back(
    driver: StorageDriver, clock: Clock
) -> None:
    app = admitted(create_app(driver), [throttled(Rates(0.1, 1, clock=clock))])
    one, other = [scope_of("GET", "/v2/") | {"client": (f"10.0.0.{n}", 1)} for n in (1, 2)]

    answers = [await answer_to(app, scope) for scope in (one, one, other)]

    assert [200, 429, 200] == [answer.status_code for answer in answers]
    assert "TOOMANYREQUESTS" == code_of(answers[1])
    assert "10" == answers[1].headers["retry-after"]


async def test_the_limit_is_configured(driver: StorageDriver) -> None:
    app = limited(driver, requests=1, burst=2)

    statuses = [(await answer_to(app, scope_of("GET", "/v2/"))).status_code for _ in range(2)]
    while statuses[-1] == 200:
        statuses.append((await answer_to(app, scope_of("GET", "/v2/"))).status_code)

    assert [200, 200] == statuses[:2]
    assert 429 == statuses[-1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        (None, None, True),
        ("no:address", "no:other", False),
    ],
)
def test_a_network_of_ipv6_is_one_client(one: str | None, other: str | None, *, same: bool) -> None:
    rates = Rates(1, 1, clock=Clock())
    door = throttled(rates)

    def is_let_in(host: str | None) -> bool:
        return door(scope_of("GET", "/v2/") | {"client": host and (host, 1)}) is None

    assert is_let_in(one)
    assert same is not is_let_in(other)


async def test_more_uploads_than_may_run_at_once_are_sent_back(driver: StorageDriver) -> None:
    app = limited(driver, uploads=1)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        first, second = await two_uploads(client)
        goes_on = asyncio.Event()
        running = asyncio.create_task(uploading(app, first, goes_on))
        await turns()

        refused = await client.patch(second, content=b"abc")
        read = await client.get("/v2/")
        goes_on.set()
        await running
        taken = await client.patch(second, content=b"abc")

    assert (429, "TOOMANYREQUESTS") == (refused.status_code, code_of(refused))
    assert "5" == refused.headers["retry-after"]
    assert 200 == read.status_code
    assert 202 == taken.status_code


async def test_who_is_not_let_in_takes_no_upload_of_others(
    driver: StorageDriver, tmp_path: Path
) -> None:
    auth = Htpasswd(realm="r", path=str(users_file(tmp_path, alice="one")))
    app = create_app(driver, Config(auth=auth, limits=LimitSettings(uploads=1)))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        headers = {"authorization": basic("alice", "one")}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://registry", headers=headers
        ) as client:
            location = await start_upload(client)
            goes_on = asyncio.Event()
            refused = asyncio.create_task(uploading(app, location, goes_on))
            await turns()

            taken = await client.patch(location, content=b"abc")
            goes_on.set()
            await refused

    assert 202 == taken.status_code


async def two_uploads(client: httpx.AsyncClient) -> tuple[str, str]:
    return await start_upload(client), await start_upload(client)


async def uploading(app: ASGIApp, location: str, goes_on: asyncio.Event) -> None:
    async def receive() -> Message:
        await goes_on.wait()
        return {"type": "http.request", "body": b"abc", "more_body": False}

    async def send(_: Message) -> None:
        return

    await app(scope_of("PATCH", location), receive, send)
