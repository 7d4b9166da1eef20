"""Whatever a mirrored registry answers, its mirror has an answer too, and keeps its secrets."""

import json
import logging

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storagedriver.factory import open_driver
from storagedriver.registry.app import create_app
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.proxy.settings import Proxy
from tests.registry.api.content import OCI_MANIFEST, digest_of
from tests.registry.auth.scenes import basic
from tests.registry.hostile.documents import MANIFESTS
from tests.registry.hostile.scenes import IMAGE, LAYER
from tests.registry.proxy.conftest import client_of
from tests.registry.proxy.upstreams import HOST

PASSWORD = "s3cret-of-the-mirror"
OWN = (basic("me", PASSWORD), "Bearer t")
ASKED = [
    "manifests/v1",
    f"manifests/{digest_of(IMAGE)}",
    f"blobs/{digest_of(LAYER)}",
    f"blobs/{digest_of(LAYER, 'sha512')}",
    "tags/list",
    f"referrers/{digest_of(IMAGE)}",
]
URLS = ["", "/", "/v2/a/blobs/x", f"https://{HOST}/v2/a/tags/list?last=x", "https://other.test/x"]
URLS += [f"http://{HOST}/", "https://xn--/", "https://[", "data:,x", "\xff", "//", "https://u:p@h/"]
URLS += ["<>", "a" * 5000, "https://other.test:99999/", "%2e%2e/%2e%2e/", "?", "#", "\ud800"]
REALMS = st.sampled_from(URLS).map('realm="{}"'.format)
SCHEMES = st.sampled_from(["Bearer ", "Basic ", "Digest ", "bearer", ""])
MORE = st.sampled_from(["", ',service="\xff"', ',scope="a b"', ",error=", "," * 50, '"', "\\"])
HEADERS: dict[str, st.SearchStrategy[str]] = {
    "location": st.sampled_from(URLS),
    "link": st.sampled_from(URLS).map('<{}>; rel="next"'.format) | st.sampled_from(URLS),
    "www-authenticate": st.tuples(SCHEMES, REALMS, MORE).map("".join),
    "content-type": st.sampled_from([OCI_MANIFEST, "", "text/html", "\xff", "a/b;c"]),
    "content-length": st.sampled_from(["", "0", "5", "-1", "9" * 30, "x"]),
    "content-encoding": st.sampled_from(["gzip", "br", "x"]),
    "docker-content-digest": st.sampled_from([digest_of(IMAGE), digest_of(b"x"), "", "sha256:x"]),
    "retry-after": st.sampled_from(["", "0", "9" * 30, "x", "Wed, 21 Oct 2015 07:28:00 GMT"]),
    "set-cookie": st.sampled_from(["a=b", "", "\xff=\xff", "a=b; domain=other.test"]),
    "etag": st.sampled_from(["", "x", '"x"']),
}
NUMBERS = st.sampled_from(["60", "1e400", "9" * 400, "NaN", "-1", "true", '"x"', "[]"])
LISTED = st.sampled_from(['["v1"]', "null", '["\\ud800", 1, {}]', "[[]]", "{}", "9", '["a"]'])
BODIES = (
    st.sampled_from([IMAGE, LAYER, b"", b"{}", b"[" * 9000, b"\xff", b"9" * 9000])
    | MANIFESTS
    | st.binary(max_size=20)
    | st.tuples(NUMBERS).map(lambda it: b'{"token": "t", "expires_in": %b}' % it[0].encode())
    | LISTED.map(lambda it: f'{{"tags": {it}, "manifests": {it}}}'.encode())
    | st.tuples(st.sampled_from(["sha256:x", digest_of(IMAGE)]), NUMBERS).map(
        lambda it: (
            b'{"manifests": [{"mediaType": "a/b", "digest": "%b", "size": %b}]}'
            % (it[0].encode(), it[1].encode())
        )
    )
)
STATUSES = [200, 200, 200, 200, 206, 301, 307, 307, 304, 400, 401, 401, 403, 404, 429, 500, 503]


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Draw what a registry, or a realm of one, answers."""
    status = draw(st.sampled_from(STATUSES))
    usual = {307: ["location"], 301: ["location"], 401: ["www-authenticate"]}.get(status, [])
    names = [*usual, *draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=3))]
    headers = [(name, draw(HEADERS[name])) for name in names]
    encoded = [(name.encode(), text.encode("utf-8", "replace")) for name, text in headers]
    return status, encoded, draw(BODIES)


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(given_answers=st.lists(answers(), min_size=3, max_size=12), asked=st.permutations(ASKED))
async def test_whatever_a_registry_answers_its_mirror_has_an_answer(
    caplog: pytest.LogCaptureFixture,
    given_answers: list[tuple[int, list[tuple[bytes, bytes]], bytes]],
    asked: list[str],
) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        status, headers, body = given_answers[len(requests) % len(given_answers)]
        requests.append(request)
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    proxy = Proxy(url=f"https://{HOST}", username="me", password=PASSWORD)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        async with open_driver("memory") as driver:
            app = create_app(driver, Config(proxy=proxy), upstream=httpx.MockTransport(answer))
            async with app.router.lifespan_context(app), client_of(app) as client:
                for path in asked:
                    got = await client.get(f"/v2/a/{path}")
                    assert 500 != got.status_code
                    assert got.status_code < 400 or json.loads(got.content)["errors"]

    assert "Traceback" not in caplog.text
    assert PASSWORD not in caplog.text
    for request in requests:
        is_own = (request.url.scheme, request.url.host) == ("https", HOST)
        assert is_own or request.headers.get("authorization") not in OWN
        assert "cookie" not in request.headers
