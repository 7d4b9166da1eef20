"""Manifests as documents: what a client sent is checked and read; it is stored as it came."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from storagedriver.registry.store import mediatypes
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError, ManifestInvalidError, shown
from storagedriver.registry.store.jsontext import Json, parse_object

SCHEMA = 2
MAX_SIZE = 2**63 - 1


class Platform(NamedTuple):
    """What an image runs on."""

    os: str
    architecture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A descriptor inside a manifest, and the field it stands in, such as `layers[2]`."""

    field: str
    digest: Digest
    media_type: str
    is_elsewhere: bool
    urls: tuple[str, ...]
    platform: Platform | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a manifest is and refers to."""

    media_type: str
    blobs: tuple[Reference, ...]
    manifests: tuple[Reference, ...]
    subject: Digest | None


def parse(content: bytes, media_type: str | None) -> Document:
    """Read a manifest that a client sent as `media_type`, None where it did not say.

    Raises `ManifestInvalidError`, saying where, unless it is one of the accepted kinds, is what it
    says and has fields of the right types. Fields that nobody knows here are left alone.
    """
    value = parse_object(content)
    kind = _kind(value, media_type)
    if value.get("schemaVersion") != SCHEMA or not isinstance(value["schemaVersion"], int):
        raise ManifestInvalidError("schemaVersion is not 2, and only schema 2 is taken")
    _expect(value.get("annotations"), "annotations", _is_strings, "an object of strings")
    _expect(value.get("artifactType"), "artifactType", _is_text, "a string")
    blobs: tuple[Reference, ...] = ()
    manifests: tuple[Reference, ...] = ()
    if kind in mediatypes.INDEXES:
        _refuse(value, kind, "config", "layers")
        _require(value, kind, "manifests")
        manifests = _references(value, "manifests")
    else:
        _refuse(value, kind, "manifests")
        _require(value, kind, "config")
        blobs = (_reference(value["config"], "config"), *_references(value, "layers"))
    subject = value.get("subject")
    return Document(
        media_type=kind,
        blobs=blobs,
        manifests=manifests,
        subject=None if subject is None else _reference(subject, "subject").digest,
    )


def stored_media_type(content: bytes) -> str | None:
    """Tell as what a stored manifest was pushed; None where it is no manifest at all.

    Storage keeps no media type beside it, and others may have stored it.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    if value.get("schemaVersion") == 1:
        return mediatypes.SCHEMA_1_SIGNED if "signatures" in value else mediatypes.SCHEMA_1
    named = value.get("mediaType")
    return named if named in mediatypes.ACCEPTED else _kind_by_structure(value)


def _kind(value: dict[str, Json], media_type: str | None) -> str:
    """Decide what the document is, or refuse it."""
    named = value.get("mediaType")
    if named is not None and not isinstance(named, str):
        raise ManifestInvalidError("mediaType is not a string")
    sent = mediatypes.bare(media_type) if media_type else ""
    kind = sent or named or _kind_by_structure(value)
    if kind in {mediatypes.SCHEMA_1, mediatypes.SCHEMA_1_SIGNED} or value.get("schemaVersion") == 1:
        raise ManifestInvalidError("manifests of schema 1 are not taken; push schema 2 or OCI")
    if kind not in mediatypes.ACCEPTED:
        accepted = ", ".join(mediatypes.ACCEPTED)
        message = f"the media type '{shown(kind or '')}' is not taken; these are: {accepted}"
        raise ManifestInvalidError(message)
    if named is None and kind in mediatypes.DOCKER:
        # It would be taken for OCI's when it is read again.
        raise ManifestInvalidError(f"mediaType is missing, and {kind} requires it")
    if named is not None and named != kind:
        message = f"mediaType is '{shown(named)}', but it was sent as {kind}"
        raise ManifestInvalidError(message)
    return kind


def _kind_by_structure(value: dict[str, Json]) -> str | None:
    if "manifests" in value:
        return mediatypes.OCI_INDEX
    if "config" in value or "layers" in value:
        return mediatypes.OCI_MANIFEST
    return None


def _require(value: dict[str, Json], kind: str, field: str) -> None:
    if field not in value:
        raise ManifestInvalidError(f"{field} is missing, and {kind} requires it")


def _refuse(value: dict[str, Json], kind: str, *fields: str) -> None:
    """Refuse a document that is an image to some readers and an index to others."""
    for field in fields:
        if field in value:
            raise ManifestInvalidError(f"{field} does not belong in {kind}")


def _references(value: dict[str, Json], field: str) -> tuple[Reference, ...]:
    """Read a list of descriptors; Go writes an empty one as null."""
    entries = value.get(field)
    if entries is None:
        return ()
    if not isinstance(entries, list):
        raise ManifestInvalidError(f"{field} is not a list")
    return tuple(_reference(entry, f"{field}[{at}]") for at, entry in enumerate(entries))


def _reference(value: Json, field: str) -> Reference:
    """Read a descriptor."""
    if not isinstance(value, dict):
        raise ManifestInvalidError(f"{field} is not an object")
    digest, size, urls = value.get("digest"), value.get("size"), value.get("urls")
    if not isinstance(digest, str):
        raise ManifestInvalidError(f"{field}.digest is not a string")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= MAX_SIZE:
        raise ManifestInvalidError(f"{field}.size is not a number of bytes")
    media_type = value.get("mediaType")
    _expect(media_type, f"{field}.mediaType", _is_text, "a string")
    _expect(urls, f"{field}.urls", _is_texts, "a list of strings")
    _expect(value.get("data"), f"{field}.data", _is_text, "a string")
    _expect(value.get("artifactType"), f"{field}.artifactType", _is_text, "a string")
    _expect(value.get("annotations"), f"{field}.annotations", _is_strings, "an object of strings")
    try:
        parsed = Digest.parse(digest)
    except DigestInvalidError as error:
        raise ManifestInvalidError(
            f"{field}.digest: {error.message}", detail=error.detail
        ) from error
    return Reference(
        field=field,
        digest=parsed,
        media_type=media_type if isinstance(media_type, str) else "",
        is_elsewhere=bool(urls) or media_type in mediatypes.FOREIGN_LAYERS,
        urls=tuple(map(str, urls)) if isinstance(urls, list) else (),
        platform=_platform(value.get("platform")),
    )


def _platform(value: Json) -> Platform | None:
    """Read what an image runs on; what says it in another way counts as not saying it."""
    if not isinstance(value, dict):
        return None
    system, architecture = value.get("os"), value.get("architecture")
    if not isinstance(system, str) or not isinstance(architecture, str):
        return None
    return Platform(os=system, architecture=architecture)


def _expect(value: Json, field: str, is_right: Callable[[Json], bool], kind: str) -> None:
    """Check a field that may be missing, or null as Go writes it."""
    if value is not None and not is_right(value):
        raise ManifestInvalidError(f"{field} is not {kind}")


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _is_texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _is_strings(value: Json) -> bool:
    return isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values())
