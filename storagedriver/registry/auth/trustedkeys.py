"""The public keys that a registry trusts, by the names that tokens call them."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from storagedriver.registry.auth.certificates import certified, read_bundle
from storagedriver.registry.auth.settings import Token
from storagedriver.registry.configuration.file import ConfigError

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

BUNDLE = "auth.token.rootcertbundle"
JWKS = "auth.token.jwks"

_SHORTEST_RSA = 2048
_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}


class Trusted(NamedTuple):
    """A key, and the only algorithm it is for, where it says so."""

    key: PublicKey
    algorithm: str | None = None


class TrustedKeys:
    """The keys of a bundle of certificates and of a JSON Web Key Set.

    Raises `ConfigError`, which names key and file, for files that cannot be used or hold no key.
    """

    def __init__(self, settings: Token) -> None:
        self._roots: list[x509.Certificate] = []
        self._named: dict[str, Trusted] = {}
        if settings.rootcertbundle:
            self._roots = read_bundle(settings.rootcertbundle, BUNDLE)
            for root in self._roots:
                key = _public(root.public_key(), f"{BUNDLE}: {settings.rootcertbundle}")
                self._named |= dict.fromkeys(names_of(key), Trusted(key))
        if settings.jwks:
            self._named |= _read_jwks(settings.jwks)

    def chosen(self, header: Mapping[str, Any]) -> PublicKey:
        """Return the key that a token's header names, or brings with certificates that are trusted.

        Raises `ValueError` where there is none, or it is not for the header's algorithm.
        """
        algorithm = header["alg"]
        if "x5c" in header:
            key: object = certified(header["x5c"], self._roots).public_key()
        else:
            # A key in the header is one among the trusted ones, or nothing.
            inside = header.get("jwk")
            kid = inside.get("kid") if isinstance(inside, dict) else header.get("kid")
            trusted = self._named.get(kid) if isinstance(kid, str) else None
            if trusted is None:
                raise ValueError("it is signed by a key that is not trusted")
            if trusted.algorithm not in (None, algorithm):
                raise ValueError(f"its key is not for {algorithm}")
            key = trusted.key
        return _fitting(key, algorithm)


def names_of(key: PublicKey) -> list[str]:
    """Give the names of a key: its thumbprint by RFC 7638, and what Docker's libtrust called it."""
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    short = base64.b32encode(hashlib.sha256(encoded).digest()[:30]).decode()
    grouped = ":".join(short[at : at + 4] for at in range(0, len(short), 4))
    members = _as_jwk(key)
    wanted = {name: members[name] for name in ("crv", "e", "kty", "n", "x", "y") if name in members}
    canonical = json.dumps(wanted, separators=(",", ":"), sort_keys=True).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=")
    return [thumbprint.decode(), grouped]


def _as_jwk(key: PublicKey) -> dict[str, Any]:
    if isinstance(key, RSAPublicKey):
        return RSAAlgorithm.to_jwk(key, as_dict=True)
    if isinstance(key, EllipticCurvePublicKey):
        return ECAlgorithm.to_jwk(key, as_dict=True)
    return OKPAlgorithm.to_jwk(key, as_dict=True)


def _fitting(key: object, algorithm: str) -> PublicKey:
    """Return a key if it is of the algorithm's kind, and long enough. None here is a secret."""
    if algorithm in _CURVES:
        if isinstance(key, EllipticCurvePublicKey) and key.curve.name == _CURVES[algorithm]:
            return key
    elif algorithm == "EdDSA":
        if isinstance(key, Ed25519PublicKey):
            return key
    elif isinstance(key, RSAPublicKey) and key.key_size >= _SHORTEST_RSA:
        return key
    raise ValueError(f"its key is not for {algorithm}")


def _public(key: object, where: str) -> PublicKey:
    key = key.public_key() if hasattr(key, "public_key") else key
    if not isinstance(key, PublicKey):
        raise ConfigError(f"{where}: holds a key that is none of RSA, EC and Ed25519")
    return key


def _read_jwks(path: str) -> dict[str, Trusted]:
    where = f"{JWKS}: {path}"
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: is no JSON") from error
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(keys, list) or not keys:
        raise ConfigError(f"{where}: is no JSON Web Key Set with keys")
    named: dict[str, Trusted] = {}
    for number, member in enumerate(keys, start=1):
        named |= _read_jwk(member, f"{where}: key {number}")
    return named


def _read_jwk(member: object, where: str) -> dict[str, Trusted]:
    if not isinstance(member, dict) or member.get("kty") not in ("RSA", "EC", "OKP"):
        raise ConfigError(f"{where}: must be of the type RSA, EC or OKP")
    try:
        key = _public(jwt.PyJWK(member).key, where)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        # What the library says of it may show the key.
        raise ConfigError(f"{where}: cannot be understood") from error
    algorithm, kid = member.get("alg"), member.get("kid")
    names = [*names_of(key), *([kid] if isinstance(kid, str) else [])]
    return dict.fromkeys(names, Trusted(key, algorithm))
