"""A registry that asks for users and passwords, over HTTP."""

import base64
from pathlib import Path

import pytest

from storagedriver.protocol import StorageDriver
from storagedriver.registry.auth import Access, Action, WrongCredentialsError
from storagedriver.registry.auth.access import CATALOG, NOBODY, Principal
from storagedriver.registry.auth.credentials import MOST
from storagedriver.registry.auth.htpasswd import HtpasswdController
from storagedriver.registry.auth.rules import Rule
from storagedriver.registry.auth.settings import Htpasswd
from storagedriver.registry.configuration.config import Config, ConfigError
from tests.registry.api.content import code_of, push_image
from tests.registry.auth.scenes import basic, registry, scope_of, users_file

RIGHT = {"authorization": basic("alice", "one")}
WRONG = {"authorization": basic("alice", "two")}


def settings(folder: Path, **others: object) -> Htpasswd:
    path = users_file(folder, alice="one", bob="two", ci="three")
    return Htpasswd(realm="a realm", path=str(path), **others)  # type: ignore[arg-type]  # fields


def rule(*users: str, repositories: tuple[str, ...], actions: tuple[str, ...]) -> Rule:
    return Rule(users=users, repositories=repositories, actions=tuple(map(Action, actions)))


async def test_a_user_with_a_password_pushes_and_pulls(
    driver: StorageDriver, tmp_path: Path
) -> None:
    async with registry(driver, Config(auth=settings(tmp_path))) as client:
        client.headers.update(RIGHT)
        manifest = await push_image(client, "team/app", "v1")
        answer = await client.get("/v2/team/app/manifests/v1")
        catalog = await client.get("/v2/_catalog")

    assert manifest == answer.content
    assert {"repositories": ["team/app"]} == catalog.json()


async def test_who_has_none_or_a_wrong_one_is_asked(driver: StorageDriver, tmp_path: Path) -> None:
    async with registry(driver, Config(auth=settings(tmp_path))) as client:
        answers = [
            await client.get(url, headers=headers)
            for url in ("/v2/", "/v2/_catalog", "/v2/team/app/tags/list")
            for headers in ({}, WRONG)
        ]

    assert {401} == {answer.status_code for answer in answers}
    assert {'Basic realm="a realm"'} == {each.headers["www-authenticate"] for each in answers}
    assert {"UNAUTHORIZED"} == {code_of(answer) for answer in answers}


async def test_neither_password_nor_header_is_logged(
    driver: StorageDriver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sent = basic("alice", "hunter2")
    async with registry(driver, Config(auth=settings(tmp_path))) as client:
        await client.get("/v2/", headers={"authorization": sent})

    message = "refused to user 'alice' at 127.0.0.1: to log in: wrong user or password"
    assert message in caplog.messages
    assert "hunter2" not in caplog.text
    assert sent.removeprefix("Basic ") not in caplog.text


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic YWxpY2U=",
        "Basic " + base64.b64encode(b"\xff\xfe:one").decode(),
        "Basic " + base64.b64encode(b"a" * 300 + b":one").decode(),
        "Basic " + base64.b64encode(b"alice:one").decode()[:-1] + "\u00e9",
        "Basic " + base64.b64encode(b"alice\0:one\0").decode(),
        "Basic " + base64.b64encode(b"alice:" + b"x" * MOST).decode(),
        "Bearer abc",
        "Digest username=alice",
        basic("alice", "one") + " more",
    ],
)
async def test_what_cannot_be_read_is_asked_for_again(
    driver: StorageDriver, tmp_path: Path, authorization: str
) -> None:
    async with registry(driver, Config(auth=settings(tmp_path))) as client:
        answer = await client.get(
            "/v2/", headers=[(b"authorization", authorization.encode("latin-1"))]
        )

    assert 401 == answer.status_code
    assert 'Basic realm="a realm"' == answer.headers["www-authenticate"]


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
async def test_the_scheme_is_read_in_any_case(tmp_path: Path, scheme: str) -> None:
    controller = HtpasswdController(settings(tmp_path))
    sent = basic("bob", "two").replace("Basic", scheme)

    assert Principal(name="bob") == await controller.identify(scope_of(sent))
    await controller.aclose()


@pytest.mark.parametrize("sent", [None, "", basic("", "")])
async def test_who_sends_nothing_or_podmans_empty_credentials_is_nobody(
    tmp_path: Path, sent: str | None
) -> None:
    controller = HtpasswdController(settings(tmp_path))

    assert NOBODY == await controller.identify(scope_of(sent))


async def test_a_huge_header_is_not_even_decoded(tmp_path: Path) -> None:
    controller = HtpasswdController(settings(tmp_path))

    with pytest.raises(WrongCredentialsError, match="too long"):
        await controller.identify(scope_of(basic("alice", "x" * MOST)))


