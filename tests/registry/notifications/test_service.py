"""Events of a registry in this process arrive at an endpoint."""

import hmac
import itertools
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from storagedriver.errors import StorageUnavailableError
from storagedriver.factory import open_driver
from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.auth import AccessController, Principal
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.events import Endpoint, Settings
from storagedriver.registry.notifications.queues import Queues
from tests.registry.api.content import OCI_MANIFEST, digest_of, push_blob, push_image
from tests.registry.notifications.instances import tree
from tests.registry.notifications.receiving import Receiver, receiving, until
from tests.registry.store.spying import SpyingDriver
from tests.tlsfiles import Authority

LAYER = digest_of(b"layer")


@asynccontextmanager
async def running(
    driver: object,
    *endpoints: Endpoint,
    references: bool = False,
    read_only: bool = False,
    access: AccessController | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(endpoints=endpoints, references=references, lease=0.3)
    config = Config(notifications=settings, read_only=read_only)
    app = create_app(driver, config, access=access)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def client_of(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1234))
    headers = {"user-agent": "podman/5"}
    return httpx.AsyncClient(transport=transport, base_url="http://registry:5000", headers=headers)


def endpoint(receiver: Receiver, name: str = "hook", **settings: object) -> Endpoint:
    return Endpoint(name=name, url=receiver.url, timeout=60, backoff=0.01, **settings)


async def test_pushes_mounts_and_deletes_arrive_in_order(
    driver: StorageDriver, receiver: Receiver
) -> None:
    async with running(driver, endpoint(receiver)) as client:
        manifest = await push_image(client, "a", "v1")
        await client.post("/v2/b/blobs/uploads/", params={"mount": LAYER, "from": "a"})
        await client.delete("/v2/a/manifests/v1")
        await client.delete(f"/v2/a/blobs/{LAYER}")
        arrived = await receiver.got(6)

    expected = [
        ("push", "a", digest_of(b"{}")),
        ("push", "a", LAYER),
        ("push", "a", "v1"),
        ("mount", "b", LAYER),
        ("delete", "a", "v1"),
        ("delete", "a", LAYER),
    ]
    assert expected == arrived
    assert digest_of(manifest) == receiver.events[2]["target"]["digest"]


async def test_an_event_tells_of_its_request_and_is_signed(
    driver: StorageDriver, receiver: Receiver
) -> None:
    hook = endpoint(receiver, secret="hunter2", headers=(("Authorization", "Bearer x"),))
    async with running(driver, hook) as client:
        await push_blob(client, "a", b"layer")
        await receiver.got(1)

    ((headers, body),) = receiver.requests
    (event,) = receiver.events
    assert "Bearer x" == headers["authorization"]
    assert "application/vnd.docker.distribution.events.v2+json" == headers["content-type"]
    signature = hmac.new(b"hunter2", body, "sha256").hexdigest()
    assert f"sha256={signature}" == headers["x-hub-signature-256"]
    assert f"http://registry:5000/v2/a/blobs/{LAYER}" == event["target"]["url"]
    asked = event["request"]
    assert ("192.0.2.1:1234", "registry:5000") == (asked["addr"], asked["host"])
    assert ("POST", "podman/5") == (asked["method"], asked["useragent"])
    assert {} == event["actor"]
    assert event["source"]["addr"].endswith(":5000")


async def test_an_event_has_no_more_than_the_beginning_of_a_long_header(
    driver: StorageDriver, receiver: Receiver
) -> None:
    async with running(driver, endpoint(receiver)) as client:
        client.headers.update({"user-agent": "a" * 30_000, "host": "h" * 30_000})
        await push_blob(client, "a", b"layer")
        await receiver.got(1)

    assert 5000 > len(json.dumps(receiver.events))
    assert "a" * 1000 == receiver.events[0]["request"]["useragent"]


