"""An authority that signs tokens, with certificates of its own."""

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

ISSUER, SERVICE, REALM = "an authority", "a registry", "https://auth.example.org/token"
DAY = timedelta(days=1)

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Certified:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate

    @classmethod
    def new(
        cls,
        name: str,
        issuer: "Certified | None" = None,
        *,
        is_authority: bool = False,
        key: Key | None = None,
        ends: timedelta = DAY,
    ) -> "Certified":
        key = key or new_key()
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 10 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        signer = issuer.key if issuer else key
        hashing = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return cls(key, builder.sign(signer, hashing))

    @property
    def x5c(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    def write_to(self, path: Path) -> str:
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return str(path)


def claims(*accesses: str, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - claims are of any type
    """Make the claims of a token for accesses such as `repository:a/b:pull,push`."""
    access = []
    for each in accesses:
        kind, name, actions = each.split(":")
        access.append({"type": kind, "name": name, "actions": actions.split(",")})
    now = int(time.time())
    made = {
        "iss": ISSUER,
        "sub": "alice",
        "aud": SERVICE,
        "exp": now + 3600,
        "nbf": now - 10,
        "iat": now,
        "access": access,
    }
    return {name: value for name, value in (made | others).items() if value is not None}


def signed(
    claims: dict[str, Any],
    key: Key | str,
    algorithm: str = "ES256",
    **header: Any,  # noqa: ANN401 - headers are of any type
) -> str:
    return jwt.encode(claims, key, algorithm, headers=header)


def forged(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    """Put a token together that no library would make."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()


def write_jwks(path: Path, *members: dict[str, Any]) -> str:
    path.write_text(json.dumps({"keys": members}))
    return str(path)


def jwk_of(key: Key, **members: str) -> dict[str, Any]:
    """Give the public half of a key as a member of a key set."""
    public = key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        made = jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        made = jwt.algorithms.ECAlgorithm.to_jwk(public, as_dict=True)
    else:
        made = jwt.algorithms.OKPAlgorithm.to_jwk(public, as_dict=True)
    return made | members
