"""A registry with all that it can have in and around it, and what each of its answers has to be."""

import json
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Message

from storagedriver.factory import open_driver
from storagedriver.registry.app import create_app
from storagedriver.registry.auth.settings import Auth, Htpasswd, Token
from storagedriver.registry.configuration.config import Config
from storagedriver.registry.configuration.debug import DebugSettings
from storagedriver.registry.configuration.limits import LimitSettings
from storagedriver.registry.logformats import as_text
from storagedriver.registry.logs import LogHandler
from storagedriver.registry.proxies import ProxySettings, TrustedProxies
from storagedriver.registry.requestlog import RequestLog
from tests.registry.api.content import OCI_MANIFEST, digest_of, manifest_of
from tests.registry.api.direct import Headers, scope_of
from tests.registry.auth.scenes import basic, users_file
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
from tests.registry.store import signing as schema1
from tests.registry.store.spying import SpyingDriver

CONFIG, LAYER = b"{}", b"layer"
IMAGE = manifest_of(CONFIG, LAYER)
REFERRER = manifest_of(CONFIG, subject=IMAGE)
SIGNED = schema1.signed(
    schema1.payload_of(LAYER), schema1.signature(schema1.payload_of(LAYER), schema1.new_key())
)
PREFIX = "/pre"
PASSWORD = "a-password-that-nobody-is-shown"
MOST_BYTES = 100_000
"""How many bytes a manifest may have."""

