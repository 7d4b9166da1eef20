"""Certificates that tokens bring, and those that they lead to."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509 import verification

from storagedriver.registry.configuration.file import ConfigError

_LONGEST_CHAIN = 8


def read_bundle(path: str, key: str) -> list[x509.Certificate]:
    """Read the certificates of a file in PEM. Raises `ConfigError` that names key and file."""
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except OSError as error:
        raise ConfigError(f"{key}: {path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{key}: {path}: holds no certificates in PEM") from error


def certified(encoded: object, roots: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the first of a token's certificates (`x5c`), which lead to one of the roots.

    Raises `ValueError` unless they do, today.
    """
    if not isinstance(encoded, list) or not 0 < len(encoded) <= _LONGEST_CHAIN:
        raise ValueError("x5c is no short list of certificates")
    leaf, *others = (_decoded(each) for each in encoded)
    now = datetime.now(UTC)
    if leaf in roots:
        if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
            raise ValueError("the certificate is not valid today")
        return leaf
    if not roots:
        raise ValueError("no certificate is trusted")
    try:
        _verifier(roots, now).verify(leaf, others)
    except verification.VerificationError as error:
        raise ValueError("the certificates lead to none that is trusted") from error
    return leaf


def _decoded(encoded: object) -> x509.Certificate:
    if not isinstance(encoded, str):
        raise ValueError("x5c holds something that is no text")  # noqa: TRY004 - one error for all of it
    return x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))


def _verifier(roots: Sequence[x509.Certificate], now: datetime) -> verification.ClientVerifier:
    # As Docker's registry, it takes certificates without the names and usages that those of web
    # sites need: what signs tokens is no web site. Who issues others has to be an authority.
    leaves = verification.ExtensionPolicy.permit_all()
    authorities = verification.ExtensionPolicy.permit_all().require_present(
        x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
    )
    return (
        verification.PolicyBuilder()
        .store(verification.Store(list(roots)))
        .time(now)
        .extension_policies(ca_policy=authorities, ee_policy=leaves)
        .build_client_verifier()
    )
