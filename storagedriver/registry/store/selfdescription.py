"""What stored manifests say of themselves, read with more patience than what is pushed."""

import json
from dataclasses import dataclass

from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfDescription:
    """What a list of referrers tells of a manifest.

    `artifact_type` is the type of an image's config where the manifest names none.
    """

    subject: Digest | None
    artifact_type: str | None
    annotations: dict[str, str]


def described(content: bytes) -> SelfDescription:
    """Read a manifest; what is not of the right kind is left out."""
    value = _object(content)
    named = value.get("artifactType") or _field(value.get("config"), "mediaType")
    annotations = value.get("annotations")
    return SelfDescription(
        subject=_digest(_field(value.get("subject"), "digest")),
        artifact_type=named if isinstance(named, str) else None,
        annotations=annotations if isinstance(annotations, dict) else {},
    )


def listed(content: bytes) -> list[Digest]:
    """Return the digests of the manifests that an index lists."""
    entries = _object(content).get("manifests")
    found = entries if isinstance(entries, list) else []
    digests = [_digest(_field(entry, "digest")) for entry in found]
    return [digest for digest in digests if digest is not None]


def _object(content: bytes) -> dict[str, object]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _field(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _digest(text: object) -> Digest | None:
    try:
        return Digest.parse(text) if isinstance(text, str) else None
    except DigestInvalidError:
        return None
