"""A mirror shows what it has to those that are to see it, and to nobody else."""

import base64
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.proxy.access import Access
from storagedriver.registry.proxy.settings import Proxy
from tests.registry.api.content import code_of, push_image
from tests.registry.proxy.conftest import client_of, mirror_of
from tests.registry.proxy.upstreams import HOST, Upstream

MANIFEST = "/v2/some/image/manifests/v1"
REALM = "https://realm.test/token?always=1"
PAIR = f"Basic {base64.b64encode(b'me:s3cret').decode()}"


def with_user(*hosts: str, url: str = f"https://{HOST}") -> Proxy:
    return Proxy(url=url, username="me", password="s3cret", auth_hosts=hosts)


class Guard:
    """Lets in who shows a token of the realm's, of which there is a new one each time."""

    def __init__(self, *, realm: str = REALM, more: dict[str, object] | None = None) -> None:
        self.realm = realm
        self.more = more or {}
        self.given: list[httpx.Request] = []
        self.accepted = "Bearer token-{}"

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/token"):
            self.given.append(request)
            token = {"token": f"token-{len(self.given)}", **self.more}
            return httpx.Response(200, json=token)
        if request.headers.get("authorization") == self.accepted.format(len(self.given)):
            return None
        scope = "repository:some/image:pull"
        challenge = f'Bearer realm="{self.realm}",service="the service",scope="{scope}"'
        return httpx.Response(401, headers={"www-authenticate": challenge})


@asynccontextmanager
async def mirrored(
    upstream: Upstream, driver: StorageDriver, proxy: Proxy
) -> AsyncIterator[httpx.AsyncClient]:
    async with mirror_of(upstream, driver, proxy) as app, client_of(app) as client:
        yield client


@pytest.fixture
async def guard(origin: httpx.AsyncClient, upstream: Upstream) -> Guard:
    await push_image(origin, "some/image", "v1")
    guard = Guard()
    upstream.answers = [guard]
    return guard


async def test_a_token_is_fetched_where_upstream_says_and_remembered(
    guard: Guard, client: httpx.AsyncClient
) -> None:
    statuses = [(await client.get(MANIFEST)).status_code for _ in range(3)]

    assert [200] * 3 == statuses
    (request,) = guard.given
    assert {
        "always": ["1"],
        "service": ["the service"],
        "scope": ["repository:some/image:pull"],
    } == parse_qs(request.url.query.decode())
    assert "authorization" not in request.headers


async def test_a_token_that_is_refused_is_fetched_anew(
    guard: Guard, client: httpx.AsyncClient
) -> None:
    await client.get(MANIFEST)
    guard.given.append(guard.given[0])  # the token before is not the last one now

    answer = await client.get(MANIFEST)

    assert 200 == answer.status_code
    assert 3 == len(guard.given)


async def test_a_token_that_lets_nobody_in_is_not_fetched_for_ever(
    guard: Guard, client: httpx.AsyncClient
) -> None:
    guard.accepted = "none"

    answer = await client.get(MANIFEST)

    assert (502, "DENIED") == (answer.status_code, code_of(answer))
    assert 1 == len(guard.given)


@pytest.mark.parametrize(
    ("realm", "proxy"),
    [
        (REALM, with_user("realm.test")),
        (f"https://{HOST}/token", with_user()),
        ("https://auth.docker.io/token", with_user(url="https://registry-1.docker.io")),
    ],
)
async def test_the_password_goes_to_realms_that_are_trusted(
    guard: Guard, upstream: Upstream, driver: StorageDriver, realm: str, proxy: Proxy
) -> None:
    guard.realm = realm

    async with mirrored(upstream, driver, proxy) as client:
        answer = await client.get(MANIFEST)

    assert 200 == answer.status_code
    (request,) = guard.given
    assert PAIR == request.headers["authorization"]
    for each in upstream.requests:
        assert each is request or PAIR != each.headers.get("authorization")