async def test_a_password_without_a_user_is_wrong(tmp_path: Path) -> None:
    controller = HtpasswdController(settings(tmp_path))

    with pytest.raises(WrongCredentialsError):
        await controller.identify(scope_of(basic("", "one")))
    await controller.aclose()


ACTIONS = [Action.PULL, Action.PUSH, Action.DELETE]


async def allowed(controller: HtpasswdController, user: str | None, repository: str) -> list[str]:
    principal = NOBODY if user is None else Principal(name=user)
    accesses = [Access.to(repository, action) for action in ACTIONS]
    return [it.action for it in accesses if await controller.allows(principal, it)]


async def test_without_rules_every_user_may_do_everything_and_nobody_nothing(
    tmp_path: Path,
) -> None:
    controller = HtpasswdController(settings(tmp_path))

    assert ACTIONS == await allowed(controller, "alice", "a/b")
    assert [] == await allowed(controller, None, "a/b")
    assert not await controller.allows(NOBODY, CATALOG)


async def test_with_rules_users_may_do_what_one_of_them_allows(tmp_path: Path) -> None:
    rules = (
        rule("alice", repositories=("team/**",), actions=("pull", "push", "delete")),
        rule("ci", "bob", repositories=("team/app", "tools/*"), actions=("pull", "push")),
        rule("*", repositories=("shared/*",), actions=("pull",)),
    )
    controller = HtpasswdController(settings(tmp_path, rules=rules))

    assert ACTIONS == await allowed(controller, "alice", "team/app")
    assert ["pull", "push"] == await allowed(controller, "ci", "team/app")
    assert ["pull", "push"] == await allowed(controller, "bob", "tools/lint")
    assert [] == await allowed(controller, "ci", "team/other")
    assert ["pull"] == await allowed(controller, "ci", "shared/base")
    assert [] == await allowed(controller, None, "shared/base")


async def test_with_an_empty_list_of_rules_users_may_do_nothing(tmp_path: Path) -> None:
    controller = HtpasswdController(settings(tmp_path, rules=()))

    assert [] == await allowed(controller, "alice", "a")


async def test_what_is_open_is_pulled_by_anybody_and_pushed_by_users(tmp_path: Path) -> None:
    controller = HtpasswdController(settings(tmp_path, anonymous=("public/**",), rules=()))

    assert ["pull"] == await allowed(controller, None, "public/app")
    assert ["pull"] == await allowed(controller, "alice", "public/app")
    assert [] == await allowed(controller, None, "private/app")


async def test_nobody_is_challenged_where_a_user_is_denied(
    driver: StorageDriver, tmp_path: Path
) -> None:
    rules = (rule("alice", repositories=("a",), actions=("pull", "push")),)
    auth = settings(tmp_path, anonymous=("a",), rules=rules)

    async with registry(driver, Config(auth=auth)) as client:
        client.headers.update(RIGHT)
        await push_image(client, "a", "v1")
        denied = await client.delete("/v2/a/manifests/v1", headers=RIGHT)
        client.headers.pop("authorization")
        asked = await client.delete("/v2/a/manifests/v1")
        pulled = await client.get("/v2/a/manifests/v1")
        ping = await client.get("/v2/")

    assert (403, 401, 200) == (denied.status_code, asked.status_code, pulled.status_code)
    # podman learns from this answer alone that it could log in.
    assert 401 == ping.status_code


async def test_the_catalog_shows_each_what_they_may_pull(
    driver: StorageDriver, tmp_path: Path
) -> None:
    rules = (
        rule("alice", repositories=("**",), actions=("pull", "push")),
        rule("bob", repositories=("b/*",), actions=("pull",)),
        rule("ci", repositories=("**",), actions=("push",)),
    )
    auth = settings(tmp_path, anonymous=("open",), rules=rules)
    shown = {}

    async with registry(driver, Config(auth=auth)) as client:
        client.headers.update(RIGHT)
        for name in ("a", "b/c", "open"):
            await push_image(client, name, "v1")
        client.headers.pop("authorization")
        for user, password in {"alice": "one", "bob": "two", "ci": "three", "": ""}.items():
            headers = {"authorization": basic(user, password)}
            answer = await client.get("/v2/_catalog", headers=headers)
            shown[user] = answer.json()["repositories"]

    expected = {"alice": ["a", "b/c", "open"], "bob": ["b/c", "open"], "ci": ["open"], "": ["open"]}
    assert expected == shown


async def test_a_file_that_cannot_be_used_stops_the_start(driver: StorageDriver) -> None:
    auth = Htpasswd(realm="r", path="/nowhere")

    with pytest.raises(ConfigError, match="path: /nowhere: cannot be read"):
        async with registry(driver, Config(auth=auth)):
            pass
