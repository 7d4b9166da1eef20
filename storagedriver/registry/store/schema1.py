"""Docker's manifests of schema 1: JSON with signatures in it, over all of it but themselves.

A signature says how many of the document's first bytes were signed (`formatLength`), and what came
after them (`formatTail`): the payload. The digest of such a manifest is that of its payload. Who
signed is not asked, and anybody may: signatures show only that nothing was changed since.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import NamedTuple

import jwt
from cryptography import x509
from jwt.algorithms import get_default_algorithms

from storagedriver.registry.store import mediatypes
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.documents import Document, Reference
from storagedriver.registry.store.errors import (
    DigestInvalidError,
    ManifestInvalidError,
    ManifestUnverifiedError,
)
from storagedriver.registry.store.jsontext import Json, parse_object

MOST_SIGNATURES = 16
"""How many signatures one manifest has at most: each is verified when it is pushed."""

_ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "RS256", "RS384", "RS512"})
_WRONG = (jwt.PyJWTError, binascii.Error, ValueError, TypeError, KeyError, AttributeError)


class Signed(NamedTuple):
    """What a signature is of: so many of the first bytes, and then these."""

    length: int
    tail: bytes


def is_signed(media_type: str | None) -> bool:
    """Tell whether a manifest was sent as one of schema 1."""
    kinds = {mediatypes.SCHEMA_1, mediatypes.SCHEMA_1_SIGNED}
    return media_type is not None and mediatypes.bare(media_type) in kinds


def payload_of(content: bytes) -> bytes:
    """Return what is signed in a manifest, without verifying anything.

    Raises `ManifestInvalidError` where it is no JSON object, `ManifestUnverifiedError` where its
    signatures do not all say that the same was signed, which is all of it but themselves.
    """
    value = parse_object(content)
    first, *others = {_signed(each) for each in _entries(value)}
    if others:
        raise ManifestUnverifiedError("the signatures are not of the same payload")
    payload = content[: first.length] + first.tail
    if parse_object(payload) != {key: value[key] for key in value if key != "signatures"}:
        raise ManifestUnverifiedError("the signatures are of another manifest")
    return payload


def verified(content: bytes) -> tuple[bytes, Document]:
    """Verify the signatures of a manifest, and return its payload and what that refers to.

    Raises as `payload_of`, and `ManifestUnverifiedError` where a signature is wrong.
    """
    payload = payload_of(content)
    encoded = base64.urlsafe_b64encode(payload).rstrip(b"=")
    value = parse_object(content)
    for entry in _entries(value):
        if not _is_right(entry, encoded):
            raise ManifestUnverifiedError("a signature is not that of the manifest")
    return payload, _document(value)


def _entries(value: dict[str, Json]) -> list[Json]:
    entries = value.get("signatures")
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_SIGNATURES:
        message = f"a manifest of schema 1 has 1 to {MOST_SIGNATURES} signatures"
        raise ManifestUnverifiedError(message)
    return entries


def _signed(entry: Json) -> Signed:
    try:
        told = json.loads(_decoded(_text(entry, "protected")))
        length, tail = told["formatLength"], _decoded(told["formatTail"])
    except _WRONG:
        length, tail = None, b""
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise ManifestUnverifiedError("a signature does not say what it is of")
    return Signed(length, tail)


def _is_right(entry: Json, payload: bytes) -> bool:
    """Tell whether a signature is that of the encoded payload, by the key that it brings."""
    try:
        header = entry["header"] if isinstance(entry, dict) else None
        name = _text(header, "alg")
        if name not in _ALGORITHMS or not isinstance(header, dict):
            return False
        algorithm = get_default_algorithms()[name]
        key = algorithm.prepare_key(_key(header, name))
        message = _text(entry, "protected").encode() + b"." + payload
        return algorithm.verify(message, key, _decoded(_text(entry, "signature")))
    except _WRONG:
        return False


def _key(header: Mapping[str, Json], algorithm: str) -> object:
    """Return the key of the first certificate, or else the one that is written out."""
    chain = header.get("x5c")
    if isinstance(chain, list) and chain:
        certificate = x509.load_der_x509_certificate(base64.b64decode(str(chain[0])))
        return certificate.public_key()
    written = header["jwk"]
    if not isinstance(written, dict):
        raise TypeError("jwk")
    return jwt.PyJWK.from_dict(written, algorithm).key


def _text(value: Json, key: str) -> str:
    text = value.get(key) if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise TypeError(key)
    return text


def _decoded(text: str) -> bytes:
    """Decode base64url without padding, strictly."""
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


def _document(value: dict[str, Json]) -> Document:
    layers, history = value.get("fsLayers"), value.get("history")
    if value.get("schemaVersion") != 1 or value["schemaVersion"] is True:
        raise ManifestInvalidError("schemaVersion is not 1, and it was sent as schema 1")
    if not isinstance(layers, list) or not isinstance(history, list) or not layers:
        raise ManifestInvalidError("fsLayers or history is missing, and schema 1 requires them")
    if len(layers) != len(history):
        raise ManifestInvalidError("fsLayers and history have not the same length")
    return Document(
        media_type=mediatypes.SCHEMA_1,
        blobs=tuple(_layer(layer, f"fsLayers[{at}]") for at, layer in enumerate(layers)),
        manifests=(),
        subject=None,
    )


def _layer(layer: Json, field: str) -> Reference:
    named = layer.get("blobSum") if isinstance(layer, dict) else None
    try:
        digest = Digest.parse(named if isinstance(named, str) else "")
    except DigestInvalidError as error:
        raise ManifestInvalidError(f"{field}.blobSum: {error.message}") from error
    return Reference(
        field=field, digest=digest, media_type="", is_elsewhere=False, urls=(), platform=None
    )
