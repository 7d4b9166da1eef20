"""What each request needs to be allowed, and what is answered to one that is not."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.api.admission import demanded
from storagedriver.registry.api.frame import Frame
from storagedriver.registry.api.urls import Route, Target
from storagedriver.registry.app import create_app
from storagedriver.registry.auth import (
    NOBODY,
    Access,
    Lack,
    Principal,
    Scope,
    WrongCredentialsError,
)
from storagedriver.registry.logs import Log
from storagedriver.registry.requestlog import RequestLog
from storagedriver.registry.store.errors import NameInvalidError
from tests.registry.api.content import code_of, digest_of, push_image, start_upload
from tests.registry.server.lines import lines_of

UPLOAD = "00000000-0000-4000-8000-000000000000"
DIGEST = digest_of(b"layer")
PULLS = {(method, route) for method in ("GET", "HEAD") for route in ("MANIFEST", "BLOB")} | {
    (method, route) for method in ("GET", "HEAD") for route in ("TAGS", "REFERRERS", "EXTENSIONS")
}
PUSHES = {
    ("PUT", "MANIFEST"),
    ("POST", "UPLOADS"),
    ("GET", "UPLOAD"),
    ("HEAD", "UPLOAD"),
    ("PATCH", "UPLOAD"),
    ("PUT", "UPLOAD"),
    ("DELETE", "UPLOAD"),
}
DELETES = {("DELETE", "MANIFEST"), ("DELETE", "BLOB")}


class Controller:
    """Believes what a header says; `allowed` are accesses as text, of whoever has a name."""

    def __init__(self, *allowed: str, asks_again: bool = False) -> None:
        self.allowed = set(allowed)
        self.asked: list[str] = []
        self.asks_again = asks_again

    async def identify(self, scope: Scope) -> Principal:
        name = dict(scope["headers"]).get(b"authorization", b"").decode()
        if name == "wrong":
            raise WrongCredentialsError("the password is wrong", claimed="bob\n")
        return Principal(name=name) if name else NOBODY

    async def allows(self, principal: Principal, access: Access) -> bool:
        self.asked.append(str(access))
        return principal.name is not None and str(access) in self.allowed

    async def shows(self, principal: Principal, name: str) -> bool:
        return f"repository:{name}:pull" in self.allowed

    def challenge(self, scope: Scope, needed: Sequence[Access], lack: Lack) -> str | None:
        if lack is Lack.RIGHTS and not self.asks_again:
            return None
        return f'Test for="{" ".join(map(str, needed))}",lack="{lack.name}"'


@asynccontextmanager
async def asking(
    driver: StorageDriver, controller: Controller | None, name: str = "alice"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(driver, access=controller))
    headers = {"authorization": name} if name else {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://registry", headers=headers
    ) as client:
        yield client


async def pushed(driver: StorageDriver, *names: str) -> None:
    async with asking(driver, None) as client:
        for name in names:
            await push_image(client, name, "v1")


def endpoints(driver: StorageDriver) -> set[tuple[str, str]]:
    frame = create_app(driver).router.default
    assert isinstance(frame, Frame)
    return {(method, route.name) for route, own in frame._endpoints.items() for method in own}


async def test_every_endpoint_of_a_repository_needs_one_action(driver: StorageDriver) -> None:
    found = {
        (method, route): demanded(Target(Route[route], "a/b", "v1"), method)
        for method, route in endpoints(driver)
        if route not in {"ROOT", "BASE", "CATALOG", "PING", "SEARCH"}
    }

    actions = {"pull": PULLS, "push": PUSHES, "delete": DELETES}
    expected = {
        each: (Access("repository", "a/b", action),)
        for action, all_of_it in actions.items()
        for each in all_of_it
    }
    assert expected == found


@pytest.mark.parametrize("route", [Route.CATALOG, Route.SEARCH])
def test_the_catalog_needs_an_access_of_its_own(route: Route) -> None:
    (needed,) = demanded(Target(route), "GET")

    assert "registry:catalog:*" == str(needed)


def test_nobody_is_asked_about_what_is_no_name() -> None:
    with pytest.raises(NameInvalidError):
        demanded(Target(Route.TAGS, "a/../b"), "GET")


@pytest.mark.parametrize(
    ("method", "url", "needed"),
    [
        ("GET", "/v2/", ""),
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/v1/search?q=a", "registry:catalog:*"),
        ("GET", "/v2/_oci/ext/discover", ""),
        ("GET", "/v2/a/b/_oci/ext/discover", "repository:a/b:pull"),
        ("GET", "/v2/a/b/tags/list", "repository:a/b:pull"),
        ("GET", f"/v2/a/b/referrers/{DIGEST}", "repository:a/b:pull"),
        ("HEAD", "/v2/a/b/manifests/v1", "repository:a/b:pull"),
        ("PUT", "/v2/a/b/manifests/v1", "repository:a/b:push"),
        ("DELETE", "/v2/a/b/manifests/v1", "repository:a/b:delete"),
        ("GET", f"/v2/a/b/blobs/{DIGEST}", "repository:a/b:pull"),
        ("DELETE", f"/v2/a/b/blobs/{DIGEST}", "repository:a/b:delete"),
        ("POST", "/v2/a/b/blobs/uploads/", "repository:a/b:push"),
        ("PATCH", f"/v2/a/b/blobs/uploads/{UPLOAD}", "repository:a/b:push"),
        ("DELETE", f"/v2/a/b/blobs/uploads/{UPLOAD}", "repository:a/b:push"),
    ],
)
async def test_nobody_is_asked_who_they_are(
    driver: StorageDriver, method: str, url: str, needed: str
) -> None:
    await pushed(driver, "a/b")
    everything = Controller("repository:a/b:pull", "repository:a/b:push", "repository:a/b:delete")

    async with asking(driver, everything, "") as client:
        answer = await client.request(method, url)

    assert 401 == answer.status_code
    assert f'Test for="{needed}",lack="CREDENTIALS"' == answer.headers["www-authenticate"]
    assert "registry/2.0" == answer.headers["docker-distribution-api-version"]
    if method != "HEAD":
        assert "UNAUTHORIZED" == code_of(answer)


async def test_what_is_needed_is_told_as_dockers_registry_tells_it(driver: StorageDriver) -> None:
    async with asking(driver, Controller(), "") as client:
        one = (await client.get("/v2/a/b/tags/list")).json()
        none = (await client.get("/v2/")).json()

    access = {"Type": "repository", "Class": "", "Name": "a/b", "Action": "pull"}
    assert [access] == one["errors"][0]["detail"]
    assert none["errors"][0]["detail"] is None


async def test_whoever_is_known_gets_an_answer_to_the_ping(driver: StorageDriver) -> None:
    async with asking(driver, Controller()) as client:
        assert 200 == (await client.get("/v2/")).status_code


async def test_wrong_credentials_are_asked_for_again_and_logged_with_whose_they_were(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    async with asking(driver, Controller(), "wrong") as client:
        answer = await client.get("/v2/")

    assert 401 == answer.status_code
    assert "RIGHT_CREDENTIALS" in answer.headers["www-authenticate"]
    assert (
        "refused to user 'bob\\n' at 127.0.0.1: to log in: the password is wrong"
        == caplog.messages[-1]
    )


async def test_who_is_known_and_may_not_is_denied_and_logged_with_what_they_wanted(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    await pushed(driver, "a/b")

    async with asking(driver, Controller("repository:a/b:pull")) as client:
        answer = await client.delete("/v2/a/b/manifests/v1")
        kept = await client.get("/v2/a/b/manifests/v1")

    assert 403 == answer.status_code
    assert "DENIED" == code_of(answer)
    assert "www-authenticate" not in answer.headers
    assert 200 == kept.status_code
    message = "refused to user 'alice' at 127.0.0.1: repository:a/b:delete: they may not"
    assert [message] == caplog.messages


async def test_who_could_get_more_rights_is_asked_for_them(driver: StorageDriver) -> None:
    async with asking(driver, Controller(asks_again=True)) as client:
        answer = await client.get("/v2/a/b/tags/list")

    assert 401 == answer.status_code
    assert 'Test for="repository:a/b:pull",lack="RIGHTS"' == answer.headers["www-authenticate"]


async def test_how_every_client_begins_is_no_warning(
    driver: StorageDriver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storagedriver")
    async with asking(driver, Controller(), "") as client:
        await client.get("/v2/")

    assert [] == caplog.messages


async def test_a_refusal_tells_nothing_of_what_is_there(driver: StorageDriver) -> None:
    await pushed(driver, "there")

    async with asking(driver, Controller()) as client:
        there = await client.get("/v2/there/manifests/v1")
        absent = await client.get("/v2/other/manifests/v1")

    assert there.content.replace(b"there", b"other") == absent.content
    assert (there.status_code, there.headers) == (absent.status_code, absent.headers)


async def test_pushing_is_enough_for_an_upload_from_its_start_to_its_end(
    driver: StorageDriver,
) -> None:
    async with asking(driver, Controller("repository:a/b:push")) as client:
        location = await start_upload(client, "a/b")
        await client.patch(location, content=b"lay")
        await client.patch(location, content=b"er")
        finished = await client.put(location, params={"digest": DIGEST})
        cancelled = await client.delete(await start_upload(client, "a/b"))

    assert (201, 204) == (finished.status_code, cancelled.status_code)


async def test_a_blob_is_mounted_from_where_it_may_be_pulled(driver: StorageDriver) -> None:
    await pushed(driver, "source")
    controller = Controller("repository:a/b:push", "repository:source:pull")

    async with asking(driver, controller) as client:
        answer = await client.post(f"/v2/a/b/blobs/uploads/?mount={DIGEST}&from=source")

    assert 201 == answer.status_code


@pytest.mark.parametrize("mounted", [DIGEST, digest_of(b"absent")])
async def test_a_mount_from_where_nothing_may_be_pulled_is_an_upload_whatever_is_there(
    driver: StorageDriver, mounted: str
) -> None:
    await pushed(driver, "source")
    controller = Controller("repository:a/b:push", "repository:a/b:pull")

    async with asking(driver, controller) as client:
        answer = await client.post(f"/v2/a/b/blobs/uploads/?mount={mounted}&from=source")
        blob = await client.get(f"/v2/a/b/blobs/{mounted}")

    assert (202, 404) == (answer.status_code, blob.status_code)
    assert "repository:source:pull" in controller.asked


async def test_a_mount_from_what_is_no_name_asks_nobody(driver: StorageDriver) -> None:
    controller = Controller("repository:a/b:push")

    async with asking(driver, controller) as client:
        answer = await client.post(f"/v2/a/b/blobs/uploads/?mount={DIGEST}&from=../b")

    assert 202 == answer.status_code
    assert ["repository:a/b:push"] == controller.asked


async def test_pages_of_the_catalog_hold_what_may_be_seen_and_nothing_else(
    driver: StorageDriver,
) -> None:
    await pushed(driver, "a", "b", "b/c", "d", "e", "f")
    seen = [f"repository:{name}:pull" for name in ("b/c", "d", "f")]
    pages = []

    async with asking(driver, Controller("registry:catalog:*", *seen)) as client:
        url = "/v2/_catalog?n=2"
        while url:
            answer = await client.get(url)
            pages.append(answer.json()["repositories"])
            url = answer.links.get("next", {}).get("url", "")

    assert [["b/c", "d"], ["f"]] == pages


async def test_the_last_page_has_no_next_when_only_hidden_repositories_follow(
    driver: StorageDriver,
) -> None:
    await pushed(driver, "a", "b")

    controller = Controller("registry:catalog:*", "repository:a:pull")
    async with asking(driver, controller) as client:
        answer = await client.get("/v2/_catalog?n=1")

    assert {"repositories": ["a"]} == answer.json()
    assert "link" not in answer.headers


async def test_a_search_finds_what_may_be_seen_and_nothing_else(driver: StorageDriver) -> None:
    await pushed(driver, "team/app", "team/other", "mine/app")
    controller = Controller("registry:catalog:*", "repository:mine/app:pull")

    async with asking(driver, controller) as client:
        found = (await client.get("/v1/search?q=app")).json()

    assert ["mine/app"] == [result["name"] for result in found["results"]]


async def test_that_there_is_a_registry_is_told_to_anybody(driver: StorageDriver) -> None:
    async with asking(driver, Controller(), "") as client:
        assert 200 == (await client.get("/v1/_ping")).status_code


async def test_without_a_controller_everybody_may_do_everything(driver: StorageDriver) -> None:
    await pushed(driver, "source")

    async with asking(driver, None, "") as client:
        mounted = await client.post(f"/v2/a/b/blobs/uploads/?mount={DIGEST}&from=source")
        names = (await client.get("/v2/_catalog")).json()

    assert 201 == mounted.status_code
    assert {"repositories": ["a/b", "source"]} == names


async def test_a_controller_that_counts_as_false_is_one_all_the_same(
    driver: StorageDriver,
) -> None:
    class Empty(Controller):
        def __len__(self) -> int:
            return 0

    async with asking(driver, Empty(), "") as client:
        assert 401 == (await client.get("/v2/")).status_code


async def test_a_load_balancer_needs_no_password(driver: StorageDriver) -> None:
    async with asking(driver, Controller(), name="") as client:
        assert 401 == (await client.get("/v2/")).status_code
        assert 200 == (await client.get("/")).status_code


async def test_a_controller_that_fails_lets_nobody_in(driver: StorageDriver) -> None:
    class Failing(Controller):
        async def allows(self, principal: Principal, access: Access) -> bool:
            raise RuntimeError("no database today")

    await pushed(driver, "a/b")

    async with asking(driver, Failing()) as client:
        answer = await client.get("/v2/a/b/tags/list")

    assert 500 == answer.status_code
    assert "database" not in answer.text


async def test_a_refused_body_is_not_stored(driver: StorageDriver) -> None:
    async with asking(driver, Controller("repository:a/b:pull")) as client:
        answer = await client.post(
            "/v2/a/b/blobs/uploads/", params={"digest": DIGEST}, content=b"layer"
        )

    assert 403 == answer.status_code
    assert [] == [entry async for entry in driver.walk("/")]


async def test_who_asked_is_in_the_line_of_the_request(
    driver: StorageDriver, tmp_path: Path
) -> None:
    with (tmp_path / "log").open("wb") as file:
        log = Log(file.fileno(), fields={})
        app = RequestLog(create_app(driver, access=Controller("repository:a/b:push")), log)
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # an ASGI app all the same
        async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
            await client.get("/v2/", headers={"authorization": "alice"})
            await client.get("/v2/")
        log.close()

    users = [line.get("user") for line in lines_of(tmp_path / "log") if "status" in line]
    assert ["alice", None] == users
