"""Manifests as documents: what is taken, and what is refused with the place that is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storagedriver.registry.store import Digest
from storagedriver.registry.store.documents import parse, stored_media_type
from storagedriver.registry.store.errors import ManifestInvalidError
from storagedriver.registry.store.mediatypes import (
    ACCEPTED,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    SCHEMA_1,
    SCHEMA_1_SIGNED,
)
from tests.registry.store.content import (
    CONFIG,
    IMAGE,
    LAYER,
    descriptor,
    encoded,
    image,
    index,
    unhurried,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def test_an_image_refers_to_its_config_and_layers() -> None:
    document = parse(IMAGE, OCI_MANIFEST)

    assert OCI_MANIFEST == document.media_type
    assert [("config", Digest.of(CONFIG)), ("layers[0]", Digest.of(LAYER))] == [
        (blob.field, blob.digest) for blob in document.blobs
    ]
    assert () == document.manifests
    assert None is document.subject


def test_an_index_refers_to_its_manifests() -> None:
    document = parse(encoded(index([IMAGE])), OCI_INDEX)

    assert OCI_INDEX == document.media_type
    assert [("manifests[0]", Digest.of(IMAGE))] == [
        (manifest.field, manifest.digest) for manifest in document.manifests
    ]
    assert () == document.blobs


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "",
        OCI_MANIFEST,
        OCI_MANIFEST.upper(),
        f"{OCI_MANIFEST}; charset=utf-8",
        f" {OCI_MANIFEST} ;x",
    ],
)
def test_parameters_and_case_of_the_type_do_not_matter(sent: str | None) -> None:
    assert OCI_MANIFEST == parse(IMAGE, sent).media_type


@pytest.mark.parametrize(
    ("fields", "sent", "expected"),
    [
        ({"mediaType": DOCKER_MANIFEST}, None, DOCKER_MANIFEST),
        ({"mediaType": DOCKER_MANIFEST}, DOCKER_MANIFEST, DOCKER_MANIFEST),
        ({"mediaType": None}, None, OCI_MANIFEST),
        ({"mediaType": None}, OCI_MANIFEST, OCI_MANIFEST),
    ],
)
def test_the_type_comes_from_the_request_or_the_document_or_its_structure(
    fields: dict[str, object], sent: str | None, expected: str
) -> None:
    content = encoded(image(**fields))

    assert expected == parse(content, sent).media_type
    assert expected == stored_media_type(content)


def test_an_index_without_a_type_is_known_by_its_structure() -> None:
    content = encoded(index([], mediaType=None))

    assert OCI_INDEX == parse(content, None).media_type
    assert OCI_INDEX == stored_media_type(content)


def test_a_docker_list_is_taken() -> None:
    content = encoded(index([IMAGE], mediaType=DOCKER_LIST))

    assert DOCKER_LIST == parse(content, DOCKER_LIST).media_type
    assert DOCKER_LIST == stored_media_type(content)


@pytest.mark.parametrize("layers", [[], None])
def test_an_image_may_have_no_layers(layers: object) -> None:
    document = parse(encoded(image() | {"layers": layers}), OCI_MANIFEST)

    assert ["config"] == [blob.field for blob in document.blobs]


@pytest.mark.parametrize("manifests", [[], None])
def test_an_index_may_be_empty(manifests: object) -> None:
    assert () == parse(encoded(index([]) | {"manifests": manifests}), OCI_INDEX).manifests


def test_an_artifact_may_have_any_config_and_unknown_fields_and_a_subject() -> None:
    config = descriptor(b"{}", "application/vnd.example.thing+json", data="e30=", madeUp=[1, {}])
    subject = descriptor(b"not there", OCI_MANIFEST)
    content = encoded(
        image(config=b"{}", layers=[])
        | {"config": config, "subject": subject, "artifactType": "a/b", "newField": {"x": None}}
    )

    document = parse(content, OCI_MANIFEST)

    assert Digest.of(b"not there") == document.subject


@pytest.mark.parametrize(
    "fields",
    [
        {"mediaType": FOREIGN},
        {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"},
        {"urls": ["https://example.com/layer"]},
    ],
)
def test_a_layer_that_is_had_from_elsewhere_is_known_as_such(fields: dict[str, object]) -> None:
    layer = descriptor(LAYER, "application/vnd.oci.image.layer.v1.tar") | fields

    config, found = parse(encoded(image() | {"layers": [layer]}), OCI_MANIFEST).blobs

    assert (False, True) == (config.is_elsewhere, found.is_elsewhere)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schemaVersion": 1}, "schema 1"),
        ({"schemaVersion": 3}, "schemaVersion"),
        ({"schemaVersion": "2"}, "schemaVersion"),
        ({"schemaVersion": 2.0}, "schemaVersion"),
        ({"schemaVersion": None}, "schemaVersion"),
        ({"mediaType": 5}, "mediaType is not a string"),
        ({"mediaType": DOCKER_MANIFEST}, "mediaType is"),
        ({"mediaType": OCI_INDEX}, "mediaType is"),
        ({"config": None}, "config is not an object"),
        ({"config": []}, "config is not an object"),
        ({"layers": {}}, "layers is not a list"),
        ({"layers": "x"}, "layers is not a list"),
        ({"layers": [3]}, r"layers\[0\] is not an object"),
        ({"manifests": []}, "manifests does not belong"),
        ({"annotations": []}, "annotations"),
        ({"annotations": {"a": 1}}, "annotations"),
        ({"artifactType": {}}, "artifactType"),
        ({"subject": "x"}, "subject is not an object"),
        ({"subject": {"digest": "sha256:12", "size": 1}}, "subject.digest"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], says: str) -> None:
    with pytest.raises(ManifestInvalidError, match=says):
        parse(encoded(image() | change), OCI_MANIFEST)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"size": -1}, "size"),
        ({"size": 1.0}, "size"),
        ({"size": True}, "size"),
        ({"size": "1"}, "size"),
        ({"size": None}, "size"),
        ({"size": 2**63}, "size"),
        ({"digest": None}, "digest is not a string"),
        ({"digest": 5}, "digest is not a string"),
        ({"digest": "sha256:12"}, "64 lower-case"),
        ({"digest": "md5:12"}, "not supported"),
        ({"mediaType": 5}, "mediaType"),
        ({"urls": "https://example.com"}, "urls"),
        ({"urls": [1]}, "urls"),
        ({"data": 5}, "data"),
        ({"artifactType": 5}, "artifactType"),
        ({"annotations": {"a": None}}, "annotations"),
    ],
)
def test_a_wrong_field_of_a_descriptor_is_named_with_its_place(
    change: dict[str, object], says: str
) -> None:
    layer = descriptor(LAYER, "application/vnd.oci.image.layer.v1.tar")
    document = image() | {"layers": [layer, layer | change]}

    with pytest.raises(ManifestInvalidError, match=rf"layers\[1\]\..*{says}"):
        parse(encoded(document), OCI_MANIFEST)


@pytest.mark.parametrize("field", ["schemaVersion", "config"])
def test_a_missing_field_of_an_image_is_named(field: str) -> None:
    document = image()
    del document[field]

    with pytest.raises(ManifestInvalidError, match=field):
        parse(encoded(document), OCI_MANIFEST)


@pytest.mark.parametrize("field", ["config", "layers"])
def test_an_index_that_is_an_image_too_is_refused(field: str) -> None:
    with pytest.raises(ManifestInvalidError, match=field):
        parse(encoded(index([]) | {field: image()[field]}), OCI_INDEX)


def test_an_index_needs_manifests() -> None:
    with pytest.raises(ManifestInvalidError, match="manifests is missing"):
        parse(encoded({"schemaVersion": 2}), OCI_INDEX)


def test_docker_manifests_need_their_type_to_be_known_again() -> None:
    with pytest.raises(ManifestInvalidError, match="mediaType is missing"):
        parse(encoded(image(mediaType=None)), DOCKER_MANIFEST)


@pytest.mark.parametrize("sent", ["application/json", "text/plain", "x", f"{OCI_MANIFEST}x"])
def test_another_type_is_refused_with_those_that_are_taken(sent: str) -> None:
    with pytest.raises(ManifestInvalidError) as caught:
        parse(IMAGE, sent)

    assert all(accepted in caught.value.message for accepted in ACCEPTED)


def test_a_document_of_no_known_structure_is_refused() -> None:
    with pytest.raises(ManifestInvalidError, match="is not taken"):
        parse(b'{"schemaVersion": 2}', None)


@pytest.mark.parametrize("sent", [SCHEMA_1, SCHEMA_1_SIGNED])
def test_schema_1_is_refused_as_what_it_is(sent: str) -> None:
    with pytest.raises(ManifestInvalidError, match="schema 1"):
        parse(b'{"schemaVersion": 1, "fsLayers": []}', sent)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'"text"', "not an object"),
        (b"\xff\xfe{\x00}\x00", "UTF-8 at byte 0"),
        (b'\xef\xbb\xbf{"schemaVersion": 2}', "no JSON"),
        (b'{"schemaVersion": NaN}', "NaN"),
        (b'{"schemaVersion": -Infinity}', "-Infinity"),
        (b'{"schemaVersion": 2, "schemaVersion": 2}', "'schemaVersion' twice"),
        (b'{"a": [{"\xc3\xa4": 1, "\xc3\xa4": 2}]}', "twice"),
        (b"[" * 100_000, "deeply"),
        (b'{"a":' * 100_000, "deeply"),
        (IMAGE[:-1] + b', "a": ' + b"[" * 100 + b"]" * 100 + b"}", "deeply"),
        (IMAGE[:-1] + b', "a": ' + b'{"a": ' * 100 + b"1" + b"}" * 100 + b"}", "deeply"),
        (b'{"schemaVersion": ' + b"9" * 10_000 + b"}", "too long"),
        (IMAGE + b"x", "no JSON"),
        (IMAGE[:-1], "no JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(ManifestInvalidError, match=says):
        parse(content, OCI_MANIFEST)


def test_a_key_that_occurs_twice_among_many_is_found_at_once() -> None:
    keys = b",".join(b'"%x": 0' % number for number in range(400_000))

    with pytest.raises(ManifestInvalidError, match="key '5' twice"):
        parse(b"{" + keys + b', "5": 0}', OCI_MANIFEST)


def test_what_is_nested_as_deep_as_may_be_can_be_read_again_deep_in_a_stack() -> None:
    content = IMAGE[:-1] + b', "a": ' + b"[" * 98 + b"]" * 98 + b"}"

    parse(content, OCI_MANIFEST)

    assert OCI_MANIFEST == called_at_depth(500, lambda: stored_media_type(content))


def called_at_depth(depth: int, work: Callable[[], str | None]) -> str | None:
    return work() if depth == 0 else called_at_depth(depth - 1, work)


def test_a_message_is_fit_to_be_sent() -> None:
    document = image() | {"mediaType": "\ud800" + "x" * 10_000}

    with pytest.raises(ManifestInvalidError) as caught:
        parse(encoded(document), OCI_MANIFEST)

    assert caught.value.message.isascii()
    assert len(caught.value.message) < 1000


def check_is_taken_or_refused(content: bytes, sent: str | None) -> None:
    stored_media_type(content)
    try:
        document = parse(content, sent)
    except ManifestInvalidError as error:
        error.message.encode()
        json.dumps(error.detail, ensure_ascii=False).encode()
        return
    assert stored_media_type(content) == document.media_type


@unhurried
@given(st.binary(), st.sampled_from([None, *ACCEPTED]))
def test_any_bytes_are_taken_or_refused(content: bytes, sent: str | None) -> None:
    check_is_taken_or_refused(content, sent)


@unhurried
@given(json_values, st.sampled_from([None, *ACCEPTED]))
def test_any_json_is_taken_or_refused(value: object, sent: str | None) -> None:
    check_is_taken_or_refused(json.dumps(value).encode(), sent)


@unhurried
@given(
    st.sampled_from(
        ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "annotations"]
    ),
    json_values,
    st.sampled_from([None, *ACCEPTED]),
)
def test_any_value_in_any_field_is_taken_or_refused(
    field: str, value: object, sent: str | None
) -> None:
    check_is_taken_or_refused(encoded(image() | {field: value}), sent)


@unhurried
@given(st.sampled_from(["digest", "size", "mediaType", "urls", "data", "annotations"]), json_values)
def test_any_value_in_any_field_of_a_descriptor_is_taken_or_refused(
    field: str, value: object
) -> None:
    layer: dict[str, Any] = descriptor(LAYER, "x/y") | {field: value}

    check_is_taken_or_refused(encoded(image() | {"layers": [layer]}), OCI_MANIFEST)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"schemaVersion": 1, "signatures": []}', SCHEMA_1_SIGNED),
        (b'{"schemaVersion": 1}', SCHEMA_1),
        (b'{"schemaVersion": 2, "mediaType": "text/html", "layers": []}', OCI_MANIFEST),
        (b'{"schemaVersion": 2, "mediaType": [], "manifests": []}', OCI_INDEX),
        (b'{"schemaVersion": 2}', None),
        (b"[]", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_what_others_stored_is_served_as_what_it_is(content: bytes, expected: str | None) -> None:
    assert expected == stored_media_type(content)
