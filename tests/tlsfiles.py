"""Certificates for tests, of an authority that nobody else trusts."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Authority:
    """An authority, with all its files in a folder."""

    folder: Path
    ca: trustme.CA

    @classmethod
    def new(cls, folder: Path) -> "Authority":
        folder.mkdir(parents=True, exist_ok=True)
        ca = trustme.CA()
        ca.cert_pem.write_to_path(folder / "ca.crt")
        return cls(folder, ca)

    @property
    def file(self) -> Path:
        """Its own certificate."""
        return self.folder / "ca.crt"

    def issued(self, name: str) -> tuple[Path, Path]:
        """Give the files of a new certificate, with its key."""
        certificate, key = self.folder / f"{name}.cert", self.folder / f"{name}.key"
        made = self.ca.issue_cert(name)
        certificate.write_bytes(b"".join(each.bytes() for each in made.cert_chain_pems))
        made.private_key_pem.write_to_path(key)
        return certificate, key

    def trusting(self) -> ssl.SSLContext:
        """Give the context of a client that trusts this authority alone."""
        return ssl.create_default_context(cafile=self.file)


def variables(authority: Authority, **others: str) -> dict[str, str]:
    """Give the environment of a registry that has a certificate for the loopback."""
    certificate, key = authority.issued("127.0.0.1")
    keys = {"CERTIFICATE": str(certificate), "KEY": str(key), **others}
    return {f"REGISTRY_HTTP_TLS_{name}": value for name, value in keys.items()}
