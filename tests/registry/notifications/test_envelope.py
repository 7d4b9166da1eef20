"""Events have the form that receivers of Docker's registry expect."""

import json
from datetime import UTC, datetime

import pytest

from storagedriver.registry.api.happenings import Happening
from storagedriver.registry.notifications.envelope import (
    Asked,
    Source,
    envelope,
    event,
    headers,
    references_in,
)
from storagedriver.registry.store import Digest
from tests.registry.api.content import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, described, manifest_of

ASKED = Asked(
    id="request",
    address="192.0.2.1:1234",
    host="registry:5000",
    method="PUT",
    agent="podman/5",
    actor="alice",
    base="http://registry:5000/v2",
)
SOURCE = Source(address="host:5000", instance="instance")
AT = datetime(2026, 1, 2, 3, 4, 5, 600000, UTC)
CONTENT = manifest_of(b"{}", b"layer")
DIGEST = Digest.of(CONTENT)


def made(happening: Happening, asked: Asked = ASKED) -> dict[str, object]:
    references = references_in(happening.content or b"")
    return event(happening, asked, SOURCE, identifier="id", at=AT, references=references)


def test_an_event_of_a_push_says_what_by_whom_and_where() -> None:
    happening = Happening(
        action="push",
        repository="team/app",
        digest=DIGEST,
        size=len(CONTENT),
        media_type=OCI_MANIFEST,
        tag="v1",
        content=CONTENT,
    )

    expected = {
        "id": "id",
        "timestamp": "2026-01-02T03:04:05.600000+00:00",
        "action": "push",
        "target": {
            "mediaType": OCI_MANIFEST,
            "digest": str(DIGEST),
            "size": len(CONTENT),
            "length": len(CONTENT),
            "repository": "team/app",
            "url": f"http://registry:5000/v2/team/app/manifests/{DIGEST}",
            "tag": "v1",
            "references": [described(b"{}", OCI_CONFIG), described(b"layer", OCI_LAYER)],
        },
        "request": {
            "id": "request",
            "addr": "192.0.2.1:1234",
            "host": "registry:5000",
            "method": "PUT",
            "useragent": "podman/5",
        },
        "actor": {"name": "alice"},
        "source": {"addr": "host:5000", "instanceID": "instance"},
    }
    assert expected == made(happening)


def test_an_event_of_a_mount_says_where_from() -> None:
    happening = Happening(
        action="mount",
        repository="b",
        digest=DIGEST,
        size=3,
        media_type="application/octet-stream",
        source="a",
    )

    expected = {
        "mediaType": "application/octet-stream",
        "digest": str(DIGEST),
        "size": 3,
        "length": 3,
        "repository": "b",
        "fromRepository": "a",
        "url": f"http://registry:5000/v2/b/blobs/{DIGEST}",
    }
    assert expected == made(happening)["target"]


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (Happening(action="delete", repository="a", digest=DIGEST), {"digest": str(DIGEST)}),
        (Happening(action="delete", repository="a", tag="v1"), {"digest": "", "tag": "v1"}),
    ],
    ids=["digest", "tag"],
)
def test_an_event_of_a_delete_has_no_url(happening: Happening, expected: dict[str, str]) -> None:
    assert {"mediaType": "", "size": 0, "repository": "a"} | expected == made(happening)["target"]


def test_an_index_refers_to_its_manifests() -> None:
    manifest = described(b"one", OCI_MANIFEST) | {"platform": {"os": "linux"}}

    assert [manifest] == references_in(json.dumps({"manifests": [manifest]}).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"layers": 5, "config": null}', b"[" * 100_000])
def test_what_is_no_manifest_refers_to_nothing(content: bytes) -> None:
    assert [] == references_in(content)


def test_an_envelope_holds_its_events_indented_by_three() -> None:
    assert b'{\n   "events": [\n      {\n         "a": 1\n      }\n   ]\n}' == envelope([{"a": 1}])


def test_a_body_is_signed_where_there_is_a_secret() -> None:
    kind = ("Content-Type", "application/vnd.docker.distribution.events.v2+json")
    # As `printf body | openssl dgst -sha256 -hmac key` has it.
    digits = "515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae1"
    signature = ("X-Hub-Signature-256", f"sha256={digits}")

    assert [kind, ("A", "b")] == headers(b"body", more=[("A", "b")], secret=None)
    assert [kind, signature] == headers(b"body", more=[], secret="key")
