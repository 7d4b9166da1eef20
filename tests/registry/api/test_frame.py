import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from storagedriver.protocol import StorageDriver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from tests.registry.api.content import OCI_MANIFEST, code_of, digest_of, push_image
from tests.registry.api.direct import answer_to, scope_of

DIGEST = digest_of(b"x")


@pytest.mark.parametrize("url", ["/v2", "/v2/"])
async def test_the_base_says_that_this_is_a_registry(client: httpx.AsyncClient, url: str) -> None:
    answer = await client.get(url)

    assert 200 == answer.status_code
    assert {} == answer.json()
    assert "application/json" == answer.headers["content-type"]
    assert "registry/2.0" == answer.headers["docker-distribution-api-version"]


async def test_the_root_is_for_load_balancers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")

    assert (200, b"") == (answer.status_code, answer.content)
    assert 405 == (await client.post("/")).status_code


@pytest.mark.parametrize("url", ["/v1/", "/v1/users/", "/v2x", "/v2/a", "/v2/_oci/ext"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_other_urls_are_404(client: httpx.AsyncClient, url: str, method: str) -> None:
    answer = await client.request(method, url)

    assert 404 == answer.status_code
    assert "UNSUPPORTED" == code_of(answer)
    assert "registry/2.0" == answer.headers["docker-distribution-api-version"]


METHODS = {
    "/v2/": {"GET", "HEAD"},
    "/v2/_catalog": {"GET", "HEAD"},
    "/v2/_oci/ext/discover": {"GET", "HEAD"},
    "/v1/_ping": {"GET", "HEAD"},
    "/v1/search": {"GET", "HEAD"},
    "/v2/a/tags/list": {"GET", "HEAD"},
    "/v2/a/manifests/v1": {"GET", "HEAD", "PUT", "DELETE"},
    f"/v2/a/blobs/{DIGEST}": {"GET", "HEAD", "DELETE"},
    "/v2/a/blobs/uploads/": {"POST"},
    "/v2/a/blobs/uploads/x": {"GET", "HEAD", "PATCH", "PUT", "DELETE"},
}
TRIED = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"]


@pytest.mark.parametrize(("url", "allowed"), METHODS.items())
@pytest.mark.parametrize("method", TRIED)
async def test_a_wrong_method_is_405_and_told_the_right_ones(
    client: httpx.AsyncClient, url: str, allowed: set[str], method: str
) -> None:
    request = httpx.Request(method, f"http://registry{url}")
    request.method = method

    answer = await client.send(request)

    assert (method not in allowed) == (405 == answer.status_code)
    if method not in allowed:
        assert allowed | {"OPTIONS"} == set(answer.headers["allow"].split(", "))
        assert method == "HEAD" or "UNSUPPORTED" == code_of(answer)


@pytest.mark.parametrize(("url", "allowed"), METHODS.items())
async def test_options_tell_the_methods(
    client: httpx.AsyncClient, url: str, allowed: set[str]
) -> None:
    answer = await client.options(url)

    assert 204 == answer.status_code
    assert allowed | {"OPTIONS"} == set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize(
    "url",
    ["/v2/", "/", "/v2/a/tags/list", "/v2/a/blobs/x", "/v2/A/blobs/x", "/v2/a/manifests/v1"],
)
async def test_a_head_has_the_headers_of_a_get(client: httpx.AsyncClient, url: str) -> None:
    got = await client.get(url)
    head = await client.head(url)

    assert got.status_code == head.status_code
    assert b"" == head.content
    assert got.headers["content-length"] == head.headers["content-length"]


async def _locations(client: httpx.AsyncClient, root: str) -> list[str]:
    started = await client.post(f"{root}/v2/a/blobs/uploads/")
    location = started.headers["location"]
    patched = await client.patch(location, content=b"{}")
    late = await client.patch(location, content=b"x", headers={"content-range": "9-9"})
    status = await client.get(location)
    digest = digest_of(b"{}")
    closed = await client.put(location, params={"digest": digest})
    mounted = await client.post(
        f"{root}/v2/b/blobs/uploads/", params={"mount": digest, "from": "a"}
    )
    found = [answer.headers["location"] for answer in (started, patched, late, status)]
    assert 1 == len(set(found))
    return [found[0], closed.headers["location"], mounted.headers["location"]]


@pytest.mark.parametrize("root", ["/registry", "/some/where"])
async def test_mounted_in_another_app_it_keeps_to_its_place(
    driver: StorageDriver, root: str
) -> None:
    outer = Starlette(routes=[Mount(root, app=create_app(driver))])
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        for location in await _locations(client, root):
            assert location.startswith(f"{root}/v2/")
        listed = await client.get(f"{root}/v2/_catalog?n=1")
        assert f'<{root}/v2/_catalog?n=1&last=a>; rel="next"' == listed.headers["link"]
        assert 404 == (await client.get("/v2/")).status_code


async def test_behind_a_proxy_that_takes_the_prefix_off_urls_have_it(
    driver: StorageDriver,
) -> None:
    transport = httpx.ASGITransport(create_app(driver), root_path="/registry")
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        for location in await _locations(client, ""):
            assert location.startswith("/registry/v2/")


@pytest.mark.parametrize("root", ["", "/host"])
async def test_below_a_configured_path_it_keeps_to_its_place(
    driver: StorageDriver, root: str
) -> None:
    app = create_app(driver, Config(prefix="/some/where"))
    transport = httpx.ASGITransport(Starlette(routes=[Mount(root, app=app)]) if root else app)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        base = f"{root}/some/where"
        for location in await _locations(client, base):
            assert location.startswith(f"{base}/v2/")
        assert 200 == (await client.get(f"{base}/v1/search?q=a")).status_code
        for path in ("/v2/", "/some/wherever/v2/", "/some/where", "/v1/_ping"):
            answer = await client.get(root + path)
            assert (404, "UNSUPPORTED") == (answer.status_code, code_of(answer))


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (Config(), "/v2/a/"),
        (Config(public_url="https://example.org"), "https://example.org/v2/a/"),
        (Config(public_url="https://example.org", relative_urls=True), "/v2/a/"),
        (Config(public_url="https://example.org/x", prefix="/x"), "https://example.org/x/v2/a/"),
    ],
)
async def test_urls_begin_with_the_public_one_unless_relative_ones_are_asked_for(
    driver: StorageDriver, config: Config, expected: str
) -> None:
    transport = httpx.ASGITransport(create_app(driver, config))
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        answer = await client.post(f"{config.prefix}/v2/a/blobs/uploads/")

        assert answer.headers["location"].startswith(expected)


