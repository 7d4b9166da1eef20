"""Lists of the mirrored registry, page by page. All is pure."""

import json
from collections.abc import Sequence

from storagedriver.registry.proxy.errors import UpstreamError
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError
from storagedriver.registry.store.records import Referrer


def tags_in(content: bytes) -> Sequence[str]:
    """Read a page of tags; raise `UpstreamError` where it is none."""
    return [tag for tag in _listed(content, "tags") if isinstance(tag, str)]


def referrers_in(content: bytes) -> Sequence[Referrer]:
    """Read a page of referrers; raise `UpstreamError` where it is none.

    What is no descriptor is left out.
    """
    found = (_referrer(entry) for entry in _listed(content, "manifests"))
    return [each for each in found if each is not None]


def _listed(content: bytes, field: str) -> Sequence[object]:
    """Return a list of an object; Go writes an empty one as null."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    entries = (value.get(field) or []) if isinstance(value, dict) else None
    if not isinstance(entries, list):
        raise UpstreamError(f"the mirrored registry gave no list of {field}")
    return entries


def _referrer(entry: object) -> Referrer | None:
    fields = entry if isinstance(entry, dict) else {}
    media_type, size, kind = fields.get("mediaType"), fields.get("size"), fields.get("artifactType")
    annotations = fields.get("annotations")
    told = annotations if isinstance(annotations, dict) else {}
    try:
        digest = Digest.parse(str(fields.get("digest")))
    except DigestInvalidError:
        return None
    if not isinstance(media_type, str) or not isinstance(size, int):
        return None
    return Referrer(
        digest=digest,
        size=size,
        media_type=media_type,
        artifact_type=kind if isinstance(kind, str) else None,
        annotations={key: text for key, text in told.items() if isinstance(text, str)},
    )
