"""What stored manifests name, read with more patience than what is pushed, so that it is kept."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from storagedriver.registry.store import mediatypes
from storagedriver.registry.store.digests import Digest
from storagedriver.registry.store.errors import DigestInvalidError

SCHEMA_1 = 1

_MANIFESTS = frozenset(
    (*mediatypes.ACCEPTED, mediatypes.SCHEMA_1, mediatypes.SCHEMA_1_SIGNED),
)
_NAMING = frozenset({"digest", "blobSum"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a manifest names: its subjects (there is one at most in a sound one), and all else."""

    digests: frozenset[Digest]
    subjects: frozenset[Digest]


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it is written: a key may occur twice, and readers may take either."""


def named(content: bytes) -> Named:
    """Read what a manifest names, in whatever field a descriptor stands.

    In a document of an unknown kind every text that is a digest counts. Raises `ValueError` for
    what is no JSON object.
    """
    try:
        document = json.loads(content, object_pairs_hook=_Pairs)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if not isinstance(document, _Pairs):
        raise ValueError("the JSON is not an object")  # noqa: TRY004 - as for all that is no manifest
    fields = [value for key, value in document if key != "subject"]
    objects, texts = _parts(fields)
    digests = {*_digests(value for each in objects for key, value in each if key in _NAMING)}
    if not _is_known(dict(document)):
        digests |= {*_digests(texts)}
    subjects, _ = _parts([value for key, value in document if key == "subject"])
    return Named(
        digests=frozenset(digests),
        subjects=frozenset(_descriptors(subjects)),
    )


def _is_known(document: dict[str, object]) -> bool:
    """Tell whether a document is of a kind whose fields are known."""
    kind = document.get("mediaType")
    if kind is None:
        return document.get("schemaVersion") == SCHEMA_1 or bool(
            {"config", "layers", "manifests"} & document.keys()
        )
    return kind in _MANIFESTS if isinstance(kind, str) else False


def _parts(values: list[object]) -> tuple[list[_Pairs], list[str]]:
    """Give all objects and all texts in values, at any depth."""
    objects: list[_Pairs] = []
    texts: list[str] = []
    while values:
        value = values.pop()
        if isinstance(value, _Pairs):
            objects.append(value)
            values += [inner for _, inner in value]
        elif isinstance(value, list):
            values += value
        elif isinstance(value, str):
            texts.append(value)
    return objects, texts


def _descriptors(objects: list[_Pairs]) -> Iterator[Digest]:
    return _digests([value for each in objects for key, value in each if key == "digest"])


def _digests(texts: Iterable[object]) -> Iterator[Digest]:
    for text in texts:
        try:
            if isinstance(text, str):
                yield Digest.parse(text)
        except DigestInvalidError:
            continue