MOST_CALLS = 300
"""How often one request asks the storage at most, in a registry of so few things."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e]*")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_BODYLESS = (204, 304)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A request as somebody sends it who minds no rule; `pieces` of its body come one by one.

    Behind them the client goes away where it `leaves`.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=list)
    pieces: Sequence[bytes] = ()
    leaves: bool = False
    peer: str = "10.0.0.1"


class Lines:
    """A log that keeps its lines."""

    def __init__(self) -> None:
        self.level = logging.INFO
        self.lines: list[str] = []

    def event(self, level: str, event: str, fields: Iterable[tuple[str, object]] = ()) -> None:
        self.lines.append(as_text("now", [("level", level), ("event", event), *fields]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """An app over a storage, with an `upload` that has begun, at `/pre/v2/a/blobs/uploads/`.

    `credentials` are what the header `Authorization` may have; none of them is ever shown.
    """

    app: ASGIApp
    driver: SpyingDriver
    log: Lines
    credentials: Mapping[str, str]
    upload: str = ""

    async def checked(self, hostile: Hostile) -> httpx.Response | None:
        """Send a request, and give its answer, which is as it has to be; None if nobody waits."""
        self.driver.calls.clear()
        self.log.lines.clear()
        sent = await _sent(self.app, hostile)
        assert MOST_CALLS >= len(self.driver.calls), self.driver.calls[:20]
        self._check_hidden("".join(self.log.lines))
        assert "Traceback" not in "".join(self.log.lines)
        if not sent:
            assert hostile.leaves
            return None
        answer = _checked(sent, hostile)
        self._check_hidden(answer.text + str(answer.headers))
        return answer

    async def put(self, path: str, content: bytes, media_type: str = OCI_MANIFEST) -> None:
        headers = [(b"content-type", media_type.encode()), *self.authorization("right")]
        method = "POST" if path.startswith("blobs") else "PUT"
        url = f"{PREFIX}/v2/a/{path}"
        answer = await self.checked(
            Hostile(method=method, url=url, headers=headers, pieces=[content])
        )
        assert answer is not None
        assert 201 == answer.status_code, answer.text

    def authorization(self, name: str) -> Headers:
        """Give the header with the credentials of this name, where anybody is asked."""
        value = self.credentials.get(name)
        return [] if value is None else [(b"authorization", value.encode())]

    def _check_hidden(self, shown: str) -> None:
        secrets = [PASSWORD, *(each.rpartition(" ")[2] for each in self.credentials.values())]
        assert not [each for each in secrets if each in shown]


@asynccontextmanager
async def registry(folder: Path, asked: str) -> AsyncIterator[Registry]:
    """Serve an image, what refers to it, one of schema 1, and an upload that has begun."""
    auth, credentials = _auth(folder, asked)
    config = Config(
        schema_1=True,
        auth=auth,
        max_manifest_bytes=MOST_BYTES,
        limits=LimitSettings(requests=1_000_000, burst=1_000_000, uploads=2),
        debug=DebugSettings(metrics=True),
        prefix=PREFIX,
        tags_page=2,
    )
    networks = (ip_network("10.0.0.0/8"), ip_network("127.0.0.0/8"))
    log = Lines()
    handler = LogHandler(log)  # type: ignore[arg-type]
    async with open_driver("memory") as memory, _heard(handler):
        driver = SpyingDriver(memory)
        app = create_app(driver, config)
        served = RequestLog(app, log)  # type: ignore[arg-type]
        for header in ("forwarded", "x-forwarded"):
            served = TrustedProxies(served, ProxySettings(networks=networks, header=header))
        made = Registry(app=served, driver=driver, log=log, credentials=credentials)
        async with app.router.lifespan_context(app):
            yield await _filled(made)


@asynccontextmanager
async def _heard(handler: logging.Handler) -> AsyncIterator[None]:
    log = logging.getLogger("storagedriver")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _auth(folder: Path, asked: str) -> tuple[Auth | None, Mapping[str, str]]:
    if asked == "htpasswd":
        path = folder / "htpasswd"
        path = path if path.exists() else users_file(folder, alice=PASSWORD)
        auth = Htpasswd(realm="r", path=str(path), anonymous=("open/**",))
        return auth, {"right": basic("alice", PASSWORD), "wrong": basic("alice", f"{PASSWORD}x")}
    if asked == "token":
        key = new_key()
        jwks = write_jwks(folder / "jwks.json", jwk_of(key, kid="k"))
        granted = [f"repository:{name}:pull,push,delete" for name in ("a", "b")]
        good = signed(claims(*granted, "registry:catalog:*"), key, kid="k")
        few = signed(claims("repository:b:pull"), key, kid="k")
        late = signed(claims(*granted, exp=1), key, kid="k")
        auth = Token(realm=REALM, service=SERVICE, issuer=ISSUER, jwks=jwks)
        tokens = {"right": good, "few": few, "late": late}
        return auth, {name: f"Bearer {token}" for name, token in tokens.items()}
    return None, {}


async def _filled(made: Registry) -> Registry:
    for content in (CONFIG, LAYER):
        await made.put(f"blobs/uploads/?digest={digest_of(content)}", content)
    for tag in ("v1", "v2", "v3"):
        await made.put(f"manifests/{tag}", IMAGE)
    await made.put(f"manifests/{digest_of(REFERRER)}", REFERRER)
    await made.put("manifests/old", SIGNED, schema1.TYPE)
    url = f"{PREFIX}/v2/a/blobs/uploads/"
    begun = await made.checked(Hostile(method="POST", url=url, headers=made.authorization("right")))
    assert begun is not None
    return replace(made, upload=begun.headers["docker-upload-uuid"])


async def _sent(app: ASGIApp, hostile: Hostile) -> list[Message]:
    pieces = list(hostile.pieces) or [b""]
    sent: list[Message] = []

    async def receive() -> Message:
        if pieces:
            body = pieces.pop(0)
            return {
                "type": "http.request",
                "body": body,
                "more_body": bool(pieces) or hostile.leaves,
            }
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = scope_of(hostile.method, hostile.url, hostile.headers)
    await app(scope | {"client": (hostile.peer, 1), "scheme": "http"}, receive, send)
    return sent


def _checked(sent: list[Message], hostile: Hostile) -> httpx.Response:
    """Put an answer together, and see that any client can read it, and what it may say."""
    start, *rest = sent
    status, headers = start["status"], start["headers"]
    assert status < 500, (status, rest)
    for name, value in headers:
        assert _NAME.fullmatch(name), name
        assert _VALUE.fullmatch(value), (name, value)
    names = [name.lower() for name, _ in headers]
    assert 1 == names.count(b"x-request-id")
    body = b"".join(message["body"] for message in rest)
    assert not rest[-1].get("more_body", False)
    told = dict(headers)
    if status in _BODYLESS:
        assert b"" == body
    elif hostile.method == "HEAD":
        assert b"" == body
        assert told[b"content-length"].isdigit()
    else:
        assert [b"%d" % len(body)] == [it for name, it in headers if name == b"content-length"]
    if status >= 400 and hostile.method != "HEAD":
        _check_error(told, body)
    if status == 401:
        assert told[b"www-authenticate"]
    for location in (it for name, it in headers if name in (b"location", b"link")):
        assert location.startswith((b"/pre/v2/", b"</pre/v2/")), location
    return httpx.Response(status, headers=headers, content=body)


def _check_error(headers: Mapping[bytes, bytes], body: bytes) -> None:
    assert b"application/json" == headers[b"content-type"]
    assert len(body) < 20_000
    value = json.loads(body)
    assert ["errors"] == list(value)
    for error in value["errors"]:
        assert {"code", "message", "detail"} >= set(error)
        assert _CODE.fullmatch(error["code"])