@pytest.mark.parametrize(
    "realm",
    [
        REALM,
        f"https://{HOST}:8443/token",
        f"https://{HOST}.evil.test/token",
        "https://me@x.test/token",
    ],
)
async def test_the_password_goes_nowhere_else(
    guard: Guard,
    upstream: Upstream,
    driver: StorageDriver,
    caplog: pytest.LogCaptureFixture,
    realm: str,
) -> None:
    guard.realm = realm

    with caplog.at_level(logging.WARNING):
        async with mirrored(upstream, driver, with_user()) as client:
            answer = await client.get(MANIFEST)

    assert 200 == answer.status_code
    assert all(PAIR != each.headers.get("authorization") for each in upstream.requests)
    assert "proxy.authhosts" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    "realm", [f"http://{HOST}/token", "ftp://x", "/token", "https://[", "https://xn--/", ""]
)
async def test_a_realm_without_tls_is_not_asked(
    guard: Guard, upstream: Upstream, driver: StorageDriver, realm: str
) -> None:
    guard.realm = realm

    async with mirrored(upstream, driver, with_user(HOST)) as client:
        answer = await client.get(MANIFEST)

    assert 502 == answer.status_code
    assert [] == guard.given


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (httpx.Response(401), 502),
        (httpx.Response(307, headers={"location": "https://elsewhere.test/"}), 502),
        (httpx.Response(307, headers={"location": "https://xn--/"}), 502),
        (httpx.Response(200, content=b"no json"), 502),
        (httpx.Response(200, json={"token": "two\nlines"}), 502),
        (httpx.Response(200, json=["token"]), 502),
        (httpx.Response(200, content=b" " * 2**21), 502),
        (httpx.Response(503), 503),
    ],
)
async def test_a_realm_that_gives_no_token_is_told_of(
    guard: Guard,
    upstream: Upstream,
    client: httpx.AsyncClient,
    answer: httpx.Response,
    status: int,
) -> None:
    upstream.answers = [
        lambda request: answer if request.url.host == "realm.test" else None,
        guard,
    ]

    assert status == (await client.get(MANIFEST)).status_code
    assert {HOST, "realm.test"} == {request.url.host for request in upstream.requests}


async def test_a_password_is_shown_where_it_is_asked_for(
    origin: httpx.AsyncClient, upstream: Upstream, driver: StorageDriver
) -> None:
    def guard(request: httpx.Request) -> httpx.Response | None:
        if request.headers.get("authorization") == PAIR:
            return None
        return httpx.Response(401, headers={"www-authenticate": 'Basic realm="x"'})

    await push_image(origin, "some/image", "v1")
    upstream.answers = [guard]

    async with mirrored(upstream, driver, with_user()) as client:
        statuses = [(await client.get(MANIFEST)).status_code for _ in range(2)]

    assert [200] * 2 == statuses
    assert [None, PAIR, PAIR] == [each.headers.get("authorization") for each in upstream.requests]


async def test_without_a_password_none_is_shown(
    upstream: Upstream, client: httpx.AsyncClient
) -> None:
    basic = {"www-authenticate": 'Basic realm="x"'}
    upstream.answers = [lambda _: httpx.Response(401, headers=basic)]

    answer = await client.get(MANIFEST)

    assert (502, "DENIED") == (answer.status_code, code_of(answer))
    assert 1 == len(upstream.requests)


def access_to(answer: Callable[[httpx.Request], httpx.Response], now: list[float]) -> Access:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Access(Proxy(url=f"https://{HOST}"), client, most=2, now=lambda: now[-1])


@pytest.mark.parametrize(
    ("more", "good", "bad"),
    [
        ({}, 50, 60),
        ({"expires_in": 300}, 250, 300),
        ({"expires_in": "soon"}, 50, 60),
        ({"expires_in": -1}, 50, 60),
        ({"expires_in": 10**400}, 77_000, 86_400),
    ],
)
async def test_a_token_is_good_until_shortly_before_it_expires(
    more: dict[str, object], good: float, bad: float
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        body = httpx.Response(200, json={"access_token": "x", **more}).content
        return httpx.Response(200, stream=httpx.ByteStream(body))

    now = [0.0]
    access = access_to(answer, now)

    assert "Bearer x" == await access.obtained("a", [f'Bearer realm="{REALM}"'])

    now.append(good)
    assert "Bearer x" == access.held("a")
    assert None is access.held("b")
    now.append(bad)
    assert None is access.held("a")


async def test_the_oldest_tokens_are_forgotten() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b'{"token": "x"}'))

    access = access_to(answer, [0.0])

    for number in range(3):
        await access.obtained(f"a{number}", [f'Bearer realm="{REALM}"'])

    assert None is access.held("a0")
    assert "Bearer x" == access.held("a1")


async def test_no_cookie_is_kept_or_sent(upstream: Upstream, client: httpx.AsyncClient) -> None:
    cookie = {"set-cookie": "a=b; Max-Age=1000"}
    upstream.answers = [lambda _: httpx.Response(404, headers=cookie)]

    for _ in range(2):
        await client.get(MANIFEST)

    assert [None] * 2 == [request.headers.get("cookie") for request in upstream.requests]
