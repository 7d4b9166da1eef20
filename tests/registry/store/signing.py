"""Manifests of schema 1, signed as Docker's clients sign them."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import get_default_algorithms

from storagedriver.registry.store import Digest

TYPE = "application/vnd.docker.distribution.manifest.v1+prettyjws"
TAIL = b"\n}"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def payload_of(*layers: bytes, **fields: object) -> bytes:
    """Write a manifest without signatures, in Docker's own layout."""
    manifest = {
        "schemaVersion": 1,
        "name": "a",
        "tag": "v1",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": str(Digest.of(layer))} for layer in layers],
        "history": [{"v1Compatibility": json.dumps({"id": "1"})} for _ in layers],
    }
    return json.dumps(manifest | fields, indent=3).encode()


def signature(
    payload: bytes, key: Key, algorithm: str = "ES256", *, chain: list[bytes] | None = None
) -> dict[str, Any]:
    """Sign a payload; the key is brought along, or a chain of certificates."""
    signer = get_default_algorithms()[algorithm]
    told = {"formatLength": len(payload) - len(TAIL), "formatTail": encoded(TAIL)}
    protected = encoded(json.dumps(told | {"time": "2015-01-01T00:00:00Z"}).encode())
    header: dict[str, Any] = {"alg": algorithm}
    if chain is None:
        header["jwk"] = signer.to_jwk(key.public_key(), as_dict=True)
    else:
        header["x5c"] = [base64.b64encode(each).decode() for each in chain]
    made = signer.sign(f"{protected}.{encoded(payload)}".encode(), key)
    return {"header": header, "signature": encoded(made), "protected": protected}


def signed(payload: bytes, *signatures: dict[str, Any]) -> bytes:
    """Write a payload with its signatures before its last brace."""
    written = json.dumps(list(signatures), indent=3).replace("\n", "\n   ").encode()
    return payload[: -len(TAIL)] + b',\n   "signatures": ' + written + TAIL


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
