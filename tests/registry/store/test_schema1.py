"""Manifests of schema 1: their signatures are verified and kept, and are not in their digests."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from storagedriver.errors import CorruptContentError, PathNotFoundError
from storagedriver.protocol import StorageDriver
from storagedriver.registry.store import Digest, Store, layout
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    ManifestBlobUnknownError,
    ManifestInvalidError,
    ManifestUnverifiedError,
)
from tests.registry.store.content import push_blob
from tests.registry.store.signing import (
    TYPE,
    Key,
    encoded,
    new_key,
    payload_of,
    signature,
    signed,
)
from tests.tlsfiles import Authority

pytestmark = pytest.mark.parametrize("driver", [True], indirect=True)

LAYER = b"layer"
PAYLOAD = payload_of(LAYER, LAYER)
DIGEST = Digest.of(PAYLOAD)


@pytest.fixture
async def store(driver: StorageDriver) -> AsyncIterator[Store]:
    async with Store(driver, schema_1=True) as store:
        await push_blob(store, "a", LAYER)
        yield store


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return new_key()


@pytest.fixture
def content(key: Key) -> bytes:
    return signed(PAYLOAD, signature(PAYLOAD, key))


@pytest.mark.parametrize("reference", ["v1", str(DIGEST)])
async def test_the_bytes_come_back_and_the_digest_is_that_of_the_payload(
    driver: StorageDriver, store: Store, content: bytes, reference: str
) -> None:
    stored = await store.manifests.put("a", reference, TYPE, content)

    assert DIGEST == stored.digest
    async with Store(driver) as another:  # one that does not take them gives them
        for manifests in (store.manifests, another.manifests):
            found = await manifests.get("a", reference)
            assert (DIGEST, TYPE, content) == (found.digest, found.media_type, found.content)
    assert PAYLOAD == await driver.get_content(layout.blob(DIGEST))


async def test_the_last_signatures_are_kept(store: Store, key: Key, content: bytes) -> None:
    both = signed(PAYLOAD, signature(PAYLOAD, key), signature(PAYLOAD, new_key()))
    await store.manifests.put("a", "v1", TYPE, content)

    await store.manifests.put("a", "v1", TYPE, both)

    assert both == (await store.manifests.get("a", "v1")).content


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "ES512"),
        (lambda: rsa.generate_private_key(65537, 2048), "RS256"),
    ],
    ids=["ES384", "ES512", "RS256"],
)
async def test_keys_are_of_several_kinds(
    store: Store, make: Callable[[], Key], algorithm: str
) -> None:
    content = signed(PAYLOAD, signature(PAYLOAD, make(), algorithm))

    assert DIGEST == (await store.manifests.put("a", "v1", TYPE, content)).digest


async def test_a_certificate_can_have_the_key(store: Store, tmp_path: Path) -> None:
    certificate, file = Authority.new(tmp_path).issued("signer")
    issued = load_pem_private_key(file.read_bytes(), None)
    assert isinstance(issued, ec.EllipticCurvePrivateKey)
    chain = [x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)]
    made = signature(PAYLOAD, issued, chain=chain)

    assert DIGEST == (await store.manifests.put("a", "v1", TYPE, signed(PAYLOAD, made))).digest


def forged(key: Key) -> dict[str, bytes]:
    right = signature(PAYLOAD, key)
    other = payload_of(LAYER, LAYER, name="b")
    twice: dict[str, Any] = right | {"signature": signature(other, key)["signature"]}
    length = {"formatLength": len(PAYLOAD) * 2, "formatTail": ""}
    return {
        "none": PAYLOAD,
        "an empty list": signed(PAYLOAD),
        "no list": signed(PAYLOAD).replace(b"[]", b"{}"),
        "too many": signed(PAYLOAD, *[right] * 17),
        "another payload's": signed(PAYLOAD, twice),
        "one wrong of two": signed(PAYLOAD, right, twice),
        "of another manifest": signed(other, right),
        "of two manifests": signed(PAYLOAD, right, signature(other + b" ", key)),
        "of another key": signed(
            PAYLOAD, right | {"header": signature(other, new_key())["header"]}
        ),
        "of none": signed(PAYLOAD, right | {"header": right["header"] | {"alg": "none"}}),
        "of a secret": signed(PAYLOAD, right | {"header": right["header"] | {"alg": "HS256"}}),
        "without a key": signed(PAYLOAD, right | {"header": {"alg": "ES256"}}),
        "no certificate": signed(PAYLOAD, right | {"header": {"alg": "ES256", "x5c": ["AAAA"]}}),
        "no jwk": signed(PAYLOAD, right | {"header": {"alg": "ES256", "jwk": "x"}}),
        "no base64": signed(PAYLOAD, right | {"signature": "!"}),
        "no object": signed(PAYLOAD).replace(b"[]", b"[1]"),
        "no protected": signed(PAYLOAD, right | {"protected": encoded(b"[]")}),
        "no length": signed(PAYLOAD, right | {"protected": encoded(b'{"formatTail": ""}')}),
        "a long length": signed(
            PAYLOAD, right | {"protected": encoded(json.dumps(length).encode())}
        ),
        "a negative length": signed(
            PAYLOAD, right | {"protected": encoded(b'{"formatLength": -1, "formatTail": ""}')}
        ),
    }


@pytest.mark.parametrize("case", forged(new_key()))
async def test_signatures_that_are_wrong_are_refused(
    store: Store, driver: StorageDriver, key: Key, case: str
) -> None:
    with pytest.raises((ManifestUnverifiedError, ManifestInvalidError)) as caught:
        await store.manifests.put("a", "v1", TYPE, forged(key)[case])

    assert case == "a long length" or isinstance(caught.value, ManifestUnverifiedError)
    with pytest.raises(PathNotFoundError):
        await driver.stat(layout.manifests("a"))


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (payload_of(LAYER, schemaVersion=2), "schemaVersion is not 1"),
        (payload_of(LAYER, schemaVersion=True), "schemaVersion is not 1"),
        (payload_of(), "fsLayers or history is missing"),
        (payload_of(LAYER, history=[]), "have not the same length"),
        (payload_of(LAYER, fsLayers=[{}]), r"fsLayers\[0\].blobSum"),
    ],
)
async def test_what_is_signed_has_to_be_a_manifest(
    store: Store, key: Key, payload: bytes, message: str
) -> None:
    with pytest.raises(ManifestInvalidError, match=message):
        await store.manifests.put("a", "v1", TYPE, signed(payload, signature(payload, key)))


async def test_its_layers_have_to_be_there(store: Store, key: Key) -> None:
    payload = payload_of(LAYER, b"missing")

    with pytest.raises(ManifestBlobUnknownError):
        await store.manifests.put("a", "v1", TYPE, signed(payload, signature(payload, key)))


async def test_the_digest_of_all_is_not_its_digest(store: Store, content: bytes) -> None:
    with pytest.raises(DigestInvalidError):
        await store.manifests.put("a", str(Digest.of(content)), TYPE, content)


async def test_it_is_taken_only_where_that_is_chosen(
    store: Store, content: bytes, driver: StorageDriver
) -> None:
    async with Store(driver) as usual:
        with pytest.raises(ManifestInvalidError, match="schema 1 are not taken"):
            await usual.manifests.put("a", "v1", TYPE, content)


async def test_its_signatures_go_with_it(
    store: Store, driver: StorageDriver, content: bytes
) -> None:
    await store.manifests.put("a", "v1", TYPE, content)

    await store.manifests.delete("a", DIGEST)

    with pytest.raises(PathNotFoundError):
        await driver.stat(layout.manifests("a"))


async def test_without_them_the_payload_is_given_as_what_it_is(
    store: Store, driver: StorageDriver, content: bytes
) -> None:
    await store.manifests.put("a", "v1", TYPE, content)
    await driver.delete(layout.signed("a", DIGEST))  # another registry never had them

    found = await store.manifests.get("a", "v1")

    assert (DIGEST, PAYLOAD) == (found.digest, found.content)
    assert TYPE.replace("prettyjws", "json") == found.media_type


@pytest.mark.parametrize("other", [b"", b"{}", PAYLOAD])
async def test_signatures_of_something_else_are_not_given(
    store: Store, driver: StorageDriver, content: bytes, other: bytes
) -> None:
    await store.manifests.put("a", "v1", TYPE, content)
    await driver.put_content(layout.signed("a", DIGEST), other)

    with pytest.raises(CorruptContentError):
        await store.manifests.get("a", "v1")