class Everybody:
    """Lets everybody in, under one name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def identify(self, _: object) -> Principal:
        return Principal(name=self._name)

    async def allows(self, *_: object) -> bool:
        return True

    async def shows(self, *_: object) -> bool:
        return True

    def challenge(self, *_: object) -> str | None:
        return None


@pytest.mark.parametrize(("name", "expected"), [("alice", {"name": "alice"}), ("", {})])
async def test_an_event_tells_who_did_it(
    driver: StorageDriver, receiver: Receiver, name: str, expected: dict[str, str]
) -> None:
    async with running(driver, endpoint(receiver), access=Everybody(name)) as client:
        await push_blob(client, "a", b"layer")
        await receiver.got(1)

    assert expected == receiver.events[0]["actor"]


async def test_what_a_manifest_refers_to_is_told_where_configured(
    driver: StorageDriver, receiver: Receiver
) -> None:
    async with running(driver, endpoint(receiver), references=True) as client:
        await push_image(client, "a", "v1")
        await receiver.got(3)

    digests = [each["digest"] for each in receiver.events[2]["target"]["references"]]
    assert [digest_of(b"{}"), LAYER] == digests


async def test_pulls_arrive_together(driver: StorageDriver, receiver: Receiver) -> None:
    async with running(driver, endpoint(receiver, ignored_actions=("push",))) as client:
        await push_image(client, "a", "v1")
        for _ in range(3):
            await client.get("/v2/a/manifests/v1")
        await client.head(f"/v2/a/blobs/{LAYER}")
        arrived = await receiver.got(4)

    assert [("pull", "a", "v1")] * 3 + [("pull", "a", LAYER)] == arrived
    assert len(receiver.requests) < 4


async def test_what_no_endpoint_wants_is_not_stored(driver: StorageDriver) -> None:
    hook = Endpoint(name="a", url="http://none", ignored_types=("application/octet-stream",))
    async with running(driver, hook) as client:
        await push_blob(client, "a", b"layer")
        await client.get(f"/v2/a/blobs/{LAYER}")

        stored = [info.path async for info in driver.walk("/")]
        assert "/storagedriver" not in stored


async def test_a_read_only_registry_tells_of_pulls_and_stores_nothing(
    driver: StorageDriver, receiver: Receiver
) -> None:
    async with client_of(create_app(driver)) as client:
        await push_image(client, "a", "v1")
    before = await tree(driver)
    async with running(driver, endpoint(receiver), read_only=True) as client:
        await client.get("/v2/a/manifests/v1")
        arrived = await receiver.got(1)
        assert before == await tree(driver)

    assert [("pull", "a", "v1")] == arrived


async def test_what_was_not_delivered_at_the_end_is_delivered_after_the_next_start(
    driver: StorageDriver, receiver: Receiver
) -> None:
    receiver.status = 500
    async with running(driver, endpoint(receiver)) as client:
        await push_image(client, "a", "v1")
        await receiver.asked(2)
    receiver.status = 200
    async with running(driver, endpoint(receiver)) as client:
        await client.delete("/v2/a/manifests/v1")
        arrived = await receiver.got(4)

    expected = [
        ("push", "a", digest_of(b"{}")),
        ("push", "a", LAYER),
        ("push", "a", "v1"),
        ("delete", "a", "v1"),
    ]
    assert expected == arrived
    assert not [path for path in await tree(driver) if path.startswith("/storagedriver")]


async def test_a_storage_that_is_down_at_the_start_is_waited_for_and_told_once(
    driver: StorageDriver, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = 0

    async def fail(_: str) -> None:
        nonlocal rounds
        rounds += 1
        raise StorageUnavailableError("down")

    spy = SpyingDriver(driver, before=fail)
    async with running(spy, endpoint(receiver)) as client:
        url = f"/v2/a/blobs/uploads/?digest={LAYER}"
        assert 503 == (await client.post(url, content=b"layer")).status_code
        await until(lambda: rounds > 5)
        spy.before = spy.after
        await push_blob(client, "a", b"layer")
        assert [("push", "a", LAYER)] == await receiver.got(1)

    assert 1 == caplog.text.count("the queues of events wait for the storage")


@pytest.mark.parametrize("trouble", ["silence", "redirect", "nobody"])
async def test_an_endpoint_that_takes_nothing_gets_all_when_it_does(
    driver: StorageDriver, receiver: Receiver, trouble: str
) -> None:
    hook = endpoint(receiver)
    if trouble == "silence":
        receiver.is_silent = True
        hook = replace(hook, timeout=0.05)
    elif trouble == "redirect":
        receiver.status = 302
    else:
        hook = replace(hook, url="http://127.0.0.1:1/")
    app = create_app(driver, Config(notifications=Settings(endpoints=(hook,), lease=0.3)))
    async with app.router.lifespan_context(app), client_of(app) as client:
        await push_blob(client, "a", b"layer")
        counts = app.state.notifications.counts["hook"]
        await until(lambda: counts.errors + counts.failures > 2)
        assert {"hook": 1} == app.state.notifications.pending()
        receiver.is_silent, receiver.status = False, 200
    async with running(driver, endpoint(receiver)):
        assert [("push", "a", LAYER)] == await receiver.got(1)
    assert {"POST /events HTTP/1.1"} == receiver.asked_for


async def test_an_endpoint_shows_a_certificate_of_a_known_authority(
    driver: StorageDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.new(tmp_path)
    encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encryption.load_cert_chain(*authority.issued("127.0.0.1"))
    async with receiving(encryption) as receiver:
        settings = Settings(endpoints=(endpoint(receiver),), lease=0.3)
        app = create_app(driver, Config(notifications=settings))
        async with app.router.lifespan_context(app), client_of(app) as client:
            await push_blob(client, "a", b"layer")
            await until(lambda: app.state.notifications.counts["hook"].errors > 1)
        assert [] == receiver.requests

        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        async with running(driver, endpoint(receiver)):
            assert [("push", "a", LAYER)] == await receiver.got(1)


async def test_without_a_lifespan_nothing_is_acknowledged_that_would_not_be_told(
    driver: StorageDriver, receiver: Receiver
) -> None:
    app = create_app(driver, Config(notifications=Settings(endpoints=(endpoint(receiver),))))
    async with client_of(app) as client:
        url = f"/v2/a/blobs/uploads/?digest={LAYER}"
        assert 500 == (await client.post(url, content=b"layer")).status_code
        assert 200 == (await client.get(f"/v2/a/blobs/{LAYER}")).status_code


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("PUT", "/v2/a/manifests/v2", 201),
        ("POST", f"/v2/b/blobs/uploads/?mount={LAYER}&from=a", 201),
        ("POST", f"/v2/b/blobs/uploads/?digest={LAYER}", 201),
        ("DELETE", "/v2/a/manifests/v1", 202),
        ("DELETE", f"/v2/a/blobs/{LAYER}", 202),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_whichever_call_to_storage_fails_what_is_acknowledged_is_queued(
    method: str, url: str, expected: int, when: str
) -> None:
    failed = 0
    for number in itertools.count(1):
        status, entries, calls = await tried(method, url, number, when)
        assert status in (expected, 503)
        assert status == 503 or entries == 1, f"call {number} failed and the event is lost"
        if calls < number:
            break
        failed += status == 503
    assert failed > 2


async def tried(method: str, url: str, number: int, when: str) -> tuple[int, int, int]:
    """Have a call fail during a request; give its status, and how many entries and calls were."""
    calls = 0

    async def fail(_: str) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            raise StorageUnavailableError("down")

    async with open_driver("memory") as driver:
        spy = SpyingDriver(driver)
        settings = Settings(endpoints=(Endpoint(name="a", url="http://none"),))
        app = create_app(spy, Config(notifications=settings))
        # Without the lifespan nothing else makes calls that would be counted.
        app.state.notifications._queues = Queues(spy, Settings())
        async with client_of(create_app(driver)) as client:
            manifest = await push_image(client, "a", "v1")
        setattr(spy, when, fail)
        content = b"layer" if "digest=" in url else manifest
        async with client_of(app) as client:
            headers = {"content-type": OCI_MANIFEST}
            answer = await client.request(method, url, content=content, headers=headers)
        entries = [path for path in await tree(driver) if "/entries/" in path]
        return answer.status_code, len(entries), calls
