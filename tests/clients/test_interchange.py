"""One folder served by ours and by Debian's docker-registry, in turn and at the same time."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.clients.commands import Command, installed
from tests.clients.images import OCI_INDEX, OCI_MANIFEST, Layout, digest_of, image_layout
from tests.clients.transfers import pull, push
from tests.servers import Server, docker_registry, storagedriver_server


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two servers over the folder `root`: what one stores, the other serves."""

    root: Path
    ours: Server
    storing: Server
    serving: Server

    def repositories(self) -> Path:
        return self.root / "docker" / "registry" / "v2" / "repositories"


@pytest.fixture(params=["ours-stores", "theirs-stores"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    installed("docker-registry")
    root = tmp_path / "registry-data"
    with ExitStack() as running:
        ours = running.enter_context(storagedriver_server(tmp_path, "--driver", root.as_uri()))
        theirs = running.enter_context(docker_registry(tmp_path, root))
        storing, serving = (ours, theirs) if request.param == "ours-stores" else (theirs, ours)
        yield Pair(root=root, ours=ours, storing=storing, serving=serving)


def _tags(server: Server, repository: str) -> list[str]:
    answer = httpx.get(f"{server.url}/v2/{repository}/tags/list").raise_for_status()
    return sorted(answer.json()["tags"])


def _catalog(server: Server) -> list[str]:
    answer = httpx.get(f"{server.url}/v2/_catalog").raise_for_status()
    return sorted(answer.json()["repositories"])


def _start_upload(server: Server, repository: str) -> str:
    answer = httpx.post(f"{server.url}/v2/{repository}/blobs/uploads/").raise_for_status()
    return answer.headers["Location"]


def test_what_one_stored_the_other_serves_by_tag(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")

    content = pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "pulled")

    assert image.blobs() == content


def test_what_one_stored_the_other_serves_by_digest(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")

    name = f"{pair.serving.address}/some/image@{image.digest}"
    content = pull(skopeo, name, tmp_path / "pulled")

    assert image.blobs() == content


def test_an_index_that_one_stored_the_other_serves(
    pair: Pair, skopeo: Command, index: Layout, tmp_path: Path
) -> None:
    push(skopeo, index, f"{pair.storing.address}/some/image:v1", "--all")

    name = f"{pair.serving.address}/some/image:v1"
    content = pull(skopeo, name, tmp_path / "pulled", "--all")

    assert index.blobs() == content


def test_tags_and_catalog_are_the_same(pair: Pair, skopeo: Command, image: Layout) -> None:
    for name in ("a/image:v1", "a/image:v2", "a/image/below:v3", "b:v4"):
        push(skopeo, image, f"{pair.storing.address}/{name}")

    assert ["v1", "v2"] == _tags(pair.serving, "a/image")
    assert ["v3"] == _tags(pair.serving, "a/image/below")
    assert ["a/image", "a/image/below", "b"] == _catalog(pair.serving)


def test_both_push_to_one_repository(
    pair: Pair, skopeo: Command, image: Layout, index: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    push(skopeo, index, f"{pair.serving.address}/some/image:v2", "--all")

    for number, server in enumerate((pair.storing, pair.serving)):
        name = f"{server.address}/some/image"
        assert ["v1", "v2"] == _tags(server, "some/image")
        assert image.blobs() == pull(skopeo, f"{name}:v1", tmp_path / f"image-{number}")
        assert index.blobs() == pull(skopeo, f"{name}:v2", tmp_path / f"index-{number}", "--all")


def test_a_tag_moved_by_one_is_moved_for_the_other(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    newer = image_layout(tmp_path / "newer", seed=1, sizes=[500, 600])
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "before")
    push(skopeo, newer, f"{pair.storing.address}/some/image:v1")

    content = pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "pulled")

    assert newer.blobs() == content


def test_an_image_deleted_by_one_is_gone_for_the_other(
    pair: Pair, skopeo: Command, image: Layout, index: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    push(skopeo, index, f"{pair.storing.address}/some/image:v2", "--all")
    pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "before")

    skopeo("delete", "--tls-verify=false", f"docker://{pair.storing.address}/some/image:v1")

    name = f"{pair.serving.address}/some/image"
    for reference in (f"{name}:v1", f"{name}@{image.digest}"):
        complaint = skopeo.refused("inspect", "--tls-verify=false", f"docker://{reference}")
        assert "manifest unknown" in complaint
    assert ["v2"] == _tags(pair.serving, "some/image")
    assert index.blobs() == pull(skopeo, f"{name}:v2", tmp_path / "pulled", "--all")


def test_what_one_stored_the_other_deletes(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    skopeo("delete", "--tls-verify=false", f"docker://{pair.serving.address}/some/image:v1")

    complaint = skopeo.refused(
        "inspect", "--tls-verify=false", f"docker://{pair.storing.address}/some/image:v1"
    )
    push(skopeo, image, f"{pair.serving.address}/some/image:v1")
    content = pull(skopeo, f"{pair.storing.address}/some/image:v1", tmp_path / "pulled")

    assert "manifest unknown" in complaint
    assert image.blobs() == content


def test_leavings_of_unfinished_uploads_disturb_nobody(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    location = _start_upload(pair.storing, "some/image")
    httpx.patch(httpx.URL(pair.storing.url).join(location), content=b"cut").raise_for_status()
    _start_upload(pair.storing, "only/uploads")

    content = pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "pulled")
    push(skopeo, image, f"{pair.serving.address}/only/uploads:v1")

    assert image.blobs() == content
    assert ["v1"] == _tags(pair.serving, "some/image")
    assert ["only/uploads", "some/image"] == _catalog(pair.serving)


def test_empty_folders_and_stray_files_disturb_nobody(
    pair: Pair, skopeo: Command, image: Layout, tmp_path: Path
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    manifests = pair.repositories() / "some" / "image" / "_manifests"
    (manifests / "revisions" / "sha256" / ("0" * 64)).mkdir()
    (pair.repositories() / "empty").mkdir()
    link = manifests / "tags" / "v1" / "current"
    (link / "link.0b9fb2a8-6a36-4b1f-a2b2-5e7f3c6d6b0e.tmp").write_bytes(b"")

    content = pull(skopeo, f"{pair.serving.address}/some/image:v1", tmp_path / "pulled")

    assert image.blobs() == content
    assert ["v1"] == _tags(pair.serving, "some/image")
    assert ["some/image"] == _catalog(pair.serving)


def test_what_refers_to_an_image_is_kept_by_one_and_listed_by_ours(
    pair: Pair, skopeo: Command, image: Layout
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    subject = described(image.blob(image.digest))
    signature = json.loads(image.blob(image.digest)) | {"layers": [], "subject": subject}
    content = json.dumps(signature).encode()
    digest = digest_of(content)
    answer = _put(pair.storing, digest, OCI_MANIFEST, content)
    if "oci-subject" not in answer.headers:  # then clients keep a list by themselves
        kept = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [described(content)]}
        tag = image.digest.replace(":", "-")
        _put(pair.storing, tag, OCI_INDEX, json.dumps(kept).encode())

    listed = httpx.get(f"{pair.ours.url}/v2/some/image/referrers/{image.digest}")

    assert [digest] == [entry["digest"] for entry in listed.json()["manifests"]]
    got = httpx.get(
        f"{pair.serving.url}/v2/some/image/manifests/{digest}", headers={"accept": OCI_MANIFEST}
    )
    assert (200, content) == (got.status_code, got.content)
    assert "v1" in _tags(pair.serving, "some/image")
    assert ["some/image"] == _catalog(pair.serving)


def described(manifest: bytes) -> dict[str, object]:
    return {"mediaType": OCI_MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}


def _put(server: Server, reference: str, media_type: str, content: bytes) -> httpx.Response:
    return httpx.put(
        f"{server.url}/v2/some/image/manifests/{reference}",
        content=content,
        headers={"content-type": media_type},
    ).raise_for_status()


def test_a_tag_folder_without_a_current_link_is_no_tag_of_ours(
    pair: Pair, skopeo: Command, image: Layout
) -> None:
    push(skopeo, image, f"{pair.storing.address}/some/image:v1")
    tags = pair.repositories() / "some" / "image" / "_manifests" / "tags"
    (tags / "crashed" / "current").mkdir(parents=True)

    assert ["v1"] == _tags(pair.ours, "some/image")
