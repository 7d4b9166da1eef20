"""What stored manifests say of themselves, read with more patience than what is pushed."""

import json
from dataclasses import dataclass
from typing import TypeVar

from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError

T = TypeVar("T", str, dict[str, str])

MOST_BYTES = 2 * 1024 * 1024
"""What a list can tell of its manifests: clients read lists of up to 4 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfDescription:
    """What a list of referrers tells of a manifest.

    `artifact_type` is the type of an image's config where the manifest names none.
    `size` is what the type and the annotations come to as JSON, in bytes.
    """

    subject: Digest | None
    artifact_type: str | None
    annotations: dict[str, str]
    size: int


def described(content: bytes) -> SelfDescription:
    """Read a manifest; what is not of the right kind is left out, and so is what is too large."""
    value = _object(content)
    named = value.get("artifactType") or _field(value.get("config"), "mediaType")
    artifact_type, type_size = _within(named if isinstance(named, str) else None)
    annotations = value.get("annotations")
    told, size = _within(annotations if isinstance(annotations, dict) else None)
    return SelfDescription(
        subject=_digest(_field(value.get("subject"), "digest")),
        artifact_type=artifact_type,
        annotations=told or {},
        size=type_size + size,
    )


def _within(value: T | None) -> tuple[T | None, int]:
    """Return what can be listed of a value, and its size as JSON."""
    size = len(json.dumps(value))
    return (value, size) if size <= MOST_BYTES else (None, 0)


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