async def test_what_a_client_put_into_the_mount_point_is_escaped(driver: StorageDriver) -> None:
    outer = Starlette(routes=[Mount("/{tenant}", app=create_app(driver))])
    transport = httpx.ASGITransport(outer)
    async with httpx.AsyncClient(transport=transport, base_url="http://host") as client:
        answer = await client.post("http://host/a%0D%0Ab/v2/a/blobs/uploads/")

        assert answer.headers["location"].startswith("/a%0D%0Ab/v2/a/")


async def test_a_repository_called_like_a_route_is_one(client: httpx.AsyncClient) -> None:
    for name in ("blobs/uploads", "x/manifests/y", "tags/list", "v2"):
        manifest = await push_image(client, name, "manifests")

        got = await client.get(f"/v2/{name}/manifests/manifests")

        assert manifest == got.content
        assert OCI_MANIFEST == got.headers["content-type"]
        assert ["manifests"] == (await client.get(f"/v2/{name}/tags/list")).json()["tags"]


async def test_a_websocket_is_closed(app: Starlette) -> None:
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await app({"type": "websocket", "path": "/v2/", "headers": []}, receive, send)

    assert ["websocket.close"] == sent


@pytest.mark.parametrize(("version", "expected"), [("1.1", "close"), ("2", None)])
async def test_a_connection_is_closed_only_where_it_is_the_requests_own(
    app: Starlette, version: str, expected: str | None
) -> None:
    headers = [(b"content-length", b"9999999")]

    answer = await answer_to(app, scope_of("PUT", "/nowhere", headers, http_version=version), None)

    assert 404 == answer.status_code
    assert expected == answer.headers.get("connection")


async def test_the_threads_end_with_the_app(app: Starlette, client: httpx.AsyncClient) -> None:
    def threads() -> set[threading.Thread]:
        return {each for each in threading.enumerate() if each.name.startswith("store")}

    before = threads()
    async with app.router.lifespan_context(app):
        await push_image(client, "a", "v1", bytes(2**21))

        assert threads() - before

    assert set() == threads() - before


@pytest.mark.parametrize("path", ["/v2/", "/v2/A/blobs/x", "/v2/a/manifests/v1", "/v2/a/tags/list"])
async def test_a_head_sends_no_body(app: Starlette, client: httpx.AsyncClient, path: str) -> None:
    await push_image(client, "a", "v1")

    answer = await answer_to(app, scope_of("HEAD", path))

    assert b"" == answer.content
    assert "0" != answer.headers["content-length"]
