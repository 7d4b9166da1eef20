import json
import time
from pathlib import Path

import httpx
import pytest

from tests.clients.commands import Command
from tests.clients.images import OCI_MANIFEST, Layout, digest_of
from tests.servers import Server

PATIENCE = 60.0


def _push(podman: Command, image: str, name: str, *options: str) -> str:
    """Push to the name and give the digest of what was pushed."""
    file = Path(podman.environment["HOME"]) / "digest"
    target = f"docker://{name}"
    podman("push", "--tls-verify=false", f"--digestfile={file}", *options, image, target)
    return file.read_text()


def _load(podman: Command, layout: Layout) -> str:
    """Take the layout into podman's own store and give the image's id, its config's digest."""
    return podman("pull", "--quiet", layout.reference).strip()


def _pull(podman: Command, name: str) -> tuple[str, str]:
    """Pull the name and give the image's id and the digest of its manifest."""
    identity = podman("pull", "--quiet", "--tls-verify=false", f"docker://{name}").strip()
    told = json.loads(podman("inspect", identity))[0]
    return identity, told["Digest"]


def _config(layout: Layout) -> str:
    digest: str = json.loads(layout.blob(layout.digest))["config"]["digest"]
    return digest.removeprefix("sha256:")


def test_an_image_pushed_by_tag_is_pulled_by_tag(
    name: str, podman: Command, another_podman: Command, image: Layout
) -> None:
    tagged = f"{name}:v1"
    digest = _push(podman, _load(podman, image), tagged)

    assert (_config(image), digest) == _pull(another_podman, tagged)


def test_an_image_pushed_by_tag_is_pulled_by_digest(
    name: str, podman: Command, another_podman: Command, image: Layout
) -> None:
    digest = _push(podman, _load(podman, image), f"{name}:v1")

    assert (_config(image), digest) == _pull(another_podman, f"{name}@{digest}")


def test_the_registry_names_the_digest_that_podman_pushed(
    name: str, podman: Command, image: Layout
) -> None:
    digest = _push(podman, _load(podman, image), f"{name}:v1")

    address, _, repository = name.partition("/")
    url = f"http://{address}/v2/{repository}/manifests/v1"
    answer = httpx.get(url, headers={"Accept": OCI_MANIFEST})

    assert digest == answer.headers["Docker-Content-Digest"]
    assert digest == digest_of(answer.content)


def test_an_image_loaded_from_an_archive_is_pushed_in_docker_format(
    name: str,
    skopeo: Command,
    podman: Command,
    another_podman: Command,
    image: Layout,
) -> None:
    archive = image.folder.with_suffix(".tar")
    skopeo("copy", image.reference, f"oci-archive:{archive}:localhost/made:v1")
    podman("load", f"--input={archive}")
    tagged = f"{name}:v1"
    digest = _push(podman, "localhost/made:v1", tagged, "--format=v2s2")

    identity, pulled = _pull(another_podman, tagged)

    layers = json.loads(another_podman("inspect", identity))[0]["RootFS"]["Layers"]
    assert digest == pulled
    assert json.loads(image.blob(f"sha256:{_config(image)}"))["rootfs"]["diff_ids"] == layers


def test_a_list_made_by_podman_is_pulled_for_another_architecture(
    name: str, podman: Command, another_podman: Command, index: Layout
) -> None:
    tagged = f"docker://{name}:v1"
    podman("manifest", "create", "both")
    podman("manifest", "add", "--all", "both", index.reference)
    podman("manifest", "push", "--all", "--tls-verify=false", "both", tagged)

    another_podman("pull", "--quiet", "--tls-verify=false", "--arch=arm64", tagged)

    told = json.loads(another_podman("inspect", f"{name}:v1"))[0]
    assert "arm64" == told["Architecture"]


def test_search_finds_the_repository(name: str, podman: Command, image: Layout) -> None:
    _push(podman, _load(podman, image), f"{name}:v1")

    found = podman("search", "--tls-verify=false", "--format={{.Name}}", name)

    assert name in found.split()


@pytest.mark.parametrize("server", ["storagedriver"], indirect=True)
def test_search_is_answered_at_once(server: Server, podman: Command) -> None:
    for name in ("alpine", "team/alpine", "team/debian"):
        url = f"{server.url}/v2/searched/{name}/blobs/uploads/"
        digest = digest_of(b"x")
        assert 201 == httpx.post(url, params={"digest": digest}, content=b"x").status_code
    search = ["search", "--tls-verify=false", "--format={{.Name}}"]

    found = podman(*search, f"{server.address}/alp")

    prefix = f"{server.address}/searched"
    assert {f"{prefix}/alpine", f"{prefix}/team/alpine"} == set(found.split())
    log = _log_with(server, "path=/v1/search status=")
    assert "path=/v1/search status=200 " in log
    assert "path=/v2/_catalog " not in log


def _log_with(server: Server, text: str) -> str:
    """Wait until the log has a text, and give what it has since."""
    deadline = time.monotonic() + PATIENCE
    while text not in (log := server.log.read_text(errors="replace")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return log[log.rindex(text) :]


def test_search_lists_the_tags(name: str, podman: Command, image: Layout) -> None:
    identity = _load(podman, image)
    for tag in ("v1", "v2"):
        _push(podman, identity, f"{name}:{tag}")

    found = podman("search", "--tls-verify=false", "--list-tags", "--format=json", name)

    assert ["v1", "v2"] == sorted(json.loads(found)[0]["Tags"])
