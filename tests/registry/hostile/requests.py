"""Requests that somebody may send who knows the registry's endpoints, and minds no rule."""

import base64
from dataclasses import replace
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.registry.api.content import OCI_MANIFEST, digest_of
from tests.registry.hostile.documents import MANIFESTS
from tests.registry.hostile.scenes import (
    CONFIG,
    IMAGE,
    LAYER,
    MOST_BYTES,
    REFERRER,
    SIGNED,
    Hostile,
    Registry,
)
from tests.registry.store import signing as schema1

UPLOAD = "UPLOAD"
"""Stands for the upload that has begun, in a path."""

LARGE = b"LARGE"
"""Stands for more bytes than a manifest may have: so many would hide what failed."""

METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]
DIGESTS = [digest_of(each) for each in (CONFIG, LAYER, IMAGE, REFERRER, b"x", b"")]
DIGESTS += [digest_of(LAYER, "sha512"), "sha256:x", "md5:" + "a" * 32, "sha256:" + "A" * 64]
REFERENCES = ["v1", "v2", "v3", "old", "new", "-", "a" * 128, "a" * 129, *DIGESTS]
UPLOADS = [UPLOAD, "00000000-0000-4000-8000-000000000000", "x", "..", ""]
NAMES = ["a", "b", "open/a", "a/b", "A", "..", "a" * 255, "a/blobs/uploads", "_catalog"]
PARAMETERS = ["n", "last", "artifactType", "digest", "digest-algorithm", "mount", "from", "tag"]
PARAMETERS += ["q", "page", "ns", "_state", "account", "scope", "service"]
VALUES = ["", "0", "1", "2", "-1", "x", "9" * 30, "sha512", "sha256", "v1", "~", "a,b", "\u0661"]
VALUES += [*NAMES, *DIGESTS, "application/vnd.oci.image.config.v1+json", "\n", "\0"]

NUMBERS = st.integers(-1, 12).map(str) | st.sampled_from(["", "9" * 20, "0" * 5000, "x", "\xb2"])
SPANS = st.tuples(NUMBERS, NUMBERS).map("-".join)
RANGES = st.lists(SPANS, max_size=6).map(lambda spans: "bytes=" + ",".join(spans))
MANY = st.integers(1020, 1030).map(lambda many: "bytes=" + ",".join(["0-0"] * many))
CHUNKS = SPANS | SPANS.map("bytes {}/9".format)
TAGS = st.lists(
    st.sampled_from(['"x"', "*", "W/", '"', "", *DIGESTS, *map('"{}"'.format, DIGESTS)])
)
HOSTS = ["10.0.0.2", "192.0.2.1", "unknown", "", "[2001:db8::1]:9", "fe80::1%\xff\x01", "_hidden"]
HOSTS += ["::ffff:10.1.1.1", "10.0.0.2:99999", '"[::1]"', "1" * 200, "\x00"]
ADDRESSES = st.sampled_from(HOSTS)
HOPS = st.lists(ADDRESSES, max_size=5).map(", ".join)
PAIRS = st.tuples(st.sampled_from(["for", "proto", "host", "by", "For", ""]), ADDRESSES)
FORWARDED = st.lists(PAIRS.map("=".join) | st.text(max_size=9), max_size=5).map(";".join)
SCHEMES = st.sampled_from(["Basic ", "bearer ", "Bearer", "Digest ", "", "\t"])
ENCODED = st.binary(max_size=80).map(base64.b64encode).map(bytes.decode)
AUTHORIZATIONS = st.tuples(SCHEMES, ENCODED | st.text(max_size=30)).map("".join)
KINDS = [OCI_MANIFEST, f"{OCI_MANIFEST};a=b", schema1.TYPE, "application/json", "", ";"]
TYPES = st.sampled_from([*KINDS, schema1.TYPE.replace("prettyjws", "json"), "text/html; x=\xff"])
KNOWN: dict[str, SearchStrategy[str]] = {
    "range": RANGES | MANY,
    "if-range": TAGS.map(", ".join),
    "if-match": TAGS.map(", ".join),
    "if-none-match": TAGS.map(", ".join),
    "content-range": CHUNKS,
    "content-length": NUMBERS,
    "content-type": TYPES,
    "authorization": AUTHORIZATIONS,
    "x-forwarded-for": HOPS,
    "x-forwarded-proto": st.sampled_from(["https", "http", "HTTPS,http", "ftp", ""]),
    "x-forwarded-host": st.sampled_from(["h", "h:1", "h:x", "[::1]", "a b", "\xff", '"']),
    "forwarded": FORWARDED,
    "host": st.sampled_from(["registry", "", "a b", "\xff", '"', "h:1"]),
    "x-request-id": st.sampled_from(["1", "", "a b", "\xff", "x" * 200]),
    "user-agent": st.text(max_size=20) | st.just("a" * 5000),
    "accept": st.sampled_from(["*/*", "", "application/json;q=x"]),
    "expect": st.just("100-continue"),
    "traceparent": st.text(max_size=60),
}


