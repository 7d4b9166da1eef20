"""A registry that takes tokens, over HTTP: challenges, scopes and errors as Docker's."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from storagedriver.protocol import StorageDriver
from storagedriver.registry.auth import Lack
from storagedriver.registry.auth.access import CATALOG
from storagedriver.registry.auth.bearer import BearerController
from storagedriver.registry.auth.settings import Token
from storagedriver.registry.configuration.config import Config, ConfigError
from tests.registry.api.content import code_of, digest_of, push_image
from tests.registry.auth.scenes import basic, registry, scope_of
from tests.registry.auth.signing import (
    ISSUER,
    REALM,
    SERVICE,
    claims,
    jwk_of,
    new_key,
    signed,
    write_jwks,
)

CHALLENGE = f'Bearer realm="{REALM}",service="{SERVICE}"'


@pytest.fixture(scope="module")
def key() -> EllipticCurvePrivateKey:
    return new_key()


@pytest.fixture
def auth(key: EllipticCurvePrivateKey, tmp_path: Path) -> Token:
    jwks = write_jwks(tmp_path / "jwks.json", jwk_of(key, kid="k"))
    return Token(realm=REALM, service=SERVICE, issuer=ISSUER, jwks=jwks)


def bearer(key: EllipticCurvePrivateKey, *accesses: str, **others: Any) -> dict[str, str]:  # noqa: ANN401 - claims are of any type
    return {"authorization": f"Bearer {signed(claims(*accesses, **others), key, kid='k')}"}


async def test_what_a_token_grants_is_done(
    driver: StorageDriver, auth: Token, key: EllipticCurvePrivateKey
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        client.headers.update(bearer(key, "repository:team/app:pull,push"))
        ping = await client.get("/v2/")
        manifest = await push_image(client, "team/app", "v1")
        pulled = await client.get("/v2/team/app/manifests/v1")

    assert (200, manifest) == (ping.status_code, pulled.content)


@pytest.mark.parametrize(
    ("method", "url", "scope"),
    [
        ("GET", "/v2/", ""),
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/v2/a/b/manifests/v1", "repository:a/b:pull"),
        ("PUT", "/v2/a/b/manifests/v1", "repository:a/b:pull,push"),
        ("POST", "/v2/a/b/blobs/uploads/", "repository:a/b:pull,push"),
        ("DELETE", "/v2/a/b/manifests/v1", "repository:a/b:delete"),
    ],
)
async def test_who_has_no_token_is_told_where_to_get_which(
    driver: StorageDriver, auth: Token, method: str, url: str, scope: str
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        answer = await client.request(method, url)

    expected = CHALLENGE + (f',scope="{scope}"' if scope else "")
    assert (401, expected) == (answer.status_code, answer.headers["www-authenticate"])
    assert "UNAUTHORIZED" == code_of(answer)


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", basic("alice", "one"), "x"])
async def test_what_is_no_token_counts_as_none(
    driver: StorageDriver, auth: Token, authorization: str
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        answer = await client.get("/v2/", headers={"authorization": authorization})

    assert (401, CHALLENGE) == (answer.status_code, answer.headers["www-authenticate"])


async def test_a_token_that_is_not_right_is_told_so_and_not_logged(
    driver: StorageDriver,
    auth: Token,
    key: EllipticCurvePrivateKey,
    caplog: pytest.LogCaptureFixture,
) -> None:
    late = bearer(key, "repository:a:pull", exp=1)
    caplog.set_level("DEBUG")

    async with registry(driver, Config(auth=auth)) as client:
        answer = await client.get("/v2/a/tags/list", headers=late)

    expected = f'{CHALLENGE},scope="repository:a:pull",error="invalid_token"'
    assert (401, expected) == (answer.status_code, answer.headers["www-authenticate"])
    message = "refused to somebody at 127.0.0.1: repository:a:pull: the token is refused: it has"
    assert f"{message} expired" in caplog.messages
    assert late["authorization"].split(".")[2] not in caplog.text


@pytest.mark.parametrize(
    "granted",
    ["repository:a:push", "repository:a/b:pull", "registry:a:pull", "repository:*:*"],
)
async def test_a_token_for_something_else_is_answered_as_dockers_registry_does(
    driver: StorageDriver, auth: Token, key: EllipticCurvePrivateKey, granted: str
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        answer = await client.get("/v2/a/tags/list", headers=bearer(key, granted))

    expected = f'{CHALLENGE},scope="repository:a:pull",error="insufficient_scope"'
    assert (401, expected) == (answer.status_code, answer.headers["www-authenticate"])


async def test_all_actions_are_granted_at_once(
    driver: StorageDriver, auth: Token, key: EllipticCurvePrivateKey
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        client.headers.update(bearer(key, "repository:a:*"))
        await push_image(client, "a", "v1")
        answer = await client.delete("/v2/a/blobs/" + digest_of(b"layer"))

    assert 202 == answer.status_code


async def test_who_is_granted_the_catalog_sees_all_of_it(
    driver: StorageDriver, auth: Token, key: EllipticCurvePrivateKey
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        for name in ("a", "b"):
            client.headers.update(bearer(key, f"repository:{name}:pull,push"))
            await push_image(client, name, "v1")
        refused = await client.get("/v2/_catalog")
        answer = await client.get("/v2/_catalog", headers=bearer(key, "registry:catalog:*"))

    assert 401 == refused.status_code
    assert {"repositories": ["a", "b"]} == answer.json()


async def test_without_the_catalog_a_token_shows_what_it_may_pull(
    auth: Token, key: EllipticCurvePrivateKey
) -> None:
    controller = BearerController(auth)
    principal = await controller.identify(
        scope_of(bearer(key, "repository:a:pull", "repository:b:push")["authorization"])
    )

    assert [True, False] == [await controller.shows(principal, name) for name in "ab"]


@pytest.mark.parametrize(
    ("headers", "realm"),
    [
        ({"host": "r.example.org"}, "https://r.example.org/auth/token"),
        ({"host": "r:5000", "x-forwarded-proto": "http"}, "http://r:5000/auth/token"),
        ({"host": "[::1]:5000", "x-forwarded-proto": "gopher"}, "https://[::1]:5000/auth/token"),
        ({"host": 'x",error="y'}, REALM),
        ({}, REALM),
    ],
)
def test_the_realm_may_be_the_host_that_was_called(
    auth: Token, headers: dict[str, str], realm: str
) -> None:
    redirecting = Token(
        realm=auth.realm, service=SERVICE, issuer=ISSUER, jwks=auth.jwks, autoredirect=True
    )

    challenge = BearerController(redirecting).challenge(
        scope_of(**headers), [CATALOG], Lack.CREDENTIALS
    )

    expected = f'Bearer realm="{realm}",service="{SERVICE}",scope="registry:catalog:*"'
    assert expected == challenge


async def test_a_file_of_keys_that_cannot_be_used_stops_the_start(driver: StorageDriver) -> None:
    auth = Token(realm=REALM, service=SERVICE, issuer=ISSUER, jwks="/nowhere")

    with pytest.raises(ConfigError, match=r"auth\.token\.jwks: /nowhere: cannot be read"):
        async with registry(driver, Config(auth=auth)):
            pass


async def test_a_token_of_the_longest_header_is_refused_and_no_failure(
    driver: StorageDriver, auth: Token
) -> None:
    async with registry(driver, Config(auth=auth)) as client:
        answers = [await client.get("/v2/", headers=huge(size)) for size in (32_000, 60_000)]

    assert [401, 401] == [answer.status_code for answer in answers]


def huge(size: int) -> httpx.Headers:
    return httpx.Headers({"authorization": "Bearer " + "x" * size})
