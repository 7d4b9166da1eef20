"""Whatever stands in the header `Authorization`, it is refused, or nobody's."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver.registry.auth import NOBODY, AccessController, WrongCredentialsError
from storagedriver.registry.auth.bearer import BearerController
from storagedriver.registry.auth.htpasswd import HtpasswdController
from storagedriver.registry.auth.settings import Htpasswd, Token
from tests.registry.auth.scenes import scope_of, users_file
from tests.registry.auth.signing import ISSUER, REALM, SERVICE, jwk_of, new_key, write_jwks

ENCODED = st.binary(max_size=60).map(base64.urlsafe_b64encode)
HEADERS = st.sampled_from([b'{"alg":"ES256"}', b'{"alg":"ES256","x5c":["AA=="]}', b"{}", b"["])
TOKENS = st.tuples(HEADERS.map(base64.urlsafe_b64encode), ENCODED, ENCODED).map(b".".join)
SCHEMES = st.sampled_from([b"", b"Basic ", b"basic  ", b"Bearer "])
AUTHORIZATIONS = st.tuples(SCHEMES, st.binary(max_size=60) | ENCODED | TOKENS).map(b"".join)


@pytest.fixture(params=["htpasswd", "token"])
async def controller(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[AccessController]:
    if request.param == "htpasswd":
        path = str(users_file(tmp_path, alice="one"))
        async with HtpasswdController(Htpasswd(realm="r", path=path)) as made:
            yield made
    else:
        jwks = write_jwks(tmp_path / "jwks.json", jwk_of(new_key(), kid="k"))
        yield BearerController(Token(realm=REALM, service=SERVICE, issuer=ISSUER, jwks=jwks))


@settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(authorization=AUTHORIZATIONS)
async def test_nonsense_lets_nobody_in_and_breaks_nothing(
    controller: AccessController, authorization: bytes
) -> None:
    try:
        principal = await controller.identify(scope_of(authorization))
    except WrongCredentialsError as error:
        assert str(error)  # noqa: PT017 - both ways are right
    else:
        assert principal == NOBODY