def _header(name: str) -> SearchStrategy[tuple[bytes, bytes]]:
    values = KNOWN[name].map(lambda text: text.encode("utf-8", "replace"))
    return st.tuples(st.just(name.encode()), values | st.binary(max_size=20))


PEERS = ["10.0.0.1", "10.0.0.1", "192.0.2.9", "::ffff:10.0.0.1", "fe80::1%eth0"]
HEADERS = st.lists(st.sampled_from(sorted(KNOWN)).flatmap(_header), max_size=5)
TEXTS = st.sampled_from(VALUES) | st.text(max_size=10)
ENCODINGS = TEXTS.map(lambda text: quote_from_bytes(text.encode("utf-8", "replace"), safe=""))
RAW = st.binary(max_size=8).map(lambda content: content.decode("latin-1").replace("#", ""))
PARTS = st.tuples(st.sampled_from(PARAMETERS), ENCODINGS | RAW).map("=".join)
QUERIES = st.just("") | st.lists(PARTS, max_size=4).map("&".join) | RAW | st.just("&tag=x" * 120)
SEGMENTS = st.text(max_size=8).map(lambda text: quote_from_bytes(text.encode("utf-8", "replace")))


NAMED = st.sampled_from(["a"] * 12 + NAMES) | SEGMENTS
REFERRED = st.sampled_from(REFERENCES) | st.sampled_from(REFERENCES[:5]) | SEGMENTS
BEGUN = st.sampled_from([UPLOAD] * 8 + UPLOADS) | SEGMENTS
READ = ["GET", "GET", "HEAD"]
CONTENT = [*READ, "PUT", "PUT", "PUT", "DELETE"]
ENDPOINTS = [
    ("manifests/{reference}", CONTENT),
    ("manifests/{reference}", CONTENT),
    ("blobs/{reference}", [*READ, "DELETE"]),
    ("blobs/uploads/", ["POST"]),
    ("blobs/uploads/{upload}", [*METHODS, "PUT", "PATCH"]),
    ("tags/list", READ),
    ("referrers/{reference}", READ),
    ("_oci/ext/discover", READ),
]
ALONE = [
    "/v2/_oci/ext/discover",
    "/v2/_catalog",
    "/v2/_catalog",
    "/v2/",
    "/v1/search",
    "/v1/_ping",
    "/",
]


@st.composite
def targets(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a method, and what stands behind the prefix: an endpoint's, mostly."""
    kind = draw(st.integers(0, 19))
    if kind == 0:
        return draw(st.sampled_from(METHODS)), f"/{draw(SEGMENTS)}/{draw(SEGMENTS)}"
    if kind <= 4:
        return draw(st.sampled_from(READ)), draw(st.sampled_from(ALONE))
    path, methods = draw(st.sampled_from(ENDPOINTS))
    method = draw(st.sampled_from(METHODS if kind == 5 else methods))
    end = path.format(reference=draw(REFERRED), upload=draw(BEGUN))
    return method, f"/v2/{draw(NAMED)}/{end}"


BODIES = st.lists(
    st.sampled_from([CONFIG, LAYER, IMAGE, REFERRER, SIGNED, b"", LARGE])
    | st.binary(max_size=40)
    | MANIFESTS,
    max_size=3,
)


@st.composite
def hostile(draw: st.DrawFn) -> tuple[Hostile, str]:
    """Draw a request, and the name of the credentials that it has."""
    prefix = draw(st.sampled_from(["/pre"] * 18 + ["", "/prefix"]))
    method, path = draw(targets())
    request = Hostile(
        method=method,
        url=f"{prefix}{path}?{draw(QUERIES)}",
        headers=draw(HEADERS),
        pieces=draw(BODIES),
        leaves=draw(st.integers(0, 4)) == 0,
        peer=draw(st.sampled_from(PEERS)),
    )
    return request, draw(st.sampled_from(["right"] * 8 + ["wrong", "few", "late", ""]))


async def sent(registry: Registry, request: Hostile, credentials: str) -> None:
    """Send a drawn request to a registry."""
    url = request.url.replace(UPLOAD, registry.upload)
    headers = [*registry.authorization(credentials), *request.headers]
    pieces = [b"x" * (MOST_BYTES + 1) if piece == LARGE else piece for piece in request.pieces]
    await registry.checked(replace(request, url=url, headers=headers, pieces=pieces))
